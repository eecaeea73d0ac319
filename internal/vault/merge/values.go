package merge

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"sort"
	"strconv"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/locate"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// The three versions, as indices.
const (
	base = iota
	ours
	theirs
)

// A valueMerge merges the !vault values of a file.
type valueMerge struct {
	*Merger
	texts [3]*locate.Text
	found [3]map[string]*locate.Value // by document and path
	edits [3][]yaml.Edit
	// rekeyed says which ways of encrypting a side has replaced, and by which.
	rekeyed   [3][][2]*wrapping
	conflicts []string
	// stands are words that stand for values which both sides have changed while lines are merged, so that conflict markers
	// come around whole values.
	stands map[string]string
}

// values merges the !vault values and puts what comes out into the three versions.
func (m *Merger) values(ctx context.Context, v *Versions) (*valueMerge, error) {
	vm := &valueMerge{Merger: m, stands: map[string]string{}}
	all := [3]*[]byte{&v.Base, &v.Ours, &v.Theirs}
	for i, text := range all {
		if !vault.HasInline(*text) {
			continue
		}
		t, err := locate.Scan(source.NewSensitiveFile(v.Name, string(*text)), locate.Unknown)
		if err != nil || t == nil || t.Inline == nil {
			return &valueMerge{}, nil // nothing can be located: lines are all there is
		}
		vm.texts[i], vm.found[i] = t, byPlace(t)
	}
	places := vm.places()
	for _, place := range places {
		if err := vm.inAll(ctx, v.Name, place); err != nil {
			return nil, err
		}
	}
	for _, place := range places {
		if err := vm.inSome(place); err != nil {
			return nil, err
		}
	}
	for i := range all {
		if len(vm.edits[i]) > 0 {
			*all[i] = []byte(yaml.Apply(string(*all[i]), vm.edits[i]...))
		}
	}
	return vm, nil
}

// byPlace gives the values by document and path, without those whose place is there twice.
func byPlace(t *locate.Text) map[string]*locate.Value {
	out, twice := map[string]*locate.Value{}, map[string]bool{}
	for _, v := range t.Values {
		place := strconv.Itoa(v.Scalar.Doc) + " " + v.Key
		twice[place] = out[place] != nil
		out[place] = v
	}
	for place := range twice {
		if twice[place] {
			delete(out, place)
		}
	}
	return out
}

// places gives all places with a value in any version.
func (m *valueMerge) places() []string {
	seen := map[string]bool{}
	for _, found := range m.found {
		for place := range found {
			seen[place] = true
		}
	}
	out := make([]string, 0, len(seen))
	for place := range seen {
		out = append(out, place)
	}
	sort.Strings(out)
	return out
}

// put has a version hold a vault at a place.
func (m *valueMerge) put(i int, place string, text []byte) {
	if v := m.found[i][place]; !bytes.Equal(v.Vault, text) {
		m.edits[i] = append(m.edits[i], m.texts[i].Edit(v, append(bytes.TrimRight(text, "\n"), '\n')))
	}
}

// stand puts a word in the place of a value until the lines are merged.
func (m *valueMerge) stand(i int, place string) {
	s := m.found[i][place].Scalar
	word := fmt.Sprintf("kimai-ansible-%s-%d", rand.Text(), i)
	m.stands[word] = m.texts[i].Src.Text()[s.Start:s.End]
	m.edits[i] = append(m.edits[i], yaml.Edit{Start: s.Start, End: s.End, Text: word})
}

// sidesAt opens the values at a place; false when one can't be opened. A version without a value there has nil.
func (m *valueMerge) sidesAt(place string) (sides [3]*side, ok bool) {
	for i, found := range m.found {
		if v := found[place]; v != nil {
			s, err := m.open(v.Vault, v.Pos)
			if err != nil {
				return sides, false
			}
			sides[i] = s
		}
	}
	return sides, true
}

func wipe(sides [3]*side) {
	for _, s := range sides {
		if s != nil {
			clear(s.plain)
		}
	}
}

// inAll merges a value that all versions have.
func (m *valueMerge) inAll(ctx context.Context, name, place string) error {
	o, a, b := m.found[base][place], m.found[ours][place], m.found[theirs][place]
	if o == nil || a == nil || b == nil || bytes.Equal(o.Vault, a.Vault) && bytes.Equal(o.Vault, b.Vault) {
		return nil
	}
	sides, ok := m.sidesAt(place)
	if !ok {
		return nil // as ciphertext it is merged with its lines
	}
	defer wipe(sides)
	for _, i := range []int{ours, theirs} {
		if !sides[i].wrapping.same(sides[base].wrapping) {
			m.rekeyed[i] = append(m.rekeyed[i], [2]*wrapping{sides[base].wrapping, sides[i].wrapping})
		}
	}
	plain, clash, err := m.plain(ctx, sides)
	if err != nil {
		return err
	}
	if clash {
		m.conflicts = append(m.conflicts, fmt.Sprintf("%s:%d: the value of %s was changed on both sides; both stand there, encrypted", name, a.Pos.Line, a.Key))
		for i := range sides {
			m.stand(i, place)
		}
		return nil
	}
	text, err := sealed(plain, wrapped(sides[base], sides[ours], sides[theirs]), sides[ours], sides[theirs])
	if err != nil {
		return err
	}
	for i := range sides {
		m.put(i, place, text)
	}
	return nil
}

// plain merges three plaintexts.
func (m *valueMerge) plain(ctx context.Context, s [3]*side) (plain []byte, clash bool, err error) {
	o, a, b := s[base].plain, s[ours].plain, s[theirs].plain
	switch {
	case bytes.Equal(a, b), bytes.Equal(o, b):
		return a, false, nil
	case bytes.Equal(o, a):
		return b, false, nil
	case bytes.Count(a, []byte("\n")) < 2 || bytes.Count(b, []byte("\n")) < 2:
		return nil, true, nil // one line each: there is nothing to be merged
	}
	return m.lines(ctx, Versions{Base: o, Ours: a, Theirs: b})
}

// inSome sees to a value that not all versions have: one that was only encrypted anew where the other side has removed it
// counts as unchanged; one that both have added alike is the same; one that a side has added gets the password that the
// other side has given to the rest.
func (m *valueMerge) inSome(place string) error {
	o, a, b := m.found[base][place] != nil, m.found[ours][place] != nil, m.found[theirs][place] != nil
	if o && a && b || o && !a && !b {
		return nil
	}
	sides, ok := m.sidesAt(place)
	if !ok {
		return nil
	}
	defer wipe(sides)
	switch {
	case a && b:
		if bytes.Equal(sides[ours].plain, sides[theirs].plain) {
			m.put(theirs, place, sides[ours].text)
		}
	case o && a && bytes.Equal(sides[base].plain, sides[ours].plain):
		m.put(base, place, sides[ours].text)
	case o && b && bytes.Equal(sides[base].plain, sides[theirs].plain):
		m.put(base, place, sides[theirs].text)
	case !o && a:
		return m.added(place, ours, theirs, sides[ours])
	case !o && b:
		return m.added(place, theirs, ours, sides[theirs])
	}
	return nil
}

// added gives a value that one side has added the password that the other side has changed to.
func (m *valueMerge) added(place string, by, other int, s *side) error {
	for _, change := range m.rekeyed[other] {
		if change[0].same(s.wrapping) {
			text, err := sealed(s.plain, change[1])
			if err == nil {
				m.put(by, place, text)
			}
			return err
		}
	}
	return nil
}

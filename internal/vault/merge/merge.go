// Package merge merges three versions of a file with vaults in it, as git's merge driver. Plaintexts are compared and
// merged in memory; what was not changed keeps its ciphertext, so that only a value which really is another one is
// encrypted anew.
//
// A file that is a vault as a whole is merged line by line in its plaintext. In a YAML file with !vault values each value
// is merged for itself, and the ciphertexts that come out stand in the three versions when their lines are merged: a value
// that one side has changed, or has given a new password, makes no conflict. Lines are merged by `git merge-file`, which
// is handed files in memory (memfd_create).
package merge

import (
	"bytes"
	"context"
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// A Merger merges files.
type Merger struct {
	Ring    *vault.Keyring
	Environ []string // for git
	Dir     string   // where git runs, for its settings of conflict markers
	// MarkerSize is the length of conflict markers; 0 is git's default.
	MarkerSize int
}

// Versions are the three versions of a file.
type Versions struct {
	Name               string // of the file, as it is shown
	Base, Ours, Theirs []byte
}

// A Result is what came out.
type Result struct {
	Text []byte // to be written; a vault if it was one
	// Conflicts says what could not be merged, a line for people each. None is a clean merge.
	Conflicts []string
}

// Merge merges. Plaintext is in the result only where the file had it. With a conflict within a file that is a vault as a
// whole, the markers are encrypted with it. Errors are git's and those of reading the secrets' own files.
func (m *Merger) Merge(ctx context.Context, v Versions) (*Result, error) {
	switch {
	case bytes.Equal(v.Ours, v.Theirs), bytes.Equal(v.Base, v.Theirs):
		return &Result{Text: v.Ours}, nil
	case bytes.Equal(v.Base, v.Ours):
		return &Result{Text: v.Theirs}, nil
	}
	if isWhole(v.Base) || isWhole(v.Ours) || isWhole(v.Theirs) {
		return m.whole(ctx, v)
	}
	return m.text(ctx, v)
}

func isWhole(text []byte) bool { return bytes.HasPrefix(text, []byte(vaultfmt.Header)) }

// A wrapping is how a plaintext is encrypted: nil is not at all.
type wrapping struct {
	secret *vault.Secret
	label  string
}

func (w *wrapping) same(o *wrapping) bool {
	if w == nil || o == nil {
		return w == o
	}
	return w.label == o.label && w.secret.Same(o.secret)
}

// A side is a version of a value or file.
type side struct {
	text  []byte // as it stands there
	plain []byte
	*wrapping
}

// open decrypts what is a vault.
func (m *Merger) open(text []byte, pos source.Pos) (*side, error) {
	plain, secret, err := m.Ring.OpenWith(text, pos)
	if err != nil {
		return nil, err
	}
	return &side{text, plain, &wrapping{secret, vault.Label(yaml.Scalar{Value: string(text)})}}, nil
}

// wrapped chooses the wrapping: that of the side that has changed it, ours if both have.
func wrapped(base, ours, theirs *side) *wrapping {
	if ours.wrapping.same(base.wrapping) {
		return theirs.wrapping
	}
	return ours.wrapping
}

// sealed gives the text for a plaintext: one that a side has already, or a new vault.
func sealed(plain []byte, w *wrapping, sides ...*side) ([]byte, error) {
	if w == nil {
		return bytes.Clone(plain), nil
	}
	for _, s := range sides {
		if s.wrapping.same(w) && bytes.Equal(s.plain, plain) {
			return s.text, nil
		}
	}
	password := w.secret.Reveal()
	defer clear(password)
	e, err := vaultfmt.Encrypt(plain, password, w.label)
	if err != nil {
		return nil, err
	}
	return e.MarshalText()
}

// whole merges files of which at least one is a vault as a whole.
func (m *Merger) whole(ctx context.Context, v Versions) (*Result, error) {
	var sides [3]*side
	for i, text := range [][]byte{v.Base, v.Ours, v.Theirs} {
		sides[i] = &side{text: text, plain: text}
		if isWhole(text) {
			s, err := m.open(text, source.At(source.NewFile(v.Name, string(text)), 0, 0))
			if err != nil {
				return &Result{Text: v.Ours, Conflicts: []string{
					fmt.Sprintf("%s: both sides have changed it, and a version can't be opened, so ours was kept: %v", v.Name, err),
				}}, nil
			}
			defer clear(s.plain)
			sides[i] = s
		}
	}
	old, mine, other := sides[base], sides[ours], sides[theirs]
	if len(v.Base) == 0 { // both have added the file: there is no older way of encrypting it
		old.wrapping = mine.wrapping
	}
	inner, err := m.Merge(ctx, Versions{Name: v.Name, Base: old.plain, Ours: mine.plain, Theirs: other.plain})
	if err != nil {
		return nil, err
	}
	w := wrapped(old, mine, other)
	for _, s := range []*side{mine, other} {
		if w == nil && len(inner.Conflicts) > 0 {
			w = s.wrapping // what is secret on one side does not get plain by a conflict
		}
	}
	out := &Result{}
	if out.Text, err = sealed(inner.Text, w, mine, other); err != nil {
		return nil, err
	}
	if len(inner.Conflicts) > 0 {
		out.Conflicts = []string{fmt.Sprintf("%s: conflict within the encrypted file; the markers are encrypted, kimai-ansible vault edit shows them", v.Name)}
	}
	return out, nil
}

// text merges texts line by line, after the !vault values in them.
func (m *Merger) text(ctx context.Context, v Versions) (*Result, error) {
	values, err := m.values(ctx, &v)
	if err != nil {
		return nil, err
	}
	text, clash, err := m.lines(ctx, v)
	if err != nil {
		return nil, err
	}
	for word, value := range values.stands {
		text = bytes.ReplaceAll(text, []byte(word), []byte(value))
	}
	out := &Result{Text: text, Conflicts: values.conflicts}
	switch {
	case !clash:
		out.Conflicts = nil // a value that both have changed is no longer there
	case len(out.Conflicts) == 0:
		out.Conflicts = []string{v.Name + ": conflict"}
	}
	return out, nil
}

package rotate

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// edit gives the edit that puts a fresh vault in the place of an old one. In a block scalar only the characters of the
// vault's lines change: its header, a comment there, the indentation and the line ends stay. In quotes the vault is written
// in one line of double quotes.
func (t *text) edit(v *value, fresh []byte) yaml.Edit {
	all := t.src.Text()
	if v.scalar == nil {
		return yaml.Edit{Start: 0, End: len(all), Text: asLines(all, fresh)}
	}
	ended := string(fresh)
	if !strings.HasSuffix(v.scalar.Value, "\n") {
		ended = strings.TrimSuffix(ended, "\n")
	}
	switch s := v.scalar; s.Style {
	case yaml.Literal, yaml.Folded:
		if e, ok := block(all, s, fresh); ok {
			return e
		}
	case yaml.SingleQuoted, yaml.DoubleQuoted:
		return yaml.Edit{Start: s.Text, End: s.End, Text: `"` + strings.ReplaceAll(ended, "\n", `\n`) + `"`}
	}
	return vault.Replace(*v.scalar, t.src, v.scalar.Tag, ended)
}

// asLines writes a vault that is a whole file with the line ends of the old one, and without the last if that had none.
func asLines(old string, fresh []byte) string {
	out := string(fresh)
	if !strings.HasSuffix(old, "\n") {
		out = strings.TrimSuffix(out, "\n")
	}
	if i := strings.IndexByte(old, '\n'); i > 0 && old[i-1] == '\r' {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	return out
}

// block replaces the lines of a vault within a block scalar. What stands between two lines stays; where the new vault has
// more of them, it is repeated.
func block(all string, s *yaml.Scalar, fresh []byte) (yaml.Edit, bool) {
	var starts, ends []int
	at := s.Body
	for line := range strings.Lines(all[s.Body:s.End]) {
		if words := strings.TrimSpace(line); words != "" {
			start := at + strings.Index(line, words)
			starts, ends = append(starts, start), append(ends, start+len(words))
		}
		at += len(line)
	}
	if len(starts) < 2 || !strings.HasPrefix(all[starts[0]:], vaultfmt.Header) {
		return yaml.Edit{}, false
	}
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(string(fresh), "\n"), "\n") {
		if i > 0 {
			old := min(i, len(starts)-1)
			b.WriteString(all[ends[old-1]:starts[old]])
		}
		b.WriteString(line)
	}
	return yaml.Edit{Start: starts[0], End: ends[len(ends)-1], Text: b.String()}, true
}

var errElsewhere = errors.New("something else in the file would change")

// verify checks a changed text against the old one: each value in sealed opens to its plaintext with its key, and all
// other scalars are as they were, in the same order.
func (t *text) verify(changed string, sealed map[*value]*proof) error {
	if t.inline == nil {
		return sealed[t.values[0]].opens([]byte(changed))
	}
	after, err := vault.ReadInline(source.NewFile(t.src.Name(), changed))
	if err != nil {
		return err
	}
	if len(after.All) != len(t.inline.All) {
		return errElsewhere
	}
	byScalar := make(map[int]*proof, len(sealed))
	for v, s := range sealed {
		byScalar[v.at] = s
	}
	for i := range after.All {
		was, is := &t.inline.All[i], &after.All[i]
		if was.Doc != is.Doc || was.Tag != is.Tag || was.Anchor != is.Anchor || !was.Path.Equal(is.Path) {
			return errElsewhere
		}
		if s := byScalar[i]; s != nil {
			if err := s.opens([]byte(is.Value)); err != nil {
				return fmt.Errorf("the value of %s: %w", is.Path, err)
			}
		} else if was.Value != is.Value || was.Style != is.Style {
			return fmt.Errorf("%w: the value of %s", errElsewhere, is.Path)
		}
	}
	return nil
}

// A proof is what a new vault has to decrypt to.
type proof struct {
	key       *vaultfmt.Key // nil when it is only planned
	plaintext []byte
}

// opens checks a vault as it was read back.
func (s *proof) opens(text []byte) error {
	e, err := vaultfmt.ParseLenient(text)
	if err != nil || s.key == nil {
		return err
	}
	plaintext, err := e.DecryptWithKey(s.key)
	if err != nil {
		return err
	}
	defer clear(plaintext)
	if !bytes.Equal(plaintext, s.plaintext) {
		return errors.New("it decrypts to something else")
	}
	return nil
}

func (s *proof) wipe() {
	clear(s.plaintext)
	if s.key != nil {
		s.key.Wipe()
	}
}

package rotate

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/locate"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

var errElsewhere = errors.New("something else in the file would change")

// verify checks a changed text against the old one: each value in sealed opens to its plaintext with its key, and all
// other scalars are as they were, in the same order.
func verify(t *locate.Text, changed string, sealed map[*locate.Value]*proof) error {
	if t.Inline == nil {
		return sealed[t.Values[0]].opens([]byte(changed))
	}
	after, err := vault.ReadInline(source.NewFile(t.Src.Name(), changed))
	if err != nil {
		return err
	}
	if len(after.All) != len(t.Inline.All) {
		return errElsewhere
	}
	byScalar := make(map[int]*proof, len(sealed))
	for v, s := range sealed {
		byScalar[v.At] = s
	}
	for i := range after.All {
		was, is := &t.Inline.All[i], &after.All[i]
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

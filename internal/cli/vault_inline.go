package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// inline reports whether a file is one with !vault values in it, which only kimai-ansible looks into.
func (s *vaultSession) inline(text []byte) bool {
	return !s.opts.dropIn && vault.HasInline(text)
}

// An openedInline is a YAML file with all its vaults decrypted.
type openedInline struct {
	*vault.Inline
	text   string
	values []openedValue
}

type openedValue struct {
	yaml.Scalar
	plaintext []byte
	secret    *vault.Secret
	edit      yaml.Edit // that makes it plaintext in the text
}

// openInline decrypts every !vault value of a file. What can't be opened is told together.
func (s *vaultSession) openInline(text []byte, path string) (*openedInline, error) {
	in, err := vault.ReadInline(source.NewFile(path, string(text)))
	if err != nil {
		return nil, err
	}
	vaults := in.Vaults()
	if len(vaults) == 0 {
		return nil, openFailure(&vault.OpenError{Pos: source.At(in.File, 0, 0), Cause: vaultfmt.ErrNotVault}, path)
	}
	o := &openedInline{Inline: in, text: string(text)}
	o.values = make([]openedValue, len(vaults))
	errs := make([]error, len(vaults))
	vault.Each(len(vaults), func(i int) {
		v := &o.values[i]
		v.Scalar = vaults[i]
		v.plaintext, v.secret, errs[i] = s.ring.OpenScalar(vaults[i])
	})
	var list diag.List
	for _, err := range errs {
		list.Add(err)
	}
	return o, list.Err()
}

func (o *openedInline) wipe() {
	for _, v := range o.values {
		clear(v.plaintext)
	}
}

// plain gives the text with each vault replaced by its plaintext under a tag, "" for none.
func (o *openedInline) plain(tag string) string {
	edits := make([]yaml.Edit, len(o.values))
	for i := range o.values {
		v := &o.values[i]
		v.edit = vault.Replace(v.Scalar, o.File, tag, string(v.plaintext))
		edits[i] = v.edit
	}
	return yaml.Apply(o.text, edits...)
}

func (s *vaultSession) viewInline(text []byte, path string) ([]byte, error) {
	o, err := s.openInline(text, path)
	if err != nil {
		return nil, err
	}
	defer o.wipe()
	return []byte(o.plain("")), nil
}

func (s *vaultSession) decryptInline(text []byte, path string) ([]byte, error) {
	o, err := s.openInline(text, path)
	if err != nil {
		return nil, err
	}
	defer o.wipe()
	plain := []byte(o.plain(""))
	var now []vault.Sealed
	for _, v := range o.values {
		now = append(now, vault.Sealed{Doc: v.Doc, Path: v.Path, Plaintext: v.plaintext})
	}
	if err := o.Verify(plain, nil, now); err != nil {
		return nil, inlineFailure(path, err)
	}
	return plain, nil
}

func (s *vaultSession) rekeyInline(text []byte, path string, secret *vault.Secret) (rekeyed, error) {
	o, err := s.openInline(text, path)
	if err != nil {
		return rekeyed{}, err
	}
	edits := make([]yaml.Edit, len(o.values))
	now := make([]vault.Sealed, len(o.values))
	errs := make([]error, len(o.values))
	vault.Each(len(o.values), func(i int) {
		v := o.values[i]
		var fresh []byte
		fresh, errs[i] = s.encrypt(v.plaintext, secret, "")
		edits[i] = vault.Replace(v.Scalar, o.File, v.Tag, asEnded(v.Scalar, fresh))
		now[i] = vault.Sealed{Doc: v.Doc, Path: v.Path, Plaintext: v.plaintext, Secret: secret}
	})
	if err := errors.Join(errs...); err != nil {
		return rekeyed{}, err
	}
	return rekeyed{path: path, old: text, text: []byte(yaml.Apply(o.text, edits...)), check: vault.Replacement{
		Verify: func(written []byte) error { return o.Verify(written, now, nil) },
	}}, nil
}

// asEnded gives ciphertext with a line end at its end if the old value had one, so that the header of a block literal can
// stay as it is ("|-" has none).
func asEnded(old yaml.Scalar, fresh []byte) string {
	if vault.IsVault(old) && !strings.HasSuffix(old.Value, "\n") {
		return strings.TrimSuffix(string(fresh), "\n")
	}
	return string(fresh)
}

// inlineFailure is for a file that would come out wrong; nothing was written.
func inlineFailure(path string, err error) error {
	d := diag.Errorf(source.At(source.NewFile(path, ""), 0, 0), "cannot be changed in place: %w", err)
	return plainFailure(d.Hint("nothing was changed; vault edit lets you change it by hand"))
}

// plainTag marks, in the editor, the values that are encrypted.
const plainTag = "!vault-plain"

// editInline edits a file whose vaults are shown decrypted.
func (s *vaultSession) editInline(ctx context.Context, text []byte, path string) error {
	o, err := s.openInline(text, path)
	if err != nil {
		return err
	}
	defer o.wipe()
	for _, v := range o.All {
		if v.Tag == plainTag {
			return plainFailure(diag.Errorf(v.Pos, "the tag %s stands in the file already", plainTag).Hint("it marks values in the editor only; remove it first"))
		}
	}
	shown := []byte(o.plain(plainTag))
	edited := shown
	for {
		if edited, err = s.editor().Edit(ctx, path, edited); err != nil {
			return editFailure(err)
		}
		if string(edited) == string(shown) {
			return nil
		}
		fresh, now, err := s.sealEdited(o, edited, path)
		if err == nil {
			return s.put(path, "", fresh, text, vault.Replacement{Verify: func(written []byte) error { return verifySealed(written, now, path) }})
		}
		if !s.again(err) {
			return err
		}
	}
}

// again tells what is wrong with an edited text and lets a person at a terminal go on with it.
func (s *vaultSession) again(err error) bool {
	if !term.Is(s.env.Stdin) || !term.Is(s.env.Stderr) {
		return false
	}
	fmt.Fprintf(s.env.Stderr, "%sPress Enter to go on editing, Ctrl-D to give up: ", diag.Detail(err))
	_, err = term.ReadLine(s.env.Stdin)
	return err == nil
}

// sealEdited encrypts what carries the tag in an edited text. A value that was not touched gets the very bytes back that
// it had in the file, one with the same plaintext its old ciphertext.
func (s *vaultSession) sealEdited(o *openedInline, edited []byte, path string) ([]byte, []vault.Sealed, error) {
	in, err := vault.ReadInline(source.NewSensitiveFile(path, string(edited)))
	if err != nil {
		return nil, nil, err
	}
	used := make([]bool, len(o.values))
	var edits []yaml.Edit
	var now []vault.Sealed
	for _, v := range in.All {
		if v.Tag != plainTag {
			continue
		}
		old := o.origin(v, used)
		if old != nil && v.Value == string(old.plaintext) && hasPrefixAt(edited, v.Start, old.edit.Text) {
			edits = append(edits, yaml.Edit{Start: v.Start, End: v.Start + len(old.edit.Text), Text: o.text[old.edit.Start:old.edit.End]})
			now = append(now, vault.Sealed{Doc: v.Doc, Path: v.Path, Plaintext: old.plaintext, Secret: old.secret})
			continue
		}
		cipher, secret, err := s.sealOne(v, old)
		if err != nil {
			return nil, nil, err
		}
		edits = append(edits, vault.Replace(v, in.File, vault.Tag, cipher))
		now = append(now, vault.Sealed{Doc: v.Doc, Path: v.Path, Plaintext: []byte(v.Value), Secret: secret})
	}
	for i, u := range used {
		if !u {
			s.warn(fmt.Sprintf("the value of %s is no longer encrypted, or no longer there", o.values[i].Path))
		}
	}
	return []byte(yaml.Apply(string(edited), edits...)), now, nil
}

// origin finds the value that v was before: at the same place, else one with the same bytes.
func (o *openedInline) origin(v yaml.Scalar, used []bool) *openedValue {
	for i := range o.values {
		if old := &o.values[i]; !used[i] && old.Doc == v.Doc && old.Path.Equal(v.Path) {
			used[i] = true
			return old
		}
	}
	for i := range o.values {
		if old := &o.values[i]; !used[i] && string(old.plaintext) == v.Value {
			used[i] = true
			return old
		}
	}
	return nil
}

// sealOne gives the ciphertext of an edited value.
func (s *vaultSession) sealOne(v yaml.Scalar, old *openedValue) (string, *vault.Secret, error) {
	if old != nil && s.opts.encryptID == "" {
		if string(old.plaintext) == v.Value {
			return old.Value, old.secret, nil
		}
		text, err := s.encrypt([]byte(v.Value), old.secret, vault.Label(old.Scalar))
		return asEnded(old.Scalar, text), old.secret, err
	}
	secret, err := s.encryptSecret(s.ring.Secrets())
	if err != nil {
		return "", nil, err
	}
	text, err := s.encrypt([]byte(v.Value), secret, "")
	return string(text), secret, err
}

func hasPrefixAt(text []byte, at int, prefix string) bool {
	return at+len(prefix) <= len(text) && string(text[at:at+len(prefix)]) == prefix
}

// verifySealed checks that each value opens to its plaintext in what was written.
func verifySealed(written []byte, now []vault.Sealed, path string) error {
	in, err := vault.ReadInline(source.NewFile(path, string(written)))
	if err != nil {
		return err
	}
	rest := &vault.Inline{File: in.File}
	for _, v := range in.All {
		if !sealedAt(now, v) {
			rest.All = append(rest.All, v)
		}
		if v.Tag == plainTag {
			return errors.New("plaintext is left in it")
		}
	}
	return rest.Verify(written, now, nil)
}

func sealedAt(now []vault.Sealed, v yaml.Scalar) bool {
	for _, n := range now {
		if n.Doc == v.Doc && n.Path.Equal(v.Path) {
			return true
		}
	}
	return false
}

package vault

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// The tags of inline vaults in YAML; the second is the older spelling.
const (
	Tag    = "!vault"
	oldTag = "!vault-encrypted"
)

// An Inline is a YAML file with its scalars, of which those with the tag !vault are vaults. Nothing of it is decrypted.
type Inline struct {
	File *source.File
	All  []yaml.Scalar
}

// HasInline reports whether a text may be a YAML file with inline vaults: it is no vault itself and mentions the tag.
func HasInline(text []byte) bool {
	return !vaultfmt.IsEncrypted(text) && bytes.Contains(text, []byte(Tag))
}

// ReadInline finds the scalars of a YAML file. The error is YAML's.
func ReadInline(f *source.File) (*Inline, error) {
	all, err := yaml.Scalars(f)
	if err != nil {
		return nil, err
	}
	return &Inline{File: f, All: all}, nil
}

// IsVault reports whether a scalar is a vault.
func IsVault(s yaml.Scalar) bool { return s.Tag == Tag || s.Tag == oldTag }

// Vaults gives the scalars that are vaults, in the order of the text.
func (in *Inline) Vaults() []yaml.Scalar {
	var out []yaml.Scalar
	for _, s := range in.All {
		if IsVault(s) {
			out = append(out, s)
		}
	}
	return out
}

// Find gives the scalar at a path, of the first document that has one. A path that leads nowhere is a *diag.Error that
// names the nearest.
func (in *Inline) Find(path yaml.Path) (yaml.Scalar, error) {
	var names []string
	for _, s := range in.All {
		if s.Path.Equal(path) {
			return s, nil
		}
		names = append(names, s.Path.String())
	}
	if below := in.below(path); len(below) > 0 {
		return yaml.Scalar{}, diag.Errorf(source.At(in.File, 0, 0), "%s is no single value", path).
			Hint("it contains %s", strings.Join(below, ", "))
	}
	d := diag.Errorf(source.At(in.File, 0, 0), "there is no value at %s", path)
	if near := diag.Nearest(path.String(), names); near != "" {
		return yaml.Scalar{}, d.Hint("did you mean %s?", near)
	}
	return yaml.Scalar{}, d.Hint(`a path is written as a.b[0]."key.with.dots"`)
}

// below gives some of the paths that begin with path.
func (in *Inline) below(path yaml.Path) []string {
	var out []string
	for _, s := range in.All {
		if len(s.Path) > len(path) && s.Path[:len(path)].Equal(path) {
			if len(out) == 3 {
				return append(out, "…")
			}
			out = append(out, s.Path.String())
		}
	}
	return out
}

// OpenScalar decrypts an inline vault. The error is an *[OpenError] that names the value's path.
func (k *Keyring) OpenScalar(s yaml.Scalar) ([]byte, *Secret, error) {
	plaintext, secret, err := k.open([]byte(s.Value), s.Pos)
	var oe *OpenError
	if errors.As(err, &oe) {
		oe.Key = s.Path.String()
	}
	return plaintext, secret, err
}

// Label gives the vault id label of an inline vault, "default" when it has none or cannot be read.
func Label(s yaml.Scalar) string {
	if e, err := vaultfmt.ParseLenient([]byte(s.Value)); err == nil && e.Label != "" {
		return e.Label
	}
	return DefaultID
}

// Replace gives the edit after which a scalar of f has the text and the tag. It is the scalar's own Replace, but keeps a
// comment in the header of a block literal that becomes a single line.
func Replace(s yaml.Scalar, f *source.File, tag, text string) yaml.Edit {
	if s.Style == yaml.Literal && tag == s.Tag && s.End == len(f.Text()) && !strings.HasSuffix(text, "\n") &&
		!strings.Contains(strings.SplitN(f.Text()[s.Text:s.Body], " #", 2)[0], "-") {
		text += "\n" // only the end of the file keeps it from having one: the header need not change
	}
	e := s.Replace(f, tag, text)
	if s.Style != yaml.Literal && s.Style != yaml.Folded || strings.Contains(e.Text, "\n") {
		return e
	}
	header := strings.TrimRight(f.Text()[s.Text:s.Body], "\r\n")
	i := strings.Index(header, " #")
	if i < 0 || strings.HasSuffix(e.Text, header[i:]) {
		return e
	}
	e.Text += header[len(strings.TrimRight(header[:i], " ")):]
	return e
}

// A Sealed value is what a vault in a changed file has to decrypt to.
type Sealed struct {
	Doc       int
	Path      yaml.Path
	Plaintext []byte
	Secret    *Secret
}

// Verify checks a changed file: each value in want is a vault that opens with its secret to its plaintext, each in plain
// is a scalar with that very text and no tag, and every other scalar is as it was.
func (in *Inline) Verify(changed []byte, want, plain []Sealed) error {
	after, err := ReadInline(source.NewFile(in.File.Name(), string(changed)))
	if err != nil {
		return err
	}
	expect := map[string]Sealed{}
	for _, w := range want {
		expect[where(w.Doc, w.Path)] = w
	}
	for _, p := range plain {
		p.Secret = nil
		expect[where(p.Doc, p.Path)] = p
	}
	others := map[string]yaml.Scalar{}
	for _, s := range in.All {
		others[where(s.Doc, s.Path)] = s
	}
	var open []yaml.Scalar // what has to be decrypted, all of it at once
	var to []Sealed
	for _, s := range after.All {
		at := where(s.Doc, s.Path)
		w, changed := expect[at]
		old, had := others[at]
		switch {
		case changed && w.Secret == nil:
			if IsVault(s) || s.Value != string(w.Plaintext) {
				return fmt.Errorf("the value of %s would not be what it should", s.Path)
			}
		case changed:
			open, to = append(open, s), append(to, w)
		case !had || old.Value != s.Value || old.Tag != s.Tag:
			return fmt.Errorf("the value of %s would change as well", s.Path)
		}
		delete(expect, at)
		delete(others, at)
	}
	errs := make([]error, len(open))
	Each(len(open), func(i int) {
		if err := opensTo(open[i], to[i]); err != nil {
			errs[i] = fmt.Errorf("the value of %s: %w", open[i].Path, err)
		}
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for at := range expect {
		return fmt.Errorf("the value of %s would be missing", at)
	}
	for at := range others {
		return fmt.Errorf("the value of %s would be lost", at)
	}
	return nil
}

func where(doc int, path yaml.Path) string {
	if doc == 0 {
		return path.String()
	}
	return strconv.Itoa(doc) + ": " + path.String()
}

func opensTo(s yaml.Scalar, w Sealed) error {
	e, err := vaultfmt.ParseLenient([]byte(s.Value))
	if err != nil || !IsVault(s) {
		return errors.Join(errors.New("it is no vault"), err)
	}
	password := w.Secret.Reveal()
	defer clear(password)
	plaintext, err := e.Decrypt(password)
	if err != nil {
		return err
	}
	defer clear(plaintext)
	if !bytes.Equal(plaintext, w.Plaintext) {
		return errors.New("it decrypts to something else")
	}
	return nil
}

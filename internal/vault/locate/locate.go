// Package locate finds the vaults in a text: a file that is one as a whole, and inline !vault values in YAML; and puts
// others in their places, so that every other byte stays. It opens nothing.
package locate

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// A Text is a file, or what came out of one, with the vaults in it.
type Text struct {
	Src    *source.File
	Inline *vault.Inline // nil when it is a vault as a whole, or no YAML
	Values []*Value      // in the order of the text
	Strays []source.Pos  // vault texts that are no values: in comments, in keys, in what is no YAML
}

// A Value is a vault in a text.
type Value struct {
	Scalar *yaml.Scalar // nil for a whole text
	At     int          // its index among the scalars
	Vault  []byte       // its text, without indentation
	Pos    source.Pos
	Key    string // the path within the text; "" for a whole one
	Label  string // the vault id in its header, "default" for none
	Sure   bool   // false for what may be an example: it has no tag !vault, or stands in a document
}

// Read looks for vaults in a file. It gives nil for one without. The error is a *diag.Error.
func Read(f tree.File) (*Text, error) {
	data, err := load(f.Path)
	if err != nil {
		return nil, diag.Errorf(f.Pos(), "cannot be read: %w", err)
	}
	if data == nil {
		return nil, nil
	}
	return Scan(source.NewFile(f.Name, string(data)), KindOf(f.Path))
}

// load gives the content of a file that may hold a vault, nil for any other.
func load(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, tree.WithoutPath(err)
	}
	defer f.Close()
	head := make([]byte, 8<<10)
	n, _ := f.ReadAt(head, 0)
	if head = head[:n]; bytes.IndexByte(head, 0) >= 0 {
		return nil, nil // no text, and no vault either, which is ASCII
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, tree.WithoutPath(err)
	}
	if !bytes.Contains(data, []byte(vaultfmt.Header)) && !bytes.Contains(data, []byte(vault.Tag)) {
		return nil, nil
	}
	return data, nil
}

// A Kind says what a file is by its name.
type Kind int

// The kinds.
const (
	Unknown  Kind = iota // without an extension: it may be anything
	Vars                 // Ansible reads it as YAML: not understanding it is an error
	Document             // anything else: vaults in it may be examples
)

// KindOf tells by the path of a file.
func KindOf(path string) Kind {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yml", ".yaml", ".json":
		return Vars
	case "":
		if strings.Contains(path, "/group_vars/") || strings.Contains(path, "/host_vars/") {
			return Vars
		}
		return Unknown
	}
	return Document
}

// Scan finds the vaults in a text; nil when there is none. The error is that of a text that should be YAML and is not.
func Scan(src *source.File, kind Kind) (*Text, error) {
	t := &Text{Src: src}
	all := src.Text()
	if strings.HasPrefix(all, vaultfmt.Header) {
		t.Values = []*Value{{Vault: []byte(all), Pos: src.Pos(0), Label: label(all), Sure: true}}
		return t, nil
	}
	headers := strings.Count(all, vaultfmt.Header+";")
	in, err := vault.ReadInline(src)
	switch {
	case err != nil && headers == 0:
		return nil, nil // it only mentions the tag
	case err != nil && kind == Vars:
		return nil, err
	case err == nil:
		t.Inline = in
		for i := range in.All {
			if s := &in.All[i]; vault.IsVault(*s) || vaultfmt.IsEncrypted([]byte(s.Value)) {
				t.Values = append(t.Values, &Value{
					Scalar: s, At: i, Vault: []byte(s.Value), Pos: s.Pos, Key: s.Path.String(), Label: label(s.Value),
					Sure: vault.IsVault(*s) && kind != Document,
				})
			}
		}
	}
	t.findStrays(all)
	if len(t.Values)+len(t.Strays) == 0 {
		return nil, nil
	}
	return t, nil
}

// label gives the vault id in the header of a vault, "default" when it has none.
func label(text string) string {
	header, _, _ := strings.Cut(text, "\n")
	fields := strings.Split(strings.TrimSuffix(header, "\r"), ";")
	if len(fields) < 4 || strings.TrimSpace(fields[3]) == "" {
		return vault.DefaultID
	}
	return strings.TrimSpace(fields[3])
}

// findStrays looks for vault texts that are no values: in comments, in keys, in what is no YAML.
func (t *Text) findStrays(all string) {
	const header = vaultfmt.Header + ";"
	next := 0 // of the values, which are in the order of the text
	for at := 0; ; at += len(header) {
		i := strings.Index(all[at:], header)
		if i < 0 {
			return
		}
		at += i
		for next < len(t.Values) && t.Values[next].Scalar.End <= at {
			next++
		}
		if next == len(t.Values) || at < t.Values[next].Scalar.Start {
			t.Strays = append(t.Strays, t.Src.Pos(at))
		}
	}
}

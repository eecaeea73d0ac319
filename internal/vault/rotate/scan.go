package rotate

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

// A text is a file, or what came out of one, with the vaults in it.
type text struct {
	src    *source.File
	inline *vault.Inline // nil when it is a vault as a whole
	values []*value
	strays []source.Pos
}

// A value is a vault in a text.
type value struct {
	scalar *yaml.Scalar // nil for a whole text
	at     int          // its index among the scalars
	vault  []byte
	pos    source.Pos
	key    string
	label  string
	sure   bool // false for what may be an example: it has no tag !vault, or stands in a document
}

// read looks for vaults in a file. It gives nil for one without.
func read(f tree.File) (*text, error) {
	data, err := load(f.Path)
	if err != nil {
		return nil, diag.Errorf(f.Pos(), "cannot be read: %w", err)
	}
	if data == nil {
		return nil, nil
	}
	return scan(source.NewFile(f.Name, string(data)), kindOf(f.Path))
}

// load gives the content of a file that may hold a vault, nil for any other.
func load(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unwrapPath(err)
	}
	defer f.Close()
	head := make([]byte, 8<<10)
	n, _ := f.ReadAt(head, 0)
	if head = head[:n]; bytes.IndexByte(head, 0) >= 0 {
		return nil, nil // no text, and no vault either, which is ASCII
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, unwrapPath(err)
	}
	if !bytes.Contains(data, []byte(vaultfmt.Header)) && !bytes.Contains(data, []byte(vault.Tag)) {
		return nil, nil
	}
	return data, nil
}

// A kind says what a file is by its name.
type kind int

const (
	unknown  kind = iota // without an extension: it may be anything
	vars                 // Ansible reads it as YAML: not understanding it is an error
	document             // anything else: vaults in it may be examples
)

func kindOf(path string) kind {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yml", ".yaml", ".json":
		return vars
	case "":
		if strings.Contains(path, "/group_vars/") || strings.Contains(path, "/host_vars/") {
			return vars
		}
		return unknown
	}
	return document
}

// scan finds the vaults in a text; nil when there is none.
func scan(src *source.File, kind kind) (*text, error) {
	t := &text{src: src}
	all := src.Text()
	if strings.HasPrefix(all, vaultfmt.Header) {
		t.values = []*value{{vault: []byte(all), pos: src.Pos(0), label: label(all), sure: true}}
		return t, nil
	}
	headers := strings.Count(all, vaultfmt.Header+";")
	in, err := vault.ReadInline(src)
	switch {
	case err != nil && headers == 0:
		return nil, nil // it only mentions the tag
	case err != nil && kind == vars:
		return nil, err
	case err == nil:
		t.inline = in
		for i := range in.All {
			if s := &in.All[i]; vault.IsVault(*s) || vaultfmt.IsEncrypted([]byte(s.Value)) {
				t.values = append(t.values, &value{
					scalar: s, at: i, vault: []byte(s.Value), pos: s.Pos, key: s.Path.String(), label: vault.Label(*s),
					sure: vault.IsVault(*s) && kind != document,
				})
			}
		}
	}
	t.findStrays(all)
	if len(t.values)+len(t.strays) == 0 {
		return nil, nil
	}
	return t, nil
}

// label gives the vault id of a vault, "default" when it has none or can't be read.
func label(text string) string {
	return vault.Label(yaml.Scalar{Value: text})
}

// findStrays looks for vault texts that are no values: in comments, in keys, in what is no YAML.
func (t *text) findStrays(all string) {
	const header = vaultfmt.Header + ";"
	next := 0 // of the values, which are in the order of the text
	for at := 0; ; at += len(header) {
		i := strings.Index(all[at:], header)
		if i < 0 {
			return
		}
		at += i
		for next < len(t.values) && t.values[next].scalar.End <= at {
			next++
		}
		if next == len(t.values) || at < t.values[next].scalar.Start {
			t.strays = append(t.strays, t.src.Pos(at))
		}
	}
}

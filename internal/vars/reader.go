package vars

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// Reader reads files of variables: vars_files, include_vars, group_vars and host_vars, extra vars. All they hold is
// trusted. It is frozen once it is used.
type Reader struct {
	Dir string // where relative names of the command line start; "" is the current folder
	// Decrypt opens a file that is vaulted as a whole; vaulted is false when text is no vault. nil: a vaulted file is refused.
	Decrypt func(text []byte, where source.Pos) (plain []byte, vaulted bool, err error)
	// Inline makes the value of an inline `!vault` text. nil: such a value is refused.
	Inline func(text string, pos source.Pos) (value.Value, error)
	// Shown gives the name under which a file is told to the user. nil: its path.
	Shown func(path string) string
	// Opened is told what was read from a file that is vaulted as a whole, so that it can be masked in all output. nil: nobody.
	Opened func(path string, v value.Value)
	// Warn takes what is worth a warning. nil: nobody hears it.
	Warn func(w *diag.Error)
}

// ReadFile reads a YAML or JSON file. An empty one gives None.
func (r *Reader) ReadFile(path string) (value.Value, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	name := path
	if r.Shown != nil {
		name = r.Shown(path)
	}
	file := source.NewFile(name, string(data))
	if bytes.HasPrefix(data, []byte("$ANSIBLE_VAULT")) {
		at := source.At(source.NewSensitiveFile(name, ""), 1, 1)
		if r.Decrypt == nil {
			return nil, diag.Errorf(at, "the file is vaulted and there is no vault password").Hint("give --vault-password-file or --ask-vault-pass")
		}
		plain, vaulted, err := r.Decrypt(data, at)
		if err != nil {
			return nil, err
		}
		if vaulted {
			file = source.NewSensitiveFile(name, string(plain))
		}
	}
	secret := file.Sensitive()
	v, err := yaml.Load(file, yaml.Options{Trusted: true, Secret: secret, JSONFirst: true, Vault: r.Inline, Warn: r.yamlWarning})
	if err == nil && secret && r.Opened != nil {
		r.Opened(name, v)
	}
	return v, err
}

func (r *Reader) yamlWarning(w yaml.Warning) error {
	if r.Warn != nil {
		r.Warn(diag.Errorf(w.Pos, "%s", w.Msg).Hint("%s", w.Help))
	}
	return nil
}

// ReadMapping is ReadFile for a file that must hold a mapping; an empty one gives an empty mapping.
func (r *Reader) ReadMapping(path string) (*value.Dict, error) {
	v, err := r.ReadFile(path)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case *value.Dict:
		return v, nil
	case value.NoneType:
		return value.NewDict(), nil
	}
	return nil, diag.Errorf(value.OriginOf(v), "a file of variables is a mapping, not a %s", v.Type()).Hint("write one \"name: value\" a line")
}

// FirstMapping reads the first of the files that exists, as vars_files has it for a list of alternatives. found is false
// when none exists.
func (r *Reader) FirstMapping(paths []string) (d *value.Dict, found bool, err error) {
	for _, p := range paths {
		d, err := r.ReadMapping(p)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return d, err == nil, err
	}
	return nil, false, nil
}

var varsExtensions = []string{"", ".yml", ".yaml", ".json"}

// EntityFiles lists the files with the variables of a group or host below dir ("…/group_vars", "…/host_vars"): the file
// of that name, or all in the folder of that name in the order of their names, hidden ones and backups left out. ansible-core
// takes the first of NAME, NAME.yml, NAME.yaml and NAME.json that exists.
func EntityFiles(dir, name string) []string {
	for _, ext := range varsExtensions {
		p := filepath.Join(dir, name+ext)
		fi, err := os.Stat(p)
		switch {
		case err != nil:
		case !fi.IsDir():
			return []string{p}
		case ext == "":
			return folderFiles(p)
		}
	}
	return nil
}

func folderFiles(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	var files []string
	for _, e := range entries {
		name := e.Name()
		p := filepath.Join(dir, name)
		fi, err := os.Stat(p)
		switch {
		case err != nil, strings.HasPrefix(name, "."), strings.HasSuffix(name, "~"):
		case fi.IsDir():
			files = append(files, folderFiles(p)...)
		case slices.Contains(varsExtensions, filepath.Ext(name)):
			files = append(files, p)
		}
	}
	return files
}

// ReadEntity reads the variables of a group or host below dir as one mapping, later files over earlier ones; nil when there
// are none. With merge (hash_behaviour) mappings are merged.
func (r *Reader) ReadEntity(dir, name string, mergeMappings bool) (*value.Dict, error) {
	var all *value.Dict
	var findings diag.List
	for _, f := range EntityFiles(dir, name) {
		d, err := r.ReadMapping(f)
		if err != nil {
			findings.Add(err)
			continue
		}
		if all == nil {
			all = d
			continue
		}
		sum := all.Copy()
		for it := d.Iterate(); it.Next(); {
			v := it.Stored()
			if k, ok := it.Key().(value.Str); ok && mergeMappings {
				v = Merge(sum.Stored(k.String()), v)
			}
			_ = sum.Set(it.Key(), v)
		}
		all = sum
	}
	return all, findings.Err()
}

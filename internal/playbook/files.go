package playbook

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// systemFiles reads the file system.
type systemFiles struct{}

func (systemFiles) ReadFile(name string) ([]byte, error)       { return os.ReadFile(name) }
func (systemFiles) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }
func (systemFiles) Stat(name string) (fs.FileInfo, error)      { return os.Stat(name) }

func (l *Loader) files() Files {
	if l.Files == nil {
		return systemFiles{}
	}
	return l.Files
}

// abs gives the absolute form of a name that was given on the command line.
func (l *Loader) abs(name string) (string, error) {
	if filepath.IsAbs(name) {
		return filepath.Clean(name), nil
	}
	if l.Dir != "" {
		return filepath.Abs(filepath.Join(l.Dir, name))
	}
	return filepath.Abs(name)
}

func (l *Loader) isFile(path string) bool {
	fi, err := l.files().Stat(path)
	return err == nil && !fi.IsDir()
}

func (l *Loader) isDir(path string) bool {
	fi, err := l.files().Stat(path)
	return err == nil && fi.IsDir()
}

// shown gives the name under which a file is told to the user.
func (l *Loader) shown(path string) string {
	if l.Shown != nil {
		return l.Shown(path)
	}
	return path
}

var vaultHeader = []byte("$ANSIBLE_VAULT")

// ReadYAML reads the YAML (or JSON) file at path as the playbook's own: its text is trusted, a vaulted file is
// decrypted and everything in it marked secret. ok is false for a file without content.
func (l *Loader) ReadYAML(path string) (v value.Value, ok bool, err error) {
	data, err := l.files().ReadFile(path)
	if err != nil {
		return nil, false, err
	}
	name := l.shown(path)
	file := (*source.File)(nil)
	if bytes.HasPrefix(data, vaultHeader) {
		at := source.At(source.NewFile(name, ""), 1, 1)
		if l.Decrypt == nil {
			return nil, false, refuse(at, "Attempting to decrypt but no vault secrets found.",
				"the file is vaulted and there is no vault password").Hint("give --vault-password-file or --ask-vault-pass")
		}
		plain, vaulted, err := l.Decrypt(data, at)
		if err != nil {
			return nil, false, err
		}
		if vaulted {
			file = source.NewSensitiveFile(name, string(plain))
		}
	}
	if file == nil {
		file = source.NewFile(name, string(data))
	}
	docs, err := yaml.LoadAll(file, yaml.Options{Trusted: true, JSONFirst: true, Vault: l.Inline, Warn: l.yamlWarning})
	if err != nil {
		return nil, false, withVerdict(err)
	}
	switch len(docs) {
	case 0:
		return value.None, false, nil
	case 1:
		return docs[0], true, nil
	}
	return nil, false, refuse(secondDocument(file, docs[0]), "YAML parsing failed: Expected a single document in the stream but found another document.",
		"the file has %d YAML documents, one is expected", len(docs))
}

// secondDocument finds the line that begins the document after the first one.
func secondDocument(f *source.File, first value.Value) source.Pos {
	for n := int(value.OriginOf(first).Line) + 1; n <= f.Lines(); n++ {
		if line := f.Line(n); len(line) >= 3 && line[:3] == "---" {
			return source.At(f, n, 1)
		}
	}
	return source.At(f, 1, 1)
}

func (l *Loader) yamlWarning(w yaml.Warning) error {
	e := diag.Errorf(w.Pos, "%s", w.Msg).Hint("%s", w.Help)
	e.Cause = &Verdict{Msg: w.Msg, Help: w.Help, Pos: w.Pos, Deprecated: w.Kind == yaml.DeprecatedTag}
	l.warn(e)
	return nil
}

func (l *Loader) warn(w *diag.Error) {
	if l.Warn != nil {
		l.Warn(w)
	}
}

// withVerdict says how Ansible ends on a file that is no YAML.
func withVerdict(err error) error {
	var e *diag.Error
	var p *yaml.ParserError
	if errors.As(err, &e) && errors.As(err, &p) {
		e.Cause = &Verdict{Msg: p.Message, Help: p.Help, Pos: p.Pos, Exit: exitParser}
	}
	return err
}

// typeName gives Python's class of a loaded value as Ansible's messages print it.
func typeName(v value.Value) string {
	const tagged = "ansible.module_utils._internal._datatag._AnsibleTagged"
	switch v.(type) {
	case value.Str:
		return "<class '" + tagged + "Str'>"
	case value.Int:
		return "<class '" + tagged + "Int'>"
	case value.Float:
		return "<class '" + tagged + "Float'>"
	case *value.List:
		return "<class '" + tagged + "List'>"
	case *value.Dict:
		return "<class '" + tagged + "Dict'>"
	}
	return fmt.Sprintf("<class '%s'>", v.Type())
}

// kindOf names the kind of a value for our own messages.
func kindOf(v value.Value) string {
	switch v.(type) {
	case value.Str:
		return "a text"
	case value.Int, value.Float:
		return "a number"
	case value.Bool:
		return "a boolean"
	case *value.List:
		return "a list"
	case *value.Dict:
		return "a mapping"
	case value.NoneType:
		return "nothing"
	}
	return "a " + v.Type()
}

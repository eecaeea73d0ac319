package vars

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// ExtraError is the Cause of an error of ParseExtra: what ansible-core 2.19 says and its exit code.
type ExtraError struct {
	Msg  string
	Exit int
}

// Error gives Ansible's text.
func (e *ExtraError) Error() string { return e.Msg }

// onCommandLine is where extra vars stand, as ansible-core 2.19 calls it.
const onCommandLine = "<CLI option '-e'>"

// ParseExtra reads the values of -e (--extra-vars) in their order; a later one wins over an earlier one, whole value by
// whole value. Each is "@file" (YAML or JSON, perhaps vaulted), a YAML or JSON mapping that begins with "{" or "[", or
// key=value words. All of it is trusted. readKV parses the words: of the playbook's language, not known here. With merge
// (hash_behaviour) mappings are merged.
// https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_variables.html#defining-variables-at-runtime
func (r *Reader) ParseExtra(options []string, readKV func(text string) ([][2]string, error), mergeMappings bool) (*value.Dict, error) {
	all := value.NewDict()
	var findings diag.List
	for _, o := range options {
		d, err := r.extra(o, readKV)
		if err != nil {
			findings.Add(err)
			continue
		}
		for it := d.Iterate(); it.Next(); {
			v := it.Stored()
			if k, ok := it.Key().(value.Str); ok && mergeMappings {
				v = Merge(all.Stored(k.String()), v)
			}
			_ = all.Set(it.Key(), v)
		}
	}
	return all, findings.Err()
}

func (r *Reader) extra(option string, readKV func(text string) ([][2]string, error)) (*value.Dict, error) {
	file := source.NewFile(onCommandLine, option)
	at := source.At(file, 1, 1)
	var v value.Value
	var err error
	switch {
	case strings.HasPrefix(option, "@"):
		name := strings.TrimPrefix(option, "@")
		path, absErr := filepath.Abs(filepath.Join(r.Dir, name))
		if absErr != nil || filepath.IsAbs(name) {
			path = name
		}
		option = "@" + path
		v, err = r.ReadFile(path)
		if err != nil {
			return nil, extraUnreadable(at, path, err)
		}
	case strings.HasPrefix(option, "{"), strings.HasPrefix(option, "["):
		v, err = yaml.Load(file, yaml.Options{Trusted: true, JSONFirst: true, Vault: r.Inline})
		if err != nil {
			var d *diag.Error
			if errors.As(err, &d) && d.HintText() == "" {
				_ = d.Hint("-e takes key=value, a mapping as JSON or YAML in one argument, or @FILE")
			}
			return nil, err
		}
		v = asWritten(v)
	default:
		words, err := readKV(option)
		if err != nil {
			e := diag.Errorf(at, "a quote or a {{ … }} in the extra vars does not end")
			e.Cause = &ExtraError{"failed at splitting arguments, either an unbalanced jinja2 block or quotes: " + option, 4}
			return nil, e
		}
		d := value.NewDict()
		for _, w := range words {
			d.SetStr(w[0], value.NewMarkedStr(w[1], value.Marks{Trusted: true, Origin: source.At(source.NewFile(onCommandLine, w[1]), 0, 0)}))
		}
		return d, nil
	}
	d, ok := v.(*value.Dict)
	if !ok {
		e := diag.Errorf(at, "extra vars are a mapping, not a %s", v.Type()).Hint("give -e key=value, -e '{\"key\": …}' or -e @file")
		e.Cause = &ExtraError{"Invalid extra vars data supplied. '" + option + "' could not be made into a dictionary", 5}
		return nil, e
	}
	return d, nil
}

// asWritten gives each text of a mapping on the command line the place that it has for ansible-core: itself.
func asWritten(v value.Value) value.Value {
	switch v := v.(type) {
	case value.Str:
		m := value.MarksOf(v)
		m.Origin.File = source.NewFile(onCommandLine, v.String()) // that of YAML has a line, that of JSON has none
		return value.WithMarks(v, m)
	case *value.List:
		elems := make([]value.Value, 0, v.Len())
		for _, e := range v.Stored() {
			elems = append(elems, asWritten(e))
		}
		return value.WithMarks(value.NewList(elems...), value.MarksOf(v))
	case *value.Dict:
		d := value.NewDict()
		for it := v.Iterate(); it.Next(); {
			_ = d.Set(it.Key(), asWritten(it.Stored()))
		}
		return value.WithMarks(d, value.MarksOf(v))
	}
	return v
}

func extraUnreadable(at source.Pos, path string, err error) error {
	var d *diag.Error
	if errors.As(err, &d) {
		return err
	}
	e := diag.Errorf(at, "can't read the extra vars in %s: %w", path, err)
	var p *fs.PathError
	if errors.As(err, &p) {
		e = diag.Errorf(at, "can't read the extra vars in %s: %w", path, p.Err)
	}
	if errors.Is(err, fs.ErrNotExist) {
		e.Cause = &ExtraError{fmt.Sprintf("Unable to retrieve file contents.\nCould not find or access '%s' on the Ansible Controller.\n"+
			"If you are using a module and expect the file to exist on the remote, see the remote_src option: [Errno 2] No such file or directory: '%s'", path, path), 1}
	}
	return e.Hint("-e @FILE reads a file of variables; a relative name begins in this folder")
}

package actions

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

var _ = Set.Add(Def{Name: "ansible.builtin.include_vars", Run: runIncludeVars, Page: &module.Def{
	Check: module.Full,
	Args: module.Args{
		{Name: "file", Type: module.Path, Help: "The file, looked for in the folder vars too."},
		{Name: "dir", Type: module.Path, Help: "The folder."},
		{Name: "name", Help: "Put all variables into this one, a mapping."},
		{Name: "depth", Type: module.Int, Default: 0, Help: "How deep to go into the folder; 0 is all of it."},
		{Name: "files_matching", Help: "An expression that the names of files must match."},
		{Name: "ignore_files", Type: module.List, Elements: module.Str, Help: "Names of files to leave out."},
		{Name: "extensions", Type: module.List, Elements: module.Str, Default: []string{"json", "yaml", "yml"}, Help: "Endings of the files to read."},
		{Name: "ignore_unknown_extensions", Type: module.Bool, Default: false, Help: "Leave other files out; they fail the task otherwise."},
		{Name: "hash_behaviour", Choices: []string{"replace", "merge"}, Help: "Whether mappings that are there already are replaced or merged."},
		{Name: "free_form", Help: "The file; it may be written as the text of the task."},
	},
	Doc: module.Doc{
		Short:    "Read variables of a file, or of the files of a folder, while the play runs.",
		Examples: "- ansible.builtin.include_vars: \"{{ ansible_facts.os_family }}.yml\"\n\n- ansible.builtin.include_vars:\n    dir: settings\n    extensions: [yml]\n",
		Returns:  []module.Return{{Name: "ansible_facts", Type: "dict", When: "success", Help: "The variables."}, {Name: "ansible_included_var_files", Type: "list", When: "success", Help: "The files."}},
	},
}})

// included is what an include_vars has read so far.
type included struct {
	c        *Call
	vars     *value.Dict
	files    []string
	warnings []result.Warning
	secret   bool // one of the files was vaulted as a whole
}

// runIncludeVars reads variables of a file, or of the files of a folder.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/include_vars_module.html
func runIncludeVars(_ context.Context, c *Call) (*result.Result, error) {
	if err := c.includeArguments(); err != nil {
		return nil, err
	}
	in := &included{c: c, vars: value.NewDict(), files: []string{}}
	var problem string
	var err error
	if c.Args.Has("dir") {
		problem, err = in.folder()
	} else {
		problem, err = in.file()
	}
	if err != nil {
		return nil, err
	}
	if problem != "" {
		in.vars = value.NewDict()
	}
	if name := text(c.Args, "name"); name != "" {
		in.vars = value.DictOf(name, in.vars)
	}
	if problem == "" && text(c.Args, "hash_behaviour") == "merge" {
		if err := in.mergeExisting(); err != nil {
			return nil, err
		}
	}
	r := ok("ansible_facts", in.vars, "ansible_included_var_files", module.V(in.files))
	r.NoLog = in.secret
	r.Warnings = in.warnings
	if problem == "" {
		r.Included = in.vars
		return r, nil
	}
	r.Status = result.Failed
	r.Fault = failure("Action failed", "Unknown error.", c.Pos)
	r.Values.SetStr("message", value.NewStr(problem))
	r.Values.SetStr("msg", value.NewStr("Task failed: Action failed: Unknown error."))
	return r, nil
}

// includeArguments checks which arguments there are, and which go together.
func (c *Call) includeArguments() error {
	ofFolder, ofFile := false, false
	for it := c.Args.Iterate(); it.Next(); {
		key, _ := value.Text(it.Key())
		switch key {
		case "dir", "depth", "files_matching", "ignore_files", "extensions", "ignore_unknown_extensions":
			ofFolder = true
		case "file", "_raw_params":
			ofFile = true
		case "hash_behaviour", "name":
		default:
			return c.raise("%s is not a valid option in include_vars", key)
		}
	}
	if ofFolder && ofFile {
		return c.raise("You are mixing file only and dir only arguments, these are incompatible")
	}
	switch how := text(c.Args, "hash_behaviour"); how {
	case "", "merge", "replace":
	default:
		return c.raise("hash_behaviour must be merge or replace, not %s", how)
	}
	return nil
}

// file reads the one file; problem is what fails the task.
func (in *included) file() (problem string, err error) {
	name := text(in.c.Args, "file")
	if name == "" {
		name = strings.TrimRight(text(in.c.Args, "_raw_params"), "\n")
	}
	if name == "" {
		in.warnings = append(in.warnings, result.Warning{Text: `Invalid request to find a file that matches a "null" value`})
		return "Could not find file" + remedy, nil
	}
	path, err := in.c.find("vars", name)
	if err != nil {
		return err.Error(), nil //nolint:nilerr // the failure of the task, in its result
	}
	return in.read(path)
}

// read adds the variables of a file to those that are there.
func (in *included) read(path string) (problem string, err error) {
	if _, secret, err := in.c.Files.ReadFile(path); err != nil {
		return unreadable(path, err), nil
	} else if secret {
		in.secret = true
	}
	v, err := in.c.Vars.ReadFile(path)
	if err != nil {
		var unread *yaml.ParserError
		if errors.As(err, &unread) {
			return unread.Message, nil
		}
		var d *diag.Error
		if errors.As(err, &d) {
			return d.Msg, nil
		}
		return err.Error(), nil
	}
	switch v := v.(type) {
	case value.NoneType:
	case *value.Dict:
		for it := v.Iterate(); it.Next(); {
			if err := in.vars.Set(it.Key(), it.Stored()); err != nil {
				return "", err
			}
		}
	default:
		return path + " must be stored as a dictionary/hash", nil
	}
	in.files = append(in.files, path)
	return "", nil
}

// mergeExisting merges what was read into the variables of the same names.
func (in *included) mergeExisting() error {
	all := value.NewDict()
	for it := in.vars.Iterate(); it.Next(); {
		v := it.Stored()
		if name, isStr := it.Key().(value.Str); isStr {
			if before, found := in.c.Scope.Vars().Lookup(name.String()); found {
				v = merged(before, v)
			}
		}
		if err := all.Set(it.Key(), v); err != nil {
			return err
		}
	}
	in.vars = all
	return nil
}

// merged is strong over weak; mappings are merged, to any depth.
func merged(weak, strong value.Value) value.Value {
	w, isDict := weak.(*value.Dict)
	s, isDict2 := strong.(*value.Dict)
	if !isDict || !isDict2 {
		return strong
	}
	out := w.Copy()
	for it := s.Iterate(); it.Next(); {
		v := it.Stored()
		if key, isStr := it.Key().(value.Str); isStr && out.Has(key.String()) {
			v = merged(out.Stored(key.String()), v)
		}
		_ = out.Set(it.Key(), v)
	}
	return out
}

// unreadable says why a file of variables can't be read.
func unreadable(path string, err error) string {
	if noPassword(err) {
		return "Attempting to decrypt but no vault secrets found."
	}
	var no syscall.Errno
	if errors.As(err, &no) {
		reason := no.Error()
		return fmt.Sprintf("An error occurred while trying to read the file '%s': [Errno %d] %s: '%s'",
			path, int(no), strings.ToUpper(reason[:1])+reason[1:], path)
	}
	return err.Error()
}

// noPassword reports whether a vault could not be opened because there is no password at all.
func noPassword(err error) bool {
	var d *diag.Error
	return errors.As(err, &d) && strings.Contains(d.Msg, "no vault password is given")
}

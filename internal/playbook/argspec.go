package playbook

import (
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// validation makes the task that checks the role's arguments, or nil when there is no specification for its entry point.
func (r *Role) validation() *Task {
	entry := "main"
	if r.From.Tasks != "" {
		entry = strings.TrimSuffix(r.From.Tasks, filepath.Ext(r.From.Tasks))
	}
	if !r.Validate || r.ArgumentSpecs == nil {
		return nil
	}
	spec, ok := r.ArgumentSpecs.Stored(entry).(*value.Dict)
	if !ok {
		return nil
	}
	name := "Validating arguments against arg spec '" + entry + "'"
	if s, ok := spec.Stored("short_description").(value.Str); ok {
		name += " - " + s.String()
	}
	options := spec.Stored("options")
	if options == nil {
		options = value.NewDict()
	}
	params := r.Params
	if params == nil {
		params = value.NewDict()
	}
	t := &Task{Pos: value.OriginOf(spec), File: filepath.Join(r.Path, "meta"), Parent: r.Scope, Implicit: true, Action: "ansible.builtin.validate_argument_spec"}
	t.Attrs.set(Name, t.Pos, value.NewStr(name))
	t.Attrs.set(Tags, t.Pos, value.NewList(value.NewStr("always")))
	t.Args = value.DictOf("argument_spec", options, "provided_arguments", params, "validate_args_context", value.DictOf(
		"type", value.NewStr("role"), "name", value.NewStr(r.Name), "argument_spec_name", value.NewStr(entry), "path", value.NewStr(r.Path),
	))
	return t
}

package playbook

import (
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Task is a task or a handler.
type Task struct {
	Pos    source.Pos // where the task begins
	File   string     // the absolute path of the file that it is written in
	Attrs  Attrs      // its own keywords as written; not the action, the arguments and the loop
	Parent *Scope     // what is around it; never nil

	Action string // the module as written: "copy", "ansible.builtin.copy"
	// ActionTemplate is set where `action` names the module by a template, which is then evaluated on each host.
	ActionTemplate value.Value
	ActionPos      source.Pos  // where the module's name stands
	Args           *value.Dict // the arguments as written, never nil; free-form text is under "_raw_params"
	// ArgsTemplate is set when the arguments were given as one template (`args: "{{ them }}"`), which must give a dict;
	// the entries of Args then win over those of the dict.
	ArgsTemplate value.Value

	Loop     value.Value // what `loop` or `with_…` was given, nil without a loop
	LoopWith string      // the lookup behind `with_…` ("items", "community.general.flattened"), "" for `loop`

	Handler  bool     // a handler
	Listen   []string // the topics that a handler listens to; they are not templates
	Implicit bool     // made by the loader (flush_handlers, the check of a role's arguments), not written
}

// Place is where the task was written.
func (t *Task) Place() source.Pos { return t.Pos }

// Play returns the play that the task is in.
func (t *Task) Play() *Play { return t.Parent.Play }

// Role returns the role that the task comes from, or nil.
func (t *Task) Role() *Role { return t.Parent.Role }

// Inherited returns the value of a keyword as it applies to the task: its own, else what it inherits. For a keyword that
// extends it is a list of all of them. It is nil when the keyword stands nowhere; Keyword.Default then has what applies.
func (t *Task) Inherited(k Keyword) value.Value { return inherit(k, t.Attrs.Get(k), t.Parent) }

// Setting returns what Inherited returns, or the default of the keyword.
func (t *Task) Setting(k Keyword) value.Value {
	if v := t.Inherited(k); v != nil {
		return v
	}
	return k.Default()
}

// When returns the conditions of the task in the order in which they are evaluated: those of the blocks, imports and
// roles around it first. All must hold.
func (t *Task) When() []value.Value { return written(listOf(t.Inherited(When))) }

// written leaves out of conditions those that nothing is written for.
func written(conds []value.Value) []value.Value {
	return slices.DeleteFunc(slices.Clone(conds), func(v value.Value) bool { return v == value.None })
}

// Own returns the elements of a list keyword that stands on the task itself, such as ChangedWhen, FailedWhen or
// Until; one value that is no list counts as a list of one.
func (t *Task) Own(k Keyword) []value.Value {
	own := listOf(t.Attrs.Get(k))
	if k == Until {
		return written(own)
	}
	return own
}

// Register returns the name of the variable that takes the result, or "".
func (t *Task) Register() string {
	if s, ok := t.Attrs.Get(Register).(value.Str); ok {
		return s.String()
	}
	return ""
}

// RawName returns the name as written, which may be a template, or nil for a task without one.
func (t *Task) RawName() value.Value {
	if v := t.Attrs.Get(Name); v != value.None {
		return v
	}
	return nil
}

// Title puts the role's name before a name that was templated, as banners and lists show it: "role : name". For a task
// without a name, name is "" and the module stands in its place.
func (t *Task) Title(name string) string {
	if name == "" {
		if t.Include() == IncludeRole { // shown so by ansible-core, without the role around it
			return t.Action + " : " + t.includedRole()
		}
		name = t.Action
	}
	if r := t.Role(); r != nil {
		return r.Name + " : " + name
	}
	return name
}

// includedRole returns the name of the role that an include_role asks for, as it is written.
func (t *Task) includedRole() string {
	for _, k := range []string{"name", "role"} {
		if v := t.Args.Stored(k); v != nil {
			text, _ := value.Text(v)
			return text
		}
	}
	return ""
}

// ActionName returns the module's name without "ansible.builtin." and "ansible.legacy.", to compare with.
func (t *Task) ActionName() string { return BuiltinName(t.Action) }

// IsMeta reports whether the task is a `meta` task; its argument is then Args' "_raw_params".
func (t *Task) IsMeta() bool { return t.ActionName() == "meta" }

// IncludeKind says what kind of include a task is.
type IncludeKind uint8

// The dynamic includes; static imports never reach an executor.
const (
	NoInclude    IncludeKind = iota
	IncludeTasks             // include_tasks: Loader.LoadTasksFile
	IncludeRole              // include_role: Loader.LoadRole
)

// Include says whether the task is a dynamic include.
func (t *Task) Include() IncludeKind {
	switch t.ActionName() {
	case "include_tasks":
		return IncludeTasks
	case "include_role":
		return IncludeRole
	}
	return NoInclude
}

// BuiltinName strips "ansible.builtin." or "ansible.legacy." from a module's name.
func BuiltinName(action string) string {
	for _, p := range []string{"ansible.builtin.", "ansible.legacy."} {
		if s, ok := strings.CutPrefix(action, p); ok {
			return s
		}
	}
	return action
}

func listOf(v value.Value) []value.Value {
	switch v := v.(type) {
	case nil:
		return nil
	case *value.List:
		return v.Stored()
	}
	return []value.Value{v}
}

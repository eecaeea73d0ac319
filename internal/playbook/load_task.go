package playbook

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// task reads a task or handler. A static import gives what it imports.
func (ld *load) task(d *value.Dict, parent *Scope, file string, handler bool) []Node {
	t := &Task{Pos: value.OriginOf(d), File: file, Parent: parent, Handler: handler, Args: value.NewDict()}
	keys, ok := ld.taskKeys(d, t)
	if !ok || !ld.action(d, t, keys) {
		return nil
	}
	class, on := "Task", OnTask
	if handler {
		class, on = "Handler", OnHandler
	}
	name := t.ActionName()
	switch name {
	case "include_tasks":
		class, on = "TaskInclude", OnInclude
		if handler {
			class, on = "HandlerTaskInclude", OnInclude|OnHandlerInclude
		}
	case "include_role":
		class, on = "IncludeRole", OnInclude
	case "import_tasks":
		class = "TaskInclude"
	case "import_role":
		class = "IncludeRole"
	}
	if handler && (name == "include_role" || name == "import_role") {
		ld.errs.Add(refuse(t.Pos, "Using '"+t.Action+"' as a handler is not supported.", "%s can't be a handler", t.Action))
		return nil
	}
	if !ld.taskAttrs(d, t, keys, on, class) {
		return nil
	}
	switch name {
	case "import_tasks":
		return asNodes(ld.importTasks(t))
	case "import_role":
		return asNodes(ld.importRole(t))
	case "include_tasks":
		if ld.found(asError(checkTasksInclude(t))) {
			return nil
		}
		ld.asks(&Scope{Kind: IncludeScope, Attrs: t.Attrs, Parent: t.Parent, Play: t.Parent.Play, Role: t.Parent.Role, Task: t})
	case "include_role":
		if ld.found(asError(checkRoleInclude(t))) {
			return nil
		}
	}
	return []Node{t}
}

// asError keeps a nil *diag.Error a nil error.
func asError(e *diag.Error) error {
	if e == nil {
		return nil
	}
	return e
}

func asNodes(blocks []*Block) []Node {
	nodes := make([]Node, len(blocks))
	for i, b := range blocks {
		nodes[i] = b
	}
	return nodes
}

// taskKey is a key of a task that is no keyword of tasks: a module, a with_… or a mistake.
type taskKey struct {
	name string
	pos  source.Pos
	val  value.Value
}

// taskKeys sorts out the keys that may name the module, and reads the loop.
func (ld *load) taskKeys(d *value.Dict, t *Task) (modules []taskKey, ok bool) {
	ok = true
	for it := d.Iterate(); it.Next(); {
		key, pos := keyText(it.Key()), value.OriginOf(it.Key())
		if _, isText := it.Key().(value.Str); !isText {
			at := pos
			if !at.IsValid() {
				at = t.Pos
			}
			ld.errs.Add(unexpected(refuse(at, fmt.Sprintf("Unexpected Exception, this is probably a bug: '%s' object has no attribute 'startswith'", pythonAttrType(it.Key())),
				"a key of a task is a text, not %s", kindOf(it.Key())).Hint("a key that is meant as a text needs quotes")))
			return nil, false
		}
		k, known := KeywordNamed(key)
		if k == LoopKeyword && t.LoopWith == "" && it.Stored() != value.None { // behind with_… it takes no part, before it there are two
			t.Loop = it.Stored()
		}
		switch {
		case known && (k.AllowedOn(OnTask) || k.AllowedOn(OnHandler)), key == "static":
		case strings.HasPrefix(key, "with_"):
			ok = ld.with(t, key, pos, it.Stored()) && ok
		default:
			modules = append(modules, taskKey{key, pos, it.Stored()})
		}
	}
	return modules, ok
}

func pythonAttrType(v value.Value) string {
	switch v.(type) {
	case value.Int:
		return "_AnsibleTaggedInt"
	case value.Float:
		return "_AnsibleTaggedFloat"
	}
	return v.Type()
}

// with reads a with_… loop. An unknown lookup is a key that tasks don't have.
func (ld *load) with(t *Task, key string, pos source.Pos, v value.Value) bool {
	lookup := strings.TrimPrefix(key, "with_")
	switch {
	case ld.Lookup != nil && !ld.Lookup(lookup, t.collections()):
		ld.warnMissing(lookup, pos, nil)
		e := taskAttribute(key, pos, "Task").Hint("no lookup is named %q; a list is looped over with loop", lookup)
		if near := nearest(lookup, loopLookups); near != "" {
			e = e.Hint("did you mean \"with_%s\"?", near)
		}
		ld.errs.Add(e)
		return false
	case v == value.None:
		ld.errs.Add(exitsWith(exitError, seenAt(t.Pos, refuse(pos, "you must specify a value when using "+key, "%s needs a list", key))))
		return false
	case t.LoopWith != "", t.Loop != nil:
		ld.errs.Add(exitsWith(exitError, seenAt(t.Pos, refuse(pos, "duplicate loop in task: "+lookup, "a task has one loop, and it has one already").
			Hint("take one of them out"))))
		return false
	}
	t.Loop, t.LoopWith = v, lookup
	return true
}

// loopLookups are the lookups that tasks usually loop with.
var loopLookups = []string{
	"dict", "fileglob", "filetree", "first_found", "flattened", "indexed_items", "inventory_hostnames", "items", "lines", "list", "nested",
	"random_choice", "sequence", "subelements", "together",
}

// taskAttribute is what Ansible says to a key that tasks don't have.
func taskAttribute(key string, pos source.Pos, class string) *diag.Error {
	return refuse(pos, fmt.Sprintf("'%s' is not a valid attribute for a %s\n"+
		"This error can be suppressed as a warning using the \"invalid_task_attribute_failed\" configuration", key, class),
		"%q is no keyword of a %s", key, className(class))
}

// taskAttrs reads the keywords of the task itself.
func (ld *load) taskAttrs(d *value.Dict, t *Task, modules []taskKey, on Place, class string) bool {
	attrs, ok := ld.attrs(d, on, class, func(key string, pos source.Pos, v value.Value) bool {
		if len(modules) > 0 && key == modules[0].name || strings.HasPrefix(key, "with_") {
			return true
		}
		switch k, known := KeywordNamed(key); {
		case known && (k == ActionKeyword || k == LocalAction || k == ArgsKeyword):
			return true
		case on&OnInclude != 0:
			ld.errs.Add(seenAt(t.Pos, unknownKeyword(key, pos, on, class)))
			return true
		}
		e := taskAttribute(key, pos, class)
		if key == "listen" {
			e = e.Hint("only handlers listen")
		} else if near := nearest(key, keywordNames(on)); near != "" {
			e = e.Hint("did you mean %q?", near)
		}
		ld.errs.Add(e)
		return true
	})
	for _, a := range attrs {
		switch a.Keyword {
		case ActionKeyword, LocalAction, ArgsKeyword:
		case LoopKeyword:
			if t.LoopWith == "" && a.Value != value.None {
				t.Loop = a.Value
			}
		case Listen:
			for _, e := range listOf(a.Value) {
				if s, ok := e.(value.Str); ok {
					t.Listen = append(t.Listen, s.String())
				}
			}
		default:
			if !t.Attrs.Has(a.Keyword) { // local_action has said delegate_to already
				t.Attrs = append(t.Attrs, a)
			}
		}
	}
	return ok
}

// collections are the collections in which the task's module is looked for, without those that always are.
func (t *Task) collections() []string {
	var names []string
	for _, v := range listOf(t.Inherited(Collections)) {
		if s, ok := v.(value.Str); ok {
			names = append(names, s.String())
		}
	}
	if r := t.Role(); r != nil {
		names = append(names, r.Collections...)
	}
	return names
}

// Collections returns the collections in which the task's module is looked for when its name has no dot, in order and
// without those that always are.
func (t *Task) Collections() []string { return t.collections() }

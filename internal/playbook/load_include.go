package playbook

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// includedFile returns the file that an include_tasks or import_tasks names, or nil.
func includedFile(t *Task) value.Value {
	for _, k := range []string{RawParams, "file"} {
		v := t.Args.Stored(k)
		if s, ok := v.(value.Str); ok && s.String() == "" {
			continue
		}
		if v != nil && v != value.None {
			return v
		}
	}
	return nil
}

// unknownArgs names the arguments of t that are not among known, sorted.
func unknownArgs(t *Task, known ...string) []string {
	var bad []string
next:
	for _, k := range t.Args.Keys() {
		for _, n := range known {
			if keyText(k) == n {
				continue next
			}
		}
		bad = append(bad, keyText(k))
	}
	sort.Strings(bad)
	return bad
}

func badOptions(t *Task, bad, known []string) *diag.Error {
	name := t.Action
	e := refuse(t.Pos, fmt.Sprintf("Invalid options for %s: %s", name, strings.Join(bad, ",")), "%s takes no %s", name, strings.Join(bad, ", "))
	if near := diag.Nearest(bad[0], known); near != "" {
		return e.Hint("did you mean %q?", near)
	}
	return e.Hint("pass variables with vars")
}

// checkTasksInclude refuses an include_tasks or import_tasks with wrong arguments.
func checkTasksInclude(t *Task) *diag.Error {
	known := []string{RawParams, "file", "apply"}
	if t.ActionName() == "import_tasks" {
		known = known[:2]
	}
	if bad := unknownArgs(t, known...); len(bad) > 0 && (includedFile(t) != nil || t.ActionName() == "include_tasks") {
		return badOptions(t, bad, known[1:])
	}
	if includedFile(t) == nil && t.ArgsTemplate == nil {
		return refuse(t.Pos, "No file specified for "+t.Action, "%s needs a file", t.Action)
	}
	return checkApply(t)
}

func checkApply(t *Task) *diag.Error {
	v := t.Args.Stored("apply")
	if v == nil || v == value.None || isDict(v) {
		return nil
	}
	return seenAt(t.Pos, refuse(value.OriginOf(v), "Expected a dict for apply but got "+typeName(v)+" instead", "apply is a mapping of keywords, not %s", kindOf(v)))
}

var roleFromArgs = []string{"tasks_from", "vars_from", "defaults_from", "handlers_from"}

// checkRoleInclude refuses an include_role or import_role with wrong arguments.
func checkRoleInclude(t *Task) *diag.Error {
	known := append([]string{"name", "role", "public", "allow_duplicates", "rolespec_validate", "apply"}, roleFromArgs...)
	if t.ActionName() == "import_role" {
		known = append(known[:5:5], roleFromArgs...)
	}
	name := t.Args.Stored("name")
	if name == nil {
		name = t.Args.Stored("role")
	}
	if name == nil || name == value.None {
		return refuse(t.Pos, "'name' is a required field for "+t.Action+".", "%s needs the name of a role", t.Action)
	}
	if bad := unknownArgs(t, known...); len(bad) > 0 {
		return badOptions(t, bad, known)
	}
	for _, k := range roleFromArgs {
		if v := t.Args.Stored(k); v != nil {
			if _, ok := v.(value.Str); !ok {
				return seenAt(source.Pos{}, refuse(value.OriginOf(v), fmt.Sprintf("Expected a string for %s but got %s instead", k, typeName(v)), "%s is a file's name, not %s", k, kindOf(v)))
			}
		}
	}
	return checkApply(t)
}

// importTasks expands a static import.
func (ld *load) importTasks(t *Task) []*Block {
	if e := checkTasksInclude(t); e != nil {
		ld.errs.Add(e)
		return nil
	}
	if ld.loopOnImport(t) {
		return nil
	}
	scope := &Scope{Kind: ImportScope, Attrs: t.Attrs, Parent: t.Parent, Play: t.Parent.Play, Role: t.Parent.Role, Task: t}
	ld.asks(scope)
	target := includedFile(t)
	name, err := ld.staticName(target, scope)
	if err != nil {
		ld.errs.Add(unknownImport(t, target, err))
		return nil
	}
	scope.Target = name
	return ld.tasksFile(t, name, scope, scope, false)
}

// importHelp is what Ansible adds to the name of an import that needs a variable which is not known yet.
const importHelp = `When using static imports, ensure that any variables used in their names are defined in vars/vars_files
or extra-vars passed in from the command line. Static imports cannot use variables from facts or inventory
sources like group or host vars.`

// unknownImport is the finding for a file of import_tasks whose name can't be evaluated.
func unknownImport(t *Task, target value.Value, err error) *diag.Error {
	const ours = "the file of the import can't be known before the run: %w"
	var missing interface{ IsUndefined() bool }
	if !errors.As(err, &missing) || !missing.IsUndefined() {
		return exitsWith(exitError, refuse(value.OriginOf(target), err.Error(), ours, err))
	}
	text, _ := value.Text(target)
	e := refuse(value.OriginOf(target), fmt.Sprintf("Error when evaluating variable in import path '%s'", text), ours, err).
		Hint("give its variables with -e or in vars; facts and the inventory are not known yet: use include_tasks")
	return because(err, helped(importHelp, seenAt(t.Pos, e)))
}

func (ld *load) loopOnImport(t *Task) bool {
	if t.Loop == nil {
		return false
	}
	name := t.ActionName()
	dynamic := strings.Replace(name, "import", "include", 1)
	ld.errs.Add(refuse(t.Pos, fmt.Sprintf("You cannot use loops on '%s' statements. You should use '%s' instead.", name, dynamic),
		"%s takes no loop", name).Hint("use %s", dynamic))
	return true
}

// tasksFile reads the file that t names; its tasks stand in scope. around is the scope that the search starts from.
func (ld *load) tasksFile(t *Task, name string, scope, around *Scope, dynamic bool) []*Block {
	at := t.Pos
	if v := includedFile(t); v != nil && value.OriginOf(v).IsValid() {
		at = value.OriginOf(v)
	}
	if ld.looped {
		return nil
	}
	if ld.depth++; ld.depth > maxDepth {
		ld.looped = true
		ld.errs.Add(unexpected(refuse(at, "Unexpected Exception, this is probably a bug: maximum recursion depth exceeded", "the file imports itself").Hint("take this import out of the circle, or include it when it is needed: include_tasks with a condition")))
		ld.depth--
		return nil
	}
	defer func() { ld.depth-- }()
	path, found := ld.findTasksFile(name, around, t, dynamic)
	v, ok, err := ld.ReadYAML(path)
	if err != nil {
		e := ld.unreadable(path, at, err)
		if !found {
			e = withHint(e, "looked beside the file of the task and in the tasks folder of its role and its playbook")
		}
		ld.errs.Add(e)
		return nil
	}
	if dynamic && (!ok || v == value.None) {
		return []*Block{{Scope: scope, Implicit: true, file: path}}
	}
	if !ok || v == value.None {
		w := diag.Errorf(source.At(source.NewFile(ld.shown(path), ""), 0, 0), "the file has no tasks")
		w.Cause = &Verdict{Msg: "file " + path + " is empty and had no tasks to include"}
		ld.warn(w)
		return nil
	}
	l, isList := v.(*value.List)
	if !isList {
		e := refuse(value.OriginOf(v), "included task files must contain a list of tasks", "a file of tasks is a list, not %s", kindOf(v)).
			Hint("begin each task with \"- \"")
		if dynamic { // a failure of the hosts that include it
			e = exitsWith(exitError, seenAt(source.Pos{}, e))
		}
		ld.errs.Add(e)
		return nil
	}
	if dynamic && l.Len() == 0 {
		return []*Block{{Scope: scope, Implicit: true, file: path}}
	}
	return ld.blocks(l, scope, path, t.Handler)
}

func withHint(err error, hint string) error {
	if e, ok := err.(*diag.Error); ok {
		return e.Hint("%s", hint)
	}
	return err
}

// findTasksFile looks where Ansible looks: from the folders of the includes around the task, in the role's tasks (or
// handlers) folder, in the role, and beside the playbook.
func (ld *load) findTasksFile(name string, around *Scope, t *Task, dynamic bool) (path string, found bool) {
	if filepath.IsAbs(name) {
		return name, ld.isFile(name)
	}
	base := ld.baseDir(t)
	role := t.Parent.Role
	sub := "tasks"
	if t.Handler {
		sub = "handlers"
	}
	relative := func(dir string) []string {
		paths := []string{filepath.Join(dir, sub, name)}
		if sub != "tasks" {
			paths = append(paths, filepath.Join(dir, "tasks", name))
		}
		return append(paths, filepath.Join(dir, name), filepath.Join(base, sub, name), filepath.Join(base, name))
	}
	var tries []string
	if role != nil && dynamic {
		tries = relative(role.Path)
	}
	cumulative := ""
	for s := t.Parent; s != nil; s = s.Parent {
		if !dynamic && s.Kind == RoleScope {
			break
		}
		if s.Target == "" {
			continue
		}
		dir := filepath.Dir(s.Target)
		switch {
		case filepath.IsAbs(cumulative):
		case cumulative == "":
			cumulative = dir
		default:
			cumulative = filepath.Join(dir, cumulative)
		}
		if role != nil {
			tries = append(tries, relative(join(filepath.Join(role.Path, sub), cumulative))...)
		} else {
			tries = append(tries, filepath.Join(join(base, cumulative), name), filepath.Join(base, name))
		}
	}
	if role != nil && !dynamic {
		tries = append(tries, relative(role.Path)...)
	}
	tries = append(tries, filepath.Join(base, name))
	for _, p := range tries {
		if ld.isFile(p) {
			return p, true
		}
	}
	return tries[len(tries)-1], false
}

// join is filepath.Join, but an absolute second path replaces the first.
func join(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// baseDir is the folder that relative names start from outside of roles: that of the playbook.
func (ld *load) baseDir(t *Task) string {
	if p := t.Parent.Play; p != nil {
		return p.Dir
	}
	return filepath.Dir(t.File)
}

// importRole expands a static import of a role.
func (ld *load) importRole(t *Task) []*Block {
	if e := checkRoleInclude(t); e != nil {
		ld.errs.Add(e)
		return nil
	}
	if ld.loopOnImport(t) {
		return nil
	}
	scope := &Scope{Kind: ImportScope, Attrs: t.Attrs, Parent: t.Parent, Play: t.Parent.Play, Role: t.Parent.Role, Task: t}
	ld.asks(scope)
	use := roleUse{pos: t.Pos, parent: scope, static: true, fromInclude: true, public: true, validate: true}
	nameValue := t.Args.Stored("name")
	if nameValue == nil {
		nameValue = t.Args.Stored("role")
	}
	use.pos = value.OriginOf(nameValue)
	name, err := ld.staticName(nameValue, scope)
	if err != nil {
		ld.errs.Add(exitsWith(exitError, refuse(use.pos, err.Error(), "the name of the role can't be known before the run: %w", err).
			Hint("give its variables with -e or in vars; for facts use include_role")))
		return nil
	}
	use.name = name
	for k, into := range map[string]*string{"tasks_from": &use.from.Tasks, "vars_from": &use.from.Vars, "defaults_from": &use.from.Defaults, "handlers_from": &use.from.Handlers} {
		if v := t.Args.Stored(k); v != nil {
			if *into, err = ld.staticName(v, scope); err != nil {
				ld.errs.Add(exitsWith(exitError, refuse(value.OriginOf(v), err.Error(), "%s can't be known before the run: %w", k, err)))
				return nil
			}
		}
	}
	if use.allowDuplicates = boolArg(t.Args.Stored("allow_duplicates")); use.allowDuplicates == nil {
		yes := true // allowed unless told otherwise, whatever the role's own meta says
		use.allowDuplicates = &yes
	}
	if b := boolArg(t.Args.Stored("public")); b != nil {
		use.public = *b
	}
	if b := boolArg(t.Args.Stored("rolespec_validate")); b != nil {
		use.validate = *b
	}
	use.given = []*value.Dict{t.Attrs.Vars()}
	r := ld.role(use)
	if r == nil {
		return nil
	}
	if p := ld.play; p != nil && !ld.dynamic {
		p.imported = append(p.imported, r)
	}
	return r.compile()
}

// boolArg reads a literal boolean argument; nil when it is not given or no boolean.
func boolArg(v value.Value) *bool {
	var b bool
	switch v := v.(type) {
	case value.Bool:
		b = bool(v)
	case value.Str:
		switch strings.ToLower(v.String()) {
		case "yes", "true", "on", "1", "y", "t":
			b = true
		case "no", "false", "off", "0", "n", "f":
		default:
			return nil
		}
	default:
		return nil
	}
	return &b
}

// LoadTasksFile reads the tasks behind an include_tasks that is running. RolesOf has the roles that the file imports, whose
// handlers and variables join the play's. The blocks inherit from what is around the
// include and from its `apply`; its vars are in a scope of kind IncludeScope. The error has the findings of the file, or
// says that it does not exist.
func (l *Loader) LoadTasksFile(ctx context.Context, req TasksRequest) ([]*Block, error) {
	t := req.Task
	ld := &load{Loader: l, ctx: ctx, play: t.Play(), ids: t.Play().ids, dynamic: true}
	scope := &Scope{Kind: IncludeScope, Attrs: t.Attrs, Parent: t.Parent, Play: t.Parent.Play, Role: t.Parent.Role, Task: t, Target: req.File}
	inner, ok := ld.applied(t, req.Apply, scope)
	if !ok {
		return nil, ld.err()
	}
	blocks := ld.tasksFile(t, req.File, inner, scope, true)
	return blocks, ld.err()
}

// applied puts a scope with the keywords of `apply` into scope.
func (ld *load) applied(t *Task, apply *value.Dict, scope *Scope) (*Scope, bool) {
	if apply == nil {
		apply, _ = t.Args.Stored("apply").(*value.Dict)
	}
	if apply == nil {
		return scope, true
	}
	attrs, ok := ld.attrs(apply, OnBlock, "Block", func(string, source.Pos, value.Value) bool { return false })
	return &Scope{Kind: ApplyScope, Attrs: attrs, Parent: scope, Play: scope.Play, Role: scope.Role, Task: t}, ok
}

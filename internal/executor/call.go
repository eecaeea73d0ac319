package executor

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// FullName is the full name of an action or module as a task may write it, and whether there is one.
func FullName(name string) (string, bool) {
	if d := actions.Set.Find(name); d != nil {
		return d.Name, true
	}
	if d := modules.Find(name); d != nil {
		return d.Name, true
	}
	return name, false
}

// unknownModule is why a module that is not built in can't be run.
func (r *run) unknownModule() error {
	name := r.task.Action
	told, gone := r.x.Retired(name, r.task.Collections())
	switch {
	case gone:
		return &templating.Error{Msg: told, Pos: r.task.Pos}
	case told != "":
		r.emit(event.Deprecation{Text: told})
	case !r.x.HasModule(name, r.task.Collections()...):
		return &templating.Error{Msg: fmt.Sprintf("Cannot resolve '%s' to an action or module.", name), Pos: r.task.ActionPos}
	}
	return diag.Errorf(r.task.ActionPos, "the module %s is not built into the native engine", name)
}

// call prepares the action: its finalized arguments and all that it may reach.
func (r *run) call(ctx context.Context, scope *templating.Scope) (*actions.Call, *actions.Def, error) {
	def := actions.Set.Find(r.task.Action)
	full, known := FullName(r.task.Action)
	if !known {
		return nil, nil, r.unknownModule()
	}
	args, err := r.args(scope)
	if err != nil {
		return nil, nil, err
	}
	if args.Has(playbook.RawParams) && !playbook.TakesText(full) {
		return nil, nil, &templating.Error{Msg: fmt.Sprintf("Action '%s' does not support raw params.", full), Pos: r.task.ActionPos}
	}
	host, err := r.target(ctx, scope)
	if err != nil {
		return nil, nil, err
	}
	if r.x.Plugins != nil && !r.wayChecked() {
		if err := noWay(r.x.Plugins(ctx, host.to), r.task.Pos); err != nil {
			return nil, nil, err
		}
	}
	if host.to.Kept != nil {
		host.to.Kept.checked = true
	}
	check, err := r.checkMode(scope, playbook.CheckMode, r.x.Check)
	if err != nil {
		return nil, nil, err
	}
	diff, err := r.checkMode(scope, playbook.Diff, r.x.Diff)
	if err != nil {
		return nil, nil, err
	}
	host.check, host.diff = check, diff
	call := &actions.Call{
		Name: r.task.Action, FullName: full, Pos: r.task.Pos, Args: args, Scope: scope, Host: host,
		Check: check, Diff: diff, Verbosity: r.x.Verbosity, Search: r.x.search(r.task), Files: r.x.Files,
		Vars: r.x.VarsFiles, Terminal: r.x.Terminal, FactsModules: r.x.FactsModules, Environ: host.env, HostName: r.host, Inventory: r.x.Inventory, InRole: r.task.Role() != nil,
		Tell: func(text string) { r.emit(event.Note{Text: text}) },
	}
	if call.AsyncDir, err = r.asyncDir(scope); err != nil {
		return nil, nil, err
	}
	call.Waiting, call.HasModule = host, func(name string) bool { return r.x.HasModule(name) }
	unseen := r.unseen()
	call.Last = func() { host.final, host.unseen = true, unseen }
	if s := r.slot; s != nil {
		s.writes(args)
		call.Reads = s.reads
	}
	if r.delegated != nil {
		call.DelegatedTo = r.delegated.host
	}
	call.Bare = func() actions.Host { return host.bare() }
	call.Own = func() actions.Host { return r.own(host) }
	call.Plain = func() actions.Host { return host.plain() }
	call.Here = func(env ...string) actions.Host { return host.here(env...) }
	call.Fact = func(name string) (value.Value, error) { return r.fact(ctx, scope, name) }
	call.Defaults = func(module string) *value.Dict {
		written, out := value.NewDict(), value.NewDict()
		name, _ := FullName(module)
		_ = r.moduleDefaults(scope, name, written)
		_ = r.finalize(scope, name, written, out)
		return out
	}
	if r.task.Implicit && full == "ansible.builtin.gather_facts" {
		call.Pos = source.Pos{} // nobody wrote it
	}
	if r.task.ArgsTemplate == nil {
		call.Raw = r.written
	}
	return call, def, nil
}

// unseen reports whether nobody sees what the task's module returns when it goes well, but how it went: then the module need not find it out,
// and it does not travel. What an item of a loop returned is seen where another one fails: by a rescue, in ansible_failed_result, and in the
// debugger.
func (r *run) unseen() bool {
	t := r.task
	if r.x.Shown || t.Loop != nil && (inBlock(t) || mayDebug(t.Play())) {
		return false
	}
	return t.Register() == "" && len(t.Own(playbook.Until))+len(t.Own(playbook.ChangedWhen))+len(t.Own(playbook.FailedWhen)) == 0 &&
		t.Setting(playbook.Debugger) == nil
}

// inBlock reports whether a task stands within a block, or within what a task of one includes.
func inBlock(t *playbook.Task) bool {
	for s := t.Parent; s != nil; s = s.Parent {
		if s.Kind == playbook.BlockScope {
			return true
		}
	}
	return false
}

// mayDebug reports whether the strategy of a play may be one that asks the user: it is when a template says what it is.
func mayDebug(p *playbook.Play) bool {
	switch v := p.Scope.Attrs.Get(playbook.Strategy).(type) {
	case nil:
		return false
	case value.Str:
		return !slices.Contains([]string{"linear", "free", "host_pinned"}, strings.TrimPrefix(v.String(), "ansible.builtin."))
	}
	return true
}

// fact is a fact of the host that the task runs on, nil where it is not known.
func (r *run) fact(ctx context.Context, scope *templating.Scope, name string) (value.Value, error) {
	if d := r.delegated; d != nil {
		scope = r.x.Engine.Scope(ctx, r.x.Vars(d.host, r.task), nil)
	}
	facts, ok, err := scope.Lookup("ansible_facts")
	if err != nil || !ok {
		return nil, err
	}
	d, isDict := facts.(*value.Dict)
	if !isDict {
		return nil, nil
	}
	v, _, err := d.GetStr(name)
	if err != nil || v == nil {
		return nil, err
	}
	return scope.Finalize(v)
}

// checkMode is check mode or diff mode for this task: what the keyword says, else what the run's option says.
func (r *run) checkMode(scope *templating.Scope, k playbook.Keyword, otherwise bool) (bool, error) {
	if r.task.Setting(k) == nil {
		return otherwise, nil
	}
	return r.boolean(scope, k)
}

// args finalizes the arguments: module defaults, the arguments as written, a template that gives all of them.
func (r *run) args(scope *templating.Scope) (*value.Dict, error) {
	full, _ := FullName(r.task.Action)
	out := value.NewDict()
	if r.task.ArgsTemplate != nil {
		if err := r.argsTemplate(scope, full, out); err != nil {
			return nil, err
		}
	}
	if err := r.finalize(scope, full, r.written, out); err != nil {
		return nil, err
	}
	defaults := value.NewDict()
	if err := r.moduleDefaults(scope, full, defaults); err != nil {
		return nil, err
	}
	for it := r.written.Iterate(); it.Next(); {
		_, _ = defaults.Delete(it.Key())
	}
	for it := out.Iterate(); it.Next(); {
		_, _ = defaults.Delete(it.Key())
	}
	if err := r.finalize(scope, full, defaults, out); err != nil {
		return nil, err
	}
	return out, nil
}

// finalize evaluates arguments into out.
func (r *run) finalize(scope *templating.Scope, full string, args, out *value.Dict) error {
	for it := args.Iterate(); it.Next(); {
		key, stored := it.Key(), it.Stored()
		v, keep, err := scope.FinalizeArg(stored)
		if err != nil {
			text, _ := value.Text(key)
			return r.finalization(full, &templating.Error{
				Msg: fmt.Sprintf("Error while resolving value for '%s'", text), Pos: value.OriginOf(stored), Cause: err,
			})
		}
		if !keep {
			_, _ = out.Delete(key)
			continue
		}
		_ = out.Set(key, v)
	}
	return nil
}

// argsTemplate puts the arguments into out that a template gives for all of them.
func (r *run) argsTemplate(scope *templating.Scope, full string, out *value.Dict) error {
	r.emit(event.Warning{Pos: value.OriginOf(r.task.ArgsTemplate), Text: "Using a template for task args is unsafe in some situations " +
		"(see https://docs.ansible.com/ansible/devel/reference_appendices/faq.html#argsplat-unsafe)."})
	v, keep, err := scope.FinalizeArg(r.task.ArgsTemplate)
	if err != nil {
		return r.finalization(full, err)
	}
	if !keep {
		return nil
	}
	d, ok := v.(*value.Dict)
	if !ok {
		return r.finalization(full, &templating.Error{Msg: fmt.Sprintf("Task args must resolve to a 'dict' not '%s'.", v.Type()), Pos: value.OriginOf(r.task.ArgsTemplate)})
	}
	for it := d.Iterate(); it.Next(); {
		_ = out.Set(it.Key(), it.Stored())
	}
	return nil
}

func (r *run) finalization(full string, err error) error {
	if r.task.Include() != playbook.NoInclude && !strings.Contains(full, ".") {
		full = "ansible.builtin." + full
	}
	return &templating.Error{
		Msg: fmt.Sprintf("Finalization of task args for '%s' failed", full), Pos: r.task.ActionPos, Cause: err,
	}
}

// moduleDefaults puts what the keyword module_defaults has for the action into out: what it has for groups, then what it has for
// the action itself. The innermost that has something for a name has all of it.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_module_defaults.html
func (r *run) moduleDefaults(scope *templating.Scope, full string, out *value.Dict) error {
	raw := r.task.Inherited(playbook.ModuleDefaults)
	if raw == nil {
		return nil
	}
	all := []value.Value{raw}
	if l, ok := raw.(*value.List); ok {
		all = l.Stored()
	}
	var own value.Value
	groups := value.NewDict()
	for _, one := range all {
		v, err := mapping(scope, one)
		if err != nil {
			return err
		}
		d, ok := v.(*value.Dict)
		if !ok {
			continue
		}
		for it := d.Iterate(); it.Next(); {
			name, _ := value.Text(it.Key())
			if group, isGroup := strings.CutPrefix(name, "group/"); isGroup {
				if r.inGroup(group, full) {
					groups.SetStr(group, it.Stored())
				}
			} else if known, _ := FullName(name); known == full {
				own = it.Stored()
			}
		}
	}
	for it := groups.Iterate(); it.Next(); {
		if err := r.defaults(scope, it.Stored(), out); err != nil {
			return err
		}
	}
	if own == nil {
		return nil
	}
	return r.defaults(scope, own, out)
}

// defaults puts what module_defaults has for one name into out.
func (r *run) defaults(scope *templating.Scope, raw value.Value, out *value.Dict) error {
	v, err := mapping(scope, raw)
	if err != nil {
		return err
	}
	d, ok := v.(*value.Dict)
	if !ok {
		return &templating.Error{Msg: fmt.Sprintf("'%s' object is not iterable", v.Type()), Pos: r.task.Pos}
	}
	for it := d.Iterate(); it.Next(); {
		_ = out.Set(it.Key(), it.Stored())
	}
	return nil
}

// mapping gives a mapping as it is written, what stands in it being evaluated when it is an argument of the task; all else is evaluated.
func mapping(scope *templating.Scope, raw value.Value) (value.Value, error) {
	if d, ok := raw.(*value.Dict); ok {
		return d, nil
	}
	return scope.Finalize(raw)
}

// inGroup reports whether an action is in a group of module_defaults.
func (r *run) inGroup(group, full string) bool {
	if r.x.ActionGroup == nil {
		return false
	}
	members, _ := r.x.ActionGroup(group, r.task.Play().Dir)
	return slices.Contains(members, full)
}

// act runs the action, or the module when there is no action of that name.
func (r *run) act(ctx context.Context, call *actions.Call, def *actions.Def) *result.Result {
	var res *result.Result
	var err error
	if def != nil {
		res, err = def.Run(ctx, call)
	} else {
		res, err = call.Only(ctx, call.Name, call.Args, nil)
	}
	if err != nil {
		return r.failed(err)
	}
	return res
}

// environment is the task's environment, from the outer scopes to the inner.
func (r *run) environment(scope *templating.Scope) ([]string, error) {
	v, err := r.setting(scope, playbook.Environment)
	if v == nil || err != nil {
		return nil, err
	}
	all := []value.Value{v}
	if l, ok := v.(*value.List); ok {
		all = l.Stored()
	}
	var env []string
	for _, one := range all {
		if one == value.None { // nothing is written
			continue
		}
		d, ok := one.(*value.Dict)
		if !ok {
			r.warnEnvironment(all)
			return env, nil
		}
		for it := d.Iterate(); it.Next(); {
			key, err := value.Text(it.Key())
			if err != nil {
				return nil, err
			}
			text, err := value.Text(it.Stored())
			if err != nil {
				return nil, err
			}
			env = append(env, key+"="+text)
		}
	}
	return env, nil
}

// warnEnvironment says that what the keyword has is no mapping, and that it is passed over, as in ansible-core.
func (r *run) warnEnvironment(all []value.Value) {
	shown, err := value.Repr(value.NewList(all...))
	if err == nil {
		r.emit(event.Warning{Text: "could not parse environment value, skipping: " + shown})
	}
}

// search gives the folders in which relative file names of the task are looked for: its role's, that of the file it
// stands in, the playbook's.
func (x *Executor) search(t *playbook.Task) []string {
	var dirs []string
	add := func(dir string) {
		if dir != "" && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	if role := t.Role(); role != nil {
		add(role.Path)
	}
	if t.File != "" {
		add(filepath.Dir(t.File))
	}
	add(t.Play().Dir)
	return dirs
}

// Names are the full names of all actions and modules, sorted.
func Names() []string {
	var names []string
	for name := range actions.Set {
		names = append(names, name)
	}
	for _, d := range modules.All().Defs() {
		if actions.Set.Find(d.Name) == nil {
			names = append(names, d.Name)
		}
	}
	slices.Sort(names)
	return names
}

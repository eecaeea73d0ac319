// Package executor runs one task on one host: its loop, its condition, its retries, its action; and says what came of
// it. It writes no state: what a result registers or notifies is for the runner to do.
package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Options are those of the whole run.
type Options struct {
	Check        bool // --check
	Diff         bool // --diff
	Verbosity    int
	Shown        bool             // what tasks return that go well is shown, or may be asked for, not only how they went
	Terminal     actions.Terminal // where somebody could answer a question, nil where nobody could
	FactsModules []string         // the setting facts_modules: what gathers facts, "smart" for the module setup

	TaskTimeout  int    // seconds, for tasks that say nothing; 0 is no limit
	PollInterval int    // seconds between two looks at a job, for tasks that say nothing
	AsyncDir     string // the folder for the files of jobs on targets, "" is their default
}

// Executor runs tasks. It is safe for concurrent use.
type Executor struct {
	Options
	Engine *templating.Engine
	Files  actions.Files
	// VarsFiles reads files of variables, for include_vars.
	VarsFiles actions.VarsReader
	// ActionGroup gives the modules of a group of module_defaults; dir is the folder of the playbook.
	ActionGroup func(group, dir string) (actions []string, ok bool)
	// Inventory takes what add_host and group_by add.
	Inventory actions.Inventory
	// Vars gives the variables of a task on a host.
	Vars func(host string, t *playbook.Task) templating.Vars
	// Client gives what runs the modules of a part where a task wants them to run. It is shared by all tasks with the same user on the same
	// host; who gives it closes it, at the end of the run. A *connection.Error means that the host can't be reached, any
	// other error fails the task.
	Client func(ctx context.Context, to Target, part module.Part) (client.Client, error)
	// Local reports whether a task's modules run in this process. The errors are Client's, as far as they come before a
	// connection.
	Local func(ctx context.Context, to Target) (bool, error)
	// Plugins tells whether there are the plugins that a task wants to reach its host with, also where its action needs none; nil is not
	// to ask. The errors are those of Local.
	Plugins func(ctx context.Context, to Target) error
	// Reset closes all connections to a host. The next Client connects anew.
	Reset func(host string) error
	// Login tells how a task reaches its host, without reaching it. The errors are those of Local.
	Login func(ctx context.Context, to Target) (actions.Login, error)
	// Tunnel lets programs of this machine run commands on a task's host. The errors are those of Client.
	Tunnel func(ctx context.Context, to Target, change actions.Change) (actions.Tunnel, error)
	// Connection has the variables of connections that templates see where no host says otherwise: ansible_user, ansible_timeout, ….
	Connection map[string]value.Value
	// HasModule reports whether Ansible has a module of that name, built in here or not; collections are those to look in for a name
	// without one.
	HasModule func(name string, collections ...string) bool
	// Retired gives what Ansible says of a module that its collection has removed (gone) or will remove, "" of any other.
	Retired func(name string, collections []string) (told string, gone bool)
}

// Outcome is what came of a task on a host.
type Outcome struct {
	Host      string
	Task      *playbook.Task
	Action    string // the module as it is written, or as its template has it on this host
	Delegated string // the host that the task ran on instead, as it is shown; "" when none
	Result    *result.Result
	Register  string   // the variable that the result goes to; "" when none
	Notify    []string // the handlers to notify, if something changed
	Includes  []Include
	Past      bool // it is from the record of a run that goes on: it was told then
}

// Include is a request of an include_tasks or include_role, or of one item of its loop, to bring in tasks.
type Include struct {
	Kind  playbook.IncludeKind
	Args  *value.Dict // finalized
	Vars  *value.Dict // the loop's variables, which the included tasks see; nil without a loop
	Label string      // what is shown for the item
	Item  bool
}

// Override is what the debugger changed of a task.
type Override struct {
	Args *value.Dict            // in the place of the arguments, unless nil
	Vars map[string]value.Value // variables over all others
}

// Run runs t on host; shown is what the events tell of it. Events within the task (items of its loop, retries) go to emit
// in order.
func (x *Executor) Run(ctx context.Context, host string, t *playbook.Task, shown *event.Task, emit func(event.Event)) Outcome {
	return x.Again(ctx, host, t, shown, Override{}, emit)
}

// Again is Run for a task of which something is changed.
func (x *Executor) Again(ctx context.Context, host string, t *playbook.Task, shown *event.Task, over Override, emit func(event.Event)) Outcome {
	r := &run{x: x, host: host, task: t, shown: shown, emit: emit, written: t.Args}
	if over.Args != nil {
		r.written = over.Args
	}
	search := x.search(t)
	vars := templating.Overlay{Inner: map[string]value.Value{"ansible_search_path": texts(search)}, Outer: x.Vars(host, t)}
	r.scope = x.Engine.Scope(ctx, vars, search)
	r.scope.Tell(func(n templating.Notice) { emit(Told(n)) })
	if len(over.Vars) > 0 {
		r.scope = r.scope.With(over.Vars)
	}
	out := Outcome{Host: host, Task: t, Action: t.Action, Register: t.Register()}
	if action, err := Action(r.scope, t); err != nil {
		out.Result = r.failed(err)
		return out
	} else if action != t.Action {
		named, told := *t, *shown
		named.Action, told.Action, out.Action = action, action, action
		r.task, r.shown = &named, &told
	}
	out.Result = r.run(ctx)
	out.Delegated, out.Includes, out.Notify = r.label(), r.includes, r.notify
	return out
}

// Action is the module of a task: as it is written, or as its template has it. Without a name, and with one that brings in tasks or
// steers the play, it is an error.
func Action(scope *templating.Scope, t *playbook.Task) (string, error) {
	if t.ActionTemplate == nil {
		return t.Action, nil
	}
	v, err := scope.Finalize(t.ActionTemplate)
	if err != nil {
		return "", err
	}
	name, ok := v.(value.Str)
	if !ok || name.String() == "" {
		return "", diag.Errorf(t.ActionPos, "the template %s gives no name of a module", t.Action)
	}
	named := *t
	if named.Action = name.String(); named.IsMeta() || named.Include() != playbook.NoInclude {
		return "", diag.Errorf(t.ActionPos, "the template %s gives %s, which can't be the value of a template", t.Action, named.Action).
			Hint("write %s as it is, with a condition", named.Action)
	}
	return named.Action, nil
}

// Told is the event of what the user should know about a template.
func Told(n templating.Notice) event.Event {
	w := event.Warning{Text: n.Text, Pos: n.Pos, Help: n.Help}
	if n.Deprecated {
		return event.Deprecation(w)
	}
	return w
}

// run is the work on one task on one host.
type run struct {
	x     *Executor
	host  string
	task  *playbook.Task
	shown *event.Task
	emit  func(event.Event)
	scope *templating.Scope

	written   *value.Dict // the arguments as the task, or the debugger, wrote them
	delegated *delegation // of the item that is worked on
	slot      *slot       // of the item, nil without a loop
	notify    []string
	includes  []Include
}

func (r *run) run(ctx context.Context) *result.Result {
	res := r.loopOrOnce(ctx)
	if err := r.settle(res); err != nil {
		return r.failed(err)
	}
	return res
}

func (r *run) loopOrOnce(ctx context.Context) *result.Result {
	if r.task.Loop == nil {
		return r.once(ctx, r.scope, nil)
	}
	items, err := r.items(ctx)
	if err != nil {
		// a loop over something undefined does not matter when the task is skipped
		if holds, _, condErr := r.when(r.scope); condErr == nil && !holds {
			return r.once(ctx, r.scope, nil)
		}
		var noList *noListError
		if errors.As(err, &noList) {
			return noList.result()
		}
		switch templating.KindOf(err) {
		case templating.LoopFailed, templating.Omitted, templating.VariableType:
			return bareFailure(err)
		}
		return r.failed(err)
	}
	return r.loop(ctx, items)
}

// settle decides what a result means for the play: whether it is ignored, whom it notifies.
func (r *run) settle(res *result.Result) error {
	if res.NoLog = res.NoLog || r.noLog(r.scope); res.NoLog {
		for _, item := range res.Items {
			item.NoLog = true
		}
	}
	switch res.Status {
	case result.Failed:
		res.Ignored = r.ignores(playbook.IgnoreErrors)
	case result.Unreachable:
		res.Ignored = r.ignores(playbook.IgnoreUnreachable)
	}
	if res.Loop { // its items have notified, each with its own variables; one that changed something is enough for all
		if res.Bad() || !res.Changed {
			r.notify = nil
		}
		return nil
	}
	if !res.Changed {
		return nil
	}
	return r.notifies(r.scope, res)
}

// ignores reports whether a failure is ignored. What can't be evaluated has failed the task, and counts as true: ansible-core goes by the
// text as it is written.
func (r *run) ignores(k playbook.Keyword) bool {
	ignored, err := r.boolean(r.scope, k)
	return ignored || err != nil
}

// notifies notes the handlers that a result notifies, for the task or for one item of its loop.
func (r *run) notifies(scope *templating.Scope, res *result.Result) error {
	if res.Bad() || res.Status == result.Skipped {
		return nil
	}
	names, err := r.strings(scope, playbook.Notify)
	for _, name := range names {
		if !slices.Contains(r.notify, name) {
			r.notify = append(r.notify, name)
		}
	}
	return err
}

// noLog reports whether nothing of the result may be shown. What can't be evaluated hides.
func (r *run) noLog(scope *templating.Scope) bool {
	hide, err := r.boolean(scope, playbook.NoLog)
	return hide || err != nil
}

// name is the task's name with its templates evaluated as far as that is possible.
func (r *run) name() string { return TaskName(r.scope, r.task) }

// TaskName evaluates the name of a task; where that fails the name stays as it is written.
func TaskName(scope *templating.Scope, t *playbook.Task) string {
	raw := t.RawName()
	if raw == nil {
		return ""
	}
	name, _ := TaskNameOr(scope, raw)
	return name
}

// TaskNameOr is TaskName of a name as it is written. What is undefined in it is shown as such; the warnings tell of it.
func TaskNameOr(scope *templating.Scope, raw value.Value) (string, []result.Warning) {
	v, keep, err := scope.FinalizeArg(raw)
	if err == nil && !keep {
		return "", nil
	}
	if err == nil {
		text, err := value.Text(v)
		if err != nil {
			return "", nil
		}
		return text, nil
	}
	s, ok := raw.(value.Str)
	if !ok || templating.KindOf(err) != templating.Undefined || s.Contains("{%") {
		text, _ := value.Text(raw)
		return text, nil
	}
	var told []string
	name := expression().ReplaceAllStringFunc(s.String(), func(part string) string {
		v, err := scope.Finalize(value.NewMarkedStr(part, value.MarksOf(s)))
		text := ""
		if err == nil {
			text, err = value.Text(v)
		}
		if err != nil {
			text = fmt.Sprintf("error %d - %s", len(told)+1, result.FaultOf(err).Summary())
			told = append(told, text)
			text = "<< " + text + " >>"
		}
		return text
	})
	plural := ""
	if len(told) > 1 {
		plural = "s"
	}
	return name, []result.Warning{{Text: fmt.Sprintf("Encountered %d template error%s.\n%s", len(told), plural, strings.Join(told, "\n")), Pos: value.OriginOf(s)}}
}

// expression finds the expressions in a text.
var expression = lazyregexp.New(`(?s)\{\{.*?\}\}`)

func (r *run) failed(err error) *result.Result { return r.failure(err, r.task) }

func texts(list []string) *value.List {
	out := make([]value.Value, len(list))
	for i, s := range list {
		out[i] = value.NewStr(s)
	}
	return value.NewList(out...)
}

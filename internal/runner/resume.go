package runner

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/record"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// A run that goes on with a record goes the whole way again, from the first play on: plays, batches, conditions of blocks,
// handlers and the recap come out as they did. Only a task that was done on a host isn't run there: what came of it is taken from
// the record, and nothing is told of it. So no state but the results themselves has to be kept.

// progress finds the places of results in the record of a run.
type progress struct {
	play   record.ID                     // of the running play
	plays  map[record.ID]uint32          // how often one like it was begun
	tasks  map[*playbook.Task]record.ID  // in the running play
	scopes map[*playbook.Scope]record.ID // what is around tasks
	loops  map[*playbook.Scope]record.ID // what was asked for by the include behind a scope
	counts map[record.Key]uint32         // how often a host came to a task in the running play; N is 0
	now    map[string]record.Key         // the place of what a host does
}

// startRecord makes a run that goes on be silent up to the first task that runs.
func (r *Runner) startRecord() {
	r.progress = progress{plays: map[record.ID]uint32{}}
	if r.Record != nil && r.Record.Resumed() {
		r.quiet = &quiet{sink: r.Sink, on: true}
		r.Sink = r.quiet
	}
}

// recordPlay begins a play in the record.
func (r *Runner) recordPlay(p *playbook.Play) {
	if r.Record == nil {
		return
	}
	id := r.Record.Identify("play", p.Scope.Attrs.Get(playbook.Name), p.Scope.Attrs.Get(playbook.Hosts))
	n := r.progress.plays[id]
	r.progress.plays[id]++
	r.progress = progress{
		play: r.Record.Identify(id, value.NewInt(int64(n))), plays: r.progress.plays,
		tasks: map[*playbook.Task]record.ID{}, scopes: map[*playbook.Scope]record.ID{}, loops: map[*playbook.Scope]record.ID{},
		counts: map[record.Key]uint32{}, now: map[string]record.Key{},
	}
}

// untold are the keywords that a task may change without being another one.
var untold = map[playbook.Keyword]bool{playbook.Name: true, playbook.Tags: true, playbook.Debugger: true}

// identify gives the identity of a task: what it says, and what the blocks, roles, imports and includes around it say, but for
// the play. Where it stands does not matter, so that a playbook may be mended before its run goes on.
func (r *Runner) identify(t *playbook.Task) record.ID {
	if id, known := r.progress.tasks[t]; known {
		return id
	}
	parts := []any{"task", r.scopeID(t.Parent), t.Action, value.Value(t.Args), t.ArgsTemplate, t.LoopWith, t.Loop}
	id := r.Record.Identify(appendAttrs(parts, t.Attrs)...)
	r.progress.tasks[t] = id
	return id
}

func appendAttrs(parts []any, attrs playbook.Attrs) []any {
	for _, a := range attrs {
		if !untold[a.Keyword] {
			parts = append(parts, a.Keyword.String(), a.Value)
		}
	}
	return parts
}

func (r *Runner) scopeID(s *playbook.Scope) record.ID {
	if s == nil || s.Kind == playbook.PlayScope {
		return r.progress.play
	}
	if id, known := r.progress.scopes[s]; known {
		return id
	}
	parts := []any{"scope", r.scopeID(s.Parent), s.Target}
	if s.Kind == playbook.RoleScope && s.Role != nil {
		parts = append(parts, s.Role.Name)
	}
	if asked, ok := r.progress.loops[s]; ok {
		parts = append(parts, asked)
	}
	id := r.Record.Identify(appendAttrs(parts, s.Attrs)...)
	r.progress.scopes[s] = id
	return id
}

// recordInclude notes what an include asked for as a part of the identity of the tasks that it brought.
func (r *Runner) recordInclude(s *playbook.Scope, i executor.Include) {
	if r.Record == nil || s == nil {
		return
	}
	parts := []any{"include", value.Value(i.Args)}
	if i.Vars != nil {
		parts = append(parts, value.Value(i.Vars))
	}
	r.progress.loops[s] = r.Record.Identify(parts...)
}

// come notes that a host comes to a task, and gives the place of what will come of it.
func (r *Runner) come(t *playbook.Task, host string) record.Key {
	k := r.placeOf(t, host)
	r.progress.counts[record.Key{Task: k.Task, Host: host}]++
	r.progress.now[host] = k
	return k
}

func (r *Runner) placeOf(t *playbook.Task, host string) record.Key {
	k := record.Key{Task: r.identify(t), Host: host}
	k.N = r.progress.counts[k]
	return k
}

// firstDone puts the host first that ran a task for all of them before the run ended.
func (b *batch) firstDone(t *playbook.Task, hosts []string) []string {
	if b.r.Record == nil || !b.r.Record.Resumed() {
		return hosts
	}
	for i, h := range hosts {
		if i > 0 && b.r.Record.Has(b.r.placeOf(t, h)) {
			return append(append([]string{h}, hosts[:i]...), hosts[i+1:]...)
		}
	}
	return hosts
}

// allDone reports whether a task was done on all of the hosts.
func (b *batch) allDone(t *playbook.Task, hosts []string) bool {
	if b.r.Record == nil || !b.r.Record.Resumed() {
		return false
	}
	for _, h := range hosts {
		if !b.r.Record.Has(b.r.placeOf(t, h)) {
			return false
		}
	}
	return true
}

// done gives what came of a task on a host before the run ended. A failure that ended it for the host is tried again.
func (b *batch) done(t *playbook.Task, k record.Key) (executor.Outcome, bool) {
	if b.r.Record == nil || !b.r.Record.Resumed() {
		return executor.Outcome{}, false
	}
	kept, forgiven, ok := b.r.Record.Earlier(k)
	if !ok {
		return executor.Outcome{}, false
	}
	if kept.Result.Bad() && !kept.Result.Ignored && !forgiven && !b.walk.Hosts[k.Host].Rescues() {
		return executor.Outcome{}, false
	}
	o := executor.Outcome{
		Action: t.Action,
		Host:   k.Host, Task: t, Delegated: kept.Delegated, Result: kept.Result, Register: t.Register(), Notify: kept.Notify, Past: true,
	}
	for _, i := range kept.Includes {
		o.Includes = append(o.Includes, executor.Include{Kind: playbook.IncludeKind(i.Kind), Args: i.Args, Vars: i.Vars, Label: i.Label, Item: i.Item})
	}
	b.again(k.Host, o.Result)
	return o, true
}

// keep puts what came of a task on a host into the record, unless it was cut off by the end of the run.
func (r *Runner) keep(ctx context.Context, k record.Key, o executor.Outcome) {
	if r.Record == nil || ctx.Err() != nil {
		return
	}
	kept := record.Outcome{Delegated: o.Delegated, Result: o.Result, Notify: o.Notify}
	for _, i := range o.Includes {
		kept.Includes = append(kept.Includes, record.Include{Kind: byte(i.Kind), Args: i.Args, Vars: i.Vars, Label: i.Label, Item: i.Item})
	}
	r.Record.Add(k, kept)
}

// recordLost notes that a host is out of the run; why says that it is its own last result that put it there.
func (r *Runner) recordLost(host string, why bool) {
	if r.Record == nil {
		return
	}
	if k, ok := r.progress.now[host]; ok && why {
		r.Record.Lost(host, &k)
		return
	}
	r.Record.Lost(host, nil)
}

// again adds the hosts and groups that a task added before the run ended.
func (b *batch) again(host string, res *result.Result) {
	for _, item := range res.Items {
		b.again(host, item)
	}
	if res.Values == nil || res.Bad() {
		return
	}
	inv := b.r.Executor.Inventory
	if d, ok := res.Values.Stored("add_host").(*value.Dict); ok {
		h := actions.NewHost{Name: textArg(d, "host_name"), Groups: textsOf(d.Stored("groups"))}
		if h.Vars, ok = d.Stored("host_vars").(*value.Dict); !ok {
			h.Vars = value.NewDict()
		}
		_, _ = inv.AddHost(h) // it went well before
	}
	if group := res.Values.Stored("add_group"); group != nil {
		_, _ = inv.AddGroup(host, textArg(res.Values, "add_group"), textsOf(res.Values.Stored("parent_groups")))
	}
}

func textsOf(v value.Value) []string {
	l, ok := v.(*value.List)
	if !ok {
		return nil
	}
	texts := make([]string, 0, l.Len())
	for _, e := range l.Stored() {
		text, _ := value.Text(e)
		texts = append(texts, text)
	}
	return texts
}

// quiet holds back what is told while a run goes the way again that was gone before. Of the plays on the way the last one is
// shown when something runs.
type quiet struct {
	sink event.Sink
	on   bool
	play *event.PlayStart
}

// Handle hands on an event, or holds it back.
func (q *quiet) Handle(e event.Event) {
	if q.on {
		switch e := e.(type) {
		case event.PlayStart:
			q.play = &e
			return
		case event.PlaybookStart, event.RunEnd:
		default:
			return
		}
	}
	q.sink.Handle(e)
}

// wake ends the silence.
func (q *quiet) wake() {
	if q == nil || !q.on {
		return
	}
	q.on = false
	if q.play != nil {
		q.sink.Handle(*q.play)
	}
}

// answer is prompt, or what was answered before the run ended.
func (r *Runner) answer(ctx context.Context, p *playbook.Play, v playbook.VarsPrompt) (value.Value, error) {
	if r.Record == nil {
		return r.prompt(ctx, p, v)
	}
	k := record.Key{Task: r.Record.Identify(r.progress.play, "prompt", v.Name)}
	if r.Record.Resumed() {
		if kept, _, ok := r.Record.Earlier(k); ok && kept.Result.Values != nil {
			if answer := kept.Result.Values.Stored("answer"); answer != nil {
				return answer, nil
			}
		}
	}
	answer, err := r.prompt(ctx, p, v)
	if err != nil {
		return nil, err
	}
	q := question{scope: r.playScope(ctx, p)}
	private := q.truth(v.Private, true)
	if text, err := value.Text(answer); err == nil && private {
		r.Record.Hide(text)
	}
	r.Record.Add(k, record.Outcome{Result: &result.Result{NoLog: private, Values: value.DictOf("answer", answer)}})
	return answer, nil
}

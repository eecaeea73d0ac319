package runner

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/strategy"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// batch is one play on one batch of hosts.
type batch struct {
	r       *Runner
	play    *playbook.Play
	pattern string // of the play's hosts
	k       *keywords
	hosts   []string // in order
	size    int      // with those that had failed before
	walk    *strategy.Walk

	handlers []*playbook.Task
	groups   [][]*playbook.Task                 // the handlers, by the list in which they stand
	said     map[string][]string                // host -> names that were notified and are not looked up yet
	notified map[*playbook.Task]map[string]bool // handler -> hosts
	unusable map[*playbook.Task]bool            // handlers whose name can't be evaluated; that was told
	rolesRun map[*playbook.RoleIdentity]map[string]bool
	reaped   map[string]bool                // hosts that are known to have failed; meta: clear_host_errors may forgive them
	over     bool                           // end_play, or a failure that ends the play for all
	tooMany  bool                           // max_fail_percentage is exceeded
	lazy     bool                           // the strategy has no common banner for hosts: it is shown with the first result
	last     *playbook.Task                 // whose banner was shown last, when lazy
	shown    map[*playbook.Task]*event.Task // what was last told of a task
}

func newBatch(ctx context.Context, r *Runner, p *playbook.Play, k *keywords, pattern string, all, hosts []string) (*batch, error) {
	b := &batch{
		r: r, play: p, k: k, pattern: pattern, hosts: hosts, size: len(hosts), lazy: k.strategy != "linear",
		said: map[string][]string{}, notified: map[*playbook.Task]map[string]bool{}, unusable: map[*playbook.Task]bool{},
		rolesRun: map[*playbook.RoleIdentity]map[string]bool{}, reaped: map[string]bool{},
	}
	gathering, err := r.gathering(ctx, p)
	if err != nil {
		return nil, err
	}
	blocks := compile(p, k.forceHandlers)
	if err := b.checkTags(blocks); err != nil {
		return nil, err
	}
	b.walk = strategy.NewWalk(hosts, blocks)
	r.reserved.batch(b)
	if err := b.startAt(); err != nil {
		return nil, err
	}
	for _, h := range hosts {
		b.walk.Hosts[h].Prepend(gathering)
	}
	b.addHandlers(p.AllHandlers())
	r.Vars.StartPlay(p, all, hosts)
	for h := range r.failed {
		r.Vars.HostFailed(h)
	}
	for _, h := range hosts {
		if err := r.hostVarsFiles(ctx, p, h); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// compile gives the blocks of a play. Where handlers are forced each section flushes them even when it failed.
func compile(p *playbook.Play, force bool) []*playbook.Block {
	var all, section []*playbook.Block
	for _, s := range p.Compile() {
		section = append(section, s.Blocks...)
		if s.Kind == playbook.RolesSection { // flushed behind tasks
			continue
		}
		if force {
			last := len(section) - 1
			forced := &playbook.Block{Scope: p.Scope, Implicit: true, Always: []playbook.Node{section[last]}}
			for _, b := range section[:last] {
				forced.Tasks = append(forced.Tasks, b)
			}
			section = []*playbook.Block{forced}
		}
		all, section = append(all, section...), nil
	}
	return all
}

// run walks all hosts to the end of the play.
func (b *batch) run(ctx context.Context) error {
	switch b.k.strategy {
	case "free":
		return b.runFree(ctx, (&strategy.Free{}).Next)
	case "host_pinned":
		return b.runFree(ctx, (&strategy.HostPinned{Forks: max(1, b.r.Forks)}).Next)
	}
	for !b.over && ctx.Err() == nil {
		pick, ok := strategy.Linear(b.walk)
		b.reap()
		if !ok {
			return nil
		}
		if err := b.step(ctx, pick); err != nil {
			return err
		}
	}
	b.reap()
	return nil
}

// reap takes the hosts out of the run that are through with what their failure still let them do.
func (b *batch) reap() {
	for _, h := range b.hosts {
		if b.walk.Hosts[h].Failed() && !b.reaped[h] {
			b.r.failed[h], b.reaped[h] = true, true
		}
	}
}

// step runs the picked task on its hosts.
func (b *batch) step(ctx context.Context, p strategy.Pick) error {
	hosts, err := b.wanted(p)
	if len(hosts) == 0 || err != nil {
		return err
	}
	if p.Task.IsMeta() {
		return b.meta(ctx, p.Task, hosts)
	}
	if over, err := b.stepsOver(ctx, p.Task, hosts); over || err != nil {
		for _, h := range hosts {
			b.walk.Hosts[h].Advance()
		}
		return err
	}
	b.r.reserved.task(p.Task)
	once, err := b.runOnce(ctx, p.Task, hosts[0])
	if err != nil {
		return err
	}
	alone, err := b.actsOnce(ctx, p.Task, hosts)
	if err != nil {
		return err
	}
	if once || alone {
		hosts = b.firstDone(p.Task, hosts)
	}
	outcomes, err := b.runTask(ctx, p.Task, hosts, once || alone)
	if err != nil {
		return err
	}
	if alone && !once {
		return b.proceedAlone(ctx, p.Task, hosts, outcomes)
	}
	return b.proceed(ctx, p.Task, hosts, outcomes)
}

// wanted leaves out hosts that go past the task without a word: it is not selected by its tags, or its role ran already.
// A handler that was notified runs whatever its tags, and when its role is through.
func (b *batch) wanted(p strategy.Pick) (out []string, err error) {
	if p.Task.Handler {
		for _, h := range p.Hosts {
			delete(b.notified[p.Task], h)
		}
		return p.Hosts, nil
	}
	skip := false
	if !p.Task.Implicit || !p.Task.IsMeta() {
		is, err := b.selected(p.Task)
		if skip = !is; err != nil {
			return nil, err
		}
	}
	for _, h := range p.Hosts {
		if skip || b.roleRan(p.Task, h) || b.gathered(p.Task, h) {
			b.walk.Hosts[h].Advance()
			continue
		}
		out = append(out, h)
	}
	return out, nil
}

func (b *batch) roleRan(t *playbook.Task, host string) bool {
	role := t.Role()
	return role != nil && !role.AllowDuplicates && b.rolesRun[role.Identity][host]
}

// conclude settles what came of a task on a host, and what comes of it after the user looked at it in the debugger.
func (b *batch) conclude(ctx context.Context, t *playbook.Task, o executor.Outcome, shown *event.Task) (executor.Outcome, error) {
	if err := b.settle(t, o, shown); err != nil || o.Past {
		return o, err
	}
	return b.debugged(ctx, t, o, func(over executor.Override) (executor.Outcome, error) {
		o := b.r.Executor.Again(ctx, o.Host, t, shown, over, b.r.Sink.Handle)
		b.r.keep(ctx, b.r.progress.now[o.Host], o)
		return o, b.settle(t, o, shown)
	})
}

// settle writes what came of a task on a host into the run: variables, notifications, counts; and tells it.
func (b *batch) settle(t *playbook.Task, o executor.Outcome, shown *event.Task) error {
	if err := b.notify(o); err != nil {
		return err
	}
	if o.Register != "" {
		b.r.reserved.name(o.Register, value.OriginOf(o.Task.Attrs.Get(playbook.Register)))
	}
	if o.Action != shown.Action { // the task's is a template
		named := *shown
		named.Action, shown = o.Action, &named
	}
	if !o.Past {
		b.r.Sink.Handle(event.HostResult{
			Host: o.Host, Delegated: o.Delegated, Task: shown, Result: o.Result, Included: len(o.Includes) > 0 && !o.Result.Bad(),
		})
	}
	if o.Result.Changed && changesInventory(o.Action) {
		b.inventoryChanged()
	}
	return b.store(o, true)
}

// store writes the variables that a result sets. The result is the host's own, or that of a run_once task on another.
func (b *batch) store(o executor.Outcome, own bool) error {
	results := []*result.Result{o.Result}
	if o.Result.Loop {
		results = o.Result.Items
	}
	for _, r := range results {
		facts := r.FactsOf
		if facts == "" {
			facts = o.Host
		}
		if err := b.storeFacts(o.Action, facts, r); err != nil {
			return err
		}
		if r.Stats != nil {
			if err := b.r.custom.add(o.Host, r, own); err != nil {
				return err
			}
		}
	}
	if o.Register == "" {
		return nil
	}
	v, err := o.Result.Registered()
	if err != nil {
		return err
	}
	b.r.Vars.Register(o.Host, o.Register, v)
	return nil
}

func (b *batch) storeFacts(action, host string, r *result.Result) error {
	switch {
	case playbook.BuiltinName(action) == "debug": // it may show what is called ansible_facts
	case r.Facts != nil:
		b.r.reserved.names(r.Facts)
		b.r.Vars.SetFacts(host, r.Facts, r.Cacheable)
		if r.Cacheable {
			b.warnRestricted(r.Facts)
		}
	case r.Included != nil:
		b.r.reserved.names(r.Included)
		b.r.Vars.IncludeVars(host, r.Included)
	case r.Status == result.OK && r.Values != nil && r.Values.Has("ansible_facts"):
		if facts, ok := r.Values.Stored("ansible_facts").(*value.Dict); ok {
			b.warnRestricted(facts)
		}
		return b.r.Vars.AddFacts(host, r.Values.Stored("ansible_facts"))
	}
	return nil
}

// warnRestricted warns of facts that are kept out of the variables.
func (b *batch) warnRestricted(facts *value.Dict) {
	for _, key := range facts.Keys() {
		if name, ok := key.(value.Str); ok && b.r.Vars.Restricted(name.String()) {
			b.r.Sink.Handle(event.Warning{Text: "Removed restricted key from module data: " + name.String()})
		}
	}
}

// proceed moves the hosts on after a task: past it, into what it included, or to what follows a failure.
func (b *batch) proceed(ctx context.Context, t *playbook.Task, hosts []string, outcomes []executor.Outcome) error {
	if t.Include() != playbook.NoInclude {
		for _, h := range hosts[len(outcomes):] { // run_once: what it brings is for the first host alone
			b.walk.Hosts[h].Advance()
		}
		return b.include(ctx, t, outcomes)
	}
	byHost := map[string]executor.Outcome{}
	for _, o := range outcomes {
		byHost[o.Host] = o
	}
	for _, h := range hosts {
		o, ran := byHost[h]
		if !ran {
			o = outcomes[0] // run_once: what came of it holds for all
			b.shareOnce(h, o)
			if o.Result.Bad() && !o.Result.Ignored {
				continue // see allOrNothing
			}
		}
		b.advance(h, o, ran)
	}
	return b.allOrNothing(ctx, t, hosts, outcomes)
}

// allOrNothing ends the play for all hosts when one failed and the task says any_errors_fatal: all of them go on with what
// their blocks have for a failure. It ends it too when more failed than max_fail_percentage allows.
func (b *batch) allOrNothing(ctx context.Context, t *playbook.Task, hosts []string, outcomes []executor.Outcome) error {
	for _, o := range outcomes {
		if !o.Result.Bad() || o.Result.Ignored {
			continue
		}
		fatal, err := b.fatal(ctx, t, o.Host)
		if err != nil {
			return err
		}
		if len(outcomes) < len(hosts) && !b.lazy { // it ran on one host for all: the others are out
			b.dropOthers(hosts, o.Host)
			return nil
		}
		if fatal && !b.lazy { // hosts that go on by themselves are not stopped: there is a warning
			b.failOthers(outcomes)
			return nil
		}
		b.countFailures()
		return nil
	}
	return nil
}

func (b *batch) fatal(ctx context.Context, t *playbook.Task, host string) (bool, error) {
	raw := t.Setting(playbook.AnyErrorsFatal)
	if raw == nil {
		return b.r.AnyErrorsFatal, nil
	}
	return boolean(b.scope(ctx, t, host), playbook.AnyErrorsFatal, raw)
}

// dropOthers takes the hosts out of the run on which a task did not run itself that failed on one for all.
func (b *batch) dropOthers(hosts []string, but string) {
	for _, h := range hosts {
		if h != but {
			b.walk.Hosts[h].End()
			b.r.failed[h] = true
			b.r.Vars.HostFailed(h)
		}
	}
}

// failOthers fails the hosts on which a task went well while it failed on another.
func (b *batch) failOthers(outcomes []executor.Outcome) {
	bad := map[string]bool{}
	for _, o := range outcomes {
		bad[o.Host] = o.Result.Bad() && !o.Result.Ignored
	}
	for _, h := range b.hosts {
		it := b.walk.Hosts[h]
		if bad[h] || b.r.failed[h] || it.Ended() {
			continue
		}
		if rescued := it.Fail(); !rescued {
			b.r.recordLost(h, false)
		}
		b.r.doomed[h] = true
	}
}

// countFailures ends the run when more hosts failed than max_fail_percentage allows.
func (b *batch) countFailures() {
	if b.k.maxFail == nil || b.lazy { // who does not keep the hosts together does not count
		return
	}
	n := 0
	for _, h := range b.hosts {
		if b.r.failed[h] && !b.r.unreachable[h] {
			n++
		}
	}
	if float64(n)*100/float64(b.size) > *b.k.maxFail {
		b.over, b.tooMany = true, true
		for range 2 { // said twice by ansible-core
			b.r.Sink.Handle(event.NoHostsRemaining{})
		}
	}
}

// shareOnce gives a host the variables that a run_once task set on the first.
func (b *batch) shareOnce(host string, o executor.Outcome) {
	o.Host = host
	_ = b.store(o, false)
}

// advance moves a host on after its result, which counts when it is the host's own.
func (b *batch) advance(host string, o executor.Outcome, own bool) {
	it := b.walk.Hosts[host]
	if !o.Result.Bad() || o.Result.Ignored {
		if own {
			b.r.stats.count(host, o.Result, false)
		}
		it.Advance()
		return
	}
	if o.Result.Status == result.Unreachable {
		b.r.stats.count(host, o.Result, false)
		b.lose(host)
		return
	}
	b.r.Vars.Failed(host, o.Task, b.told(o.Task).Name, o.Result)
	rescued := it.Fail()
	if own {
		b.r.stats.count(host, o.Result, rescued)
	}
	b.failed(host, rescued, own)
}

// failed notes that a host failed, for good unless a rescue takes over.
func (b *batch) failed(host string, rescued, own bool) {
	if !rescued {
		b.r.Vars.HostFailed(host)
		b.r.recordLost(host, own)
	}
	b.reap()
}

// lose takes a host out of the run.
func (b *batch) lose(host string) {
	b.r.failed[host], b.r.unreachable[host] = true, true
	b.r.recordLost(host, true)
	b.walk.Hosts[host].Pause()
	b.r.Vars.HostFailed(host)
}

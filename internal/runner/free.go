package runner

import (
	"context"
	"maps"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/record"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/strategy"
)

// told is what comes from a task that runs on a host: something that happened within it, or its end.
type told struct {
	task    *playbook.Task
	shown   *event.Task
	event   event.Event
	outcome *executor.Outcome
}

// runFree works hosts without keeping them together: each takes what next gives it as soon as it is through with its last
// task and a fork is free.
func (b *batch) runFree(ctx context.Context, next func(w *strategy.Walk, busy map[string]bool) (strategy.Pick, bool)) error {
	if b.k.maxFail != nil {
		b.r.Sink.Handle(event.Warning{Text: "Using max_fail_percentage with the free strategy is not supported, as tasks are executed independently on each host"})
	}
	busy := map[string]bool{}
	from := make(chan told)
	var broken error
	for {
		left := maps.Clone(busy) // with the hosts that a throttle holds back in this round
		for broken == nil && !b.over && ctx.Err() == nil && len(busy) < max(1, b.r.Forks) {
			pick, ok := next(b.walk, left)
			b.reap()
			if !ok {
				break
			}
			var held bool
			if held, broken = b.throttled(ctx, pick, busy); held {
				left[pick.Hosts[0]] = true
				continue
			}
			broken = b.begin(ctx, pick, busy, from)
			if busy[pick.Hosts[0]] {
				left[pick.Hosts[0]] = true
			}
		}
		if len(busy) == 0 {
			b.reap()
			return broken
		}
		if err := b.hear(ctx, <-from, busy); broken == nil {
			broken = err
		}
	}
}

// begin starts the picked task on its host, or carries it out when it is a meta task.
func (b *batch) begin(ctx context.Context, p strategy.Pick, busy map[string]bool, from chan<- told) error {
	if hosts, err := b.wanted(p); len(hosts) == 0 || err != nil {
		return err
	}
	t, host := p.Task, p.Hosts[0]
	if t.IsMeta() {
		return b.meta(ctx, t, p.Hosts)
	}
	if err := refuseOnce(t); err != nil {
		return err
	}
	var key record.Key
	if b.r.Record != nil {
		key = b.r.come(t, host)
	}
	if o, ok := b.done(t, key); ok {
		return b.goOn(ctx, t, o)
	}
	b.r.quiet.wake()
	if err := b.warnTogether(ctx, t, host); err != nil {
		return err
	}
	shown := b.describe(ctx, t, host)
	b.r.Sink.Handle(event.HostStart{Host: host, Task: shown})
	busy[host] = true
	go func() {
		o := b.r.Executor.Run(ctx, host, t, shown, func(e event.Event) { from <- told{task: t, shown: shown, event: e} })
		b.r.keep(ctx, key, o)
		from <- told{task: t, shown: shown, outcome: &o}
	}()
	return nil
}

// goOn moves a host on after a task that it did before the run ended.
func (b *batch) goOn(ctx context.Context, t *playbook.Task, o executor.Outcome) error {
	o, err := b.conclude(ctx, t, o, b.told(t))
	if err != nil {
		return err
	}
	return b.proceed(ctx, t, []string{o.Host}, []executor.Outcome{o})
}

// throttled reports whether a host has to wait with a task, which runs on as many hosts as its keyword throttle allows.
func (b *batch) throttled(ctx context.Context, p strategy.Pick, busy map[string]bool) (bool, error) {
	if p.Task.IsMeta() || p.Task.Setting(playbook.Throttle) == nil || len(busy) == 0 {
		return false, nil
	}
	n, err := b.workers(ctx, p.Task, b.hosts)
	if err != nil {
		return false, err
	}
	same := 0
	for h := range busy {
		if t, _ := b.walk.Hosts[h].Peek(); t == p.Task {
			same++
		}
	}
	return same >= n, nil
}

// warnTogether warns of what would need the hosts to be kept together, in the words of the strategy free, which the others are made of.
func (b *batch) warnTogether(ctx context.Context, t *playbook.Task, host string) error {
	once, err := b.runOnce(ctx, t, host)
	if err != nil {
		return err
	}
	if once {
		b.r.Sink.Handle(event.Warning{Text: "Using run_once with the free strategy is not currently supported. " +
			"This task will still be executed for every host in the inventory list."})
	}
	fatal, err := b.fatal(ctx, t, host)
	if fatal {
		b.r.Sink.Handle(event.Warning{Text: "Using any_errors_fatal with the free strategy is not supported, " +
			"as tasks are executed independently on each host"})
	}
	return err
}

// hear takes what a running task tells. The banner is shown when the output turns from one task to another.
func (b *batch) hear(ctx context.Context, m told, busy map[string]bool) error {
	if b.last != m.task {
		b.last = m.task
		b.r.Sink.Handle(event.TaskStart{Task: m.shown})
	}
	if m.outcome == nil {
		b.tell(ctx, m.event)
		return nil
	}
	o := *m.outcome
	delete(busy, o.Host)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	o, err := b.conclude(ctx, m.task, o, m.shown)
	if err != nil {
		return err
	}
	return b.proceed(ctx, m.task, []string{o.Host}, []executor.Outcome{o})
}

package runner

import (
	"context"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// runTask runs a task on hosts, at most Forks at once, and tells what happens in the order of the hosts. With once it
// runs on the first host alone.
func (b *batch) runTask(ctx context.Context, t *playbook.Task, hosts []string, once bool) ([]executor.Outcome, error) {
	if once {
		hosts = hosts[:1]
	}
	queues, left := b.pastOf(t, hosts)
	shown := b.begins(ctx, t, hosts, left)
	workers, err := b.workers(ctx, t, hosts)
	if err != nil {
		return nil, err
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	next := make(chan int)
	go func() {
		defer close(next)
		for _, i := range left {
			next <- i
		}
	}()
	for range min(workers, len(left)) {
		wg.Go(func() {
			for i := range next {
				o := b.r.Executor.Run(ctx, hosts[i], t, shown, queues[i].put)
				b.r.keep(ctx, queues[i].key, o)
				queues[i].finish(o)
			}
		})
	}
	outcomes := make([]executor.Outcome, len(hosts))
	var broken error
	for i, q := range queues {
		outcomes[i] = q.drain(func(e event.Event) { b.tell(ctx, e) })
		if broken == nil && ctx.Err() != nil {
			broken = context.Cause(ctx)
		}
		if broken == nil {
			outcomes[i], broken = b.conclude(ctx, t, outcomes[i], shown)
		}
	}
	return outcomes, broken
}

// pastOf gives a queue for each host; those on which the task was done before the run ended are through with it. left are the places
// of the others.
func (b *batch) pastOf(t *playbook.Task, hosts []string) (queues []*queue, left []int) {
	queues = make([]*queue, len(hosts))
	for i, h := range hosts {
		queues[i] = newQueue()
		if b.r.Record != nil {
			queues[i].key = b.r.come(t, h)
		}
		if o, ok := b.done(t, queues[i].key); ok {
			queues[i].finish(o)
			continue
		}
		left = append(left, i)
	}
	return queues, left
}

// begins tells that a task begins, on those hosts where it is left to be done.
func (b *batch) begins(ctx context.Context, t *playbook.Task, hosts []string, left []int) *event.Task {
	if len(left) == 0 {
		return b.describe(ctx, t, hosts[0])
	}
	b.r.quiet.wake()
	shown := b.announce(ctx, t, hosts[0])
	for _, i := range left {
		b.r.Sink.Handle(event.HostStart{Host: hosts[i], Task: shown})
	}
	return shown
}

// tell hands on what happens within a task, unless the run was interrupted: what is ended then is not shown.
func (b *batch) tell(ctx context.Context, e event.Event) {
	if ctx.Err() == nil {
		b.r.Sink.Handle(e)
	}
}

// workers is how many hosts are worked at once: forks, or fewer with throttle.
func (b *batch) workers(ctx context.Context, t *playbook.Task, hosts []string) (int, error) {
	n := min(max(1, b.r.Forks), len(hosts))
	raw := t.Setting(playbook.Throttle)
	if raw == nil {
		return n, nil
	}
	v, err := b.scope(ctx, t, hosts[0]).Finalize(raw)
	if err != nil {
		return 0, err
	}
	throttle, err := module.ToInt(v)
	if err != nil {
		return 0, badThrottle(v, raw)
	}
	if throttle > 0 {
		n = min(n, int(throttle))
	}
	return n, nil
}

// badThrottle ends a run as ansible-core does.
func badThrottle(v, raw value.Value) error {
	e := diag.Errorf(value.OriginOf(raw), "the keyword throttle wants a whole number")
	if shown, err := value.Repr(v); err == nil {
		e = diag.Errorf(value.OriginOf(raw), "the keyword throttle wants a whole number, not %s", shown)
		e.Cause = &playbook.Verdict{
			Pos: value.OriginOf(raw), Exit: 1,
			Msg: "Failed to convert the throttle value to an integer: invalid literal for int() with base 10: " + shown,
		}
	}
	return e
}

package runner

import (
	"context"
	"fmt"
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/strategy"
)

// addHandlers makes the tasks of blocks known as handlers, in order.
func (b *batch) addHandlers(blocks []*playbook.Block) {
	for _, block := range blocks {
		block.Walk(func(t *playbook.Task) {
			if !slices.Contains(b.handlers, t) {
				b.handlers = append(b.handlers, t)
			}
		})
	}
}

// notify remembers which handlers a result notifies. A name that no handler has ends the run.
func (b *batch) notify(o executor.Outcome) error {
	for _, name := range o.Notify {
		found := b.find(name, o.Host)
		if len(found) == 0 {
			return diag.Errorf(o.Task.Pos, "The requested handler '%s' was not found in either the main handlers list nor in the listening handlers list", name).
				Hint("handlers of this play: %s", b.handlerNames())
		}
		for _, h := range found {
			if b.notified[h] == nil {
				b.notified[h] = map[string]bool{}
			}
			if !b.notified[h][o.Host] {
				b.notified[h][o.Host] = true
				b.r.Sink.Handle(event.Notified{Handler: name, Host: o.Host})
			}
		}
	}
	return nil
}

// find gives the handlers that a notification means: the last of that name, and all that listen to it.
func (b *batch) find(name, host string) []*playbook.Task {
	var found []*playbook.Task
	for i := len(b.handlers) - 1; i >= 0; i-- {
		h := b.handlers[i]
		plain := b.taskName(context.Background(), h, host)
		if plain == name || h.Title(plain) == name {
			found = append(found, h)
			break
		}
	}
	for _, h := range b.handlers {
		if slices.Contains(h.Listen, name) && !slices.Contains(found, h) {
			found = append(found, h)
		}
	}
	return found
}

func (b *batch) handlerNames() string {
	names := make([]string, 0, len(b.handlers))
	for _, h := range b.handlers {
		names = append(names, fmt.Sprintf("%q", b.taskName(context.Background(), h, b.hosts[0])))
	}
	if len(names) == 0 {
		return "none"
	}
	return fmt.Sprint(names)
}

// flush runs the notified handlers of hosts in the order in which they are defined, until none is notified any more.
func (b *batch) flush(ctx context.Context, hosts []string) error {
	for ctx.Err() == nil {
		h, on := b.nextHandler(hosts)
		if h == nil {
			return nil
		}
		if err := b.handle(ctx, h, on); err != nil {
			return err
		}
	}
	return nil
}

// nextHandler takes the first handler that is notified on some of the hosts.
func (b *batch) nextHandler(hosts []string) (*playbook.Task, []string) {
	for _, h := range b.handlers {
		var on []string
		for _, host := range hosts {
			if b.notified[h][host] && !b.r.failed[host] {
				on = append(on, host)
			}
		}
		if len(on) > 0 {
			for _, host := range on {
				delete(b.notified[h], host)
			}
			return h, on
		}
	}
	return nil, nil
}

// handle runs one handler: a walk of its own, so that it may include tasks.
func (b *batch) handle(ctx context.Context, h *playbook.Task, hosts []string) error {
	outer := b.walk
	defer func() { b.walk = outer }()
	b.walk = strategy.NewWalk(hosts, []*playbook.Block{{Scope: h.Parent, Implicit: true, Tasks: []playbook.Node{h}}})
	for !b.over && ctx.Err() == nil {
		pick, ok := strategy.Linear(b.walk)
		if !ok {
			break
		}
		if err := b.step(ctx, pick); err != nil {
			return err
		}
	}
	for _, host := range hosts {
		if b.walk.Hosts[host].Failed() {
			outer.Hosts[host].Fail()
		}
	}
	return nil
}

// forcedHandlers runs the handlers that failed hosts were notified of, where --force-handlers or the play asks for it.
func (b *batch) forcedHandlers(ctx context.Context) error {
	scope := b.r.Engine.Scope(ctx, b.r.Vars.Play(b.play), []string{b.play.Dir})
	force, err := boolean(scope, playbook.ForceHandlers, b.play.Get(playbook.ForceHandlers))
	if err != nil || !force && !b.r.ForceHandlers {
		return err
	}
	var failed []string
	for _, h := range b.hosts {
		if b.r.failed[h] {
			failed = append(failed, h)
			delete(b.r.failed, h)
		}
	}
	defer func() {
		for _, h := range failed {
			b.r.failed[h] = true
		}
	}()
	return b.flush(ctx, failed)
}

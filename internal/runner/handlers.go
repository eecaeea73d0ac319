package runner

import (
	"context"
	"fmt"
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// addHandlers makes the tasks of blocks known as handlers, in order.
func (b *batch) addHandlers(blocks []*playbook.Block) {
	for _, block := range blocks {
		var group []*playbook.Task
		block.Walk(func(t *playbook.Task) {
			if !slices.Contains(b.handlers, t) {
				group = append(group, t)
			}
		})
		b.handlers = append(b.handlers, group...)
		b.groups = append(b.groups, group)
	}
}

// notify remembers whom a result notifies. Which handlers are meant is found out when they run, but a name that no handler
// has ends the run at once, or is a warning where the settings say so.
func (b *batch) notify(o executor.Outcome) error {
	for _, name := range o.Notify {
		if len(b.find(name)) == 0 {
			err := diag.Errorf(o.Task.Pos, "The requested handler '%s' was not found in either the main handlers list nor in the listening handlers list", name).
				Hint("handlers of this play: %s", b.handlerNames())
			if !b.r.MissingWarns {
				err.Cause = &playbook.Verdict{Msg: err.Msg, Exit: 1}
				return err
			}
			b.r.Sink.Handle(event.Warning{Text: err.Msg})
			continue
		}
		b.r.Sink.Handle(event.Note{Text: "Notification for handler " + name + " has been saved.", Verbosity: 2})
		if !slices.Contains(b.said[o.Host], name) {
			b.said[o.Host] = append(b.said[o.Host], name)
		}
	}
	return nil
}

// find gives the handlers that a notification means: the first of that name in the last list that has one, and all that
// listen to it.
func (b *batch) find(name string) []*playbook.Task {
	var found []*playbook.Task
	for _, group := range slices.Backward(b.groups) {
		if i := slices.IndexFunc(group, func(h *playbook.Task) bool { return b.named(h, name) }); i >= 0 {
			found = append(found, group[i])
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

func (b *batch) named(h *playbook.Task, name string) bool {
	plain, ok := b.handlerName(h)
	return ok && (plain == name || h.Title(plain) == name)
}

// handlerName evaluates the name of a handler without a host. One that can't be evaluated is told once, when the handler
// has no topics by which it could be notified all the same.
func (b *batch) handlerName(h *playbook.Task) (name string, ok bool) {
	raw := h.RawName()
	if raw == nil {
		return "", false
	}
	v, err := b.r.Engine.Scope(context.Background(), b.r.Vars.Task("", h), []string{b.play.Dir}).Finalize(raw)
	if err == nil {
		name, err = value.Text(v)
	}
	if err != nil && len(h.Listen) == 0 && !b.unusable[h] {
		b.unusable[h] = true
		text, _ := value.Text(raw)
		b.r.Sink.Handle(event.Warning{Text: fmt.Sprintf("Handler '%s' is unusable because it has no listen topics and the name could not be templated "+
			"(host-specific variables are not supported in handler names). The error: %v", text, err)})
	}
	return name, err == nil && name != ""
}

func (b *batch) handlerNames() string {
	var names []string
	for _, h := range b.handlers {
		if name, ok := b.handlerName(h); ok {
			names = append(names, fmt.Sprintf("%q", name))
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return fmt.Sprint(names)
}

// resolve looks up what a host was notified of.
func (b *batch) resolve(host string) {
	names := b.said[host]
	delete(b.said, host)
	for _, name := range names {
		for _, h := range b.find(name) {
			if b.notified[h] == nil {
				b.notified[h] = map[string]bool{}
			}
			if b.notified[h][host] {
				continue
			}
			b.notified[h][host] = true
			plain, ok := b.handlerName(h)
			if !ok {
				plain = h.Action
			}
			b.r.Sink.Handle(event.Notified{Handler: plain, Host: host})
			b.r.Sink.Handle(event.Note{Text: fmt.Sprintf("NOTIFIED HANDLER %s for %s", h.Title(plain), host), Verbosity: 2})
		}
	}
}

// flush lets a host run its notified handlers next.
func (b *batch) flush(host string) {
	it := b.walk.Hosts[host]
	it.Flush(func() []*playbook.Task { return b.handlers }, func(h *playbook.Task) bool {
		if len(b.said[host]) > 0 {
			b.resolve(host)
		}
		return b.notified[h][host]
	})
}

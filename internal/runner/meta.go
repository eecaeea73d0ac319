package runner

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// metaAction is what a meta task may ask for.
type metaAction struct {
	name    string
	once    bool   // it is said and its condition is evaluated on the first host alone; what it does is for all
	always  bool   // it takes no condition
	done    string // what -vv says when it was done; %s is the host
	skipped string // what is said when the condition does not hold; %s is the host, %r the role
	do      func(b *batch, t *playbook.Task, host string)
	run     func(ctx context.Context, r *Runner) error // what is done once for all before do
	first   func(b *batch, host string)                // what is done before it is told
}

// metaActions are those that there are.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/meta_module.html
var metaActions = []metaAction{
	{name: "noop", always: true, done: "noop", do: passMeta},
	{
		name: "flush_handlers", done: "triggered running handlers for %s", skipped: ", not running handlers for %s",
		first: (*batch).resolve,
		do:    func(b *batch, _ *playbook.Task, host string) { b.flush(host) },
	},
	{
		name: "reset_connection", always: true, done: "reset connection",
		do: func(b *batch, t *playbook.Task, host string) {
			_ = b.r.Executor.Reset(host) // of a connection that can't be closed nothing is left: the next task connects anew
			passMeta(b, t, host)
		},
	},
	{
		name: "refresh_inventory", once: true, always: true, done: "inventory successfully refreshed", do: passMeta,
		run: func(ctx context.Context, r *Runner) error { return r.Refresh(ctx) },
	},
	{
		name: "clear_facts", once: true, done: "facts cleared", skipped: ", not clearing facts and fact cache for %s",
		do: func(b *batch, t *playbook.Task, host string) { b.r.Vars.ClearFacts(host); passMeta(b, t, host) },
	},
	{
		name: "clear_host_errors", once: true, done: "cleared host errors", skipped: ", not clearing host error state for %s",
		do: func(b *batch, t *playbook.Task, host string) { b.forgive(); passMeta(b, t, host) },
	},
	{
		name: "end_host", done: "ending play for %s", skipped: ", continuing execution for %s",
		do: func(b *batch, _ *playbook.Task, host string) { b.walk.Hosts[host].End(); b.r.Vars.HostFailed(host) },
	},
	{name: "end_role", skipped: "continuing role %r for %s", do: (*batch).endRole},
	{
		name: "end_batch", once: true, done: "ending batch", skipped: ", continuing current batch",
		do: func(b *batch, _ *playbook.Task, host string) { b.walk.Hosts[host].End(); b.over = true },
	},
	{
		name: "end_play", once: true, done: "ending play", skipped: ", continuing play",
		do: func(b *batch, _ *playbook.Task, host string) {
			b.walk.Hosts[host].End()
			b.over, b.r.playEnded = true, true
		},
	},
	{name: "role_complete", do: (*batch).roleComplete},
}

func passMeta(b *batch, _ *playbook.Task, host string) { b.walk.Hosts[host].Advance() }

// meta carries out a meta task. Those that were written are announced once for each host, as Ansible does.
func (b *batch) meta(ctx context.Context, t *playbook.Task, hosts []string) error {
	what, err := value.Text(t.Args.Stored(playbook.RawParams))
	if err != nil {
		return err
	}
	for _, m := range metaActions {
		if m.name == what {
			return b.metaDo(ctx, t, m, hosts)
		}
	}
	b.announceMeta(ctx, t, hosts[0])
	names := make([]string, len(metaActions))
	for i, m := range metaActions {
		names[i] = m.name
	}
	e := diag.Errorf(t.Pos, "there is no meta action %q", what)
	e.Cause = &playbook.Verdict{Msg: "invalid meta action requested: " + what, Pos: t.Pos, Exit: 1}
	if near := diag.Nearest(what, names); near != "" {
		return e.Hint("did you mean %q?", near)
	}
	return e
}

// isMeta reports whether a task is the meta task of that name.
func isMeta(t *playbook.Task, what string) bool {
	return t.IsMeta() && textArg(t.Args, playbook.RawParams) == what
}

func (b *batch) metaDo(ctx context.Context, t *playbook.Task, m metaAction, hosts []string) error {
	if m.name == "end_role" && t.Role() == nil {
		return roleless(t)
	}
	holds := true
	for i, h := range hosts {
		if i == 0 || !m.once {
			b.announceMeta(ctx, t, h)
			if m.name == "flush_handlers" && slices.Contains(b.handlers, t) {
				e := diag.Errorf(t.Pos, "flush_handlers cannot be used as a handler")
				e.Cause = &playbook.Verdict{Msg: e.Msg, Exit: 1}
				return e
			}
			var err error
			if holds, err = b.metaWhen(ctx, t, m, h); err != nil {
				return err
			}
			if holds && m.first != nil {
				m.first(b, h)
			}
			b.tellMeta(t, m, h, holds)
		}
		if !holds {
			passMeta(b, t, h)
			continue
		}
		if i == 0 && m.run != nil {
			if err := m.run(ctx, b.r); err != nil {
				return err
			}
		}
		m.do(b, t, h)
	}
	return nil
}

// announceMeta shows the banner of a meta task that was written; a strategy without common banners shows none.
func (b *batch) announceMeta(ctx context.Context, t *playbook.Task, host string) {
	if !t.Implicit && !b.lazy {
		b.announce(ctx, t, host)
	}
}

// tellMeta says what a meta task did, or that it did nothing.
func (b *batch) tellMeta(t *playbook.Task, m metaAction, host string, holds bool) {
	if t.Implicit {
		return
	}
	text := m.done
	reason := ""
	if !holds {
		reason = m.name + " conditional evaluated to False" + hostText(m.skipped, t, host)
		text = reason
	}
	if text != "" {
		b.r.Sink.Handle(event.Note{Text: "META: " + hostText(text, t, host), Verbosity: 2})
	}
	if holds {
		return
	}
	msg := m.name
	if msg == "end_host" {
		msg = fmt.Sprintf("end_host conditional evaluated to false, continuing execution for %s", host)
	}
	if b.lazy && b.last != t { // the banner comes with the first that is told of it
		b.last = t
		b.r.Sink.Handle(event.TaskStart{Task: b.told(t)})
	}
	r := &result.Result{Status: result.Skipped, Values: value.DictOf("msg", value.NewStr(msg), "skip_reason", value.NewStr(reason))}
	b.r.Sink.Handle(event.HostResult{Host: host, Task: b.told(t), Result: r})
}

// hostText puts the host and the role of a task into a text.
func hostText(text string, t *playbook.Task, host string) string {
	role := ""
	if r := t.Role(); r != nil {
		role = r.Name
	}
	return strings.NewReplacer("%s", host, "%r", role).Replace(text)
}

func (b *batch) metaWhen(ctx context.Context, t *playbook.Task, m metaAction, host string) (bool, error) {
	when := t.When()
	if m.always {
		if len(when) > 0 {
			b.r.Sink.Handle(event.Warning{Text: m.name + " task does not support when conditional"})
		}
		return true, nil
	}
	if t.Implicit && isMeta(t, "flush_handlers") { // nobody wrote it: the conditions of an import are for tasks
		return true, nil
	}
	scope := b.scope(ctx, t, host)
	for _, cond := range when {
		holds, err := scope.Condition(cond)
		if err != nil && t.Implicit {
			err = nil // the tasks themselves have told it
		}
		if err != nil || !holds {
			return false, err
		}
	}
	return true, nil
}

// forgive takes back the hosts that failed: they are part of the plays that follow. Those that were unreachable go on at once.
func (b *batch) forgive() {
	for h := range b.r.unreachable {
		if it := b.walk.Hosts[h]; it != nil {
			it.Resume()
		}
	}
	clear(b.r.failed)
	clear(b.r.unreachable)
	if b.r.Record != nil {
		b.r.Record.Forgiven()
	}
}

// endRole goes past what is left of the role on a host.
func (b *batch) endRole(t *playbook.Task, host string) {
	role := t.Role()
	b.walk.Hosts[host].EndRole(func(next *playbook.Task) bool {
		return next.Implicit && next.Role() == role && isMeta(next, "role_complete")
	})
}

func (b *batch) roleComplete(t *playbook.Task, host string) {
	if role := t.Role(); role != nil && role.Identity != nil {
		if b.rolesRun[role.Identity] == nil {
			b.rolesRun[role.Identity] = map[string]bool{}
		}
		b.rolesRun[role.Identity][host] = true
	}
	passMeta(b, t, host)
}

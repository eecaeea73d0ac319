package runner

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// meta carries out a meta task. Those that were written are announced once for each host, as Ansible does.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/meta_module.html
func (b *batch) meta(ctx context.Context, t *playbook.Task, hosts []string) error {
	what, err := value.Text(t.Args.Stored(playbook.RawParams))
	if err != nil {
		return err
	}
	var doing []string
	for _, h := range hosts {
		if !t.Implicit {
			b.r.Sink.Handle(event.TaskStart{Title: t.Title(b.taskName(ctx, t, h)), Pos: t.Pos})
		}
		holds, err := b.metaWhen(ctx, t, h)
		if err != nil {
			return err
		}
		b.walk.Hosts[h].Advance()
		if holds {
			doing = append(doing, h)
		}
	}
	if len(doing) == 0 {
		return nil
	}
	return b.metaDo(ctx, t, what, doing)
}

func (b *batch) metaWhen(ctx context.Context, t *playbook.Task, host string) (bool, error) {
	scope := b.scope(ctx, t, host)
	for _, cond := range t.When() {
		holds, err := scope.Condition(cond)
		if err != nil || !holds {
			return false, err
		}
	}
	return true, nil
}

func (b *batch) metaDo(ctx context.Context, t *playbook.Task, what string, hosts []string) error {
	switch what {
	case "flush_handlers":
		return b.flush(ctx, hosts)
	case "noop":
	case "role_complete":
		b.roleComplete(t, hosts)
	case "clear_facts":
		for _, h := range hosts {
			b.r.Vars.ClearFacts(h)
		}
	case "end_host":
		for _, h := range hosts {
			b.walk.Hosts[h].End()
		}
	case "end_play", "end_batch":
		b.over = true
	case "clear_host_errors":
		clear(b.r.failed)
	case "reset_connection":
		// connection local has nothing to reset
	default:
		return diag.Errorf(t.Pos, "meta: %s is not supported by the native engine", what)
	}
	return nil
}

func (b *batch) roleComplete(t *playbook.Task, hosts []string) {
	role := t.Role()
	if role == nil || role.Identity == nil {
		return
	}
	if b.rolesRun[role.Identity] == nil {
		b.rolesRun[role.Identity] = map[string]bool{}
	}
	for _, h := range hosts {
		b.rolesRun[role.Identity][h] = true
	}
}

package runner

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
)

// actsOnce reports whether the action of a task runs on the first host alone: add_host and pause. One that is a template is
// evaluated for all hosts, and an error ends the run, as in ansible-core.
func (b *batch) actsOnce(ctx context.Context, t *playbook.Task, hosts []string) (bool, error) {
	if t.ActionTemplate == nil {
		return actsOnce(t.Action), nil
	}
	first := ""
	for i, h := range hosts {
		action, err := executor.Action(b.scope(ctx, t, h), t)
		if err != nil {
			return false, err
		}
		if i == 0 {
			first = action
		}
	}
	return actsOnce(first), nil
}

func actsOnce(action string) bool {
	d := actions.Set.Find(action)
	return d != nil && d.Once
}

// proceedAlone moves the hosts on after an action that ran on the first of them alone: what came of it is that host's, but
// a failure is everybody's.
func (b *batch) proceedAlone(ctx context.Context, t *playbook.Task, hosts []string, outcomes []executor.Outcome) error {
	b.advance(hosts[0], outcomes[0], true)
	for _, h := range hosts[1:] {
		b.walk.Hosts[h].Advance()
	}
	return b.allOrNothing(ctx, t, hosts, outcomes)
}

// refuseOnce refuses an action that acts once for all hosts where the hosts go on by themselves, as ansible-core does.
func refuseOnce(t *playbook.Task) error {
	if !actsOnce(t.Action) { // a template is not looked at
		return nil
	}
	e := diag.Errorf(t.Pos, "%s acts once for all hosts, which the strategies free and host_pinned can't do", t.Action).
		Hint("use the strategy linear for this play")
	e.Cause = &playbook.Verdict{Pos: t.Pos, Exit: 1, Msg: "The '" + t.Action + "' module bypasses the host loop, " +
		"which is currently not supported in the free strategy and would instead execute for every host in the inventory list."}
	return e
}

// changesInventory reports whether an action may add hosts and groups.
func changesInventory(action string) bool {
	switch playbook.BuiltinName(action) {
	case "add_host", "group_by":
		return true
	}
	return false
}

// inventoryChanged tells variables which hosts the play's pattern means by now. The batch itself stays as it is.
func (b *batch) inventoryChanged() {
	if all, err := b.r.Hosts(b.pattern); err == nil {
		b.r.Vars.PlayHosts(all)
	}
}

package runner

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// gatherAction is the action behind the task that nobody writes.
const gatherAction = "ansible.builtin.gather_facts"

// gathers reports whether a play gathers facts, by its keyword gather_facts and the setting gathering. With smart hosts whose
// facts are known are left out later.
// Source: https://docs.ansible.com/ansible/latest/reference_appendices/config.html#default-gathering
func (r *Runner) gathers(ctx context.Context, p *playbook.Play) (bool, error) {
	raw := p.Get(playbook.GatherFacts)
	if raw == nil || raw == value.None {
		return r.Gathering != "explicit", nil
	}
	v, err := r.playScope(ctx, p).Finalize(raw)
	if err != nil || v == value.None {
		return r.Gathering != "explicit", err
	}
	gather, err := module.ToBool(v)
	if err != nil {
		return false, diag.Errorf(value.OriginOf(raw), "the keyword gather_facts wants true or false: %v", err)
	}
	return gather, nil
}

// gathering is the block with the task "Gathering Facts", or none when the play gathers none.
func (r *Runner) gathering(ctx context.Context, p *playbook.Play) ([]*playbook.Block, error) {
	gather, err := r.gathers(ctx, p)
	if err != nil || !gather {
		return nil, err
	}
	return []*playbook.Block{p.Gathering()}, nil
}

// gathered reports whether a host goes past the task "Gathering Facts" since its facts are known.
func (b *batch) gathered(t *playbook.Task, host string) bool {
	return t.Implicit && t.Action == gatherAction && b.r.Gathering == "smart" && b.r.Vars.FactsGathered(host)
}

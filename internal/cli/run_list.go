package cli

import (
	"context"
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/runner"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// list prints what is in the playbooks, as --list-hosts, --list-tasks, --list-tags and --syntax-check do.
func (r *run) list(ctx context.Context, books []runner.Playbook) error {
	o := r.req.options.list
	for _, b := range books {
		if !o.hosts && !o.tasks && !o.tags { // --syntax-check alone
			fmt.Fprintf(r.out, "\nplaybook: %s\n", b.Path)
			continue
		}
		l := playbook.Listing{
			Tasks: o.tasks, Tags: o.tags, Selection: r.selection,
			Template: func(v value.Value) (value.Value, error) {
				if len(b.Plays) == 0 {
					return v, nil
				}
				return r.engine.Scope(ctx, r.vars.Play(b.Plays[0]), nil).Finalize(v)
			},
		}
		if o.hosts {
			l.Hosts = func(p *playbook.Play) ([]string, error) { return r.hosts(p.HostsText()) }
		}
		text, err := l.Text(b.Path, b.Plays)
		if err != nil {
			return err
		}
		fmt.Fprint(r.out, text)
	}
	return nil
}

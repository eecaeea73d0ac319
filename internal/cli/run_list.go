package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/runner"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// list prints what is in the playbooks, as --list-hosts, --list-tasks, --list-tags and --syntax-check do.
func (r *run) list(ctx context.Context, books []runner.Playbook) error {
	o := r.req.options.list
	heads := &runner.Runner{Engine: r.engine, Vars: r.vars, Reader: r.reader, Sink: r.sink}
	head := func(p *playbook.Play) ([]string, string, error) {
		r.vars.StartPlay(p, nil, nil)
		h, err := heads.Head(ctx, p)
		return h.Hosts, h.Name, err
	}
	for _, b := range books {
		for _, p := range b.Plays { // ansible-core warns of patterns without hosts before it lists anything
			if patterns := p.Patterns(); !hasTemplate(strings.Join(patterns, ",")) {
				_, _ = r.hosts(inventory.JoinPatterns(patterns))
			}
		}
		for _, p := range b.Plays {
			r.vars.StartPlay(p, nil, nil)
			if _, err := heads.PlayVarsFiles(ctx, p); err != nil {
				return headError(err)
			}
			if r.req.dropIn {
				r.warnReserved(p.Scope)
			}
			if _, _, err := head(p); err != nil {
				return headError(err)
			}
		}
		if !o.hosts && !o.tasks && !o.tags { // --syntax-check alone
			fmt.Fprintf(r.out, "\nplaybook: %s\n", b.Path)
			continue
		}
		l := playbook.Listing{
			Tasks: o.tasks, Tags: o.tags, Selection: r.selection,
			Head: func(p *playbook.Play) ([]string, string, error) {
				patterns, name, err := head(p)
				if len(patterns) > 0 {
					_, _ = r.hosts(inventory.JoinPatterns(patterns)) // for the warnings of patterns that were templates
				}
				return patterns, name, err
			},
			Template: func(p *playbook.Play, v value.Value) (value.Value, error) {
				return tagValue(r.engine.Scope(ctx, r.vars.Play(p), nil), v)
			},
		}
		if o.hosts {
			l.Hosts = func(patterns []string) ([]string, error) {
				if len(patterns) == 0 { // not all hosts
					return nil, nil
				}
				return r.hosts(inventory.JoinPatterns(patterns))
			}
		}
		text, err := l.Text(b.Path, b.Plays)
		fmt.Fprint(r.out, text)
		if err != nil {
			return err
		}
	}
	return nil
}

// headError gives a play's name or hosts that can't be evaluated Ansible's exit code.
func headError(err error) error {
	var t *templating.Error
	if errors.As(err, &t) {
		return withCode(ExitParser, err)
	}
	return err
}

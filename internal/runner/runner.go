// Package runner runs plays in order: batches of hosts, the tasks that the strategy picks, handlers, what includes bring,
// failures, the counts of the recap. It is the only writer of registered variables, facts, stats and events.
package runner

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
)

// Options are those of a run.
type Options struct {
	Forks         int
	Check         bool
	ForceHandlers bool
	Selected      func(t *playbook.Task) bool // --tags and --skip-tags; nil: all
}

// Runner runs playbooks. It is used once, by one goroutine.
type Runner struct {
	Options
	Executor *executor.Executor
	Engine   *templating.Engine
	Hosts    func(pattern string) ([]string, error) // the hosts of a pattern, within --limit, in order
	Vars     *vars.Store
	Loader   *playbook.Loader
	Sink     event.Sink

	stats  stats
	failed map[string]bool // hosts that are out of the run
}

// Outcome is how a run ended, for its exit code.
type Outcome struct {
	Failed      bool // a host failed
	Unreachable bool // a host could not be reached
}

// Playbook is a playbook with its plays; Path is how the user named it.
type Playbook struct {
	Path  string
	Plays []*playbook.Play
}

// Run runs playbooks one after the other. An error means that the run broke; hosts that failed are in the Outcome.
func (r *Runner) Run(ctx context.Context, books []Playbook) (Outcome, error) {
	r.stats, r.failed = stats{}, map[string]bool{}
	for _, b := range books {
		r.Sink.Handle(event.PlaybookStart{Path: b.Path, Plays: len(b.Plays)})
		if err := r.book(ctx, b); err != nil {
			return Outcome{}, err
		}
		r.Sink.Handle(event.RunEnd{Hosts: r.stats.all()})
	}
	var out Outcome
	for _, h := range r.stats {
		out.Failed = out.Failed || h.Failed > 0
		out.Unreachable = out.Unreachable || h.Unreachable > 0
	}
	return out, ctx.Err()
}

// book runs the plays of one playbook, up to the one after which no host is left.
func (r *Runner) book(ctx context.Context, b Playbook) error {
	for _, p := range b.Plays {
		more, err := r.play(ctx, p)
		if err != nil || !more || ctx.Err() != nil {
			return err
		}
	}
	return nil
}

// play runs one play; more tells whether the next one may follow.
func (r *Runner) play(ctx context.Context, p *playbook.Play) (more bool, err error) {
	scope := r.Engine.Scope(ctx, r.Vars.Play(p), []string{p.Dir})
	pattern, err := r.playText(scope, p, playbook.Hosts)
	if err != nil {
		return false, err
	}
	name, err := r.playText(scope, p, playbook.Name)
	if err != nil {
		return false, err
	}
	if name == "" {
		name = pattern
	}
	r.Sink.Handle(event.PlayStart{Name: name, CheckMode: r.Check})
	hosts, err := r.Hosts(pattern)
	if err != nil {
		return false, err
	}
	if len(hosts) == 0 {
		r.Sink.Handle(event.NoHostsMatched{})
		return true, nil
	}
	if err := r.refuse(scope, p); err != nil {
		return false, err
	}
	alive := hosts[:0:0]
	for _, h := range hosts {
		if !r.failed[h] {
			alive = append(alive, h)
		}
	}
	if len(alive) == 0 {
		return false, nil
	}
	b := newBatch(r, p, hosts, alive)
	r.Vars.NamePlay(name)
	return b.run(ctx)
}

// playText evaluates a keyword of a play as text; a list is joined with commas.
func (r *Runner) playText(scope *templating.Scope, p *playbook.Play, k playbook.Keyword) (string, error) {
	raw := p.Get(k)
	if raw == nil {
		return "", nil
	}
	v, err := scope.Finalize(raw)
	if err != nil {
		return "", err
	}
	if l, ok := v.(*value.List); ok {
		parts := make([]string, l.Len())
		for i, e := range l.Stored() {
			if parts[i], err = value.Text(e); err != nil {
				return "", err
			}
		}
		return strings.Join(parts, ","), nil
	}
	return value.Text(v)
}

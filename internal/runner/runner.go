// Package runner runs plays in order: batches of hosts, the tasks that the strategy picks, handlers, what includes bring,
// failures, the counts of the recap. It is the only writer of registered variables, facts, stats and events.
package runner

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/record"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
)

// Options are those of a run.
type Options struct {
	Forks         int
	Check         bool
	ForceHandlers bool
	Gathering     string // the setting: explicit, or implicit and smart, for which a play must say gather_facts: false
	Strategy      string // the setting for plays that name none; "" is linear
	MissingWarns  bool   // a handler that is notified and not there is a warning (error_on_missing_handler=false)

	StartAt string // --start-at-task: a task's name or a pattern of names; "" for none
	Step    bool   // --step

	Debugger           bool // the setting: the debugger is shown for what fails and says nothing
	DebugHonoursIgnore bool // the setting task_debugger_ignore_errors: not for a failure that is ignored

	AnyErrorsFatal bool                                 // the setting for tasks that say nothing
	Selected       func(t *playbook.Task) (bool, error) // --tags and --skip-tags; nil: all. The error is that of a tag that can't be evaluated
}

// Runner runs playbooks. It is used once, by one goroutine.
type Runner struct {
	Options
	Executor *executor.Executor
	Engine   *templating.Engine
	Hosts    func(pattern string) ([]string, error) // the hosts of a pattern, within --limit, in order
	Vars     *vars.Store
	Loader   *playbook.Loader
	Reader   *vars.Reader // for vars_files
	Sink     event.Sink
	Console  Console
	Refresh  func(ctx context.Context) error // reads the inventory anew
	Record   *record.Record                  // keeps what was done, and has what an earlier run did; nil: nobody does

	// RetryFile writes the hosts that failed in a playbook into a file and gives its name; nil: nobody asks for it.
	RetryFile func(playbook string, hosts []string) (string, error)

	reserved    *reserved
	started     bool // the task of StartAt was found
	stats       stats
	custom      customStats
	plays       int                    // how many were begun
	numbers     map[*playbook.Task]int // of the tasks that were told
	failed      map[string]bool        // hosts that are out of the run
	unreachable map[string]bool        // those of them that could not be reached
	doomed      map[string]bool        // hosts that any_errors_fatal failed and a rescue saved: they are out of what follows the batch
	playEnded   bool                   // meta: end_play, for the batches that are left
	progress    progress
	quiet       *quiet // while nothing runs that was not done before; nil in a run from the beginning
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
	r.stats, r.custom, r.failed, r.unreachable, r.doomed = stats{}, customStats{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, b := range books {
		for _, p := range b.Plays {
			if err := r.refuse(p); err != nil {
				return Outcome{}, err
			}
		}
	}
	r.startRecord()
	r.reserved = &reserved{sink: r.Sink, seen: map[*value.Dict]bool{}}
	r.reserved.extra(r.Vars.ExtraNames())
	r.reserved.plays(books)
	for _, b := range books {
		r.Sink.Handle(event.PlaybookStart{Path: b.Path, Plays: len(b.Plays), CheckMode: r.Check})
		if err := r.book(ctx, b); err != nil {
			return Outcome{}, err
		}
		if ctx.Err() != nil { // interrupted: nothing more is told
			return Outcome{}, context.Cause(ctx)
		}
		r.warnNotStarted()
		r.tellRetry(b.Path)
		r.Sink.Handle(event.RunEnd{Hosts: r.stats.all(), Custom: r.custom.all(), CheckMode: r.Check})
	}
	return Outcome{Failed: len(r.failed) > len(r.unreachable), Unreachable: len(r.unreachable) > 0}, ctx.Err()
}

// tellRetry has the hosts that failed written into a file, and says how they are tried again.
// Source: https://docs.ansible.com/ansible/latest/reference_appendices/config.html#retry-files-enabled
func (r *Runner) tellRetry(playbook string) {
	if r.RetryFile == nil || len(r.failed) == 0 {
		return
	}
	file, err := r.RetryFile(playbook, slices.Sorted(maps.Keys(r.failed)))
	if err != nil {
		r.Sink.Handle(event.Warning{Text: fmt.Sprintf("Could not create retry file '%s'. %v", file, err)})
		return
	}
	r.Sink.Handle(event.Note{Text: "\tto retry, use: --limit @" + file})
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

// playScope gives the evaluation of a play's keywords.
func (r *Runner) playScope(ctx context.Context, p *playbook.Play) *templating.Scope {
	return r.Engine.Scope(ctx, r.Vars.Play(p), []string{p.Dir})
}

// playText evaluates a keyword of a play as text; a list is joined with commas.
func (r *Runner) playText(scope *templating.Scope, p *playbook.Play, k playbook.Keyword) (string, error) {
	texts, err := r.playTexts(scope, p, k)
	return strings.Join(texts, ","), err
}

// playTexts evaluates a keyword of a play as a list of texts; what is no list is one text.
func (r *Runner) playTexts(scope *templating.Scope, p *playbook.Play, k playbook.Keyword) ([]string, error) {
	raw := p.Get(k)
	if raw == nil {
		return nil, nil
	}
	v, err := scope.Finalize(raw)
	if err != nil {
		return nil, keywordError(k, raw, err)
	}
	texts, err := allTexts(v)
	if err != nil {
		return nil, keywordError(k, raw, err)
	}
	return texts, nil
}

// keywordError says which keyword could not be evaluated.
func keywordError(k playbook.Keyword, raw value.Value, err error) error {
	return &templating.Error{Msg: "Error processing keyword '" + k.String() + "'", Pos: value.OriginOf(raw), Cause: err}
}

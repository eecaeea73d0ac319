package runner

import (
	"context"
	"errors"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// scope gives the evaluation of a task's keywords for a host.
func (b *batch) scope(ctx context.Context, t *playbook.Task, host string) *templating.Scope {
	return b.r.Engine.Scope(ctx, b.r.Vars.Task(host, t), []string{b.play.Dir})
}

// taskName is the name of a task for its banner, evaluated for the first of its hosts.
func (b *batch) taskName(ctx context.Context, t *playbook.Task, host string) string {
	raw := t.RawName()
	if raw == nil {
		return ""
	}
	name, warnings := executor.TaskNameOr(b.scope(ctx, t, host), raw)
	for _, w := range warnings {
		b.r.Sink.Handle(event.Warning{Text: w.Text, Pos: w.Pos})
	}
	return name
}

// runOnce reports whether the task runs on one host for all.
func (b *batch) runOnce(ctx context.Context, t *playbook.Task, host string) (bool, error) {
	return boolean(b.scope(ctx, t, host), playbook.RunOnce, t.Setting(playbook.RunOnce))
}

func boolean(scope *templating.Scope, k playbook.Keyword, raw value.Value) (bool, error) {
	if raw == nil {
		return false, nil
	}
	v, err := scope.Finalize(raw)
	if err != nil || v == value.None {
		return false, err
	}
	is, err := module.ToBool(v)
	if err != nil {
		return false, diag.Errorf(value.OriginOf(raw), "the keyword %s wants true or false: %v", k, err)
	}
	return is, nil
}

// selected reports whether the options --tags and --skip-tags let a task run.
func (b *batch) selected(t *playbook.Task) (bool, error) {
	if b.r.Selected == nil {
		return true, nil
	}
	is, err := b.r.Selected(t)
	return is, untagged(err)
}

// untagged ends the run, as ansible-core does, when tags can't be evaluated.
func untagged(err error) error {
	var t *templating.Error
	if !errors.As(err, &t) {
		return err
	}
	e := diag.Errorf(t.Pos, "%w", err)
	e.Cause = &playbook.Verdict{Msg: result.FaultOf(t).Summary(), Help: result.FaultOf(t).Hint, Pos: t.Pos, Exit: 1}
	return e
}

// checkTags evaluates the tags of all tasks that are known when the play begins.
func (b *batch) checkTags(blocks []*playbook.Block) error {
	var broken error
	for _, block := range blocks {
		block.Walk(func(t *playbook.Task) {
			if _, err := b.selected(t); broken == nil {
				broken = err
			}
		})
	}
	return broken
}

package runner

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
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
func (b *batch) selected(t *playbook.Task) bool {
	return b.r.Selected == nil || b.r.Selected(t)
}

package runner

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
)

// announce begins a task for those who show the run, as it is on a host.
func (b *batch) announce(ctx context.Context, t *playbook.Task, host string) *event.Task {
	shown := b.describe(ctx, t, host)
	b.r.Sink.Handle(event.TaskStart{Task: shown})
	return shown
}

// describe is what those who show the run know of a task, as it is on a host.
func (b *batch) describe(ctx context.Context, t *playbook.Task, host string) *event.Task {
	scope := b.scope(ctx, t, host)
	name := b.taskName(ctx, t, host)
	shown := &event.Task{
		ID: b.r.number(t), Title: t.Title(name), Name: name, Action: t.Action, Args: t.Args,
		Handler: t.Handler, Check: b.r.Check, Pos: t.Pos,
	}
	if raw := t.Setting(playbook.CheckMode); raw != nil {
		if check, err := boolean(scope, playbook.CheckMode, raw); err == nil { // if not, the task will fail
			shown.Check = check
		}
	}
	hide, err := boolean(scope, playbook.NoLog, t.Setting(playbook.NoLog))
	shown.NoLog = hide || err != nil
	if b.shown == nil {
		b.shown = map[*playbook.Task]*event.Task{}
	}
	b.shown[t] = shown
	return shown
}

// told gives what was last told of a task.
func (b *batch) told(t *playbook.Task) *event.Task {
	if shown := b.shown[t]; shown != nil {
		return shown
	}
	return &event.Task{ID: b.r.number(t), Title: t.Title(""), Action: t.Action, Handler: t.Handler, Pos: t.Pos}
}

// number gives the number of a task in the run.
func (r *Runner) number(t *playbook.Task) int {
	if r.numbers == nil {
		r.numbers = map[*playbook.Task]int{}
	}
	n, known := r.numbers[t]
	if !known {
		n = len(r.numbers) + 1
		r.numbers[t] = n
	}
	return n
}

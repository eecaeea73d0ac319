package runner

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
)

// step asks, with --step, whether a task is to run; "c" goes on without further questions.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_startnstep.html#step-mode
func (b *batch) stepsOver(ctx context.Context, t *playbook.Task, hosts []string) (bool, error) {
	if !b.r.Step || t.IsMeta() || b.allDone(t, hosts) {
		return false, nil
	}
	title := t.Title(b.taskName(ctx, t, hosts[0]))
	question := "Perform task: TASK: " + title + " (N)o/(y)es/(c)ontinue: "
	answer, err := b.r.Console.Ask(ctx, question, false)
	if err != nil {
		return false, err
	}
	run := false
	switch strings.ToLower(answer) {
	case "y", "yes":
		run = true
	case "c", "continue":
		run, b.r.Step = true, false
	}
	b.r.Sink.Handle(event.Asked{Text: question})
	return !run, nil
}

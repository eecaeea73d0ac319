package runner

import (
	"fmt"
	"path"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// startAt moves all hosts to the first task that --start-at-task names; where a play has none they are at its end. The first
// play that has one ends the search. A task that its tags leave out is none.
func (b *batch) startAt() error {
	pattern := b.r.StartAt
	if pattern == "" || b.r.started {
		return nil
	}
	for _, h := range b.hosts {
		it := b.walk.Hosts[h]
		for t, _ := it.Peek(); t != nil; t, _ = it.Peek() {
			is, err := b.selected(t)
			if err != nil {
				return err
			}
			if is && startsAt(t, pattern) {
				b.r.started = true
				break
			}
			it.Advance()
		}
	}
	return nil
}

// startsAt reports whether a task has the name, as it is written, or one that the pattern matches; with its role before it or
// not.
func startsAt(t *playbook.Task, pattern string) bool {
	if t.Implicit {
		return false
	}
	name := ""
	if raw := t.RawName(); raw != nil {
		name, _ = value.Text(raw)
	}
	for _, n := range []string{name, t.Title(name)} {
		if n == pattern {
			return true
		}
		if ok, err := path.Match(pattern, n); err == nil && ok && n != "" {
			return true
		}
	}
	return false
}

// warnNotStarted says that no task had the name of --start-at-task.
func (r *Runner) warnNotStarted() {
	if r.StartAt != "" && !r.started {
		r.Sink.Handle(event.Error{Text: fmt.Sprintf("No matching task \"%s\" found. Note: --start-at-task can only follow static includes.", r.StartAt)})
	}
}

package runner

import (
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/record"
)

// queue carries the events of one task on one host to the runner, which may be busy with another host: putting never
// waits.
type queue struct {
	mu      sync.Mutex
	ready   sync.Cond
	events  []event.Event
	outcome *executor.Outcome
	key     record.Key // where the outcome stands in the record of the run
}

func newQueue() *queue {
	q := &queue{}
	q.ready.L = &q.mu
	return q
}

func (q *queue) put(e event.Event) {
	q.mu.Lock()
	q.events = append(q.events, e)
	q.mu.Unlock()
	q.ready.Signal()
}

func (q *queue) finish(o executor.Outcome) {
	q.mu.Lock()
	q.outcome = &o
	q.mu.Unlock()
	q.ready.Signal()
}

// drain hands on the events as they come and returns the outcome at the end.
func (q *queue) drain(handle func(event.Event)) executor.Outcome {
	for {
		q.mu.Lock()
		for len(q.events) == 0 && q.outcome == nil {
			q.ready.Wait()
		}
		events, outcome := q.events, q.outcome
		q.events = nil
		q.mu.Unlock()
		for _, e := range events {
			handle(e)
		}
		if outcome != nil {
			return *outcome
		}
	}
}

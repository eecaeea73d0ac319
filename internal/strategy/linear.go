package strategy

import "github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"

// Pick is what runs next: one task on some hosts.
type Pick struct {
	Task  *playbook.Task
	Hosts []string // in the order of the play
}

// Walk is the state of all hosts of a batch.
type Walk struct {
	Order []string // the hosts in the order of the play
	Hosts map[string]*Iterator
	at    Key // the place of the task that Linear picked last
}

// NewWalk starts all hosts before the first of the blocks.
func NewWalk(order []string, blocks []*playbook.Block) *Walk {
	w := &Walk{Order: order, Hosts: make(map[string]*Iterator, len(order))}
	for _, h := range order {
		w.Hosts[h] = NewIterator(blocks)
	}
	return w
}

// Linear picks the first of the hosts' next tasks, in the order of the play, and all hosts that are at it: no host is ahead
// of another by more than the tasks that the other does not have. A host that was brought back behind the others waits until
// they are at their end.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/linear_strategy.html
func Linear(w *Walk) (Pick, bool) {
	p, first := w.first(w.at)
	if p.Task == nil {
		p, first = w.first(nil)
	}
	w.at = first
	return p, p.Task != nil
}

// first gives the first of the hosts' next tasks behind a place, and all hosts that are at it.
func (w *Walk) first(from Key) (p Pick, first Key) {
	for _, h := range w.Order {
		t, key := w.Hosts[h].Peek()
		if t == nil || key.Compare(from) <= 0 {
			continue
		}
		switch c := key.Compare(first); {
		case p.Task == nil || c < 0:
			p, first = Pick{Task: t, Hosts: []string{h}}, key
		case c == 0 && t == p.Task:
			p.Hosts = append(p.Hosts, h)
		}
	}
	return p, first
}

package executor

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// slot is an item of a loop on its way through a lane.
type slot struct {
	lane  *lane
	run   *run // the item's own; what it changes is taken over in the end
	scope *templating.Scope
	item  *result.Item
	res   *result.Result

	happened chan happening
	turn     chan struct{} // takes a token when the item may go on: all before it are over
	arrived  chan struct{} // closed when its last call was answered

	first bool          // all items before it are over
	over  bool          // it has run to its end
	size  int           // of the call that it has sent, in bytes
	dest  string        // the file that the call writes, "" when that is not known
	held  []event.Event // what happened before it was first
}

// happening is what an item that runs tells the loop.
type happening int

const (
	isOver    happening = iota // it has run to its end
	hasSent                    // its last call is on its way
	wantsTurn                  // it goes on when all items before it are over
)

// sent is a call that the next one is to be worked on after.
type sent struct {
	to   client.Ahead
	call *client.Pending
}

func newSlot(l *lane, i int) *slot {
	s := &slot{
		lane: l, first: len(l.under) == 0, scope: l.r.scope,
		item:     &result.Item{Var: l.lc.loopVar, Value: l.items[i], Label: l.items[i], More: l.lc.more(l.items, i)},
		happened: make(chan happening), turn: make(chan struct{}), arrived: make(chan struct{}),
	}
	own := *l.r
	own.emit, own.includes, own.slot = s.tell, nil, s
	s.run = &own
	if name := l.r.task.Register(); name != "" {
		s.scope = s.scope.WithLive(name, s.registered)
	}
	s.scope = s.scope.With(itemVars(s.item))
	s.scope.Tell(func(n templating.Notice) { s.tell(Told(n)) })
	if l.wide {
		s.scope.Settling(s.settle)
	}
	return s
}

// begins notes that all items before it are over, and tells what happened to it since it began.
func (s *slot) begins() {
	s.first = true
	for _, e := range s.held {
		s.lane.r.emit(e)
	}
	s.held = nil
}

func (s *slot) tell(e event.Event) {
	if s.first {
		s.lane.r.emit(e)
		return
	}
	s.held = append(s.held, e)
}

// ready reports whether the item can be finished without waiting for the target.
func (s *slot) ready() bool {
	if s.over {
		return true
	}
	select {
	case <-s.arrived:
		return true
	default:
		return false
	}
}

// settle waits until all items before it are over.
func (s *slot) settle() {
	if !s.first {
		s.happened <- wantsTurn
		<-s.turn
	}
}

// registered is what the task has registered so far: the result of the item before.
func (s *slot) registered() (value.Value, bool) {
	s.settle()
	if s.lane.last == nil {
		return nil, false
	}
	v, err := s.lane.last.Registered()
	return v, err == nil
}

// writes notes the file that the item's call writes.
func (s *slot) writes(args *value.Dict) {
	if dest, ok := args.Stored("dest").(value.Str); ok && dest.String() != "" {
		s.dest = filepath.Clean(dest.String())
	}
}

// reads waits for items that may write a file of the control node that is read now, which may be the target as well.
func (s *slot) reads(path string) {
	for _, other := range s.lane.under {
		if rest, ok := strings.CutPrefix(path, other.dest); ok && other != s && other.dest != "" && (rest == "" || rest[0] == '/') {
			s.settle()
			return
		}
	}
}

// exec makes a call. The final one of an item goes ahead, where the target takes calls ahead and the item before sent its own there.
func (s *slot) exec(ctx context.Context, c client.Client, call client.Call, final bool) (module.Result, error) {
	l := s.lane
	to, ok := c.(client.Ahead)
	if !ok || !l.wide || !final {
		s.settle()
		if err := ctx.Err(); err != nil {
			return module.Result{}, err
		}
		return c.Exec(ctx, call)
	}
	if l.sent.to != to {
		s.settle()
		l.sent = sent{to: to}
	}
	if err := ctx.Err(); err != nil {
		return module.Result{}, err
	}
	p := to.Begin(ctx, call, l.sent.call)
	l.sent.call, s.size = p, p.Size
	s.happened <- hasSent
	res, err := p.Wait(ctx)
	close(s.arrived)
	<-s.turn
	return res, err
}

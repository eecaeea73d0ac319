package executor

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// lane is the way of a loop's items. In a wide one an item begins when the one before it has sent the last call that it makes, so that
// the calls of many items travel together. Nothing else is different: the target works on the calls in the order of the items, and what
// came of them is looked at in that order. The loop and its items are goroutines of which one runs at a time, handed on by channels.
type lane struct {
	r     *run
	lc    loopControl
	items []value.Value
	all   *result.Result
	wide  bool
	kept  *Kept              // how the items reach their host; nil where that may differ
	halt  context.CancelFunc // of all that is under way
	idle  chan func()        // takes work for a goroutine that has done its item

	under []*slot        // the items that are under way, in order
	sent  sent           // the call that was sent last
	last  *result.Result // of the item that was over last
	stop  bool           // no item begins any more
	bad   *result.Result // ends the loop with this
}

// The most items that may be under way, and the bytes that their calls may have together.
const (
	maxAhead      = 64
	maxAheadBytes = 256 << 10
)

// mayRunAhead reports whether an item may begin before the ones before it are over: not where the task says what is to be between two
// items, how long one may take, or where it looks around after one.
func (r *run) mayRunAhead(lc loopControl) bool {
	t := r.task
	if lc.pause > 0 || len(lc.breakWhen) > 0 || t.Include() != playbook.NoInclude || r.x.TaskTimeout > 0 {
		return false
	}
	for _, k := range []playbook.Keyword{playbook.Until, playbook.Retries, playbook.Async, playbook.Timeout, playbook.DelegateTo} {
		if t.Inherited(k) != nil {
			return false
		}
	}
	return !slices.ContainsFunc(t.Own(playbook.ChangedWhen), looksUp) && !slices.ContainsFunc(t.Own(playbook.FailedWhen), looksUp)
}

// keeps gives the place for how the items of a loop reach their host, nil where the loop itself names what tells that.
func (r *run) keeps(lc loopControl) *Kept {
	for _, name := range []string{lc.loopVar, lc.indexVar, r.task.Register()} {
		if strings.HasPrefix(name, "ansible_") {
			return nil
		}
	}
	return &Kept{}
}

// looksUp reports whether a condition runs a lookup plugin.
func looksUp(cond value.Value) bool {
	s, ok := cond.(value.Str)
	return ok && lookupCall().MatchString(s.String())
}

var lookupCall = lazyregexp.New(`\b(lookup|query|q)\s*\(`)

// run runs the task for all items.
func (l *lane) run(ctx context.Context) {
	ctx, l.halt = context.WithCancel(ctx)
	defer l.halt()
	l.idle = make(chan func())
	defer close(l.idle)
	for i := range l.items {
		if i > 0 && l.lc.pause > 0 && !sleep(ctx, l.lc.pause) {
			break
		}
		l.begin(ctx, i)
		for len(l.under) > 0 && (l.full() || l.under[0].ready()) {
			l.finish(ctx)
		}
		if l.stop {
			break
		}
	}
	for len(l.under) > 0 {
		l.finish(ctx)
	}
}

func (l *lane) full() bool {
	sum := 0
	for _, s := range l.under {
		sum += s.size
	}
	return len(l.under) >= maxAhead || sum > maxAheadBytes
}

// begin has an item run until it has sent its last call, or is over.
func (l *lane) begin(ctx context.Context, i int) {
	s := newSlot(l, i)
	l.under = append(l.under, s)
	work := func() {
		err := l.lc.setLabel(s.scope, s.item)
		if s.res = s.run.once(ctx, s.scope, s.item); err != nil {
			s.res = unlabelled(s.item, err)
		}
	}
	if !l.wide {
		work()
		s.over = true
		return
	}
	l.start(func() {
		work()
		s.happened <- isOver
	})
	l.follow(ctx, s)
}

// start has a goroutine do some work: one that has done its item, whose stack is large enough by now, or a new one.
func (l *lane) start(work func()) {
	select {
	case l.idle <- work:
		return
	default:
	}
	go func() {
		for work != nil {
			work()
			work = <-l.idle
		}
	}()
}

// follow lets an item run until it has sent its last call, or is over.
func (l *lane) follow(ctx context.Context, s *slot) {
	for {
		switch <-s.happened {
		case isOver:
			s.over = true
			return
		case hasSent:
			return
		case wantsTurn:
			for l.under[0] != s {
				l.finish(ctx)
			}
			s.begins()
			s.turn <- struct{}{}
		}
	}
}

// finish ends the first of the items that are under way.
func (l *lane) finish(ctx context.Context) {
	s := l.under[0]
	s.begins()
	if !s.over {
		<-s.arrived
		s.turn <- struct{}{}
		l.follow(ctx, s)
	}
	l.under = l.under[1:]
	if l.stop { // it was stopped on its way, and is not looked at
		return
	}
	if l.take(ctx, s); l.stop {
		l.halt()
	}
}

// take takes over what came of an item.
func (l *lane) take(ctx context.Context, s *slot) {
	r, res := l.r, s.res
	r.delegated, r.includes = s.run.delegated, append(r.includes, s.run.includes...)
	res.NoLog = res.NoLog || r.noLog(s.scope)
	if err := r.notifies(s.scope, res); err != nil {
		l.bad, l.stop = r.failed(err), true
		return
	}
	if res.Facts != nil { // the items that follow see what set_fact has set
		r.scope, l.kept = r.scope.With(factsOf(res)), nil
	}
	l.last = res
	l.all.Items = append(l.all.Items, res)
	if r.task.Include() == playbook.NoInclude || res.Status != result.OK {
		shown := *res // it is shown while the task goes on and settles what its results mean
		r.emit(event.ItemResult{Host: r.host, Delegated: r.label(), Task: r.shown, Result: &shown})
	}
	stop, err := r.breaks(s.scope, l.lc, res)
	if err != nil {
		l.bad = bareFailure(err)
	}
	l.stop = stop || err != nil || ctx.Err() != nil
}

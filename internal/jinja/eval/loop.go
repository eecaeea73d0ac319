package eval

import (
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

type forStmt struct {
	target target
	slot   int32 // of target when it is a name, else -1
	iter   expr
	body   []stmt
	els    []stmt
	scope  scope
	elseIn scope
	loop   int32 // slot of the loop object, or -1

	test       expr // or nil
	testTarget target
	testIn     scope

	fn    *function // of a recursive loop
	brief bool      // nothing keeps the loop object: it is used again
	// forgets: brief, and nobody asks for the previous item
	forgets bool
	off     int32
}

func (s *forStmt) exec(f *frame, out *buffer) error {
	v, err := s.iter.eval(f)
	if err != nil {
		return err
	}
	if s.fn != nil {
		return s.recurse(f, v, 0, out)
	}
	return s.run(f, v, 0, f, out)
}

// recurse runs a recursive loop over v in an activation of its own.
func (s *forStmt) recurse(def *frame, v value.Value, depth int, out *buffer) error {
	if err := def.run.enter(); err != nil {
		return def.tmpl.at(err, s.off)
	}
	defer def.run.leave()
	f := (&frame{run: def.run, ctx: def.ctx, tmpl: def.tmpl, up: def, autoescape: def.autoescape, parent: def.parent}).room(s.fn.slots)
	return s.run(f, v, depth, def, out)
}

func (s *forStmt) run(f *frame, v value.Value, depth int, def *frame, out *buffer) error {
	v = Plain(v)
	if l, ok := v.(*value.List); ok && s.test == nil && s.loop < 0 {
		return s.runList(f, l, out)
	}
	l, plain := v.(*value.List)
	var it value.Iterator
	if plain = plain && s.test == nil; !plain { // a Loop walks over a list by itself
		var err error
		if it, err = iterate(v); err != nil {
			return f.tmpl.at(err, s.off)
		}
	}
	if s.test != nil {
		it = &filteredIterator{f: f, s: s, it: it}
	}
	var lp *Loop
	if s.loop >= 0 {
		lp = f.run.takeLoop(s.brief)
		*lp = Loop{f: f, src: v, it: it, stmt: s, def: def, depth: depth, filtered: s.test != nil}
		if plain {
			lp.list = l
		}
		it = lp
	}
	ran := false
	for {
		e, ok := it.Next()
		if !ok {
			if err := it.Err(); err != nil {
				return f.tmpl.at(err, s.off)
			}
			break
		}
		err := s.turn(f, e, lp, out)
		if err == errBreak {
			break
		}
		if err != nil && err != errContinue {
			return err
		}
		ran = ran || err == nil
	}
	if lp != nil && s.brief {
		f.run.loops = append(f.run.loops, lp)
	}
	if !ran && s.els != nil {
		s.elseIn.enter(f)
		return f.exec(s.els, out)
	}
	return nil
}

// iterate is value.Iter that makes small numbers once.
func iterate(v value.Value) (value.Iterator, error) {
	if r, ok := v.(*value.Range); ok {
		it := &rangeIterator{}
		it.next, it.step, it.left = r.Step()
		return it, nil
	}
	return value.Iter(v)
}

type rangeIterator struct {
	next, step int64
	left       int
}

func (it *rangeIterator) Next() (value.Value, bool) {
	if it.left == 0 {
		return nil, false
	}
	n := it.next
	it.next += it.step
	it.left--
	return intValue(n), true
}

func (it *rangeIterator) Err() error { return nil }

// runList is run for a list, without loop object and test.
func (s *forStmt) runList(f *frame, l *value.List, out *buffer) error {
	ran := false
	for i := 0; i < l.Len(); i++ {
		e, err := l.At(i)
		if err != nil {
			return f.tmpl.at(err, s.off)
		}
		err = s.turn(f, e, nil, out)
		if err == errBreak {
			break
		}
		if err != nil && err != errContinue {
			return err
		}
		ran = ran || err == nil
	}
	if !ran && s.els != nil {
		s.elseIn.enter(f)
		return f.exec(s.els, out)
	}
	return nil
}

// turn runs the body once. Its error may be errBreak or errContinue: as in Jinja2 the else part runs when no turn came to
// its end.
func (s *forStmt) turn(f *frame, e value.Value, lp *Loop, out *buffer) error {
	err := f.run.step()
	if err != nil {
		return err
	}
	if e, err = settle(e); err != nil {
		return f.tmpl.at(err, s.off)
	}
	if s.slot >= 0 {
		f.slots[s.slot] = e
	} else if err := s.target.assign(f, e); err != nil {
		return err
	}
	s.scope.enter(f)
	if lp != nil {
		f.slots[s.loop] = lp
	}
	return f.exec(s.body, out)
}

// filteredIterator gives the elements that pass the test of the loop.
type filteredIterator struct {
	f   *frame
	s   *forStmt
	it  value.Iterator
	err error
}

func (i *filteredIterator) Next() (value.Value, bool) {
	for i.err == nil {
		v, ok := i.it.Next()
		if !ok {
			i.err = i.it.Err()
			return nil, false
		}
		if i.err = i.f.run.step(); i.err != nil {
			break
		}
		if i.err = i.s.testTarget.assign(i.f, v); i.err != nil {
			break
		}
		i.s.testIn.enter(i.f)
		var pass bool
		if pass, i.err = i.f.truth(i.s.test, i.s.off); pass && i.err == nil {
			if t, ok := i.s.testTarget.(*tupleTarget); ok {
				v = t.value(i.f) // an iterator has been used up
			}
			return v, true
		}
	}
	return nil, false
}

func (i *filteredIterator) Err() error { return i.err }

// Loop is the variable loop within a for loop.
type Loop struct {
	f        *frame
	src      value.Value
	it       value.Iterator // when list is nil
	list     *value.List
	at       int // in list
	stmt     *forStmt
	def      *frame
	depth    int
	filtered bool

	index   int // from 0; -1 before the first
	started bool
	prev    value.Value
	cur     value.Value
	ahead   value.Value // looked at already
	length  int         // 0: not known
	known   bool
	changed []value.Value
	err     error
}

// Next goes to the next turn.
func (l *Loop) Next() (value.Value, bool) {
	var v value.Value
	if l.ahead != nil {
		v, l.ahead = l.ahead, nil
	} else {
		var ok bool
		if v, ok, l.err = l.next(); !ok {
			return nil, false
		}
	}
	if l.started {
		l.index++
	}
	l.started = true
	if !l.stmt.forgets {
		l.prev, l.cur = l.cur, v
	}
	return v, true
}

// next gives the next element of what the loop walks over.
func (l *Loop) next() (value.Value, bool, error) {
	if l.list == nil {
		v, ok := l.it.Next()
		if !ok {
			return nil, false, l.it.Err()
		}
		return v, true, nil
	}
	if l.err != nil || l.at >= l.list.Len() {
		return nil, false, l.err
	}
	v, err := l.list.At(l.at)
	if err != nil {
		l.err = err
		return nil, false, err
	}
	l.at++
	return v, true, nil
}

// Err returns the error that ended the loop.
func (l *Loop) Err() error { return l.err }

// Type returns "LoopContext".
func (*Loop) Type() string { return "LoopContext" }

func (*Loop) module() string { return "jinja2.runtime" }

// Repr gives "<LoopContext 1/3>".
func (l *Loop) Repr() string {
	n, _ := l.count()
	return fmt.Sprintf("<LoopContext %d/%d>", l.index+1, n)
}

// Len returns the number of turns.
func (l *Loop) Len() (int, error) { return l.count() }

func (l *Loop) peek() (value.Value, bool, error) {
	if l.ahead != nil {
		return l.ahead, true, nil
	}
	v, ok, err := l.next()
	if !ok {
		return nil, false, err
	}
	if v == nil {
		v = value.None
	}
	l.ahead = v
	return v, true, nil
}

func (l *Loop) count() (int, error) {
	if l.known {
		return l.length, nil
	}
	if !l.filtered {
		if n, err := value.Len(l.src); err == nil {
			l.length, l.known = n, true
			return n, nil
		}
	}
	rest, err := value.Drain(l.it)
	if err != nil {
		return 0, err
	}
	l.it = value.IterSlice(rest)
	l.length, l.known = len(rest)+l.index+1, true
	if l.ahead != nil {
		l.length++
	}
	return l.length, nil
}

// Attr gives the attributes of the variable loop.
func (l *Loop) Attr(name string) (value.Value, bool, error) {
	switch name {
	case "index":
		return intValue(int64(l.index + 1)), true, nil
	case "index0":
		return intValue(int64(l.index)), true, nil
	case "first":
		return value.Bool(l.index == 0), true, nil
	case "last":
		_, more, err := l.peek()
		return value.Bool(!more), true, err
	case "depth":
		return intValue(int64(l.depth + 1)), true, nil
	case "depth0":
		return intValue(int64(l.depth)), true, nil
	case "length":
		n, err := l.count()
		return intValue(int64(n)), true, err
	case "revindex":
		n, err := l.count()
		return intValue(int64(n - l.index)), true, err
	case "revindex0":
		n, err := l.count()
		return intValue(int64(n - l.index - 1)), true, err
	case "previtem":
		if l.index == 0 {
			return l.missing("there is no previous item"), true, nil
		}
		return l.prev, true, nil
	case "nextitem":
		v, ok, err := l.peek()
		if err != nil {
			return nil, false, err
		}
		if !ok {
			return l.missing("there is no next item"), true, nil
		}
		return v, true, nil
	case "cycle", "changed":
		return &loopMethod{l, name}, true, nil
	}
	return nil, false, nil
}

func (l *Loop) missing(msg string) value.Value {
	return l.f.run.env.undefined(Missing{Kind: MissingOther, Msg: msg, Pos: l.f.tmpl.text.Pos(l.stmt.off)})
}

// invoke runs a recursive loop again.
func (l *Loop) invoke(f *frame, args []value.Value, kwargs *value.Dict) (value.Value, error) {
	if l.stmt.fn == nil {
		return nil, value.Raise("TypeError", "The loop must have the 'recursive' marker to be called recursively.")
	}
	if len(args) != 1 || kwargs != nil && kwargs.Len() > 0 {
		return nil, value.Raise("TypeError", "LoopContext.__call__() takes 2 positional arguments but %d were given", len(args)+1)
	}
	if f.run.env.Undefined.EagerCalls {
		f.run.eager++
		defer func() { f.run.eager-- }()
	}
	out := newBuffer(f.run)
	if err := l.stmt.recurse(l.def, args[0], l.depth+1, out); err != nil {
		return nil, err
	}
	return out.result(l.f.autoescape)
}

// loopMethod is loop.cycle or loop.changed.
type loopMethod struct {
	l    *Loop
	name string
}

// Type returns "method".
func (*loopMethod) Type() string { return "method" }

func (m *loopMethod) invoke(_ *frame, args []value.Value, _ *value.Dict) (value.Value, error) {
	l := m.l
	if m.name == "cycle" {
		if len(args) == 0 {
			return nil, value.Raise("TypeError", "no items for cycling given")
		}
		return args[l.index%len(args)], nil
	}
	if l.changed != nil {
		same, err := value.Equal(value.NewTuple(l.changed...), value.NewTuple(args...))
		if err != nil {
			return nil, err
		}
		if same {
			return value.False, nil
		}
	}
	l.changed = append(make([]value.Value, 0, len(args)), args...)
	return value.True, nil
}

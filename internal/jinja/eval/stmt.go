package eval

import (
	"errors"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// stmt is a compiled statement. It gives errBreak and errContinue to the loop around it.
type stmt interface {
	exec(f *frame, out *buffer) error
}

var (
	errBreak    = errors.New("break")
	errContinue = errors.New("continue")
)

func (f *frame) exec(body []stmt, out *buffer) error {
	for _, s := range body {
		if d, ok := s.(*dataStmt); ok && out.textly && len(out.b)+len(d.text) <= out.limit {
			out.put(d.text)
			continue
		}
		if err := s.exec(f, out); err != nil {
			return err
		}
	}
	return nil
}

// scope is a compiled syntax.Scope.
type scope struct {
	clear []int32
	alias []aliasOf
}

type aliasOf struct {
	slot, from, depth int32
}

func (s *scope) enter(f *frame) {
	for _, c := range s.clear {
		f.slots[c] = nil
	}
	for _, a := range s.alias {
		f.slots[a.slot] = f.outer(a.depth).slots[a.from]
	}
}

type dataStmt struct {
	text string
	v    value.Value
}

func (s *dataStmt) exec(_ *frame, out *buffer) error { return out.data(s.text, s.v) }

type outputStmt struct {
	x        expr
	p        printer // x, when it is one
	off      int32
	snapshot bool // the template changes lists or dicts: what is printed must not change afterwards
}

func (s *outputStmt) exec(f *frame, out *buffer) error {
	if out.textly && !f.autoescape {
		if s.p != nil {
			return s.p.printTo(f, out, s.off)
		}
		return f.printTo(s.x, out, s.off)
	}
	v, err := s.x.eval(f)
	if err != nil {
		return err
	}
	if err := out.print(v, f.autoescape); err != nil {
		return f.tmpl.at(err, s.off)
	}
	if s.snapshot && out.only != nil {
		out.freeze()
	}
	return nil
}

// guardStmt is something printed at the top of a template that may extend another: then it is not.
type guardStmt struct{ s stmt }

func (s *guardStmt) exec(f *frame, out *buffer) error {
	if f.parent != nil {
		return nil
	}
	return s.s.exec(f, out)
}

type ifStmt struct {
	test      expr
	then, els []stmt
	off       int32
}

func (s *ifStmt) exec(f *frame, out *buffer) error {
	ok, err := f.truth(s.test, s.off)
	if err != nil {
		return err
	}
	if ok {
		return f.exec(s.then, out)
	}
	return f.exec(s.els, out)
}

// target is what can be assigned to.
type target interface {
	assign(f *frame, v value.Value) error
}

type nameTarget struct {
	name   string
	slot   int32
	export bool
}

func (t *nameTarget) assign(f *frame, v value.Value) error {
	f.slots[t.slot] = v
	if t.export {
		f.ctx.export(t.name, v, true)
	}
	return nil
}

type tupleTarget struct {
	items []target
	off   int32
}

func (t *tupleTarget) assign(f *frame, v value.Value) error {
	if u, ok := v.(value.Tuple); ok && u.Len() == len(t.items) {
		for i, it := range t.items {
			if err := it.assign(f, u.At(i)); err != nil {
				return err
			}
		}
		return nil
	}
	it, err := value.Iter(Plain(v))
	if err != nil {
		if value.ClassOf(err) == "TypeError" {
			err = value.Raise("TypeError", "cannot unpack non-iterable %s object", v.Type())
		}
		return f.tmpl.at(err, t.off)
	}
	vals := make([]value.Value, 0, len(t.items))
	for len(vals) <= len(t.items) {
		e, ok := it.Next()
		if !ok {
			break
		}
		vals = append(vals, e)
	}
	switch {
	case it.Err() != nil:
		return f.tmpl.at(it.Err(), t.off)
	case len(vals) > len(t.items):
		return f.tmpl.at(value.Raise("ValueError", "too many values to unpack (expected %d)", len(t.items)), t.off)
	case len(vals) < len(t.items):
		return f.tmpl.at(value.Raise("ValueError", "not enough values to unpack (expected %d, got %d)", len(t.items), len(vals)), t.off)
	}
	for i, it := range t.items {
		e, err := settle(vals[i])
		if err != nil {
			return f.tmpl.at(err, t.off)
		}
		if err := it.assign(f, e); err != nil {
			return err
		}
	}
	return nil
}

// value is a tuple of what was assigned.
func (t *tupleTarget) value(f *frame) value.Value {
	elems := make([]value.Value, len(t.items))
	for i, item := range t.items {
		switch item := item.(type) {
		case *nameTarget:
			elems[i] = f.slots[item.slot]
		case *tupleTarget:
			elems[i] = item.value(f)
		}
	}
	return value.NewTuple(elems...)
}

type nsTarget struct {
	ns   expr
	attr string
	off  int32
}

func (t *nsTarget) namespace(f *frame) (*Namespace, error) {
	obj, err := t.ns.eval(f)
	if err != nil {
		return nil, err
	}
	ns, ok := obj.(*Namespace)
	if !ok {
		return nil, f.tmpl.at(&TemplateError{Msg: "cannot assign attribute on non-namespace object"}, t.off)
	}
	return ns, nil
}

func (t *nsTarget) assign(f *frame, v value.Value) error {
	ns, err := t.namespace(f)
	if err != nil {
		return err
	}
	ns.set(t.attr, v)
	return nil
}

// checkTarget refuses what is no namespace, which Jinja2 does before it computes what is assigned.
func checkTarget(f *frame, t target) error {
	switch t := t.(type) {
	case *nsTarget:
		_, err := t.namespace(f)
		return err
	case *tupleTarget:
		for _, item := range t.items {
			if err := checkTarget(f, item); err != nil {
				return err
			}
		}
	}
	return nil
}

type setStmt struct {
	target target
	x      expr
}

func (s *setStmt) exec(f *frame, _ *buffer) error {
	if _, name := s.target.(*nameTarget); !name {
		if err := checkTarget(f, s.target); err != nil {
			return err
		}
	}
	v, err := s.x.eval(f)
	if err != nil {
		return err
	}
	return s.target.assign(f, v)
}

// capture is a body whose text is taken, with the filters that it goes through.
type capture struct {
	scope  scope
	body   []stmt
	filter expr // reads the text from held; nil: none
	held   int32
}

func (c *capture) run(f *frame) (value.Value, error) {
	c.scope.enter(f)
	out := newBuffer(f.run)
	out.held = f.run.env.Undefined.Chain
	err := f.exec(c.body, out)
	if err != nil && out.missing == nil {
		return nil, err
	}
	var v value.Value
	if out.missing != nil {
		v = out.missing
		err = nil
	} else {
		v, err = out.result(f.autoescape)
	}
	if err != nil || c.filter == nil {
		return v, err
	}
	f.slots[c.held] = v
	return c.filter.eval(f)
}

// heldExpr is the text of a filter block or a set block.
type heldExpr struct{ slot int32 }

func (x *heldExpr) eval(f *frame) (value.Value, error) { return f.slots[x.slot], nil }

type setBlockStmt struct {
	capture
	target target
}

func (s *setBlockStmt) exec(f *frame, _ *buffer) error {
	v, err := s.run(f)
	if err != nil {
		return err
	}
	return s.target.assign(f, v)
}

type filterBlockStmt struct {
	capture
	off int32
}

func (s *filterBlockStmt) exec(f *frame, out *buffer) error {
	v, err := s.run(f)
	if err != nil {
		return err
	}
	if err := out.raw(v); err != nil {
		return f.tmpl.at(err, s.off)
	}
	return nil
}

type withStmt struct {
	scope   scope
	targets []target
	values  []expr
	body    []stmt
}

func (s *withStmt) exec(f *frame, out *buffer) error {
	vals, err := evalAll(f, s.values)
	if err != nil {
		return err
	}
	s.scope.enter(f)
	for i, t := range s.targets {
		if err := t.assign(f, vals[i]); err != nil {
			return err
		}
	}
	return f.exec(s.body, out)
}

type doStmt struct{ x expr }

func (s *doStmt) exec(f *frame, _ *buffer) error {
	_, err := s.x.eval(f)
	return err
}

type controlStmt struct{ err error }

func (s *controlStmt) exec(*frame, *buffer) error { return s.err }

type autoescapeStmt struct {
	scope scope
	x     expr
	body  []stmt
	off   int32
}

func (s *autoescapeStmt) exec(f *frame, out *buffer) error {
	s.scope.enter(f)
	v, err := s.x.eval(f)
	if err != nil {
		return err
	}
	on, err := Truth(v)
	if IsUndefined(v) {
		on, err = false, nil
	}
	if err != nil {
		return f.tmpl.at(err, s.off)
	}
	before := f.autoescape
	f.autoescape = on
	defer func() { f.autoescape = before }()
	return f.exec(s.body, out)
}

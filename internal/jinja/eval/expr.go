package eval

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// expr is a compiled expression.
type expr interface {
	eval(f *frame) (value.Value, error)
}

type constExpr struct{ v value.Value }

func (x *constExpr) eval(*frame) (value.Value, error) { return x.v, nil }

// nameExpr is a variable of the same function.
type nameExpr struct {
	name    string
	slot    int32
	resolve bool
	off     int32
}

func (x *nameExpr) eval(f *frame) (value.Value, error) {
	if v := f.slots[x.slot]; v != nil {
		return v, nil
	}
	return f.empty(f, x.name, x.slot, x.resolve, x.off)
}

// outerExpr is a variable of a function further out.
type outerExpr struct {
	nameExpr
	depth int32
}

func (x *outerExpr) eval(f *frame) (value.Value, error) {
	o := f.outer(x.depth)
	if v := o.slots[x.slot]; v != nil {
		return v, nil
	}
	return f.empty(o, x.name, x.slot, x.resolve, x.off)
}

// empty gives the value of a variable that has none yet: the context's, or undefined.
func (f *frame) empty(o *frame, name string, slot int32, resolve bool, off int32) (value.Value, error) {
	if resolve {
		v, ok, err := o.ctx.lookup(name)
		if err != nil {
			return nil, f.tmpl.at(err, off)
		}
		if ok {
			if v, err = settle(v); err != nil {
				return nil, f.tmpl.at(err, off)
			}
			o.slots[slot] = v
			return v, nil
		}
	}
	return f.run.env.undefined(Missing{Kind: MissingName, Name: name, Msg: "'" + name + "' is undefined", Pos: f.tmpl.text.Pos(off)}), nil
}

// settle gives the value that a deferred one stands for.
func settle(v value.Value) (value.Value, error) {
	switch v.(type) {
	case value.Str, value.Int, *value.Dict, *value.List, value.Bool, value.NoneType, value.Float, *value.Undefined:
		return v, nil
	case nil:
		return value.None, nil
	}
	return value.Force(v)
}

type listExpr struct{ items []expr }

func evalAll(f *frame, xs []expr) ([]value.Value, error) {
	if len(xs) == 0 {
		return nil, nil
	}
	out := make([]value.Value, len(xs))
	for i, x := range xs {
		v, err := x.eval(f)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (x *listExpr) eval(f *frame) (value.Value, error) {
	items, err := evalAll(f, x.items)
	if err != nil {
		return nil, err
	}
	return value.NewList(items...), nil
}

type tupleExpr struct{ items []expr }

func (x *tupleExpr) eval(f *frame) (value.Value, error) {
	items, err := evalAll(f, x.items)
	if err != nil {
		return nil, err
	}
	return value.NewTuple(items...), nil
}

type dictExpr struct {
	keys, vals []expr
	off        int32
}

func (x *dictExpr) eval(f *frame) (value.Value, error) {
	d := value.NewDict()
	for i := range x.keys {
		k, err := x.keys[i].eval(f)
		if err != nil {
			return nil, err
		}
		if u, ok := k.(*value.Undefined); ok {
			return nil, f.tmpl.at(undefinedErr(u), x.off)
		}
		v, err := x.vals[i].eval(f)
		if err != nil {
			return nil, err
		}
		if err := d.Set(Plain(k), v); err != nil {
			return nil, f.tmpl.at(err, x.off)
		}
	}
	return d, nil
}

type condExpr struct {
	test, then, els expr // els may be nil
	off             int32
}

func (x *condExpr) eval(f *frame) (value.Value, error) {
	ok, err := f.truth(x.test, x.off)
	if err != nil {
		return nil, err
	}
	if ok {
		return x.then.eval(f)
	}
	if x.els != nil {
		return x.els.eval(f)
	}
	line := value.NewInt(int64(f.tmpl.text.Line(x.off))).String()
	return NoElse{f.run.env.undefined(Missing{
		Kind: MissingElse, Pos: f.tmpl.text.Pos(x.off),
		Msg: "the inline if-expression on line " + line + " evaluated to false and no else section was defined.",
	})}, nil
}

// truth evaluates a test.
func (f *frame) truth(x expr, off int32) (bool, error) {
	v, err := x.eval(f)
	if err != nil {
		return false, err
	}
	if b, ok := v.(value.Bool); ok {
		return bool(b), nil
	}
	ok, err := Truth(v)
	if err != nil {
		return false, f.tmpl.at(err, off)
	}
	return ok, nil
}

// Truth is Python's bool(v); that of an undefined value is an error.
func Truth(v value.Value) (bool, error) {
	switch v := v.(type) {
	case value.Str:
		return v.String() != "", nil
	case value.Int:
		return v.Sign() != 0, nil
	case *value.Undefined:
		return false, undefinedErr(v)
	}
	return value.Truth(v)
}

type notExpr struct {
	x   expr
	off int32
}

func (x *notExpr) eval(f *frame) (value.Value, error) {
	ok, err := f.truth(x.x, x.off)
	if err != nil {
		return nil, err
	}
	return value.Bool(!ok), nil
}

type andExpr struct {
	l, r expr
	or   bool
	off  int32
}

func (x *andExpr) eval(f *frame) (value.Value, error) {
	l, err := x.l.eval(f)
	if err != nil {
		return nil, err
	}
	b, isBool := l.(value.Bool)
	ok := bool(b)
	if !isBool {
		if ok, err = Truth(l); err != nil {
			return nil, f.tmpl.at(err, x.off)
		}
	}
	if ok == x.or {
		return l, nil
	}
	return x.r.eval(f)
}

type concatExpr struct {
	items []expr
	off   int32
}

func (x *concatExpr) eval(f *frame) (value.Value, error) {
	var buf [128]byte
	b, secret := buf[:0], false
	markup := false
	var room [6]value.Value
	items, err := x.evalItems(f, room[:0])
	if err != nil {
		return nil, err
	}
	if f.autoescape {
		for _, v := range items {
			markup = markup || isMarkup(v)
		}
		return f.join(items, markup, x.off)
	}
	for _, v := range items {
		if s, ok := v.(value.Str); ok {
			b = append(b, s.String()...)
			secret = secret || s.Secret()
			continue
		}
		s, err := value.TextStr(Plain(v))
		if err != nil {
			return nil, f.tmpl.at(err, x.off)
		}
		b = append(b, s.String()...)
		secret = secret || s.Secret()
	}
	if len(b) > f.run.lim.Output {
		return nil, f.tmpl.at(&LimitError{Msg: "the text is too large"}, x.off)
	}
	return marked(string(b), secret), nil
}

// marked gives a text that is secret or not.
func marked(s string, secret bool) value.Str {
	if secret {
		return value.NewMarkedStr(s, value.Marks{Secret: true})
	}
	return value.NewStr(s)
}

// evalItems evaluates all items before any is made a text.
func (x *concatExpr) evalItems(f *frame, out []value.Value) ([]value.Value, error) {
	for _, item := range x.items {
		v, err := item.eval(f)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// join is ~ where escaping is switched on: with Markup among the items the others are escaped.
func (f *frame) join(items []value.Value, markup bool, off int32) (value.Value, error) {
	out := make([]byte, 0, 64)
	secret := false
	for _, v := range items {
		var s value.Str
		var err error
		if markup {
			var m Markup
			m, err = Escape(v, nil)
			s = m.Text
		} else {
			s, err = value.TextStr(v)
		}
		if err != nil {
			return nil, f.tmpl.at(err, off)
		}
		out = append(out, s.String()...)
		secret = secret || s.Secret()
	}
	s := marked(string(out), secret)
	if markup {
		return Markup{s}, nil
	}
	return s, nil
}

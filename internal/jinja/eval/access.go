package eval

import (
	"errors"
	"sync/atomic"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/syntax"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

type attrExpr struct {
	x      expr
	name   string
	slot   int32 // of x when that is a variable of the same function, else -1
	method bool  // dicts have a method of that name
	off    int32
	hint   atomic.Int32 // where the name was found in the last dict
}

// item looks the name up in a dict.
func (x *attrExpr) item(d *value.Dict) (v value.Value, ok bool, err error) {
	hint := x.hint.Load()
	v, at, err := d.GetStrHint(x.name, int(hint))
	if at < 0 {
		return nil, false, err
	}
	if int32(at) != hint {
		x.hint.Store(int32(at))
	}
	return v, true, err
}

func (x *attrExpr) eval(f *frame) (value.Value, error) { return x.get(f, false) }

// probe is eval that gives absent for what is missing in a dict.
func (x *attrExpr) probe(f *frame) (value.Value, error) { return x.get(f, true) }

func (x *attrExpr) get(f *frame, probing bool) (value.Value, error) {
	var v value.Value
	if uint(x.slot) < uint(len(f.slots)) {
		v = f.slots[x.slot]
	}
	if v == nil {
		var err error
		if v, err = x.x.eval(f); err != nil {
			return nil, err
		}
	}
	d, ok := v.(*value.Dict)
	if !ok || x.method {
		return f.getAttr(f.tmpl, v, x.name, x.off)
	}
	if e := d.StrAt(x.name, int(x.hint.Load())); e != nil {
		if _, ok := e.(value.Str); ok {
			return e, nil
		}
		return settle(e)
	}
	e, ok, err := x.item(d)
	switch {
	case err != nil:
		return nil, f.tmpl.at(err, x.off)
	case ok:
		return settle(e)
	case probing:
		return absent, nil
	}
	return f.missingAttr(f.tmpl, v, x.name, x.off)
}

var noDict = value.NewDict()

// isDictMethod reports whether {{ d.name }} is a method whatever the dict d holds.
func isDictMethod(name string) bool {
	_, ok, _ := value.Attr(noDict, name)
	return ok
}

// getAttr is v.name: the attribute, else the item.
func (f *frame) getAttr(t *Template, v value.Value, name string, off int32) (value.Value, error) {
	switch v := v.(type) {
	case *Loop:
		if e, ok, err := v.Attr(name); ok && err == nil {
			return e, nil
		}
	case *value.Undefined:
		if f.run.env.Undefined.Chain {
			return v, nil
		}
		return nil, t.at(undefinedErr(v), off)
	case NoElse:
		if f.run.env.Undefined.Chain {
			return v.Undefined, nil
		}
		return nil, t.at(undefinedErr(v.Undefined), off)
	}
	e, ok, err := value.Attr(v, name)
	if err != nil {
		return nil, t.at(err, off)
	}
	if ok {
		return settle(e)
	}
	if ix, ok := v.(value.Indexer); ok {
		e, ok, err := ix.Index(value.NewStr(name))
		if err != nil && !isLookupFailure(err) {
			return nil, t.at(err, off)
		}
		if ok && err == nil {
			return settle(e)
		}
	} else if d, ok := v.(*value.Dict); ok {
		e, ok, err := d.GetStr(name)
		if err != nil {
			return nil, t.at(err, off)
		}
		if ok {
			return settle(e)
		}
	}
	return f.missingAttr(t, v, name, off)
}

// isLookupFailure reports whether Python would take err for "there is no such item".
func isLookupFailure(err error) bool {
	switch value.ClassOf(err) {
	case "KeyError", "IndexError", "LookupError", "TypeError", "AttributeError":
		return true
	}
	return false
}

func (f *frame) missingAttr(t *Template, v value.Value, name string, off int32) (value.Value, error) {
	return f.missing(t, Missing{
		Kind: MissingAttr, Name: name, Obj: v, Key: value.NewStr(name), Pos: t.text.Pos(off),
		Msg: "'" + objectName(v) + "' has no attribute '" + name + "'",
	}, off)
}

func (f *frame) missing(t *Template, m Missing, off int32) (value.Value, error) {
	u := f.run.env.undefined(m)
	if f.run.eager > 0 {
		return nil, t.at(undefinedErr(u), off)
	}
	return u, nil
}

// objectName is what Jinja2 calls an object in its messages.
func objectName(v value.Value) string {
	switch v := v.(type) {
	case value.NoneType:
		return "None"
	case interface{ module() string }:
		return v.module() + "." + v.(value.Value).Type() + " object"
	case value.DateTime, value.Date, value.TimeDelta:
		return "datetime." + v.Type() + " object"
	case Markup:
		return "markupsafe.Markup object"
	case value.Tuple:
		if c := v.Class(); c != nil && c.Module != "" {
			return c.Module + "." + c.Name + " object"
		}
	}
	return v.Type() + " object"
}

type itemExpr struct {
	x, key expr
	off    int32
}

func (x *itemExpr) eval(f *frame) (value.Value, error) {
	v, err := x.x.eval(f)
	if err != nil {
		return nil, err
	}
	key, err := x.key.eval(f)
	if err != nil {
		return nil, err
	}
	return f.getItem(f.tmpl, v, key, x.off)
}

// getItem is v[key]: the item, else for a str the attribute.
func (f *frame) getItem(t *Template, v, key value.Value, off int32) (value.Value, error) {
	switch v := v.(type) {
	case *value.Dict:
		if s, ok := key.(value.Str); ok {
			e, ok, err := v.GetStr(s.String())
			if err != nil {
				return nil, t.at(err, off)
			}
			if ok {
				return settle(e)
			}
		}
	case *value.Undefined:
		if f.run.env.Undefined.Chain {
			return v, nil
		}
		return nil, t.at(undefinedErr(v), off)
	case NoElse:
		return f.getAttr(t, v, "", off)
	}
	if u, ok := key.(*value.Undefined); ok {
		return nil, t.at(undefinedErr(u), off)
	}
	key = Plain(key)
	e, err := value.Index(v, key)
	if err == nil {
		return settle(e)
	}
	var unhashable *value.UnhashableError
	if !isLookupFailure(err) && !errors.As(err, &unhashable) {
		return nil, t.at(err, off)
	}
	if s, ok := key.(value.Str); ok {
		e, ok, err := value.Attr(v, s.String())
		if err != nil {
			return nil, t.at(err, off)
		}
		if ok {
			return settle(e)
		}
		name := s.String()
		if value.IsSecret(s) {
			name = "(secret)"
		}
		return f.missingAttr(t, v, name, off)
	}
	repr, err := value.Repr(key)
	if err != nil {
		return nil, t.at(err, off)
	}
	if value.HasSecret(key) {
		repr = "(secret)"
	}
	return f.missing(t, Missing{
		Kind: MissingItem, Obj: v, Key: key, Pos: t.text.Pos(off),
		Msg: objectName(v) + " has no element " + repr,
	}, off)
}

type sliceExpr struct {
	x                 expr
	start, stop, step expr // each may be nil
	off               int32
}

func (x *sliceExpr) eval(f *frame) (value.Value, error) {
	v, err := x.x.eval(f)
	if err != nil {
		return nil, err
	}
	if u, ok := v.(*value.Undefined); ok && f.run.env.Undefined.Chain {
		return u, nil
	}
	var parts [3]value.Value
	for i, p := range []expr{x.start, x.stop, x.step} {
		parts[i] = value.None
		if p != nil {
			if parts[i], err = p.eval(f); err != nil {
				return nil, err
			}
			if _, ok := parts[i].(*value.Undefined); ok {
				return nil, f.tmpl.at(value.Raise("TypeError", "slice indices must be integers or None or have an __index__ method"), x.off)
			}
		}
	}
	v, err = value.Slice(Plain(v), parts[0], parts[1], parts[2])
	if err != nil {
		return nil, f.tmpl.at(err, x.off)
	}
	return v, nil
}

// slice compiles x[a:b:c].
func (c *compiler) slice(x *syntax.GetItem, s *syntax.Slice) expr {
	opt := func(e syntax.Expr) expr {
		if e == nil {
			return nil
		}
		return c.expr(e)
	}
	return &sliceExpr{c.expr(x.X), opt(s.Start), opt(s.Stop), opt(s.Step), x.At()}
}

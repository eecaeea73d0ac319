package eval

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// argExprs are the compiled arguments of a call.
type argExprs struct {
	pos   []expr
	names []string
	vals  []expr
	star  expr
	stars expr
}

// evalArgs evaluates the arguments. kwargs is nil when there are none.
func (f *frame) evalArgs(a *argExprs, name func() string) (args []value.Value, kwargs *value.Dict, err error) {
	if args, err = evalAll(f, a.pos); err != nil {
		return nil, nil, err
	}
	if a.star != nil {
		v, err := a.star.eval(f)
		if err != nil {
			return nil, nil, err
		}
		more, err := value.Elems(Plain(v))
		if err != nil {
			return nil, nil, err
		}
		args = append(args[:len(args):len(args)], more...)
	}
	if len(a.names) > 0 || a.stars != nil {
		kwargs = value.NewDict()
	}
	for i, n := range a.names {
		v, err := a.vals[i].eval(f)
		if err != nil {
			return nil, nil, err
		}
		kwargs.SetStr(n, v)
	}
	if a.stars != nil {
		v, err := a.stars.eval(f)
		if err != nil {
			return nil, nil, err
		}
		if u, ok := v.(*value.Undefined); ok {
			return nil, nil, undefinedErr(u)
		}
		d, ok := v.(*value.Dict)
		if !ok {
			return nil, nil, value.Raise("TypeError", "%s() argument after ** must be a mapping, not %s", name(), v.Type())
		}
		for it := d.Iterate(); it.Next(); {
			e, err := it.Value()
			if err != nil {
				return nil, nil, err
			}
			if s, ok := it.Key().(value.Str); ok && kwargs.Has(s.String()) {
				return nil, nil, value.Raise("TypeError", "%s() got multiple values for keyword argument '%s'", name(), s.String())
			}
			if err := kwargs.Set(it.Key(), e); err != nil {
				return nil, nil, err
			}
		}
	}
	return args, kwargs, nil
}

// firstUndefined returns an undefined value among the arguments, or nil.
func firstUndefined(v value.Value, args []value.Value, kwargs *value.Dict) *value.Undefined {
	if u, ok := v.(*value.Undefined); ok {
		return u
	}
	for _, a := range args {
		if u, ok := a.(*value.Undefined); ok {
			return u
		}
	}
	if kwargs != nil {
		for it := kwargs.Iterate(); it.Next(); {
			if u, ok := it.Stored().(*value.Undefined); ok {
				return u
			}
		}
	}
	return nil
}

// callFunc calls a filter, a test or a function of the environment.
func (f *frame) callFunc(t *Template, fn *Func, kind callKind, off int32, v value.Value, args []value.Value, kwargs *value.Dict) (value.Value, error) {
	if err := f.run.step(); err != nil {
		return nil, err
	}
	if fn.Quick != nil && kwargs == nil && v != nil {
		if r, ok := fn.Quick(v, args); ok {
			return r, nil
		}
	}
	if !fn.Undefined && f.run.env.Undefined.Chain {
		if u := firstUndefined(v, args, kwargs); u != nil {
			return u, nil
		}
	}
	if !fn.Markup && args != nil {
		args = plainArgs(args)
	}
	c := &Call{Func: fn, kind: kind, fr: f, off: off, text: t, Args: args, Kwargs: kwargs}
	return c.run(fn.signature(), v)
}

// bind sorts the arguments as the signature says.
func (c *Call) bind(sig *value.Signature) error {
	if c.Value == nil {
		given, err := sig.Bind(c.Args, c.Kwargs)
		c.Args, c.Rest, c.Kwargs = given.Bound(), given.Rest, given.Extra
		return err
	}
	n := sig.Params()
	if c.Kwargs == nil && n <= callRoom && 1+len(c.Args) <= n && sig.Fill(1+len(c.Args), c.buf[len(c.Args):]) {
		copy(c.buf[:], c.Args)
		c.Args = c.buf[:n-1]
		return nil
	}
	if c.Kwargs == nil && len(c.Args) == 0 && n == 1 {
		return nil
	}
	all := make([]value.Value, 0, 1+len(c.Args))
	all = append(append(all, c.Value), c.Args...)
	given, err := sig.Bind(all, c.Kwargs)
	if err != nil {
		return err
	}
	c.Args, c.Rest, c.Kwargs = given.Bound()[min(1, n):], given.Rest, given.Extra
	return nil
}

func (c *Call) finish(v value.Value, err error) (value.Value, error) {
	if hook := c.fr.run.env.Result; hook != nil {
		return hook(c, v, err)
	}
	if v == nil && err == nil {
		v = value.None
	}
	return v, err
}

func plainArgs(args []value.Value) []value.Value {
	for i, a := range args {
		if isMarkup(a) {
			args = append([]value.Value(nil), args...)
			for j := i; j < len(args); j++ {
				args[j] = Plain(args[j])
			}
			return args
		}
	}
	return args
}

// inherit marks what a function gave as secret when it is a text or a number made of something secret.
func inherit(r, v value.Value, args []value.Value) value.Value {
	deep := false
	switch s := r.(type) {
	case value.Str:
		if s.Secret() {
			return r
		}
		deep = true
	case Markup:
		if s.Text.Secret() || !anySecret(v, args, true) {
			return r
		}
		return Markup{secretly(s.Text).(value.Str)}
	case value.Int, value.Float, value.Bytes:
	default:
		return r
	}
	if !anySecret(v, args, deep) {
		return r
	}
	return secretly(r)
}

// secretly adds the secret mark.
func secretly(v value.Value) value.Value {
	m := value.MarksOf(v)
	m.Secret = true
	return value.WithMarks(v, m)
}

// anySecret reports whether something that went into a function is secret; deep looks into lists and dicts too.
func anySecret(v value.Value, args []value.Value, deep bool) bool {
	if v != nil && secretIn(v, deep) {
		return true
	}
	for _, a := range args {
		if secretIn(a, deep) {
			return true
		}
	}
	return false
}

func secretIn(v value.Value, deep bool) bool {
	switch v := v.(type) {
	case value.Str:
		return v.Secret()
	case value.Int:
		return v.Secret()
	case value.Bool, value.NoneType, value.Float:
		return value.CarriesSecret(v)
	case Markup:
		return v.Text.Secret()
	}
	if deep {
		return value.HasSecret(v)
	}
	return value.CarriesSecret(v)
}

type callExpr struct {
	fn   expr
	args argExprs
	off  int32
}

func (x *callExpr) eval(f *frame) (value.Value, error) {
	return x.call(f, nil)
}

// call evaluates the call; caller, when set, goes along as the keyword argument of that name.
func (x *callExpr) call(f *frame, caller value.Value) (value.Value, error) {
	fn, err := x.fn.eval(f)
	if err != nil {
		return nil, err
	}
	return x.apply(f, fn, caller)
}

// apply is call when the function has been evaluated.
func (x *callExpr) apply(f *frame, fn, caller value.Value) (value.Value, error) {
	args, kwargs, err := f.evalArgs(&x.args, func() string { return calleeName(fn) })
	if err != nil {
		return nil, f.tmpl.at(err, x.off)
	}
	if caller != nil {
		if kwargs == nil {
			kwargs = value.NewDict()
		}
		kwargs.SetStr("caller", caller)
	}
	v, err := f.invoke(f.tmpl, fn, x.off, args, kwargs)
	if err != nil {
		return nil, f.tmpl.at(err, x.off)
	}
	return v, nil
}

func calleeName(v value.Value) string {
	switch v := v.(type) {
	case *Func:
		return v.Name
	case interface{ Name() string }:
		return v.Name()
	}
	return v.Type()
}

// invokable is a value of this package that is called with the frame from which it is called.
type invokable interface {
	invoke(f *frame, args []value.Value, kwargs *value.Dict) (value.Value, error)
}

// invoke calls a value. Where undefined values travel, a call that fails on one gives it, and so may any other failure.
func (f *frame) invoke(t *Template, fn value.Value, off int32, args []value.Value, kwargs *value.Dict) (value.Value, error) {
	v, err := f.call(t, fn, off, args, kwargs)
	if err == nil {
		return v, nil
	}
	if u := f.travels(err); u != nil {
		return u, nil
	}
	if how := f.run.env.Undefined; how.Chain && how.Capture != nil {
		if u := how.Capture(t.at(err, off)); u != nil {
			return u, nil
		}
	}
	return nil, err
}

func (f *frame) call(t *Template, fn value.Value, off int32, args []value.Value, kwargs *value.Dict) (value.Value, error) {
	switch fn := fn.(type) {
	case *Func:
		return f.callFunc(t, fn, callFunction, off, nil, args, kwargs)
	case invokable:
		return fn.invoke(f, args, kwargs)
	case *value.Undefined:
		if f.run.env.Undefined.Chain {
			return fn, nil
		}
		return nil, undefinedErr(fn)
	case NoElse:
		return nil, undefinedErr(fn.Undefined)
	}
	if err := f.run.step(); err != nil {
		return nil, err
	}
	if f.run.env.Undefined.Chain {
		if u := firstUndefined(nil, args, kwargs); u != nil {
			return u, nil
		}
	}
	v, err := value.Call(fn, plainArgs(args), kwargs)
	if err != nil {
		return nil, err
	}
	if view, ok := v.(*value.View); ok && f.run.env.ListViews {
		elems, err := value.Elems(view)
		if err != nil {
			return nil, err
		}
		return value.NewList(elems...), nil
	}
	return settle(v)
}

// IsCallable reports whether a template can call v.
func IsCallable(v value.Value) bool {
	switch v.(type) {
	case *Func, invokable, value.Callable:
		return true
	}
	return false
}

package eval

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

// filterExpr is a filter or a test.
type filterExpr struct {
	x    expr
	name string
	fn   *Func // nil: not known when the template was compiled
	kind callKind
	args argExprs
	off  int32
	// the arguments when all are constants; see Func.Quick
	consts []value.Value
	fixed  bool
	prints bool   // Func.Print can be asked
	quick  bool   // Func.Quick can be asked, with consts
	asks   prober // x, when fn only asks whether it is there
}

// prober is an expression that can be evaluated without saying what is missing.
type prober interface {
	probe(f *frame) (value.Value, error)
}

// absent stands for a value that is missing, where only that counts.
var absent = &value.Undefined{Msg: "undefined"}

func (x *filterExpr) eval(f *frame) (value.Value, error) {
	fn := x.fn
	if fn == nil {
		found, err := f.run.env.find(x.kind, x.name)
		if err != nil {
			return nil, f.tmpl.at(err, x.off)
		}
		if found == nil {
			if err := x.used(f); err != nil {
				return nil, err
			}
			return nil, f.tmpl.at(&UnknownNameError{Kind: x.kind.String(), Name: x.name, Late: true}, x.off)
		}
		fn = found
	}
	v, err := x.input(f)
	if err != nil {
		return nil, err
	}
	if x.quick {
		if r, ok := fn.Quick(v, x.consts); ok {
			if err := f.run.step(); err != nil {
				return nil, f.tmpl.at(err, x.off)
			}
			return r, nil
		}
	}
	return x.apply(f, fn, v)
}

// used evaluates what an unknown filter or test would get: a failure there comes first.
func (x *filterExpr) used(f *frame) error {
	if _, err := x.x.eval(f); err != nil {
		return err
	}
	_, _, err := f.evalArgs(&x.args, func() string { return x.name })
	return err
}

// input gives what the function is applied to.
func (x *filterExpr) input(f *frame) (value.Value, error) {
	if x.asks != nil && f.run.eager == 0 {
		return x.asks.probe(f)
	}
	return x.x.eval(f)
}

// printTo prints what the filter gives.
func (x *filterExpr) printTo(f *frame, out *buffer, off int32) error {
	v, err := x.input(f)
	if err != nil {
		return err
	}
	if b, ok := x.fn.Print(out.b, v, x.consts); ok {
		out.b = b
		if err := f.run.step(); err != nil {
			return f.tmpl.at(err, x.off)
		}
		return f.tmpl.at2(out.reserve(0), off)
	}
	if v, err = x.apply(f, x.fn, v); err != nil {
		return err
	}
	return f.show(v, out, off)
}

// apply gives what fn makes of v.
func (x *filterExpr) apply(f *frame, fn *Func, v value.Value) (value.Value, error) {
	v, err := x.call(f, fn, v)
	if err != nil {
		return nil, f.tmpl.at(err, x.off)
	}
	if x.kind != callTest {
		return v, nil
	}
	if b, ok := v.(value.Bool); ok {
		return b, nil
	}
	if u, undef := v.(*value.Undefined); undef && f.run.env.Undefined.Chain {
		return u, nil
	}
	ok, err := Truth(v)
	if err != nil {
		return nil, f.tmpl.at(err, x.off)
	}
	return value.Bool(ok), nil
}

// call applies fn to v.
func (x *filterExpr) call(f *frame, fn *Func, v value.Value) (value.Value, error) {
	a := &x.args
	sig := fn.signature()
	if !fn.Brief || sig == nil || len(a.names) > 0 || a.star != nil || a.stars != nil || len(a.pos) > callRoom {
		args, kwargs, err := f.evalArgs(a, func() string { return x.name })
		if err != nil {
			return nil, err
		}
		return f.callFunc(f.tmpl, fn, x.kind, x.off, v, args, kwargs)
	}
	if err := f.run.step(); err != nil {
		return nil, err
	}
	// no allocation: the call and its arguments are used again
	c := f.run.takeCall()
	for i, p := range a.pos {
		arg, err := p.eval(f)
		if err != nil {
			return nil, err
		}
		if !fn.Markup {
			arg = Plain(arg)
		}
		c.buf[i] = arg
	}
	c.Args = c.buf[:len(a.pos)]
	if !x.fixed && fn.Quick != nil {
		if r, ok := fn.Quick(v, c.Args); ok {
			f.run.calls = append(f.run.calls, c)
			return r, nil
		}
	}
	c.Func, c.kind, c.fr, c.off, c.text = fn, x.kind, f, x.off, f.tmpl
	c.Rest, c.Kwargs = nil, nil
	if !fn.Undefined && f.run.env.Undefined.Chain {
		if u := firstUndefined(v, c.Args, nil); u != nil {
			f.run.calls = append(f.run.calls, c)
			return u, nil
		}
	}
	r, err := c.run(sig, v)
	f.run.calls = append(f.run.calls, c)
	return r, err
}

// run calls the function with the arguments in c.Args, which the signature sig sorts; it may be nil.
func (c *Call) run(sig *value.Signature, v value.Value) (value.Value, error) {
	var err error
	if v != nil {
		if v, err = settle(v); err != nil {
			return nil, err
		}
		if !c.Func.Markup {
			v = Plain(v)
		}
		c.Value = v
	}
	args := c.Args
	if sig != nil {
		if err := c.bind(sig); err != nil {
			return c.finish(nil, err)
		}
	}
	r, err := c.Func.Run(c)
	if err == nil {
		r = inherit(r, v, args)
	}
	return c.finish(r, err)
}

func (r *run) takeCall() *Call {
	if n := len(r.calls); n > 0 {
		c := r.calls[n-1]
		r.calls = r.calls[:n-1]
		return c
	}
	return &Call{}
}

// fix finds out which shortcuts can be taken.
func (x *filterExpr) fix() {
	if x.fn == nil {
		return
	}
	if x.fn.Probe {
		x.asks, _ = x.x.(prober)
	}
	if len(x.args.names) > 0 || x.args.star != nil || x.args.stars != nil {
		return
	}
	var consts []value.Value
	for _, p := range x.args.pos {
		c, ok := p.(*constExpr)
		if !ok {
			return
		}
		consts = append(consts, c.v)
	}
	x.consts, x.fixed = consts, true
	x.prints = x.kind == callFilter && x.fn.Print != nil
	x.quick = x.fn.Quick != nil && x.fn.Brief && x.fn.Sig != ""
}

package eval

import (
	"errors"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/syntax"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// briefLoop reports whether nothing keeps the variable loop of a for: it stands only before the dot of attributes that are
// plain values, and no code that runs later sees it. looksBack tells whether one of them is the previous item.
func briefLoop(s *syntax.For) (brief, looksBack bool) {
	brief = s.Scope.Func == nil
	var expr func(syntax.Expr)
	expr = func(x syntax.Expr) {
		switch x := x.(type) {
		case *syntax.Name:
			if x.ID == "loop" {
				brief = false
			}
		case *syntax.GetAttr:
			if n, ok := x.X.(*syntax.Name); ok && n.ID == "loop" && x.Name != "cycle" && x.Name != "changed" {
				looksBack = looksBack || x.Name == "previtem"
				return
			}
		}
		syntax.Children(x, expr)
	}
	var stmts func([]syntax.Stmt)
	stmts = func(body []syntax.Stmt) {
		for _, s := range body {
			switch s := s.(type) {
			case *syntax.Macro, *syntax.CallBlock, *syntax.Block, *syntax.Include, *syntax.Import, *syntax.FromImport:
				brief = false
			case *syntax.For:
				if s.Scope.Func != nil {
					brief = false
				}
			}
			syntax.Parts(s, expr, stmts)
		}
	}
	stmts(s.Body)
	return brief, looksBack
}

func (r *run) takeLoop(used bool) *Loop {
	if n := len(r.loops); used && n > 0 {
		l := r.loops[n-1]
		r.loops = r.loops[:n-1]
		return l
	}
	return &Loop{}
}

// printTo prints what the call gives at off. No value is made of the text of a macro.
func (x *callExpr) printTo(f *frame, out *buffer, off int32) error {
	var room [6]value.Value
	a := &x.args
	fn, err := x.fn.eval(f)
	if err != nil {
		return err
	}
	m, ok := fn.(*Macro)
	if !ok || m.f.autoescape || a.names != nil || a.star != nil || a.stars != nil || len(a.pos) > len(room) {
		v, err := x.apply(f, fn, nil)
		if err != nil {
			return err
		}
		return f.tmpl.at2(out.raw(v), off)
	}
	args := room[:len(a.pos)]
	for i, p := range a.pos {
		if args[i], err = p.eval(f); err != nil {
			return f.tmpl.at(err, x.off)
		}
	}
	start, secret := len(out.b), out.secret
	if !out.native && !out.held {
		if err = m.printTo(out, args, nil); err == nil {
			return nil
		}
	} else {
		inner := out.within()
		if err = m.printTo(inner, args, nil); err == nil {
			return f.tmpl.at2(out.join(inner), off)
		}
	}
	out.b, out.secret = out.b[:start], secret
	if u := f.travels(err); u != nil {
		return f.tmpl.at2(out.raw(u), off)
	}
	return f.tmpl.at(err, x.off)
}

// travels gives the undefined value that a failed call gives where undefined values travel, or nil.
func (f *frame) travels(err error) *value.Undefined {
	var u *value.UndefinedError
	if f.run.env.Undefined.Chain && errors.As(err, &u) && u.Value.Err == nil {
		return u.Value
	}
	return nil
}

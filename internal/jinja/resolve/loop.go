package resolve

import "github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/syntax"

func (r *resolver) loop(s *symbols, st *syntax.For) {
	r.expr(s, st.Iter)
	r.checkLoopName(st)
	fn := s.fn
	if st.Recursive {
		fn = &function{out: newFunc(), depth: s.fn.depth + 1, shared: map[string]int32{}}
		st.Scope.Func = fn.out
	}
	in := newSymbols(s, fn)
	st.Scope.Loop = -1
	extended := st.Recursive || uses(st.Body, "loop") || hasScopedBlock(st.Body)
	if extended {
		in.param("loop")
	}
	in.params(st.Target)
	in.analyze(st.Body)
	st.Scope.Body = in.fix()
	st.Scope.Loop = in.slotOf("loop")
	if st.Test != nil {
		test := newSymbols(s, fn)
		test.params(st.Target)
		test.reads(st.Test)
		st.Scope.Test = test.fix()
		st.TestTarget = cloneTarget(st.Target)
		r.target(test, st.TestTarget)
		r.expr(test, st.Test)
	}
	els := newSymbols(s, fn)
	els.analyze(st.Else)
	st.Scope.Else = els.fix()
	r.target(in, st.Target)
	r.loops++
	r.body(in, st.Body)
	r.loops--
	r.body(els, st.Else)
}

func cloneTarget(x syntax.Expr) syntax.Expr {
	switch x := x.(type) {
	case *syntax.Name:
		c := *x
		return &c
	case *syntax.Tuple:
		c := &syntax.Tuple{Off: x.Off}
		for _, e := range x.Items {
			c.Items = append(c.Items, cloneTarget(e))
		}
		return c
	}
	return x
}

// checkLoopName refuses assignments to loop anywhere in a loop.
func (r *resolver) checkLoopName(st *syntax.For) {
	var target func(syntax.Expr)
	target = func(x syntax.Expr) {
		switch x := x.(type) {
		case *syntax.Name:
			if x.ID == "loop" {
				r.fail(x.At(), "Can't assign to special loop variable in for-loop target")
			}
		case *syntax.Tuple:
			for _, e := range x.Items {
				target(e)
			}
		}
	}
	var walk func([]syntax.Stmt)
	walk = func(body []syntax.Stmt) {
		for _, b := range body {
			switch b := b.(type) {
			case *syntax.For:
				// a loop within checks itself
				continue
			case *syntax.Set:
				target(b.Target)
			case *syntax.SetBlock:
				target(b.Target)
			}
			syntax.Parts(b, func(syntax.Expr) {}, walk)
		}
	}
	target(st.Target)
	walk(st.Body)
	walk(st.Else)
}

func hasScopedBlock(body []syntax.Stmt) bool {
	found := false
	var walk func([]syntax.Stmt)
	walk = func(body []syntax.Stmt) {
		for _, s := range body {
			if b, ok := s.(*syntax.Block); ok && b.Scoped {
				found = true
			}
			syntax.Parts(s, func(syntax.Expr) {}, walk)
		}
	}
	walk(body)
	return found
}

// macro resolves a macro or the body of a call block.
func (r *resolver) macro(s *symbols, m *syntax.Macro) {
	fn := &function{out: newFunc(), depth: s.fn.depth + 1, shared: map[string]int32{}}
	m.Func = fn.out
	in := newSymbols(s, fn)
	named := map[string]bool{}
	for i, p := range m.Params {
		if p.ID == "caller" {
			fn.out.ExplicitCaller = true
			if i < len(m.Params)-len(m.Defaults) && uses(m.Body, "caller") {
				r.fail(m.At(), `When defining macros or call blocks the special "caller" argument must be omitted or be given a default.`)
			}
		}
		named[p.ID] = true
		in.param(p.ID)
	}
	for _, special := range []string{"caller", "kwargs", "varargs"} {
		if !named[special] && uses(m.Body, special) {
			in.param(special)
		}
	}
	for _, d := range m.Defaults {
		in.reads(d)
	}
	in.analyze(m.Body)
	fn.out.Scope = in.fix()
	for _, p := range m.Params {
		p.Ref = syntax.Ref{Slot: in.slots[p.ID]}
		fn.out.Params = append(fn.out.Params, in.slots[p.ID])
	}
	special := func(name string) int32 {
		if named[name] {
			return -1
		}
		return in.slotOf(name)
	}
	fn.out.Caller, fn.out.Kwargs, fn.out.Varargs = special("caller"), special("kwargs"), special("varargs")
	for _, d := range m.Defaults {
		r.expr(in, d)
	}
	loops := r.loops
	r.loops = 0
	r.body(in, m.Body)
	r.loops = loops
}

package resolve

import (
	"fmt"
	"sort"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/syntax"
)

// Info is what is found out about a template besides what stands in its tree.
type Info struct {
	Root    *syntax.Func
	Blocks  []*syntax.Block // all blocks, also those within others
	Names   []string        // the names that may be looked up in the context, sorted
	Extends bool            // there is an extends
}

type resolver struct {
	t     *syntax.Template
	info  *Info
	names map[string]bool
	seen  map[string]bool // blocks
	loops int             // how many loops break could end
	err   error           // the first
}

// Resolve sets the Ref, Scope, Func and Visible of the nodes of t. The error is a *syntax.Error.
func Resolve(t *syntax.Template) (*Info, error) {
	r := &resolver{t: t, info: &Info{}, names: map[string]bool{}, seen: map[string]bool{}}
	r.checkBlocks(t.Body)
	root := &function{out: newFunc(), shared: map[string]int32{}}
	s := newSymbols(nil, root)
	s.toplevel = true
	if uses(t.Body, "self") {
		s.param("self")
	}
	s.analyze(t.Body)
	root.out.Scope = s.fix()
	root.out.Self = s.slotOf("self")
	r.info.Root = root.out
	r.body(s, t.Body)
	for i := 0; i < len(r.info.Blocks); i++ {
		r.block(r.info.Blocks[i])
	}
	if r.err != nil {
		return nil, r.err
	}
	for n := range r.names {
		r.info.Names = append(r.info.Names, n)
	}
	sort.Strings(r.info.Names)
	return r.info, nil
}

func newFunc() *syntax.Func {
	return &syntax.Func{Caller: -1, Kwargs: -1, Varargs: -1, Self: -1, Super: -1}
}

// slotOf returns the slot of a parameter of the scope, or -1.
func (s *symbols) slotOf(name string) int32 {
	if l, ok := s.loads[name]; ok && l.kind == param {
		return s.slots[name]
	}
	return -1
}

// fail notes an error; the first one counts.
func (r *resolver) fail(off int32, format string, args ...any) {
	if r.err == nil {
		e := r.t.Text.Errorf(off, fmt.Sprintf(format, args...))
		e.Assert = true
		r.err = e
	}
}

// checkBlocks collects the blocks, which must have different names.
func (r *resolver) checkBlocks(body []syntax.Stmt) {
	for _, st := range body {
		switch st := st.(type) {
		case *syntax.Block:
			if r.seen[st.Name] {
				r.fail(st.At(), "block '%s' defined twice", st.Name)
			}
			r.seen[st.Name] = true
			r.info.Blocks = append(r.info.Blocks, st)
		case *syntax.Extends:
			r.info.Extends = true
		}
		syntax.Parts(st, func(syntax.Expr) {}, r.checkBlocks)
	}
}

// block resolves the body of a block, which is a function that sees nothing but the context.
func (r *resolver) block(b *syntax.Block) {
	fn := &function{out: newFunc(), shared: map[string]int32{}}
	b.Func = fn.out
	s := newSymbols(nil, fn)
	for _, name := range []string{"self", "super"} {
		if uses(b.Body, name) {
			s.param(name)
		}
	}
	s.analyze(b.Body)
	fn.out.Scope = s.fix()
	fn.out.Self, fn.out.Super = s.slotOf("self"), s.slotOf("super")
	loops := r.loops
	r.loops = 0
	r.body(s, b.Body)
	r.loops = loops
}

func (r *resolver) body(s *symbols, body []syntax.Stmt) {
	for _, st := range body {
		r.stmt(s, st)
	}
}

func (r *resolver) stmt(s *symbols, st syntax.Stmt) {
	switch st := st.(type) {
	case *syntax.Output:
		r.expr(s, st.X)
	case *syntax.If:
		r.expr(s, st.Test)
		r.body(s, st.Body)
		r.body(s, st.Else)
	case *syntax.For:
		r.loop(s, st)
	case *syntax.Set:
		r.expr(s, st.Value)
		r.target(s, st.Target)
	case *syntax.SetBlock:
		in := newSymbols(s, s.fn)
		in.analyze(st.Body)
		in.reads(st.Filter)
		st.Scope = in.fix()
		r.body(in, st.Body)
		r.expr(in, st.Filter)
		r.target(s, st.Target)
	case *syntax.With:
		r.with(s, st)
	case *syntax.Macro:
		r.macro(s, st)
		r.target(s, st.Name)
	case *syntax.CallBlock:
		r.macro(s, st.Caller)
		r.expr(s, st.Call)
	case *syntax.FilterBlock:
		in := newSymbols(s, s.fn)
		in.analyze(st.Body)
		in.reads(st.Filter)
		st.Scope = in.fix()
		r.body(in, st.Body)
		r.expr(in, st.Filter)
	case *syntax.Block:
		if st.Scoped {
			st.Visible = s.visible()
		}
	case *syntax.Extends:
		if !s.toplevel {
			r.fail(st.At(), "cannot use extend from a non top-level scope")
		}
		r.expr(s, st.Template)
	case *syntax.Include:
		r.expr(s, st.Template)
		st.Visible = s.visible()
	case *syntax.Import:
		r.expr(s, st.Template)
		st.Visible = s.visible()
		r.target(s, st.Target)
	case *syntax.FromImport:
		r.expr(s, st.Template)
		st.Visible = s.visible()
		for _, t := range st.Targets {
			r.target(s, t)
		}
	case *syntax.Do:
		r.expr(s, st.X)
	case *syntax.Autoescape:
		in := newSymbols(s, s.fn)
		in.reads(st.X)
		in.analyze(st.Body)
		st.Scope = in.fix()
		r.expr(in, st.X)
		r.body(in, st.Body)
	case *syntax.Break:
		if r.loops == 0 {
			r.fail(st.At(), "'break' outside loop")
		}
	case *syntax.Continue:
		if r.loops == 0 {
			r.fail(st.At(), "'continue' not properly in loop")
		}
	}
}

func (r *resolver) expr(s *symbols, x syntax.Expr) {
	if x == nil {
		return
	}
	if n, ok := x.(*syntax.Name); ok {
		n.Ref = r.ref(s, n.ID)
		return
	}
	syntax.Children(x, func(e syntax.Expr) { r.expr(s, e) })
}

func (r *resolver) ref(s *symbols, name string) syntax.Ref {
	ref := s.ref(s.find(name), name)
	if ref.Resolve {
		r.names[name] = true
	}
	return ref
}

func (r *resolver) target(s *symbols, x syntax.Expr) {
	switch x := x.(type) {
	case *syntax.Name:
		x.Ref = syntax.Ref{Slot: s.slots[x.ID], Export: s.toplevel}
	case *syntax.NSRef:
		x.Name.Ref = r.ref(s, x.Name.ID)
	case *syntax.Tuple:
		for _, e := range x.Items {
			r.target(s, e)
		}
	}
}

func (r *resolver) with(s *symbols, st *syntax.With) {
	in := newSymbols(s, s.fn)
	for _, t := range st.Targets {
		in.params(t)
	}
	in.analyze(st.Body)
	st.Scope = in.fix()
	for _, v := range st.Values {
		r.expr(s, v)
	}
	for _, t := range st.Targets {
		r.target(in, t)
	}
	r.body(in, st.Body)
}

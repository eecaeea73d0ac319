package eval

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/syntax"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func (c *compiler) stmts(body []syntax.Stmt) []stmt {
	if len(body) == 0 {
		return nil
	}
	out := make([]stmt, 0, len(body))
	for _, s := range body {
		out = append(out, c.stmt(s))
	}
	return out
}

// printed guards something that is printed, where that is needed.
func (c *compiler) printed(s stmt) stmt {
	if c.guard {
		return &guardStmt{s}
	}
	return s
}

func (c *compiler) stmt(s syntax.Stmt) stmt {
	off := s.At()
	switch s := s.(type) {
	case *syntax.Data:
		return c.printed(&dataStmt{s.Text, value.NewStr(s.Text)})
	case *syntax.Output:
		x := c.expr(s.X)
		return c.printed(&outputStmt{x, printerOf(x), s.X.At(), c.mutates})
	case *syntax.If:
		soft := c.soft
		c.soft = true
		out := &ifStmt{c.expr(s.Test), c.stmts(s.Body), c.stmts(s.Else), off}
		c.soft = soft
		return out
	case *syntax.For:
		return c.loop(s)
	case *syntax.Set:
		return &setStmt{c.target(s.Target), c.expr(s.Value)}
	case *syntax.SetBlock:
		guard := c.guard
		c.guard = false
		out := &setBlockStmt{c.capture(s.Scope, s.Body, s.Filter), c.target(s.Target)}
		c.guard = guard
		return out
	case *syntax.FilterBlock:
		return &filterBlockStmt{c.capture(s.Scope, s.Body, s.Filter), off}
	case *syntax.With:
		out := &withStmt{scope: scopeOf(s.Scope), values: c.exprs(s.Values)}
		for _, t := range s.Targets {
			out.targets = append(out.targets, c.target(t))
		}
		out.body = c.inner(s.Body)
		return out
	case *syntax.Macro:
		return &macroStmt{c.macro(s), c.target(s.Name).(*nameTarget)}
	case *syntax.CallBlock:
		return &callBlockStmt{c.call(s.Call), c.macro(s.Caller)}
	case *syntax.Block:
		c.keeps++
		return c.printed(&blockStmt{s.Name, s.Required, s.Scoped, visibles(s.Visible), off})
	case *syntax.Extends:
		c.keeps++
		return &extendsStmt{c.expr(s.Template), off}
	case *syntax.Include:
		c.keeps++
		return &includeStmt{c.expr(s.Template), s.IgnoreMissing, s.WithContext, visibles(s.Visible), off}
	case *syntax.Import:
		c.keeps++
		return &importStmt{c.expr(s.Template), c.target(s.Target).(*nameTarget), s.WithContext, visibles(s.Visible), off}
	case *syntax.FromImport:
		c.keeps++
		out := &fromStmt{x: c.expr(s.Template), names: s.Names, context: s.WithContext, visible: visibles(s.Visible), off: off}
		for _, t := range s.Targets {
			out.targets = append(out.targets, c.target(t).(*nameTarget))
		}
		return out
	case *syntax.Do:
		return &doStmt{c.expr(s.X)}
	case *syntax.Break:
		return &controlStmt{errBreak}
	case *syntax.Continue:
		return &controlStmt{errContinue}
	case *syntax.Autoescape:
		return &autoescapeStmt{scopeOf(s.Scope), c.expr(s.X), c.inner(s.Body), off}
	}
	panic("jinja: unknown statement")
}

// mutates reports whether a method that changes a list or a dict is named in the statements.
func mutates(body []syntax.Stmt) bool {
	found := false
	var expr func(syntax.Expr)
	expr = func(x syntax.Expr) {
		if a, ok := x.(*syntax.GetAttr); ok {
			switch a.Name {
			case "append", "extend", "insert", "remove", "reverse", "sort", "pop", "popitem", "clear", "update", "setdefault", "add", "discard":
				found = true
			}
		}
		syntax.Children(x, expr)
	}
	var stmts func([]syntax.Stmt)
	stmts = func(body []syntax.Stmt) {
		for _, s := range body {
			syntax.Parts(s, expr, stmts)
		}
	}
	stmts(body)
	return found
}

func (c *compiler) target(x syntax.Expr) target {
	switch x := x.(type) {
	case *syntax.Name:
		return &nameTarget{x.ID, x.Ref.Slot, x.Ref.Export}
	case *syntax.NSRef:
		return &nsTarget{c.expr(x.Name), x.Attr, x.At()}
	case *syntax.Tuple:
		t := &tupleTarget{off: x.At()}
		for _, e := range x.Items {
			t.items = append(t.items, c.target(e))
		}
		return t
	}
	panic("jinja: unknown target")
}

// capture compiles a body whose text is taken.
func (c *compiler) capture(s syntax.Scope, body []syntax.Stmt, filter syntax.Expr) capture {
	out := capture{scope: scopeOf(s), body: c.inner(body)}
	if filter != nil {
		out.held = int32(*c.slots)
		*c.slots++
		held, soft := c.held, c.soft
		c.held, c.soft = out.held, false
		out.filter = c.expr(filter)
		c.held, c.soft = held, soft
	}
	return out
}

func (c *compiler) loop(s *syntax.For) stmt {
	brief, looksBack := briefLoop(s)
	out := &forStmt{iter: c.expr(s.Iter), loop: s.Scope.Loop, brief: brief, forgets: brief && !looksBack, off: s.At()}
	if s.Scope.Loop >= 0 && !out.brief {
		c.keeps++
	}
	body := func() {
		out.target, out.slot = c.target(s.Target), -1
		if n, ok := out.target.(*nameTarget); ok {
			out.slot = n.slot
		}
		if s.Test != nil {
			out.testTarget, out.testIn = c.target(s.TestTarget), scopeOf(s.Scope.Test)
			soft := c.soft
			c.soft = false
			out.test = c.expr(s.Test)
			c.soft = soft
		}
		out.scope, out.body = scopeOf(s.Scope.Body), c.inner(s.Body)
		out.elseIn, out.els = scopeOf(s.Scope.Else), c.inner(s.Else)
	}
	if s.Scope.Func == nil {
		body()
		return out
	}
	slots, n := c.slots, s.Scope.Func.Slots
	c.slots = &n
	body()
	c.slots = slots
	out.fn = &function{slots: n}
	return out
}

func (c *compiler) macro(m *syntax.Macro) *macroDef {
	guard := c.guard
	c.guard = false
	out := &macroDef{slots: m.Func.Params, explicit: m.Func.ExplicitCaller, off: m.At()}
	if m.Name != nil {
		out.name = m.Name.ID
	}
	for _, p := range m.Params {
		out.params = append(out.params, p.ID)
	}
	soft, keeps := c.soft, c.keeps
	c.soft = false
	out.defaults = c.exprs(m.Defaults)
	c.soft = soft
	out.fn = c.function(m.Func, m.Body)
	out.brief = c.keeps == keeps
	out.plain = out.fn.varargs < 0 && out.fn.kwargs < 0 && out.fn.caller < 0
	c.keeps++
	c.guard = guard
	return out
}

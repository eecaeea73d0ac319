package resolve

import "github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/syntax"

// analyze notes which names the statements load and store in scope s. It does not go into bodies with a scope of their
// own.
func (s *symbols) analyze(body []syntax.Stmt) {
	for _, st := range body {
		s.analyzeStmt(st)
	}
}

func (s *symbols) analyzeStmt(st syntax.Stmt) {
	switch st := st.(type) {
	case *syntax.Output:
		s.reads(st.X)
	case *syntax.If:
		s.analyzeIf(st)
	case *syntax.For:
		s.reads(st.Iter)
	case *syntax.Set:
		s.reads(st.Value)
		s.writes(st.Target)
	case *syntax.SetBlock:
		s.writes(st.Target)
	case *syntax.With:
		for _, v := range st.Values {
			s.reads(v)
		}
	case *syntax.Macro:
		s.store(st.Name.ID)
	case *syntax.CallBlock:
		s.reads(st.Call)
	case *syntax.Extends:
		s.reads(st.Template)
	case *syntax.Include:
		s.reads(st.Template)
	case *syntax.Import:
		s.reads(st.Template)
		s.store(st.Target.ID)
	case *syntax.FromImport:
		s.reads(st.Template)
		for _, t := range st.Targets {
			s.store(t.ID)
		}
	case *syntax.Do:
		s.reads(st.X)
	}
}

func (s *symbols) analyzeIf(st *syntax.If) {
	s.reads(st.Test)
	var branches []*symbols
	branch := func(body []syntax.Stmt) {
		c := s.copy()
		c.analyze(body)
		branches = append(branches, c)
	}
	branch(st.Body)
	// all elif are one branch, else is another
	var elifs []*syntax.If
	last := st
	for last.Elif {
		last = last.Else[0].(*syntax.If)
		elifs = append(elifs, last)
	}
	c := s.copy()
	for _, e := range elifs {
		one := &syntax.If{Test: e.Test, Body: e.Body}
		c.analyzeIf(one)
	}
	branches = append(branches, c)
	branch(last.Else)
	s.merge(branches)
}

// reads notes the names in an expression that is evaluated.
func (s *symbols) reads(x syntax.Expr) {
	if x == nil {
		return
	}
	if n, ok := x.(*syntax.Name); ok {
		s.load(n.ID)
		return
	}
	syntax.Children(x, s.reads)
}

// writes notes the names in a target.
func (s *symbols) writes(x syntax.Expr) {
	switch x := x.(type) {
	case *syntax.Name:
		s.store(x.ID)
	case *syntax.NSRef:
		s.load(x.Name.ID)
	case *syntax.Tuple:
		for _, e := range x.Items {
			s.writes(e)
		}
	}
}

// params notes the names in a target as parameters of the scope.
func (s *symbols) params(x syntax.Expr) {
	switch x := x.(type) {
	case *syntax.Name:
		s.param(x.ID)
	case *syntax.Tuple:
		for _, e := range x.Items {
			s.params(e)
		}
	}
}

// uses reports whether one of the names is read in the statements, other than where it was assigned before. Blocks are
// not looked into.
func uses(body []syntax.Stmt, name string) bool {
	found, declared := false, false
	var expr func(syntax.Expr)
	var stmts func([]syntax.Stmt)
	var target func(syntax.Expr)
	expr = func(x syntax.Expr) {
		if n, ok := x.(*syntax.Name); ok {
			found = found || n.ID == name && !declared
			return
		}
		syntax.Children(x, expr)
	}
	target = func(x syntax.Expr) {
		if n, ok := x.(*syntax.Name); ok {
			declared = declared || n.ID == name
			return
		}
		syntax.Children(x, target)
	}
	stmts = func(body []syntax.Stmt) {
		for _, st := range body {
			switch st := st.(type) {
			case *syntax.Block:
				continue
			case *syntax.Set:
				target(st.Target)
				expr(st.Value)
				continue
			case *syntax.SetBlock:
				target(st.Target)
				stmts(st.Body)
				if st.Filter != nil {
					expr(st.Filter)
				}
				continue
			case *syntax.For:
				target(st.Target)
				expr(st.Iter)
				if st.Test != nil {
					expr(st.Test)
				}
				stmts(st.Body)
				stmts(st.Else)
				continue
			case *syntax.With:
				for _, t := range st.Targets {
					target(t)
				}
				for _, v := range st.Values {
					expr(v)
				}
				stmts(st.Body)
				continue
			case *syntax.Macro:
				for _, p := range st.Params {
					target(p)
				}
				for _, d := range st.Defaults {
					expr(d)
				}
				stmts(st.Body)
				continue
			case *syntax.Import:
				expr(st.Template)
				continue
			case *syntax.FromImport:
				expr(st.Template)
				continue
			}
			syntax.Parts(st, expr, stmts)
		}
	}
	stmts(body)
	return found
}

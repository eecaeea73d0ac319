package syntax

// Children calls f for each expression that x is directly made of.
func Children(x Expr, f func(Expr)) {
	opt := func(e Expr) {
		if e != nil {
			f(e)
		}
	}
	list := func(es []Expr) {
		for _, e := range es {
			f(e)
		}
	}
	switch x := x.(type) {
	case *NSRef:
		f(x.Name)
	case *List:
		list(x.Items)
	case *Tuple:
		list(x.Items)
	case *Dict:
		for i := range x.Keys {
			f(x.Keys[i])
			f(x.Values[i])
		}
	case *Cond:
		f(x.Test)
		f(x.Then)
		opt(x.Else)
	case *Unary:
		f(x.X)
	case *Binary:
		f(x.L)
		f(x.R)
	case *Concat:
		list(x.Items)
	case *Compare:
		f(x.X)
		list(x.Operands)
	case *GetAttr:
		f(x.X)
	case *GetItem:
		f(x.X)
		f(x.Key)
	case *Slice:
		opt(x.Start)
		opt(x.Stop)
		opt(x.Step)
	case *Call:
		f(x.Func)
		x.Args.Each(f)
	case *Filter:
		opt(x.X)
		x.Args.Each(f)
	case *Test:
		f(x.X)
		x.Args.Each(f)
	}
}

// Parts calls expr for each expression and body for each body that s is directly made of, in the order of the text.
// Targets of assignments and parameters count as expressions.
func Parts(s Stmt, expr func(Expr), body func([]Stmt)) {
	opt := func(e Expr) {
		if e != nil {
			expr(e)
		}
	}
	list := func(es []Expr) {
		for _, e := range es {
			expr(e)
		}
	}
	names := func(ns []*Name) {
		for _, n := range ns {
			expr(n)
		}
	}
	switch s := s.(type) {
	case *Output:
		expr(s.X)
	case *If:
		expr(s.Test)
		body(s.Body)
		body(s.Else)
	case *For:
		expr(s.Target)
		expr(s.Iter)
		opt(s.Test)
		body(s.Body)
		body(s.Else)
	case *Set:
		expr(s.Target)
		expr(s.Value)
	case *SetBlock:
		expr(s.Target)
		opt(s.Filter)
		body(s.Body)
	case *With:
		list(s.Targets)
		list(s.Values)
		body(s.Body)
	case *Macro:
		if s.Name != nil {
			expr(s.Name)
		}
		names(s.Params)
		list(s.Defaults)
		body(s.Body)
	case *CallBlock:
		expr(s.Call)
		body([]Stmt{s.Caller})
	case *FilterBlock:
		expr(s.Filter)
		body(s.Body)
	case *Block:
		body(s.Body)
	case *Extends:
		expr(s.Template)
	case *Include:
		expr(s.Template)
	case *Import:
		expr(s.Template)
		expr(s.Target)
	case *FromImport:
		expr(s.Template)
		names(s.Targets)
	case *Do:
		expr(s.X)
	case *Autoescape:
		expr(s.X)
		body(s.Body)
	}
}

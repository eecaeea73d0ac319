package syntax

import "slices"

func (p *parser) expression(withCond bool) Expr {
	p.enter()
	defer p.leave()
	if withCond {
		return p.cond()
	}
	return p.or()
}

func (p *parser) cond() Expr {
	off := Off(p.cur.off)
	x := p.or()
	for n := 0; p.skipWord("if"); p.link(&n) {
		test := p.or()
		var els Expr
		if p.skipWord("else") {
			p.enter()
			els = p.cond()
			p.leave()
		}
		x = &Cond{off, test, x, els}
	}
	return x
}

func (p *parser) or() Expr {
	off := Off(p.cur.off)
	x := p.and()
	for n := 0; p.skipWord("or"); p.link(&n) {
		x = &Binary{off, "or", x, p.and()}
	}
	return x
}

func (p *parser) and() Expr {
	off := Off(p.cur.off)
	x := p.not()
	for n := 0; p.skipWord("and"); p.link(&n) {
		x = &Binary{off, "and", x, p.not()}
	}
	return x
}

func (p *parser) not() Expr {
	if p.cur.is("not") {
		p.enter()
		defer p.leave()
		off := Off(p.advance().off)
		return &Unary{off, "not", p.not()}
	}
	return p.compare()
}

func (p *parser) compare() Expr {
	off := Off(p.cur.off)
	x := p.sum()
	var c *Compare
	for {
		var op string
		switch k := p.cur.kind; {
		case k == Eq || k == Ne || k == Lt || k == LtEq || k == Gt || k == GtEq:
			op = k.String()
		case p.cur.is("in"):
			op = "in"
		case p.cur.is("not") && p.look().is("in"):
			p.advance()
			op = "not in"
		default:
			if c == nil {
				return x
			}
			return c
		}
		p.advance()
		if c == nil {
			c = &Compare{Off: off, X: x}
		}
		c.Ops = append(c.Ops, op)
		c.Operands = append(c.Operands, p.sum())
	}
}

func (p *parser) binary(next func() Expr, kinds ...Kind) Expr {
	off := Off(p.cur.off)
	x := next()
	for n := 0; ; p.link(&n) {
		k, found := p.cur.kind, false
		for _, want := range kinds {
			found = found || k == want
		}
		if !found {
			return x
		}
		p.advance()
		x = &Binary{off, k.String(), x, next()}
	}
}

func (p *parser) sum() Expr     { return p.binary(p.concat, Add, Sub) }
func (p *parser) product() Expr { return p.binary(p.power, Mul, Div, FloorDiv, Mod) }
func (p *parser) power() Expr   { return p.binary(func() Expr { return p.unary(true) }, PowTok) }

func (p *parser) concat() Expr {
	off := Off(p.cur.off)
	x := p.product()
	if p.cur.kind != Tilde {
		return x
	}
	items := []Expr{x}
	for p.skip(Tilde) {
		items = append(items, p.product())
	}
	return &Concat{off, items}
}

func (p *parser) unary(withFilter bool) Expr {
	p.enter()
	defer p.leave()
	off := Off(p.cur.off)
	var x Expr
	switch p.cur.kind {
	case Sub, Add:
		op := p.advance().kind.String()
		x = &Unary{off, op, p.unary(false)}
	default:
		x = p.primary()
	}
	x = p.postfix(x)
	if withFilter {
		x = p.filterExpr(x)
	}
	return x
}

func (p *parser) primary() Expr {
	t := p.cur
	off := Off(t.off)
	switch t.kind {
	case NameTok:
		p.advance()
		return nameOrConst(off, t.text)
	case StringTok:
		p.advance()
		text := t.text
		for p.cur.kind == StringTok {
			text += p.advance().text
		}
		return &String{off, text}
	case IntTok, FloatTok:
		p.advance()
		return &Number{off, t.text, t.kind == FloatTok}
	case LParen:
		p.advance()
		x := p.tuple(tupleRules{cond: true, parens: true})
		p.expect(RParen)
		return x
	case LBracket:
		return p.list()
	case LBrace:
		return p.dict()
	}
	p.fail("unexpected %s", quote(t.describe()))
	return nil
}

func nameOrConst(off Off, s string) Expr {
	switch s {
	case "true", "True":
		return &Const{off, true}
	case "false", "False":
		return &Const{off, false}
	case "none", "None":
		return &Const{off, nil}
	}
	return &Name{Off: off, ID: s}
}

// tupleRules are the ways in which a tuple may be written.
type tupleRules struct {
	simple bool   // only primary expressions, as in a target
	cond   bool   // with inline if
	parens bool   // within parentheses, so that it may be empty
	end    string // a word that ends it
}

func (p *parser) tuple(r tupleRules) Expr {
	p.enter()
	defer p.leave()
	off := Off(p.cur.off)
	var items []Expr
	isTuple := false
	for {
		if len(items) > 0 {
			p.expect(Comma)
		}
		if p.tupleEnd(r.end) {
			break
		}
		if r.simple {
			items = append(items, p.primary())
		} else {
			items = append(items, p.expression(r.cond))
		}
		if p.cur.kind != Comma {
			break
		}
		isTuple = true
	}
	if !isTuple {
		if len(items) > 0 {
			return items[0]
		}
		if !r.parens {
			p.fail("Expected an expression, got %s", quote(p.cur.describe()))
		}
	}
	return &Tuple{off, items}
}

func (p *parser) tupleEnd(word string) bool {
	switch p.cur.kind {
	case VariableEnd, BlockEnd, RParen:
		return true
	}
	return word != "" && p.cur.is(word)
}

func (p *parser) list() Expr {
	off := Off(p.expect(LBracket).off)
	var items []Expr
	for p.cur.kind != RBracket {
		if len(items) > 0 {
			p.expect(Comma)
		}
		if p.cur.kind == RBracket {
			break
		}
		items = append(items, p.expression(true))
	}
	p.expect(RBracket)
	return &List{off, items}
}

func (p *parser) dict() Expr {
	d := &Dict{Off: Off(p.expect(LBrace).off)}
	for p.cur.kind != RBrace {
		if len(d.Keys) > 0 {
			p.expect(Comma)
		}
		if p.cur.kind == RBrace {
			break
		}
		key := p.expression(true)
		p.expect(Colon)
		d.Keys = append(d.Keys, key)
		d.Values = append(d.Values, p.expression(true))
	}
	p.expect(RBrace)
	return d
}

func (p *parser) postfix(x Expr) Expr {
	for n := 0; ; p.link(&n) {
		switch p.cur.kind {
		case Dot, LBracket:
			x = p.subscript(x)
		case LParen:
			x = p.call(x)
		default:
			return x
		}
	}
}

func (p *parser) filterExpr(x Expr) Expr {
	for n := 0; ; p.link(&n) {
		switch {
		case p.cur.kind == Pipe:
			x = p.filter(x, false)
		case p.cur.is("is"):
			x = p.test(x)
		case p.cur.kind == LParen:
			x = p.call(x)
		default:
			return x
		}
	}
}

func (p *parser) subscript(x Expr) Expr {
	if p.cur.kind == Dot {
		off := Off(p.advance().off)
		t := p.advance()
		switch t.kind {
		case NameTok:
			return &GetAttr{off, x, t.text}
		case IntTok:
			return &GetItem{off, x, &Number{Off(t.off), t.text, false}}
		}
		p.failAt(t.off, "expected name or number")
	}
	off := Off(p.expect(LBracket).off)
	var args []Expr
	for p.cur.kind != RBracket {
		if len(args) > 0 {
			p.expect(Comma)
		}
		args = append(args, p.subscribed())
	}
	p.expect(RBracket)
	if len(args) == 1 {
		return &GetItem{off, x, args[0]}
	}
	return &GetItem{off, x, &Tuple{off, args}}
}

func (p *parser) subscribed() Expr {
	off := Off(p.cur.off)
	s := &Slice{Off: off}
	if p.cur.kind != Colon {
		x := p.expression(true)
		if p.cur.kind != Colon {
			return x
		}
		s.Start = x
	}
	p.advance()
	if k := p.cur.kind; k != Colon && k != RBracket && k != Comma {
		s.Stop = p.expression(true)
	}
	if p.skip(Colon) {
		if k := p.cur.kind; k != RBracket && k != Comma {
			s.Step = p.expression(true)
		}
	}
	return s
}

func (p *parser) call(x Expr) Expr {
	off := Off(p.cur.off)
	if n, ok := x.(Node); ok {
		off = Off(n.At())
	}
	return &Call{off, x, p.args()}
}

func (p *parser) args() Args {
	begin := p.expect(LParen)
	var a Args
	ensure := func(ok bool) {
		if !ok {
			p.failAt(begin.off, "invalid syntax for function call expression")
		}
	}
	for comma := false; p.cur.kind != RParen; comma = true {
		if comma {
			p.expect(Comma)
			if p.cur.kind == RParen {
				break
			}
		}
		switch {
		case p.cur.kind == Mul:
			ensure(a.Star == nil && a.Stars == nil)
			p.advance()
			a.Star = p.expression(true)
		case p.cur.kind == PowTok:
			ensure(a.Stars == nil)
			p.advance()
			a.Stars = p.expression(true)
		case p.cur.kind == NameTok && p.look().kind == AssignTok:
			ensure(a.Stars == nil)
			off, name := p.cur.off, p.advance().text
			if slices.Contains(a.Names, name) { // Python refuses it when Jinja2 gives it the template
				p.failAt(off, "keyword argument repeated: %s", name)
			}
			p.advance()
			a.Names = append(a.Names, name)
			a.Vals = append(a.Vals, p.expression(true))
		default:
			ensure(a.Star == nil && a.Stars == nil && len(a.Names) == 0)
			a.Pos = append(a.Pos, p.expression(true))
		}
	}
	p.expect(RParen)
	return a
}

func (p *parser) pluginName() string {
	name := p.expect(NameTok).text
	for p.skip(Dot) {
		name += "." + p.expect(NameTok).text
	}
	return name
}

// filter reads a chain of filters; inline means that the "|" before the first one is missing, as in {% filter f %}.
func (p *parser) filter(x Expr, inline bool) Expr {
	for n := 0; p.cur.kind == Pipe || inline; p.link(&n) {
		if !inline {
			p.advance()
		}
		inline = false
		f := &Filter{Off: Off(p.cur.off), X: x}
		f.Name = p.pluginName()
		if p.cur.kind == LParen {
			f.Args = p.args()
		}
		x = f
	}
	return x
}

func (p *parser) test(x Expr) Expr {
	p.advance()
	negated := p.skipWord("not")
	t := &Test{Off: Off(p.cur.off), X: x}
	t.Name = p.pluginName()
	switch p.cur.kind {
	case LParen:
		t.Args = p.args()
	case NameTok, StringTok, IntTok, FloatTok, LBracket, LBrace:
		if p.cur.is("else") || p.cur.is("or") || p.cur.is("and") {
			break
		}
		if p.cur.is("is") {
			p.fail("You cannot chain multiple tests with is")
		}
		t.Args.Pos = []Expr{p.postfix(p.primary())}
	}
	if negated {
		return &Unary{t.Off, "not", t}
	}
	return t
}

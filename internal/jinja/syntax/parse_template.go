package syntax

import "strings"

func (p *parser) signature(m *Macro) {
	p.expect(LParen)
	for p.cur.kind != RParen {
		if len(m.Params) > 0 {
			p.expect(Comma)
		}
		name := p.nameTarget()
		if p.skip(AssignTok) {
			m.Defaults = append(m.Defaults, p.expression(true))
		} else if len(m.Defaults) > 0 {
			p.fail("non-default argument follows default argument")
		}
		m.Params = append(m.Params, name)
	}
	p.expect(RParen)
}

func (p *parser) macro() Stmt {
	m := &Macro{Off: Off(p.advance().off)}
	m.Name = p.nameTarget()
	p.signature(m)
	m.Body = p.statements(true, "endmacro")
	return m
}

func (p *parser) callBlock() Stmt {
	off := Off(p.advance().off)
	m := &Macro{Off: off}
	if p.cur.kind == LParen {
		p.signature(m)
	}
	x := p.expression(true)
	call, ok := x.(*Call)
	if !ok {
		p.failAt(int32(off), "expected call")
	}
	m.Body = p.statements(true, "endcall")
	return &CallBlock{off, call, m}
}

func (p *parser) include() Stmt {
	n := &Include{Off: Off(p.advance().off)}
	n.Template = p.expression(true)
	if p.cur.is("ignore") && p.look().is("missing") {
		n.IgnoreMissing = true
		p.advance()
		p.advance()
	}
	n.WithContext = p.importContext(true)
	return n
}

// importContext reads "with context" or "without context".
func (p *parser) importContext(def bool) bool {
	if (p.cur.is("with") || p.cur.is("without")) && p.look().is("context") {
		def = p.advance().text == "with"
		p.advance()
	}
	return def
}

func (p *parser) importStmt() Stmt {
	n := &Import{Off: Off(p.advance().off)}
	n.Template = p.expression(true)
	p.expectWord("as")
	n.Target = p.nameTarget()
	n.WithContext = p.importContext(false)
	return n
}

func (p *parser) from() Stmt {
	n := &FromImport{Off: Off(p.advance().off)}
	n.Template = p.expression(true)
	p.expectWord("import")
	context := func() bool {
		if (p.cur.is("with") || p.cur.is("without")) && p.look().is("context") {
			n.WithContext = p.importContext(false)
			return true
		}
		return false
	}
	for {
		if len(n.Names) > 0 {
			p.expect(Comma)
		}
		if p.cur.kind != NameTok {
			p.expect(NameTok)
		}
		if context() {
			return n
		}
		target := p.nameTarget()
		if strings.HasPrefix(target.ID, "_") {
			p.failAssert(target.At(), "names starting with an underline can not be imported")
		}
		n.Names = append(n.Names, target.ID)
		if p.skipWord("as") {
			target = p.nameTarget()
		}
		n.Targets = append(n.Targets, target)
		if context() || p.cur.kind != Comma {
			return n
		}
	}
}

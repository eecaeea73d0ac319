package syntax

import (
	"slices"
	"strings"
)

// subparse reads statements and text up to one of the tags ends, which is then the current token.
func (p *parser) subparse(ends []string) []Stmt {
	p.enter()
	defer p.leave()
	if p.depth == 1 {
		p.advance()
	}
	if ends != nil {
		p.ends = append(p.ends, ends)
		defer func() { p.ends = p.ends[:len(p.ends)-1] }()
	}
	var body []Stmt
	for {
		switch p.cur.kind {
		case EOF:
			return body
		case DataTok:
			t := p.advance()
			body = append(body, &Data{Off(t.off), t.text})
		case VariableBegin:
			off := Off(p.advance().off)
			body = append(body, &Output{off, p.tuple(tupleRules{cond: true})})
			p.expect(VariableEnd)
		case BlockBegin:
			p.advance()
			if p.cur.kind == NameTok && slices.Contains(ends, p.cur.text) {
				return body
			}
			body = append(body, p.statement()...)
			p.expect(BlockEnd)
		default:
			p.fail("unexpected %s", quote(p.cur.describe()))
		}
	}
}

// statements reads the body of a statement up to one of the tags ends; with drop that tag is passed over.
func (p *parser) statements(drop bool, ends ...string) []Stmt {
	p.skip(Colon)
	p.expect(BlockEnd)
	body := p.subparse(ends)
	if p.cur.kind == EOF {
		p.failTag("", ends)
	}
	if drop {
		p.advance()
	}
	return body
}

// failTag fails at a tag that has no place here, or with name "" at the end of the template.
func (p *parser) failTag(name string, ends []string) {
	msg := "Unexpected end of template."
	if name != "" {
		msg = "Encountered unknown tag " + quote(name) + "."
		if len(p.ends) > 0 {
			ends = p.ends[len(p.ends)-1]
		}
	}
	if ends != nil {
		quoted := make([]string, len(ends))
		for i, e := range ends {
			quoted[i] = quote(e)
		}
		looking := strings.Join(quoted, " or ")
		if name != "" && slices.ContainsFunc(p.ends, func(e []string) bool { return slices.Contains(e, name) }) {
			msg += " You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for " + looking + "."
		} else {
			msg += " Jinja was looking for the following tags: " + looking + "."
		}
	}
	if len(p.tags) > 0 {
		msg += " The innermost block that needs to be closed is " + quote(p.tags[len(p.tags)-1]) + "."
	}
	p.fail("%s", msg)
}

func (p *parser) statement() []Stmt {
	t := p.cur
	if t.kind != NameTok {
		p.fail("tag name expected")
	}
	p.tags = append(p.tags, t.text)
	off := Off(t.off)
	one := func(s Stmt) []Stmt {
		p.tags = p.tags[:len(p.tags)-1]
		return []Stmt{s}
	}
	switch t.text {
	case "for":
		return one(p.forStmt())
	case "if":
		return one(p.ifStmt())
	case "block":
		return one(p.block())
	case "extends":
		p.advance()
		return one(&Extends{off, p.expression(true)})
	case "print":
		body := p.print()
		p.tags = p.tags[:len(p.tags)-1]
		return body
	case "macro":
		return one(p.macro())
	case "include":
		return one(p.include())
	case "from":
		return one(p.from())
	case "import":
		return one(p.importStmt())
	case "set":
		return one(p.set())
	case "with":
		return one(p.with())
	case "autoescape":
		p.advance()
		x := p.expression(true)
		return one(&Autoescape{Off: off, X: x, Body: p.statements(true, "endautoescape")})
	case "call":
		return one(p.callBlock())
	case "filter":
		p.advance()
		f := p.filter(nil, true)
		return one(&FilterBlock{Off: off, Filter: f, Body: p.statements(true, "endfilter")})
	}
	if s := p.extension(off, t.text); s != nil {
		return one(s)
	}
	// the tag is not a block that needs to be closed
	p.tags = p.tags[:len(p.tags)-1]
	p.failTag(t.text, nil)
	return nil
}

func (p *parser) extension(off Off, name string) Stmt {
	switch {
	case name == "do" && p.opts.Do:
		p.advance()
		return &Do{off, p.tuple(tupleRules{cond: true})}
	case name == "break" && p.opts.LoopControls:
		p.advance()
		return &Break{off}
	case name == "continue" && p.opts.LoopControls:
		p.advance()
		return &Continue{off}
	}
	return nil
}

func (p *parser) print() []Stmt {
	p.advance()
	var out []Stmt
	for p.cur.kind != BlockEnd {
		if len(out) > 0 {
			p.expect(Comma)
		}
		off := Off(p.cur.off)
		out = append(out, &Output{off, p.expression(true)})
	}
	return out
}

func (p *parser) forStmt() Stmt {
	f := &For{Off: Off(p.advance().off)}
	f.Target = p.target(targetRules{tuple: true, end: "in"})
	p.expectWord("in")
	f.Iter = p.tuple(tupleRules{end: "recursive"})
	if p.skipWord("if") {
		f.Test = p.expression(true)
	}
	f.Recursive = p.skipWord("recursive")
	f.Body = p.statements(false, "endfor", "else")
	if p.advance().text == "else" {
		f.Else = p.statements(true, "endfor")
	}
	return f
}

func (p *parser) ifStmt() Stmt {
	root := &If{Off: Off(p.cur.off)}
	for n := root; ; {
		p.advance()
		n.Test = p.tuple(tupleRules{})
		n.Body = p.statements(false, "elif", "else", "endif")
		switch p.cur.text {
		case "elif":
			next := &If{Off: Off(p.cur.off)}
			n.Else, n.Elif = []Stmt{next}, true
			n = next
			continue
		case "else":
			p.advance()
			n.Else = p.statements(true, "endif")
		default:
			p.advance()
		}
		return root
	}
}

func (p *parser) with() Stmt {
	w := &With{Off: Off(p.advance().off)}
	for p.cur.kind != BlockEnd {
		if len(w.Targets) > 0 {
			p.expect(Comma)
		}
		w.Targets = append(w.Targets, p.target(targetRules{tuple: true}))
		p.expect(AssignTok)
		w.Values = append(w.Values, p.expression(true))
	}
	w.Body = p.statements(true, "endwith")
	return w
}

func (p *parser) block() Stmt {
	b := &Block{Off: Off(p.advance().off)}
	b.Name = p.expect(NameTok).text
	b.Scoped = p.skipWord("scoped")
	b.Required = p.skipWord("required")
	if p.cur.kind == Sub {
		p.fail("Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.")
	}
	b.Body = p.statements(true, "endblock")
	if b.Required {
		for _, s := range b.Body {
			if d, ok := s.(*Data); !ok || strings.TrimFunc(d.Text, isSpace) != "" {
				p.fail("Required blocks can only contain comments or whitespace")
			}
		}
	}
	p.skipWord(b.Name)
	return b
}

func (p *parser) set() Stmt {
	off := Off(p.advance().off)
	target := p.target(targetRules{tuple: true, namespace: true})
	if p.skip(AssignTok) {
		return &Set{off, target, p.tuple(tupleRules{cond: true})}
	}
	f := p.filter(nil, false)
	return &SetBlock{Off: off, Target: target, Filter: f, Body: p.statements(true, "endset")}
}

// targetRules are the ways in which the target of an assignment may be written.
type targetRules struct {
	tuple, namespace bool
	end              string
}

func (p *parser) target(r targetRules) Expr {
	if r.namespace && p.cur.kind == NameTok && p.look().kind == Dot {
		t := p.advance()
		p.advance()
		return &NSRef{Off(t.off), &Name{Off: Off(t.off), ID: t.text}, p.expect(NameTok).text}
	}
	x := p.tuple(tupleRules{simple: true, end: r.end})
	if kind := unassignable(x); kind != "" {
		p.failAt(x.At(), "can't assign to %s", quote(kind))
	}
	return x
}

// unassignable returns the kind of an expression that can't be assigned to, in Jinja2's words, or "".
func unassignable(x Expr) string {
	switch x := x.(type) {
	case *Name:
		return ""
	case *Tuple:
		for _, e := range x.Items {
			if unassignable(e) != "" {
				return "tuple"
			}
		}
		return ""
	case *Const, *Number, *String:
		return "const"
	case *List:
		return "list"
	case *Dict:
		return "dict"
	}
	return "expression"
}

// nameTarget is a target that must be a name.
func (p *parser) nameTarget() *Name {
	t := p.expect(NameTok)
	if c, ok := nameOrConst(Off(t.off), t.text).(*Const); ok {
		p.failAt(int32(c.Off), "can't assign to 'name'")
	}
	return &Name{Off: Off(t.off), ID: t.text}
}

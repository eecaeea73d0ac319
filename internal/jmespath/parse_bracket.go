package jmespath

// firstBracket reads what begins with "[": an index, a slice, [*], or a list of expressions.
func (p *parser) firstBracket() (node, error) {
	switch k := p.peek().kind; {
	case k == number || k == colon:
		return p.position(identityNode{})
	case k == star && p.after() == rbracket:
		return p.nextBracket(identityNode{})
	}
	return p.list()
}

// nextBracket reads what "[" goes on with: an index, a slice or [*].
func (p *parser) nextBracket(left node) (node, error) {
	if k := p.peek().kind; k == number || k == colon {
		return p.position(left)
	}
	if _, err := p.expect(star); err != nil {
		return nil, err
	}
	if _, err := p.expect(rbracket); err != nil {
		return nil, err
	}
	each, err := p.each(power[star])
	return projectionNode{left, each}, err
}

// position reads an index or a slice. A slice is a projection, but not where it is one of an element: a[0][1:].
func (p *parser) position(left node) (node, error) {
	if p.peek().kind != colon && p.after() != colon {
		i := p.take().position()
		_, err := p.expect(rbracket)
		return atNode{left, indexNode{i}}, err
	}
	var s sliceNode
	for i := 0; p.peek().kind != rbracket; {
		switch t := p.peek(); {
		case t.kind == colon && i < 2:
			i++
		case t.kind == number:
			n := t.position()
			s.part[i] = &n
		default:
			return nil, p.errorAt(t, "syntax error")
		}
		p.take()
	}
	p.take()
	if _, ok := left.(atNode); ok {
		return atNode{left, s}, nil
	}
	each, err := p.each(power[star])
	return projectionNode{atNode{left, s}, each}, err
}

// filter reads the condition behind "[?", and what is done for each element that it is true for.
func (p *parser) filter(left node) (node, error) {
	when, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if _, err := p.expect(rbracket); err != nil {
		return nil, err
	}
	each, err := p.each(power[filter])
	return filterNode{left, when, each}, err
}

func (p *parser) flatten(left node) (node, error) {
	each, err := p.each(power[flatten])
	return projectionNode{flattenNode{left}, each}, err
}

// list reads the expressions of [a, b].
func (p *parser) list() (node, error) {
	var l listNode
	for {
		x, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		l.elems = append(l.elems, x)
		if p.peek().kind == rbracket {
			p.take()
			return l, nil
		}
		if _, err := p.expect(comma); err != nil {
			return nil, err
		}
	}
}

// hash reads the names and expressions of {a: b}. A comma between them may be missing.
func (p *parser) hash() (node, error) {
	var h hashNode
	for {
		name, err := p.expect(quotedName, identifier)
		if err != nil {
			return nil, err
		}
		if _, err := p.expect(colon); err != nil {
			return nil, err
		}
		x, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		h.names, h.elems = append(h.names, name.text), append(h.elems, x)
		switch p.peek().kind {
		case comma:
			p.take()
		case rbrace:
			p.take()
			return h, nil
		}
	}
}

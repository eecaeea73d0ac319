package jmespath

import "strings"

// power is how strongly a token binds what stands before it; those that are not named don't. What binds less than a
// projection's limit ends the part that is done for each element.
var power = map[kind]int{
	pipe: 1, or: 2, and: 3, eq: 5, ne: 5, lt: 5, le: 5, gt: 5, ge: 5, flatten: 9, star: 20, filter: 21, dot: 40, not: 45, lbrace: 50,
	lbracket: 55, lparen: 60,
}

const (
	projectionLimit = 10
	maxNesting      = 1000 // of brackets and operators within each other
)

// parser makes nodes of tokens: what begins an expression is first, what goes on with it is next.
type parser struct {
	text   string
	tokens []token // the last one is eof
	i      int
	depth  int
}

func (p *parser) peek() token { return p.tokens[p.i] }

// after gives the kind of the token behind the next one.
func (p *parser) after() kind { return p.tokens[min(p.i+1, len(p.tokens)-1)].kind }

func (p *parser) take() token {
	t := p.tokens[p.i]
	p.i = min(p.i+1, len(p.tokens)-1)
	return t
}

// expect takes a token of one of the kinds.
func (p *parser) expect(kinds ...kind) (token, error) {
	t := p.peek()
	for _, k := range kinds {
		if t.kind == k {
			return p.take(), nil
		}
	}
	if t.kind == eof {
		return t, p.incomplete(t)
	}
	return t, p.unexpected(t, kinds...)
}

func (p *parser) unexpected(t token, kinds ...kind) error {
	if len(kinds) == 1 {
		return p.errorAt(t, "Expecting: %s, got: %s", kinds[0], t.kind)
	}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return p.errorAt(t, "Expecting: [%s], got: %s", quoted(strings.Join(names, " ")), t.kind)
}

func (p *parser) whole() (node, error) {
	x, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != eof {
		return nil, p.errorAt(t, "Unexpected token: %s", t.shown())
	}
	return x, nil
}

// expression reads as far as tokens bind more than limit.
func (p *parser) expression(limit int) (node, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, errDepth
	}
	defer func() { p.depth-- }()
	x, err := p.first()
	for err == nil && power[p.peek().kind] > limit {
		x, err = p.next(x)
	}
	return x, err
}

// first reads what an expression begins with.
func (p *parser) first() (node, error) {
	switch t := p.take(); t.kind {
	case literal:
		return literalNode{t.val}, nil
	case identifier:
		return fieldNode{t.text}, nil
	case quotedName:
		if paren := p.peek(); paren.kind == lparen {
			paren.at = 0
			return nil, p.errorAt(paren, "Quoted identifier not allowed for function names.")
		}
		return fieldNode{t.text}, nil
	case current:
		return identityNode{}, nil
	case star:
		if p.peek().kind == rbracket {
			return valuesNode{identityNode{}, identityNode{}}, nil
		}
		each, err := p.each(power[star])
		return valuesNode{identityNode{}, each}, err
	case filter:
		return p.filter(identityNode{})
	case flatten:
		return p.flatten(identityNode{})
	case lbracket:
		return p.firstBracket()
	case lbrace:
		return p.hash()
	case lparen:
		x, err := p.expression(0)
		if err == nil {
			_, err = p.expect(rparen)
		}
		return x, err
	case not:
		x, err := p.expression(power[not])
		return notNode{x}, err
	case expref:
		x, err := p.expression(0)
		return exprefNode{x}, err
	case eof:
		return nil, p.incomplete(t)
	default:
		return nil, p.errorAt(t, "invalid token")
	}
}

// next reads what goes on with an expression.
func (p *parser) next(left node) (node, error) {
	switch t := p.take(); t.kind {
	case dot:
		if p.peek().kind == star {
			p.take()
			// of a.*.b.c only .b is for each value, and .c for the list of them, which has none: so the library does it
			each, err := p.each(power[dot])
			return valuesNode{left, each}, err
		}
		right, err := p.behindDot(power[dot])
		return subNode{left, right}, err
	case pipe:
		right, err := p.expression(power[pipe])
		return subNode{left, right}, err
	case or:
		right, err := p.expression(power[or])
		return orNode{left, right}, err
	case and:
		right, err := p.expression(power[and])
		return andNode{left, right}, err
	case eq, ne, lt, le, gt, ge:
		right, err := p.expression(power[t.kind])
		return compareNode{t.kind, left, right}, err
	case filter:
		return p.filter(left)
	case flatten:
		return p.flatten(left)
	case lbracket:
		return p.nextBracket(left)
	case lparen:
		return p.call(left)
	default:
		return nil, p.errorAt(t, "invalid token")
	}
}

// behindDot reads what may stand behind a dot.
func (p *parser) behindDot(limit int) (node, error) {
	switch t := p.peek(); t.kind {
	case identifier, quotedName, star:
		return p.expression(limit)
	case lbracket:
		p.take()
		return p.list()
	case lbrace:
		p.take()
		return p.hash()
	default:
		return nil, p.unexpected(t, quotedName, identifier, lbracket, lbrace)
	}
}

// each reads what is done for each element of a projection.
func (p *parser) each(limit int) (node, error) {
	switch t := p.peek(); {
	case power[t.kind] < projectionLimit:
		return identityNode{}, nil
	case t.kind == lbracket || t.kind == filter:
		// what follows is for an element: it begins anew
		return p.expression(limit)
	case t.kind == dot:
		p.take()
		return p.behindDot(limit)
	default:
		return nil, p.errorAt(t, "syntax error")
	}
}

// call reads the arguments of a function whose name stands before the bracket. A comma may be missing, or stand behind the last one.
func (p *parser) call(left node) (node, error) {
	name, ok := left.(fieldNode)
	if !ok {
		t := p.tokens[p.i-2]
		return nil, p.errorAt(t, "Invalid function name '%s'", t.shown())
	}
	f := functionNode{name: name.name}
	for p.peek().kind != rparen {
		a, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		f.args = append(f.args, a)
		if p.peek().kind == comma {
			p.take()
		}
	}
	p.take()
	return f, nil
}

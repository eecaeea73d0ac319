package syntax

import "fmt"

// maxNesting bounds how deep expressions and statements may be nested.
const maxNesting = 250

// maxChain bounds how long a chain of operators, attributes or filters may be, which is as deep a tree.
const maxChain = 2000

// Parse reads a template. The error is an *Error.
func Parse(src Source, opts Options) (*Template, error) {
	opts = opts.withDefaults()
	p := newParser(src, &opts)
	t := &Template{Text: p.text}
	err := p.guard(func() { t.Body = p.subparse(nil) })
	if err != nil {
		return nil, err
	}
	return t, nil
}

// ParseExpr reads a text that is one expression. The error is an *Error.
func ParseExpr(src Source, opts Options) (Expr, *Text, error) {
	opts = opts.withDefaults()
	p := newParser(src, &opts)
	p.lex.state, p.lex.bare = inVariable, true
	var x Expr
	err := p.guard(func() {
		p.advance()
		x = p.expression(true)
		if p.cur.kind != EOF {
			p.fail("chunk after expression")
		}
	})
	if err != nil {
		return nil, nil, err
	}
	return x, p.text, nil
}

type parser struct {
	text   *Text
	opts   *Options
	lex    *lexer
	cur    token
	ahead  token
	looked bool
	depth  int
	ends   [][]string // the tags that would end each open statement
	tags   []string   // the open statements
}

func newParser(src Source, opts *Options) *parser {
	t := newText(src, opts.KeepTrailingNewline)
	return &parser{text: t, opts: opts, lex: newLexer(t, opts)}
}

// guard turns the panic of fail, which never leaves this package, into an error.
func (p *parser) guard(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			err = e
		}
	}()
	f()
	return nil
}

func (p *parser) fail(format string, args ...any) { p.failAt(p.cur.off, format, args...) }

func (p *parser) failAt(off int32, format string, args ...any) {
	panic(p.text.Errorf(off, fmt.Sprintf(format, args...)))
}

// failAssert is failAt for what Jinja2 calls an assertion error.
func (p *parser) failAssert(off int32, msg string) {
	e := p.text.Errorf(off, msg)
	e.Assert = true
	panic(e)
}

func (p *parser) enter() {
	if p.depth++; p.depth > maxNesting {
		p.fail("nested too deeply")
	}
}

func (p *parser) leave() { p.depth-- }

// link counts the links of a chain.
func (p *parser) link(n *int) {
	if *n++; *n > maxChain {
		p.fail("nested too deeply")
	}
}

func (p *parser) read() token {
	t, err := p.lex.next()
	if err != nil {
		panic(err)
	}
	return t
}

// advance goes to the next token and returns the one before.
func (p *parser) advance() token {
	t := p.cur
	if p.looked {
		p.cur, p.looked = p.ahead, false
	} else {
		p.cur = p.read()
	}
	return t
}

// look returns the token after the current one.
func (p *parser) look() token {
	if !p.looked {
		p.ahead, p.looked = p.read(), true
	}
	return p.ahead
}

func (p *parser) skip(k Kind) bool {
	if p.cur.kind != k {
		return false
	}
	p.advance()
	return true
}

func (p *parser) skipWord(word string) bool {
	if !p.cur.is(word) {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expect(k Kind) token {
	if p.cur.kind != k {
		p.unexpected(k.String())
	}
	return p.advance()
}

func (p *parser) expectWord(word string) token {
	if !p.cur.is(word) {
		p.unexpected(word)
	}
	return p.advance()
}

func (p *parser) unexpected(want string) {
	if p.cur.kind == EOF {
		p.fail("unexpected end of template, expected %s.", quote(want))
	}
	p.fail("expected token %s, got %s", quote(want), quote(p.cur.describe()))
}

// quote is Python's repr of a short text.
func quote(s string) string { return "'" + s + "'" }

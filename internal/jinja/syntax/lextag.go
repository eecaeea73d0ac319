package syntax

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tag reads a token within a tag.
func (l *lexer) tag() (token, error) {
	for {
		if l.pos >= len(l.s) {
			if l.state == inLineStatement && len(l.open) == 0 {
				l.state = inRoot
				return token{BlockEnd, int32(l.pos), ""}, nil
			}
			return token{EOF, int32(len(l.s)), ""}, nil
		}
		if tok, ok := l.tagEnd(); ok {
			return tok, nil
		}
		if next := l.skipSpace(l.pos); next > l.pos {
			l.advance(next)
			continue
		}
		return l.expression()
	}
}

// tagEnd matches the end of the tag that we are in, which is none as long as a bracket is open.
func (l *lexer) tagEnd() (token, bool) {
	if len(l.open) > 0 {
		return token{}, false
	}
	at := l.pos
	switch l.state {
	case inVariable:
		end := l.opts.VariableEnd
		switch {
		case strings.HasPrefix(l.s[at:], "-"+end):
			l.advance(l.skipSpace(at + 1 + len(end)))
		case strings.HasPrefix(l.s[at:], end):
			l.advance(at + len(end))
		default:
			return token{}, false
		}
		l.state = inRoot
		return token{VariableEnd, int32(at), ""}, true
	case inBlock:
		end, ok := l.closeAt(at, l.opts.BlockEnd)
		if !ok {
			return token{}, false
		}
		l.advance(end)
	case inLineStatement:
		// the blanks up to the last newline that only blanks precede
		end := l.skipSpace(at)
		if end < len(l.s) {
			n := strings.LastIndexByte(l.s[at:end], '\n')
			if n < 0 {
				return token{}, false
			}
			end = at + n + 1
		}
		l.advance(end)
	}
	l.state = inRoot
	return token{BlockEnd, int32(at), ""}, true
}

// expression reads a number, a name, a string or an operator.
func (l *lexer) expression() (token, error) {
	at := l.pos
	c := l.s[at]
	switch {
	case c >= '0' && c <= '9':
		return l.number(), nil
	case c == '\'' || c == '"':
		return l.stringLiteral()
	case c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf:
		return l.name()
	}
	if at+1 < len(l.s) {
		if k, ok := twoByteOps[l.s[at:at+2]]; ok {
			l.advance(at + 2)
			return token{k, int32(at), ""}, nil
		}
	}
	if c >= utf8.RuneSelf || oneByteOps[c] == 0 {
		return token{}, l.badChar()
	}
	return l.operator(oneByteOps[c])
}

func (l *lexer) operator(k Kind) (token, error) {
	at := l.pos
	switch k {
	case LBrace:
		l.open = append(l.open, '}')
	case LParen:
		l.open = append(l.open, ')')
	case LBracket:
		l.open = append(l.open, ']')
	case RBrace, RParen, RBracket:
		if len(l.open) == 0 {
			return token{}, l.errorf(at, "unexpected '"+l.s[at:at+1]+"'")
		}
		if want := l.open[len(l.open)-1]; want != l.s[at] {
			return token{}, l.errorf(at, fmt.Sprintf("unexpected '%c', expected '%c'", l.s[at], want))
		}
		l.open = l.open[:len(l.open)-1]
	}
	l.advance(at + 1)
	return token{k, int32(at), ""}, nil
}

func (l *lexer) badChar() error {
	r, _ := utf8.DecodeRuneInString(l.s[l.pos:])
	c := strconv.Quote(string(r))
	c = "'" + c[1:len(c)-1] + "'"
	switch r {
	case '\'':
		c = `"'"`
	case '"':
		c = `'"'`
	}
	return l.errorf(l.pos, fmt.Sprintf("unexpected char %s at %d", c, utf8.RuneCountInString(l.s[:l.pos])))
}

func (l *lexer) name() (token, error) {
	at := l.pos
	end, valid := at, true
	for end < len(l.s) {
		r, n := utf8.DecodeRuneInString(l.s[end:])
		if !isWord(r) {
			break
		}
		valid = valid && isIdentifier(r, end == at)
		end += n
	}
	if end == at {
		return token{}, l.badChar()
	}
	if !valid {
		return token{}, l.errorf(at, "Invalid character in identifier")
	}
	l.advance(end)
	return token{NameTok, int32(at), l.s[at:end]}, nil
}

// isWord is Python's \w in a regular expression.
func isWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Mn, r) && unicode.Is(unicode.Other_ID_Continue, r)
}

// isIdentifier is Python's str.isidentifier for one character.
func isIdentifier(r rune, first bool) bool {
	if r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r) || unicode.Is(unicode.Other_ID_Start, r) {
		return true
	}
	return !first && (unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r) ||
		unicode.Is(unicode.Pc, r) || unicode.Is(unicode.Other_ID_Continue, r))
}

// number reads an integer or a float. A fraction or an exponent makes a float, unless a dot stands before, as in x.1.2.
func (l *lexer) number() token {
	at := l.pos
	if at == 0 || l.s[at-1] != '.' {
		if end, ok := l.floatAt(at); ok {
			l.advance(end)
			return token{FloatTok, int32(at), l.s[at:end]}
		}
	}
	end := l.integerAt(at)
	l.advance(end)
	return token{IntTok, int32(at), l.s[at:end]}
}

// digits reads groups of digits joined by single underscores.
func digits(s string, i int, ok func(byte) bool) int {
	if i >= len(s) || !ok(s[i]) {
		return i
	}
	for i < len(s) {
		if ok(s[i]) {
			i++
			continue
		}
		if s[i] != '_' || i+1 >= len(s) || !ok(s[i+1]) {
			break
		}
		i++
	}
	return i
}

func isDecimal(c byte) bool { return c >= '0' && c <= '9' }

func (l *lexer) floatAt(i int) (end int, ok bool) {
	i = digits(l.s, i, isDecimal)
	if i+1 < len(l.s) && l.s[i] == '.' && isDecimal(l.s[i+1]) {
		i, ok = digits(l.s, i+1, isDecimal), true
	}
	if i < len(l.s) && l.s[i]|0x20 == 'e' {
		j := i + 1
		if j < len(l.s) && (l.s[j] == '+' || l.s[j] == '-') {
			j++
		}
		if e := digits(l.s, j, isDecimal); e > j {
			i, ok = e, true
		}
	}
	return i, ok
}

func (l *lexer) integerAt(i int) int {
	s := l.s
	if s[i] != '0' {
		return digits(s, i, isDecimal)
	}
	if i+1 < len(s) {
		var in func(byte) bool
		switch s[i+1] | 0x20 {
		case 'b':
			in = func(c byte) bool { return c == '0' || c == '1' }
		case 'o':
			in = func(c byte) bool { return c >= '0' && c <= '7' }
		case 'x':
			in = func(c byte) bool { return isDecimal(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
		}
		if in != nil {
			j := i + 2
			if j < len(s) && s[j] == '_' {
				j++
			}
			if e := digits(s, j, in); e > j {
				return e
			}
		}
	}
	return digits(s, i, func(c byte) bool { return c == '0' })
}

// stringLiteral reads a string; the token has its content, with escapes resolved.
func (l *lexer) stringLiteral() (token, error) {
	at := l.pos
	quote := l.s[at]
	for i := at + 1; i < len(l.s); i++ {
		switch l.s[i] {
		case '\\':
			i++
		case quote:
			raw := l.s[at+1 : i]
			if l.state != inVariable || !l.opts.LiteralBackslashes || l.bare {
				var err error
				if raw, err = l.unescape(at, raw); err != nil {
					return token{}, err
				}
			} else {
				raw = normalizeNewlines(raw, l.opts.NewlineSequence)
			}
			l.advance(i + 1)
			return token{StringTok, int32(at), raw}, nil
		}
	}
	return token{}, l.badChar()
}

func (l *lexer) unescape(at int, s string) (string, error) {
	s = normalizeNewlines(s, l.opts.NewlineSequence)
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	out, problem := unescape(s)
	if problem != "" {
		return "", l.errorf(at, problem)
	}
	return out, nil
}

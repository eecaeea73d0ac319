package inventory

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// iniValue makes the value of a text after "=" in an INI inventory, with the marks m: a Python literal becomes what it
// means (True, 1, 0x1f, [1, 'a'], {'a': None}; tuples and sets become lists, bytes become text), anything else is the text
// itself. true and yes are texts, as is 0644 (Ansible documentation, "INI format of the inventory"). The error is that of
// a dict with a key that cannot be one.
func iniValue(text string, m value.Marks) (value.Value, error) {
	p := &literal{s: text, m: m}
	v, err := p.parse()
	var unhashable *value.UnhashableError
	if errors.As(err, &unhashable) {
		return nil, err
	}
	if err != nil {
		v = pyText(text)
	}
	return p.mark(v), nil
}

// errLiteral says that a text is no Python literal.
var errLiteral = errors.New("not a literal")

// pyText and pyBytes are strings on the way to a value.
type pyText string

type literal struct {
	s     string
	i     int
	m     value.Marks
	depth int
}

// mark makes the finished value of what the parser gave.
func (p *literal) mark(v any) value.Value {
	switch v := v.(type) {
	case pyText:
		return value.NewMarkedStr(string(v), p.m)
	case value.Value:
		m := p.m
		m.Trusted = false // only a text is a template
		return value.WithMarks(v, m)
	}
	return value.None
}

func (p *literal) parse() (any, error) {
	v, err := p.tuple("")
	if err != nil {
		return nil, err
	}
	if p.blanks(); p.i < len(p.s) && p.s[p.i] != '#' {
		return nil, errLiteral
	}
	return v, nil
}

func (p *literal) blanks() {
	for p.i < len(p.s) && strings.IndexByte(" \t\f", p.s[p.i]) >= 0 {
		p.i++
	}
}

// take skips blanks and c, if it comes next.
func (p *literal) take(c byte) bool {
	p.blanks()
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *literal) peek(set string) bool {
	p.blanks()
	return p.i < len(p.s) && strings.IndexByte(set, p.s[p.i]) >= 0
}

// tuple reads one value, or several with commas, which make a list; closing are the characters that may follow.
func (p *literal) tuple(closing string) (any, error) {
	first, err := p.value()
	if err != nil || !p.peek(",") {
		return first, err
	}
	elems := []value.Value{p.mark(first)}
	for p.take(',') {
		if p.peek(closing+"#") || p.i >= len(p.s) {
			break
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		elems = append(elems, p.mark(v))
	}
	return value.NewList(elems...), nil
}

func (p *literal) value() (any, error) {
	if p.depth++; p.depth > 200 {
		return nil, errLiteral
	}
	defer func() { p.depth-- }()
	switch {
	case p.take('['):
		elems, err := p.elems(']')
		if err != nil {
			return nil, err
		}
		return value.NewList(elems...), nil
	case p.take('('):
		if p.take(')') {
			return value.NewList(), nil
		}
		v, err := p.tuple(")")
		if err == nil && !p.take(')') {
			err = errLiteral
		}
		return v, err
	case p.take('{'):
		return p.braces()
	}
	p.blanks()
	rest := p.s[p.i:]
	for word, v := range map[string]value.Value{"True": value.True, "False": value.False, "None": value.None} {
		if strings.HasPrefix(rest, word) && !wordAt(rest, len(word)) {
			p.i += len(word)
			return v, nil
		}
	}
	if strings.HasPrefix(rest, "set()") {
		p.i += len("set()")
		return value.NewList(), nil
	}
	if rest != "" && (strings.IndexByte("+-.", rest[0]) >= 0 || isDigit(rest[0])) {
		return p.number()
	}
	return p.strings()
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func wordAt(s string, i int) bool {
	if i >= len(s) {
		return false
	}
	c := s[i]
	return c == '_' || isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= utf8.RuneSelf
}

func (p *literal) elems(end byte) ([]value.Value, error) {
	var elems []value.Value
	for !p.take(end) {
		if len(elems) > 0 {
			if !p.take(',') {
				return nil, errLiteral
			}
			if p.take(end) {
				break
			}
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		elems = append(elems, p.mark(v))
	}
	return elems, nil
}

// braces reads a dict or a set behind its "{".
func (p *literal) braces() (any, error) {
	d := value.NewDict()
	if p.take('}') {
		return d, nil
	}
	isSet := false
	var members []value.Value
	for n := 0; ; n++ {
		k, err := p.value()
		if err != nil {
			return nil, err
		}
		key := p.mark(k)
		switch colon := p.take(':'); {
		case n == 0 && !colon:
			isSet = true
		case colon == isSet:
			return nil, errLiteral
		}
		if isSet {
			members = append(members, key)
		} else {
			v, err := p.value()
			if err != nil {
				return nil, err
			}
			if err := d.Set(key, p.mark(v)); err != nil {
				return nil, err
			}
		}
		if p.take('}') {
			break
		}
		if !p.take(',') {
			return nil, errLiteral
		}
		if p.take('}') {
			break
		}
	}
	if isSet {
		return value.NewList(members...), nil
	}
	return d, nil
}

// number reads an int or float with an optional sign. Complex numbers are not known.
func (p *literal) number() (any, error) {
	negative := false
	if c := p.s[p.i]; c == '-' || c == '+' {
		negative = c == '-'
		p.i++
		p.blanks()
	}
	start := p.i
	for p.i < len(p.s) {
		c := p.s[p.i]
		exponent := (c == '+' || c == '-') && p.i > start && (p.s[p.i-1] == 'e' || p.s[p.i-1] == 'E') && !hasPrefixFold(p.s[start:], "0x")
		if c != '.' && !exponent && !wordAt(p.s, p.i) {
			break
		}
		p.i++
	}
	text := p.s[start:p.i]
	if text == "" || !isDigit(text[0]) && text[0] != '.' || strings.HasSuffix(text, "_") || strings.Contains(text, "__") {
		return nil, errLiteral
	}
	for _, bad := range []string{"_.", "._", "_e", "e_", "_E", "E_"} {
		if strings.Contains(text, bad) && !hasPrefixFold(text, "0x") {
			return nil, errLiteral
		}
	}
	digits := strings.ReplaceAll(text, "_", "")
	base := 10
	switch {
	case hasPrefixFold(digits, "0x"):
		base = 16
	case hasPrefixFold(digits, "0o"):
		base = 8
	case hasPrefixFold(digits, "0b"):
		base = 2
	case strings.ContainsAny(digits, ".eE"):
		f, err := strconv.ParseFloat(digits, 64)
		if err != nil && !math.IsInf(f, 0) || digits == "." || strings.ContainsAny(digits, "xXpPiInN") {
			return nil, errLiteral
		}
		if negative {
			f = -f
		}
		return value.NewFloat(f), nil
	}
	if base != 10 {
		digits = digits[2:]
	} else if len(digits) > 1 && digits[0] == '0' && strings.Trim(digits, "0") != "" {
		return nil, errLiteral // 017 was octal once
	}
	n, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return nil, errLiteral
	}
	if negative {
		n.Neg(n)
	}
	return value.NewBigInt(n), nil
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// strings reads one string literal or several in a row, which are one text.
func (p *literal) strings() (any, error) {
	var b strings.Builder
	any := false
	for {
		p.blanks()
		prefix := 0
		for p.i+prefix < len(p.s) && strings.IndexByte("rRbBuU", p.s[p.i+prefix]) >= 0 && prefix < 3 {
			prefix++
		}
		at := p.i + prefix
		if at >= len(p.s) || p.s[at] != '\'' && p.s[at] != '"' {
			break
		}
		kind := strings.ToLower(p.s[p.i:at])
		switch kind {
		case "", "r", "u", "b", "rb", "br":
		default:
			return nil, errLiteral
		}
		p.i = at
		if err := p.quoted(&b, strings.Contains(kind, "r"), strings.Contains(kind, "b")); err != nil {
			return nil, err
		}
		any = true
	}
	if !any {
		return nil, errLiteral
	}
	return pyText(b.String()), nil
}

func (p *literal) quoted(b *strings.Builder, raw, bytes bool) error {
	quote := p.s[p.i : p.i+1]
	if strings.HasPrefix(p.s[p.i:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	p.i += len(quote)
	for p.i < len(p.s) {
		if strings.HasPrefix(p.s[p.i:], quote) {
			p.i += len(quote)
			return nil
		}
		c := p.s[p.i]
		p.i++
		if c != '\\' {
			if bytes && c >= utf8.RuneSelf {
				return errLiteral
			}
			b.WriteByte(c)
			continue
		}
		if p.i >= len(p.s) {
			return errLiteral
		}
		if raw {
			b.WriteByte('\\')
			b.WriteByte(p.s[p.i])
			p.i++
			continue
		}
		if err := p.escape(b, bytes); err != nil {
			return err
		}
	}
	return errLiteral
}

// escape reads what follows a backslash.
func (p *literal) escape(b *strings.Builder, bytes bool) error {
	c := p.s[p.i]
	p.i++
	if i := strings.IndexByte(`\'"abfnrtv`, c); i >= 0 {
		b.WriteByte("\\'\"\a\b\f\n\r\t\v"[i])
		return nil
	}
	digits, base := 0, 16
	switch {
	case c == 'x':
		digits = 2
	case c == 'u' && !bytes:
		digits = 4
	case c == 'U' && !bytes:
		digits = 8
	case c == 'N' && !bytes:
		return errLiteral // names of characters are not known here
	case '0' <= c && c <= '7':
		p.i--
		base = 8
		for digits < 3 && p.i+digits < len(p.s) && '0' <= p.s[p.i+digits] && p.s[p.i+digits] <= '7' {
			digits++
		}
	default:
		b.WriteByte('\\')
		b.WriteByte(c)
		return nil
	}
	if p.i+digits > len(p.s) {
		return errLiteral
	}
	n, err := strconv.ParseUint(p.s[p.i:p.i+digits], base, 32)
	if err != nil || n > utf8.MaxRune {
		return errLiteral
	}
	p.i += digits
	if bytes {
		b.WriteByte(byte(n))
	} else {
		b.WriteRune(rune(n))
	}
	return nil
}

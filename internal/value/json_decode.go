package value

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// JSONError says where a text stops being JSON.
type JSONError struct {
	Msg       string // as Python's json module words it: "Expecting value"
	Line, Col int    // from 1, in characters
	Char      int    // from 0, in characters
}

// Error gives Python's message: "Expecting value: line 1 column 1 (char 0)".
func (e *JSONError) Error() string {
	return fmt.Sprintf("%s: line %d column %d (char %d)", e.Msg, e.Line, e.Col, e.Char)
}

// FromJSON is Python's json.loads: it keeps the order of keys and integers of any size, and takes NaN, Infinity and
// -Infinity. What is not JSON is a *JSONError.
func FromJSON(text []byte) (Value, error) {
	d := jsonReader{s: string(text)}
	if strings.HasPrefix(d.s, "\ufeff") {
		return nil, d.fail("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0)
	}
	d.space()
	v, err := d.value(0)
	if err != nil {
		return nil, err
	}
	d.space()
	if d.i < len(d.s) {
		return nil, d.fail("Extra data", d.i)
	}
	return v, nil
}

type jsonReader struct {
	s string
	i int
}

func (d *jsonReader) fail(msg string, at int) error {
	at = min(at, len(d.s))
	before := d.s[:at]
	return &JSONError{
		Msg: msg, Line: strings.Count(before, "\n") + 1, Char: utf8.RuneCountInString(before),
		Col: utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1,
	}
}

func (d *jsonReader) space() {
	for d.i < len(d.s) && strings.IndexByte(" \t\n\r", d.s[d.i]) >= 0 {
		d.i++
	}
}

func (d *jsonReader) take(word string) bool {
	if strings.HasPrefix(d.s[d.i:], word) {
		d.i += len(word)
		return true
	}
	return false
}

func (d *jsonReader) value(depth int) (Value, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	if d.i >= len(d.s) {
		return nil, d.fail("Expecting value", d.i)
	}
	switch c := d.s[d.i]; {
	case c == '"':
		s, err := d.str()
		return Str{s: s}, err
	case c == '{':
		return d.object(depth)
	case c == '[':
		return d.array(depth)
	case c >= '0' && c <= '9' || c == '-':
		return d.number()
	}
	switch {
	case d.take("null"):
		return None, nil
	case d.take("true"):
		return True, nil
	case d.take("false"):
		return False, nil
	case d.take("NaN"):
		return NewFloat(math.NaN()), nil
	case d.take("Infinity"):
		return NewFloat(math.Inf(1)), nil
	}
	return nil, d.fail("Expecting value", d.i)
}

func (d *jsonReader) digits() int {
	start := d.i
	for d.i < len(d.s) && d.s[d.i] >= '0' && d.s[d.i] <= '9' {
		d.i++
	}
	return d.i - start
}

func (d *jsonReader) number() (Value, error) {
	start := d.i
	if d.take("-Infinity") {
		return NewFloat(math.Inf(-1)), nil
	}
	d.take("-")
	if !d.take("0") && d.digits() == 0 {
		return nil, d.fail("Expecting value", start)
	}
	if at := d.i; d.take(".") && d.digits() == 0 {
		d.i = at
	}
	if at := d.i; at < len(d.s) && d.s[at]|0x20 == 'e' {
		d.i++
		if !d.take("+") {
			d.take("-")
		}
		if d.digits() == 0 {
			d.i = at
		}
	}
	return parseNumber(d.s[start:d.i])
}

// parseNumber reads a JSON number: an int of any size, or a float when there is a fraction or an exponent.
func parseNumber(s string) (Value, error) {
	if strings.ContainsAny(s, ".eE") {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil && !math.IsInf(f, 0) {
			return nil, valueErrorf("could not convert string to float: '%s'", s)
		}
		return NewFloat(f), nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return NewInt(n), nil
	}
	return parseBig(s, 10)
}

func parseBig(s string, base int) (Value, error) {
	if len(s) > 4300 && base == 10 {
		return nil, valueErrorf("Exceeds the limit (4300 digits) for integer string conversion: value has %d digits; use sys.set_int_max_str_digits() to increase the limit", len(strings.TrimPrefix(s, "-")))
	}
	n, ok := new(big.Int).SetString(s, base)
	if !ok {
		return nil, valueErrorf("invalid literal for int() with base %d: '%s'", base, s)
	}
	return NewBigInt(n), nil
}

func (d *jsonReader) array(depth int) (Value, error) {
	l := NewList()
	d.i++
	d.space()
	if d.take("]") {
		return l, nil
	}
	for {
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		l.elems = append(l.elems, v)
		d.space()
		comma := d.i
		if d.take("]") {
			return l, nil
		}
		if !d.take(",") {
			return nil, d.fail("Expecting ',' delimiter", d.i)
		}
		d.space()
		if d.i < len(d.s) && d.s[d.i] == ']' {
			return nil, d.fail("Illegal trailing comma before end of array", comma)
		}
	}
}

func (d *jsonReader) object(depth int) (Value, error) {
	o := NewDict()
	d.i++
	d.space()
	if d.take("}") {
		return o, nil
	}
	for {
		if d.i >= len(d.s) || d.s[d.i] != '"' {
			return nil, d.fail("Expecting property name enclosed in double quotes", d.i)
		}
		key, err := d.str()
		if err != nil {
			return nil, err
		}
		d.space()
		if !d.take(":") {
			return nil, d.fail("Expecting ':' delimiter", d.i)
		}
		d.space()
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		o.SetStr(key, v)
		d.space()
		comma := d.i
		if d.take("}") {
			return o, nil
		}
		if !d.take(",") {
			return nil, d.fail("Expecting ',' delimiter", d.i)
		}
		d.space()
		if d.i < len(d.s) && d.s[d.i] == '}' {
			return nil, d.fail("Illegal trailing comma before end of object", comma)
		}
	}
}

func (d *jsonReader) str() (string, error) {
	start := d.i
	d.i++
	var b strings.Builder
	for {
		n := strings.IndexAny(d.s[d.i:], "\"\\\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\v\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f")
		if n < 0 {
			return "", d.fail("Unterminated string starting at", start)
		}
		b.WriteString(d.s[d.i : d.i+n])
		d.i += n
		switch d.s[d.i] {
		case '"':
			d.i++
			return b.String(), nil
		case '\\':
			if err := d.escape(&b, start); err != nil {
				return "", err
			}
		default:
			return "", d.fail("Invalid control character at", d.i)
		}
	}
}

func (d *jsonReader) escape(b *strings.Builder, start int) error {
	at := d.i
	d.i++
	if d.i >= len(d.s) {
		return d.fail("Unterminated string starting at", start)
	}
	c := d.s[d.i]
	d.i++
	if k := strings.IndexByte(`"\/bfnrt`, c); k >= 0 {
		b.WriteByte("\"\\/\b\f\n\r\t"[k])
		return nil
	}
	if c != 'u' {
		return d.fail(`Invalid \escape`, at)
	}
	r, ok := d.hex4()
	if !ok {
		return d.fail(`Invalid \uXXXX escape`, at+1)
	}
	if r >= 0xd800 && r < 0xdc00 && strings.HasPrefix(d.s[d.i:], `\u`) {
		back := d.i
		d.i += 2
		if low, ok := d.hex4(); ok && low >= 0xdc00 && low < 0xe000 {
			b.WriteRune(0x10000 + (r-0xd800)<<10 + low - 0xdc00)
			return nil
		}
		d.i = back
	}
	if r >= 0xdc80 && r < 0xdd00 {
		b.WriteByte(byte(r - 0xdc00)) // surrogateescape: the byte itself
		return nil
	}
	b.WriteRune(r)
	return nil
}

func (d *jsonReader) hex4() (rune, bool) {
	if d.i+4 > len(d.s) {
		return 0, false
	}
	n, err := strconv.ParseUint(d.s[d.i:d.i+4], 16, 16)
	if err != nil {
		return 0, false
	}
	d.i += 4
	return rune(n), true
}

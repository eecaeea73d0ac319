package value

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// FormatPercent is Python's format % args: a tuple gives the arguments one by one, a dict those with a name, anything
// else is the one argument. The result is secret when the format or the arguments are.
func FormatPercent(format Str, args Value) (Value, error) {
	p := percentFormatter{arg: args}
	if t, ok := args.(Tuple); ok {
		p.list, p.tuple = t.elems, true
	} else {
		p.list = []Value{args}
	}
	text, err := p.run(format.s)
	if err != nil {
		return nil, err
	}
	return DeriveDeep(NewStr(text), format, args), nil
}

type percentFormatter struct {
	arg   Value // as given
	list  []Value
	tuple bool
	next  int
	named bool
}

// directive is one %[(name)][flags][width][.precision]type.
type directive struct {
	left, plus, blank, alt, zero bool
	width, prec                  int // prec -1: not given
	value                        Value
}

func (p *percentFormatter) run(s string) (string, error) {
	var b strings.Builder
	rest := s
	for {
		i := strings.IndexByte(rest, '%')
		if i < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:i])
		rest = rest[i+1:]
		if strings.HasPrefix(rest, "%") {
			b.WriteByte('%')
			rest = rest[1:]
			continue
		}
		text, n, err := p.directive(rest, len(s)-len(rest), s)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
		rest = rest[n:]
		if b.Len() > maxRepeat {
			return "", errTooLarge
		}
	}
	if p.next < len(p.list) && !p.named {
		if p.tuple || !isMapping(p.arg) {
			return "", typeErrorf("not all arguments converted during string formatting")
		}
	}
	return b.String(), nil
}

// isMapping tells what Python lets stand without being used by the format.
func isMapping(v Value) bool {
	switch v.(type) {
	case *Dict, *List, Bytes, *Range, *Undefined:
		return true
	}
	if _, ok := v.(Missing); ok {
		return true
	}
	_, ok := v.(Indexer)
	return ok
}

func (p *percentFormatter) take() (Value, error) {
	if p.next >= len(p.list) {
		return nil, typeErrorf("not enough arguments for format string")
	}
	p.next++
	return shown(p.list[p.next-1])
}

func (p *percentFormatter) directive(s string, at int, whole string) (text string, n int, err error) {
	d := directive{prec: -1}
	i := 0
	if strings.HasPrefix(s, "(") {
		if i, err = p.name(s, &d); err != nil {
			return "", 0, err
		}
	}
	for ; i < len(s) && strings.IndexByte("-+ #0", s[i]) >= 0; i++ {
		switch s[i] {
		case '-':
			d.left = true
		case '+':
			d.plus = true
		case ' ':
			d.blank = true
		case '#':
			d.alt = true
		case '0':
			d.zero = true
		}
	}
	if d.width, i, err = p.number(s, i, "width"); err != nil {
		return "", 0, err
	}
	if d.width < 0 {
		d.left, d.width = true, -d.width
	}
	if i < len(s) && s[i] == '.' {
		if d.prec, i, err = p.number(s, i+1, "precision"); err != nil {
			return "", 0, err
		}
		d.prec = max(d.prec, 0)
	}
	if i < len(s) && strings.IndexByte("hlL", s[i]) >= 0 {
		i++
	}
	if i >= len(s) {
		return "", 0, valueErrorf("incomplete format")
	}
	typ, w := utf8.DecodeRuneInString(s[i:])
	if d.value == nil {
		if d.value, err = p.take(); err != nil {
			return "", 0, err
		}
	}
	if !strings.ContainsRune("diuoxXeEfFgGcrsa%", typ) {
		return "", 0, valueErrorf("unsupported format character '%c' (0x%x) at index %d", typ, typ,
			utf8.RuneCountInString(whole[:at+i]))
	}
	_, undef := d.value.(*Undefined)
	if (undef || missing(d.value) != nil) && typ == 'c' {
		return "", 0, typeErrorf("%%c requires int or char")
	}
	if typ != 'r' && typ != 'a' && typ != '%' {
		if d.value, err = known(d.value); err != nil {
			return "", 0, err
		}
		if m := missing(d.value); m != nil && !strings.ContainsRune("sxXo", typ) {
			return "", 0, m
		}
	}
	text, err = d.text(byte(typ))
	return text, i + w, err
}

func (p *percentFormatter) name(s string, d *directive) (int, error) {
	depth, end := 0, -1
	for i := 0; i < len(s); i++ {
		if s[i] == '(' {
			depth++
		} else if s[i] == ')' {
			if depth--; depth == 0 {
				end = i
				break
			}
		}
	}
	if end < 0 {
		return 0, valueErrorf("incomplete format key")
	}
	if p.tuple || !isMapping(p.arg) {
		return 0, typeErrorf("format requires a mapping")
	}
	v, err := Index(p.arg, NewStr(s[1:end]))
	if err != nil {
		return 0, err
	}
	if d.value, err = known(v); err != nil {
		return 0, err
	}
	p.named = true
	return end + 1, nil
}

func (p *percentFormatter) number(s string, i int, what string) (n, end int, err error) {
	if i < len(s) && s[i] == '*' {
		v, err := p.take()
		if err != nil {
			return 0, 0, err
		}
		k, ok := asInt(v)
		if !ok {
			return 0, 0, typeErrorf("* wants int")
		}
		n, fits := k.Int64()
		if !fits || n > math.MaxInt32 || n < -math.MaxInt32 {
			return 0, 0, Raise("OverflowError", "Python int too large to convert to C int")
		}
		return int(n), i + 1, nil
	}
	end = i
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	if end == i {
		return 0, i, nil
	}
	if n, err = strconv.Atoi(s[i:end]); err != nil || n > math.MaxInt32 {
		return 0, 0, valueErrorf("%s too big", what)
	}
	return n, end, nil
}

func (d directive) text(typ byte) (string, error) {
	switch typ {
	case '%':
		return "%", nil
	case 's', 'r', 'a':
		v, err := convert(d.value, typ)
		if err != nil {
			return "", err
		}
		s := v.(Str).s
		if d.prec >= 0 {
			s = s[:byteOffset(s, d.prec)]
		}
		return d.pad("", s, false)
	case 'c':
		return d.char()
	case 'e', 'E', 'f', 'F', 'g', 'G':
		return d.float(typ)
	}
	return d.int(typ)
}

func (d directive) char() (string, error) {
	switch v := d.value.(type) {
	case Str:
		if v.Len() == 1 {
			return d.pad("", v.s, false)
		}
	case Int, Bool:
		k, _ := asInt(v)
		if n, ok := k.Int64(); ok && n >= 0 && n <= utf8.MaxRune {
			return d.pad("", string(rune(n)), false)
		}
		return "", Raise("OverflowError", "%%c arg not in range(0x110000)")
	}
	return "", typeErrorf("%%c requires int or char")
}

func (d directive) float(typ byte) (string, error) {
	x, err := AsFloat(d.value)
	if err != nil {
		return "", err
	}
	if d.prec > 1<<20 {
		return "", valueErrorf("precision too big")
	}
	prec := d.prec
	if prec < 0 {
		prec = 6
	}
	return d.pad(d.sign(math.Signbit(x) && !math.IsNaN(x)), floatDigits(math.Abs(x), typ, prec, d.alt), true)
}

func (d directive) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case d.plus:
		return "+"
	case d.blank:
		return " "
	}
	return ""
}

func (d directive) int(typ byte) (string, error) {
	n, ok := asInt(d.value)
	if !ok {
		f, isFloat := d.value.(Float)
		decimal := typ == 'd' || typ == 'i' || typ == 'u'
		switch {
		case !decimal:
			return "", typeErrorf("%%%c format: an integer is required, not %s", typ, qualified(d.value))
		case !isFloat:
			return "", typeErrorf("%%%c format: a real number is required, not %s", typ, qualified(d.value))
		}
		var err error
		if n, err = Truncate(f.f); err != nil {
			return "", err
		}
	}
	base, prefix := 10, ""
	switch typ {
	case 'o':
		base, prefix = 8, "0o"
	case 'x':
		base, prefix = 16, "0x"
	case 'X':
		base, prefix = 16, "0X"
	}
	digits := strings.TrimPrefix(n.Big().Text(base), "-")
	if typ == 'X' {
		digits = strings.ToUpper(digits)
	}
	if d.prec > len(digits) {
		if d.prec > maxRepeat {
			return "", errTooLarge
		}
		digits = strings.Repeat("0", d.prec-len(digits)) + digits
	}
	if !d.alt {
		prefix = ""
	}
	return d.pad(d.sign(n.Sign() < 0)+prefix, digits, true)
}

func (d directive) pad(head, body string, number bool) (string, error) {
	f := formatSpec{fill: " ", align: '>', width: d.width}
	switch {
	case d.left:
		f.align = '<'
	case number && d.zero:
		f.fill, f.align = "0", '='
	}
	return f.pad(head, body)
}

// Truncate is int(f): towards zero. Infinity and NaN are an OverflowError and a ValueError.
func Truncate(f float64) (Int, error) {
	switch {
	case math.IsNaN(f):
		return Int{}, valueErrorf("cannot convert float NaN to integer")
	case math.IsInf(f, 0):
		return Int{}, Raise("OverflowError", "cannot convert float infinity to integer")
	}
	n, _ := big.NewFloat(f).Int(nil)
	return NewBigInt(n), nil
}

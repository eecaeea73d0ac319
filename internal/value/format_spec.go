package value

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// formatSpec is a parsed format specifier: [[fill]align][sign][z][#][0][width][grouping][.precision][type].
type formatSpec struct {
	fill      string
	align     byte // 0 when not given
	sign      byte // 0 when not given
	noNegZero bool // z
	alt       bool
	width     int
	group     byte // ',' or '_'
	prec      int  // -1 when not given
	typ       rune // 0 when not given
}

// FormatSpec is Python's format(v, spec), what "{:spec}".format(v) does.
func FormatSpec(v Value, spec string) (string, error) {
	v, err := known(v)
	if err != nil {
		return "", err
	}
	if spec == "" {
		return Text(v)
	}
	switch x := v.(type) {
	case DateTime:
		return Strftime(x, spec)
	case Date:
		return Strftime(x, spec)
	case Str, Int, Float, Bool:
	default:
		return "", typeErrorf("unsupported format string passed to %s.__format__", qualified(v))
	}
	f, err := parseSpec(spec, v)
	if err != nil {
		return "", err
	}
	switch x := v.(type) {
	case Str:
		return f.str(x.s)
	case Float:
		return f.float(x.f, "float")
	}
	n, _ := asInt(v)
	return f.int(n, v.Type())
}

func isAlign(c byte) bool { return c == '<' || c == '>' || c == '=' || c == '^' }

func parseSpec(spec string, v Value) (formatSpec, error) {
	f := formatSpec{fill: " ", prec: -1}
	s := spec
	given := false
	if _, n := utf8.DecodeRuneInString(s); n < len(s) && isAlign(s[n]) {
		f.fill, f.align, s, given = s[:n], s[n], s[n+1:], true
	} else if isAlign(s[0]) {
		f.align, s = s[0], s[1:]
	}
	if s != "" && strings.IndexByte("+- ", s[0]) >= 0 {
		f.sign, s = s[0], s[1:]
	}
	if s != "" && s[0] == 'z' {
		f.noNegZero, s = true, s[1:]
	}
	if s != "" && s[0] == '#' {
		f.alt, s = true, s[1:]
	}
	if s != "" && s[0] == '0' && !given {
		f.fill, s = "0", s[1:]
		if _, isStr := v.(Str); f.align == 0 && !isStr {
			f.align = '='
		}
	}
	var err error
	if f.width, s, err = specNumber(s, 0); err != nil {
		return f, err
	}
	for s != "" && (s[0] == ',' || s[0] == '_') {
		if f.group != 0 {
			if f.group != s[0] {
				return f, valueErrorf("Cannot specify both ',' and '_'.")
			}
			return f, valueErrorf("Cannot specify '%c' with '%c'.", s[0], s[0])
		}
		f.group, s = s[0], s[1:]
	}
	if s != "" && s[0] == '.' {
		if f.prec, s, err = specNumber(s[1:], -1); err != nil {
			return f, err
		}
		if f.prec < 0 {
			return f, valueErrorf("Format specifier missing precision")
		}
	}
	r, n := utf8.DecodeRuneInString(s)
	if n < len(s) {
		return f, valueErrorf("Invalid format specifier '%s' for object of type '%s'", spec, v.Type())
	}
	if n > 0 {
		f.typ = r
	}
	if f.group != 0 && !strings.ContainsRune("deEfFgG%\x00", f.typ) && (f.group == ',' || !strings.ContainsRune("boxX", f.typ)) {
		return f, valueErrorf("Cannot specify '%c' with '%c'.", f.group, f.typ)
	}
	if _, isStr := v.(Str); isStr && f.group != 0 && f.typ == 0 {
		return f, valueErrorf("Cannot specify '%c' with 's'.", f.group)
	}
	return f, nil
}

func specNumber(s string, none int) (int, string, error) {
	end := 0
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	if end == 0 {
		return none, s, nil
	}
	n, err := strconv.Atoi(s[:end])
	if err != nil || n > math.MaxInt32 {
		return 0, "", valueErrorf("Too many decimal digits in format string")
	}
	return n, s[end:], nil
}

func (f formatSpec) unknown(typeName string) error {
	if f.typ > ' ' && f.typ < 0x80 {
		return valueErrorf("Unknown format code '%c' for object of type '%s'", f.typ, typeName)
	}
	return valueErrorf("Unknown format code '\\x%x' for object of type '%s'", f.typ, typeName)
}

func (f formatSpec) str(s string) (string, error) {
	switch {
	case f.typ != 0 && f.typ != 's':
		return "", f.unknown("str")
	case f.sign != 0:
		if f.sign == ' ' {
			return "", valueErrorf("Space not allowed in string format specifier")
		}
		return "", valueErrorf("Sign not allowed in string format specifier")
	case f.noNegZero:
		return "", valueErrorf("Negative zero coercion (z) not allowed in string format specifier")
	case f.alt:
		return "", valueErrorf("Alternate form (#) not allowed in string format specifier")
	case f.align == '=':
		return "", valueErrorf("'=' alignment not allowed in string format specifier")
	case f.group != 0:
		return "", valueErrorf("Cannot specify '%c' with 's'.", f.group)
	}
	if f.prec >= 0 {
		s = s[:byteOffset(s, f.prec)]
	}
	if f.align == 0 {
		f.align = '<'
	}
	return f.pad("", s)
}

// pad fills up to the width; head (sign and prefix) stays at the left edge with "=".
func (f formatSpec) pad(head, body string) (string, error) {
	n := f.width - utf8.RuneCountInString(head) - utf8.RuneCountInString(body)
	if n <= 0 {
		return head + body, nil
	}
	if n > maxRepeat {
		return "", errTooLarge
	}
	switch f.align {
	case '<':
		return head + body + strings.Repeat(f.fill, n), nil
	case '^':
		return strings.Repeat(f.fill, n/2) + head + body + strings.Repeat(f.fill, n-n/2), nil
	case '=':
		return head + strings.Repeat(f.fill, n) + body, nil
	}
	return strings.Repeat(f.fill, n) + head + body, nil
}

func (f formatSpec) signOf(negative bool) string {
	switch {
	case negative:
		return "-"
	case f.sign == '+' || f.sign == ' ':
		return string(f.sign)
	}
	return ""
}

func (f formatSpec) int(n Int, typeName string) (string, error) {
	base, prefix := 10, ""
	switch f.typ {
	case 0, 'd', 'n':
	case 'b':
		base, prefix = 2, "0b"
	case 'o':
		base, prefix = 8, "0o"
	case 'x':
		base, prefix = 16, "0x"
	case 'X':
		base, prefix = 16, "0X"
	case 'c':
		return f.char(n)
	case 'e', 'E', 'f', 'F', 'g', 'G', '%':
		x, err := AsFloat(n)
		if err != nil {
			return "", err
		}
		return f.float(x, typeName)
	default:
		return "", f.unknown(typeName)
	}
	if f.prec >= 0 {
		return "", valueErrorf("Precision not allowed in integer format specifier")
	}
	if f.noNegZero {
		return "", valueErrorf("Negative zero coercion (z) not allowed in format specifier with integer presentation type")
	}
	digits := strings.TrimPrefix(n.Big().Text(base), "-")
	if f.typ == 'X' {
		digits = strings.ToUpper(digits)
	}
	if !f.alt {
		prefix = ""
	}
	every := 3
	if base != 10 {
		every = 4
	}
	return f.number(f.signOf(n.Sign() < 0)+prefix, digits, "", every)
}

func (f formatSpec) char(n Int) (string, error) {
	switch {
	case f.prec >= 0:
		return "", valueErrorf("Precision not allowed in integer format specifier")
	case f.sign != 0:
		return "", valueErrorf("Sign not allowed with integer format specifier 'c'")
	case f.alt:
		return "", valueErrorf("Alternate form (#) not allowed with integer format specifier 'c'")
	}
	c, ok := n.Int64()
	if !ok || c < 0 || c > utf8.MaxRune {
		return "", Raise("OverflowError", "%%c arg not in range(0x110000)")
	}
	if f.align == 0 {
		f.align = '<'
	}
	return f.pad("", string(rune(c)))
}

// number puts sign, grouped digits and the rest together; zeros that fill up are grouped too.
func (f formatSpec) number(head, digits, rest string, every int) (string, error) {
	if f.align == 0 {
		f.align = '>'
	}
	if f.group == 0 {
		return f.pad(head, digits+rest)
	}
	grouped := groupDigits(digits, every, f.group)
	if f.fill == "0" && f.align == '=' {
		if f.width > maxRepeat {
			return "", errTooLarge
		}
		room := f.width - len(head) - len(rest)
		if len(grouped) < room {
			// n digits take n + (n-1)/every places; the first character is never the separator
			want := room - room/(every+1)
			for want+(want-1)/every < room {
				want++
			}
			digits = strings.Repeat("0", max(0, want-len(digits))) + digits
			grouped = groupDigits(digits, every, f.group)
		}
	}
	return f.pad(head, grouped+rest)
}

func groupDigits(digits string, every int, sep byte) string {
	var b strings.Builder
	for i := 0; i < len(digits); i++ {
		if i > 0 && (len(digits)-i)%every == 0 {
			b.WriteByte(sep)
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

package value

import (
	"math"
	"strconv"
	"strings"
)

func (f formatSpec) float(x float64, typeName string) (string, error) {
	typ := f.typ
	if typ > 0x7f || !strings.ContainsRune("eEfFgGn%\x00", typ) {
		return "", f.unknown(typeName)
	}
	if f.prec > 1<<20 {
		return "", valueErrorf("precision too big")
	}
	text := floatDigits(math.Abs(x), byte(typ), f.prec, f.alt)
	negative := math.Signbit(x) && !math.IsNaN(x)
	if negative && f.noNegZero && strings.Trim(text, "0.") == "" {
		negative = false
	}
	digits, rest := text, ""
	if i := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		digits, rest = text[:i], text[i:]
	}
	if digits == "" { // inf, nan
		f.group = 0
	}
	return f.number(f.signOf(negative), digits, rest, 3)
}

// floatDigits writes x >= 0 as the type says; prec is -1 when not given.
func floatDigits(x float64, typ byte, prec int, alt bool) string {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		s := strings.TrimPrefix(FloatText(x), "-")
		if typ == '%' {
			return s + "%"
		}
		if typ == 'E' || typ == 'F' || typ == 'G' {
			return strings.ToUpper(s)
		}
		return s
	}
	if typ == 0 && prec < 0 {
		return FloatText(x)
	}
	if prec < 0 {
		prec = 6
	}
	switch typ {
	case 'f', 'F':
		return withPoint(strconv.FormatFloat(x, 'f', prec, 64), alt)
	case '%':
		return withPoint(strconv.FormatFloat(x*100, 'f', prec, 64), alt) + "%"
	case 'e':
		return withPoint(strconv.FormatFloat(x, 'e', prec, 64), alt)
	case 'E':
		return withPoint(strconv.FormatFloat(x, 'E', prec, 64), alt)
	}
	return generalFloat(x, typ, max(prec, 1), alt)
}

// withPoint adds the decimal point that "#" asks for.
func withPoint(s string, alt bool) string {
	if !alt || strings.Contains(s, ".") {
		return s
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		return s[:i] + "." + s[i:]
	}
	return s + "."
}

// generalFloat is type g, G and n, and with typ 0 the one without a type, which shows ".0".
func generalFloat(x float64, typ byte, prec int, alt bool) string {
	sci := strconv.FormatFloat(x, 'e', prec-1, 64)
	e := strings.IndexByte(sci, 'e')
	exp, _ := strconv.Atoi(sci[e+1:])
	limit := prec
	if typ == 0 {
		limit--
	}
	if exp < -4 || exp >= limit && !(typ == 0 && limit == 0 && exp < 0) {
		mantissa := sci[:e]
		if alt {
			mantissa = withPoint(mantissa, true)
		} else {
			mantissa = trimZeros(mantissa)
		}
		sci = mantissa + sci[e:]
		if typ == 'G' {
			return strings.ToUpper(sci)
		}
		return sci
	}
	s := strconv.FormatFloat(x, 'f', max(prec-1-exp, 0), 64)
	if alt {
		return withPoint(s, true)
	}
	s = trimZeros(s)
	if typ == 0 && !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

func trimZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

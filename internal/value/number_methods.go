package value

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
	"unicode"
)

var intMethods, floatMethods map[string]*methodDef

func makeNumberMethods() {
	self := func(v Value, _ []Value) (Value, error) { return v, nil }
	intMethods = named(map[string]*methodDef{
		"bit_length": intMethod(func(n *big.Int) Value { return NewInt(int64(n.BitLen())) }),
		"bit_count": intMethod(func(n *big.Int) Value {
			count := 0
			for _, w := range n.Bits() {
				count += bits.OnesCount(uint(w))
			}
			return NewInt(int64(count))
		}),
		"conjugate":        intMethod(func(n *big.Int) Value { return NewBigInt(n) }),
		"is_integer":       intMethod(func(*big.Int) Value { return True }),
		"as_integer_ratio": intMethod(func(n *big.Int) Value { return NewTuple(NewBigInt(n), NewInt(1)) }),
	})
	floatMethods = named(map[string]*methodDef{
		"is_integer":       method(noArgs, "", func(v Value, _ []Value) (Value, error) { return Bool(v.(Float).IsInt()), nil }),
		"conjugate":        method(noArgs, "", self),
		"as_integer_ratio": method(noArgs, "", floatRatio),
		"hex":              method(noArgs, "", func(v Value, _ []Value) (Value, error) { return NewStr(floatHex(v.(Float).f)), nil }),
	})
}

func intMethod(f func(n *big.Int) Value) *methodDef {
	return method(noArgs, "", func(v Value, _ []Value) (Value, error) {
		n, _ := asInt(v)
		return f(n.Big()), nil
	})
}

func intAttr(v Value, name string) (Value, bool) {
	n, _ := asInt(v)
	switch name {
	case "real", "numerator":
		return Derive(Int{small: n.small, big: n.big}, v), true
	case "imag":
		return NewInt(0), true
	case "denominator":
		return NewInt(1), true
	}
	return nil, false
}

func floatAttr(v Float, name string) (Value, bool) {
	switch name {
	case "real":
		return Derive(NewFloat(v.f), v), true
	case "imag":
		return NewFloat(0), true
	}
	return nil, false
}

func floatRatio(v Value, _ []Value) (Value, error) {
	f := v.(Float).f
	switch {
	case math.IsNaN(f):
		return nil, valueErrorf("cannot convert NaN to integer ratio")
	case math.IsInf(f, 0):
		return nil, Raise("OverflowError", "cannot convert Infinity to integer ratio")
	}
	r := new(big.Rat).SetFloat64(f)
	return NewTuple(NewBigInt(new(big.Int).Set(r.Num())), NewBigInt(new(big.Int).Set(r.Denom()))), nil
}

func floatHex(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return FloatText(f)
	}
	if f == 0 {
		if math.Signbit(f) {
			return "-0x0.0p+0"
		}
		return "0x0.0p+0"
	}
	if a := math.Abs(f); a < 0x1p-1022 {
		s := fmt.Sprintf("0x0.%013xp-1022", math.Float64bits(a))
		if f < 0 {
			s = "-" + s
		}
		return s
	}
	s := strconv.FormatFloat(f, 'x', 13, 64)
	i := strings.IndexByte(s, 'p')
	exp, _ := strconv.Atoi(s[i+1:])
	sign := "+"
	if exp < 0 {
		sign = ""
	}
	return s[:i] + "p" + sign + strconv.Itoa(exp)
}

// ParseInt is int(text, base): blanks around, one sign, underscores between digits, and for bases 2, 8, 16 and 0 a
// prefix. What is no integer is a ValueError.
func ParseInt(text string, base int) (Int, error) {
	fail := func() (Int, error) {
		return Int{}, valueErrorf("invalid literal for int() with base %d: %s", base, string(appendQuoted(nil, text)))
	}
	if base != 0 && (base < 2 || base > 36) {
		return Int{}, valueErrorf("int() base must be >= 2 and <= 36, or 0")
	}
	s := asciiDigits(strings.TrimFunc(text, isSpace))
	sign := ""
	if s != "" && (s[0] == '+' || s[0] == '-') {
		sign, s = strings.TrimPrefix(s[:1], "+"), s[1:]
	}
	real := base
	if len(s) > 1 && s[0] == '0' {
		prefix := map[byte]int{'x': 16, 'o': 8, 'b': 2}[s[1]|0x20]
		if prefix != 0 && (base == prefix || base == 0) {
			real = prefix
			s = strings.TrimPrefix(s[2:], "_")
		}
	}
	if real == 0 {
		real = 10
		if strings.HasPrefix(s, "0") && strings.Trim(s, "0_") != "" {
			return fail()
		}
	}
	if s == "" || strings.HasPrefix(s, "_") || strings.HasSuffix(s, "_") || strings.Contains(s, "__") || s[0] == '+' || s[0] == '-' {
		return fail()
	}
	digits := sign + strings.ReplaceAll(s, "_", "")
	v, err := parseBig(digits, real)
	if err != nil {
		if strings.HasPrefix(err.Error(), "Exceeds") {
			return Int{}, err
		}
		return fail()
	}
	return v.(Int), nil
}

// asciiDigits turns the decimal digits of all scripts into 0 to 9.
func asciiDigits(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 || !isDecimal(r) {
			return r
		}
		for _, table := range unicode.Nd.R16 { // every block of digits begins at its zero
			if r >= rune(table.Lo) && r <= rune(table.Hi) {
				return '0' + (r-rune(table.Lo))%10
			}
		}
		for _, table := range unicode.Nd.R32 {
			if r >= rune(table.Lo) && r <= rune(table.Hi) {
				return '0' + (r-rune(table.Lo))%10
			}
		}
		return r
	}, s)
}

// ParseFloat is float(text).
func ParseFloat(text string) (float64, error) {
	s := asciiDigits(strings.TrimFunc(text, isSpace))
	bad := strings.ContainsAny(s, "xXpP") || strings.HasPrefix(s, "_") || strings.HasSuffix(s, "_")
	for i := 1; i < len(s)-1 && !bad; i++ {
		if s[i] == '_' {
			bad = s[i-1] < '0' || s[i-1] > '9' || s[i+1] < '0' || s[i+1] > '9'
		}
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	if bad || err != nil && !math.IsInf(f, 0) {
		return 0, valueErrorf("could not convert string to float: %s", string(appendQuoted(nil, text)))
	}
	return f, nil
}

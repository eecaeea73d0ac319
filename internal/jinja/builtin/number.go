package builtin

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = filter("int", "do_int(value, default=0, base=10)", toInt)
	_ = filter("float", "do_float(value, default=0.0)", toFloat)
	_ = filter("abs", "@abs(x)", abs)
	_ = filter("round", "do_round(value, precision=0, method='common')", round)
	_ = filter("filesizeformat", "do_filesizeformat(value, binary=False)", fileSize)
)

// parseInt is Python's int(s, base) for a text. ok is false for a ValueError.
func parseInt(s string, base int) (*big.Int, bool) {
	s = strings.TrimFunc(s, isSpace)
	neg := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		neg = s[0] == '-'
		s = s[1:]
	}
	if base != 0 && (base < 2 || base > 36) {
		return nil, false
	}
	if len(s) > 2 && s[0] == '0' {
		b := map[byte]int{'b': 2, 'o': 8, 'x': 16}[s[1]|0x20]
		if b != 0 && (base == b || base == 0) {
			base = b
			s = strings.TrimPrefix(s[2:], "_")
		}
	}
	if base == 0 {
		if base = 10; len(s) > 1 && s[0] == '0' && strings.Trim(s, "0_") != "" {
			return nil, false
		}
	}
	if s == "" || s[0] == '_' || s[len(s)-1] == '_' || strings.Contains(s, "__") || s[0] == '-' || s[0] == '+' {
		return nil, false
	}
	s = asciiDigits(strings.ReplaceAll(s, "_", ""))
	if len(s) > 4300 && base&(base-1) != 0 {
		return nil, false
	}
	n, ok := new(big.Int).SetString(s, base)
	if ok && neg {
		n.Neg(n)
	}
	return n, ok
}

// parseFloat is Python's float(s) for a text.
func parseFloat(s string) (float64, bool) {
	s = asciiDigits(strings.TrimFunc(s, isSpace))
	low := strings.ToLower(strings.TrimLeft(s, "+-"))
	if strings.ContainsAny(low, "xp") || strings.HasPrefix(low, "_") || strings.HasSuffix(low, "_") {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		if s[i] == '_' && (i == 0 || i+1 >= len(s) || s[i-1] < '0' || s[i-1] > '9' || s[i+1] < '0' || s[i+1] > '9') {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

// floatOf is Python's float(v). ok is false for a TypeError or a ValueError.
func floatOf(v value.Value) (float64, bool, error) {
	switch v := v.(type) {
	case value.Str:
		f, ok := parseFloat(v.String())
		return f, ok, nil
	case value.Bytes:
		f, ok := parseFloat(string(v.Bytes()))
		return f, ok, nil
	case value.Int, value.Float, value.Bool:
		f, err := value.AsFloat(v)
		return f, err == nil, err
	case *value.Undefined:
		return 0, false, eval.UndefinedError(v)
	case eval.NoElse:
		return 0, false, eval.UndefinedError(v.Undefined)
	}
	return 0, false, nil
}

func toInt(c *eval.Call) (value.Value, error) {
	base, noBase := c.Int(1)
	switch v := c.Value.(type) {
	case value.Int:
		return v, nil
	case value.Bool:
		n, _ := eval.AsIndex(v)
		return eval.IntValue(int64(n)), nil
	case value.Float:
		if math.IsInf(v.Float64(), 0) {
			return nil, value.Raise("OverflowError", "cannot convert float infinity to integer")
		}
		if math.IsNaN(v.Float64()) {
			return c.Arg(0), nil
		}
		return truncated(v.Float64()), nil
	case value.Str:
		if n, ok := parseInt(v.String(), base); ok && noBase == nil {
			return value.NewBigInt(n), nil
		}
	}
	f, ok, err := floatOf(c.Value)
	if err != nil {
		return nil, err
	}
	if !ok || math.IsInf(f, 0) || math.IsNaN(f) {
		return c.Arg(0), nil
	}
	return truncated(f), nil
}

func truncated(f float64) value.Value {
	f = math.Trunc(f)
	if math.Abs(f) < 1<<62 {
		return eval.IntValue(int64(f))
	}
	n, _ := big.NewFloat(f).Int(nil)
	return value.NewBigInt(n)
}

func toFloat(c *eval.Call) (value.Value, error) {
	f, ok, err := floatOf(c.Value)
	if err != nil {
		return nil, err
	}
	if !ok {
		return c.Arg(0), nil
	}
	return value.NewFloat(f), nil
}

func abs(c *eval.Call) (value.Value, error) {
	switch v := c.Value.(type) {
	case value.Int:
		if v.Sign() < 0 {
			return value.Unary("-", v)
		}
		return v, nil
	case value.Bool:
		n, _ := eval.AsIndex(v)
		return eval.IntValue(int64(n)), nil
	case value.Float:
		return value.NewFloat(math.Abs(v.Float64())), nil
	case value.TimeDelta:
		return max(v, -v), nil
	case *value.Undefined:
		return nil, eval.UndefinedError(v)
	}
	return nil, value.Raise("TypeError", "bad operand type for abs(): '%s'", c.Value.Type())
}

func round(c *eval.Call) (value.Value, error) {
	method, _ := eval.Plain(c.Arg(1)).(value.Str)
	switch method.String() {
	case "common":
		digits := 0
		if c.Given(0) {
			n, err := c.Int(0)
			if err != nil { // what can't be rounded at all is told first
				if _, bad := roundCommon(c.Value, 0, true); bad != nil {
					err = bad
				}
				return nil, err
			}
			digits = n
		}
		return roundCommon(c.Value, digits, c.Given(0))
	case "ceil", "floor":
		return roundTo(c, method.String())
	}
	return nil, argumentError("method must be common, ceil or floor")
}

// roundCommon is Python's round(v, digits).
func roundCommon(v value.Value, digits int, given bool) (value.Value, error) {
	if b, ok := v.(value.Bool); ok {
		n, _ := eval.AsIndex(b)
		v = value.NewInt(int64(n))
	}
	switch v := v.(type) {
	case value.Int:
		if digits >= 0 {
			return v, nil
		}
		r := new(big.Rat).SetInt(v.Big())
		return value.NewBigInt(roundRat(r, digits)), nil
	case value.Float:
		f := v.Float64()
		if !given {
			return truncated(math.RoundToEven(f)), nil
		}
		if math.IsInf(f, 0) || math.IsNaN(f) || digits > 323 {
			return v, nil
		}
		if digits >= 0 {
			r, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', digits, 64), 64)
			if err != nil {
				return nil, value.Raise("OverflowError", "rounded value too large to represent")
			}
			return value.NewFloat(r), nil
		}
		if digits < -308 {
			return value.NewFloat(math.Copysign(0, f)), nil
		}
		n := roundRat(new(big.Rat).SetFloat64(f), digits)
		r, _ := new(big.Float).SetInt(n).Float64()
		return value.NewFloat(math.Copysign(r, f)), nil
	case *value.Undefined:
		return nil, eval.UndefinedError(v)
	}
	return nil, value.Raise("TypeError", "type %s doesn't define __round__ method", v.Type())
}

// roundRat rounds r to a multiple of 10^-digits, digits < 0, halves to even.
func roundRat(r *big.Rat, digits int) *big.Int {
	if digits < -10000 {
		return new(big.Int)
	}
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-digits)), nil)
	q := new(big.Rat).Quo(r, new(big.Rat).SetInt(unit))
	num, den := q.Num(), q.Denom()
	n, rem := new(big.Int).DivMod(num, den, new(big.Int))
	switch cmp := rem.Lsh(rem, 1).Cmp(den); {
	case cmp > 0, cmp == 0 && n.Bit(0) == 1:
		n.Add(n, big.NewInt(1))
	}
	return n.Mul(n, unit)
}

// roundTo is math.ceil or math.floor of v * 10**precision, divided again.
func roundTo(c *eval.Call, method string) (value.Value, error) {
	unit, err := value.Binary("**", value.NewInt(10), c.Arg(0))
	if err != nil {
		return nil, err
	}
	v, err := value.Binary("*", c.Value, unit)
	if err != nil {
		return nil, err
	}
	if f, ok := v.(value.Float); ok {
		switch {
		case math.IsInf(f.Float64(), 0):
			return nil, value.Raise("OverflowError", "cannot convert float infinity to integer")
		case math.IsNaN(f.Float64()):
			return nil, value.Raise("ValueError", "cannot convert float NaN to integer")
		case method == "ceil":
			v = truncated(math.Ceil(f.Float64()))
		default:
			v = truncated(math.Floor(f.Float64()))
		}
	} else if _, ok := v.(value.Int); !ok {
		return nil, value.Raise("TypeError", "must be real number, not %s", v.Type())
	}
	return value.Binary("/", v, unit)
}

func fileSize(c *eval.Call) (value.Value, error) {
	n, ok, err := floatOf(c.Value)
	if err != nil {
		return nil, err
	}
	if !ok {
		if t := c.Value.Type(); (t == "str" || t == "bytes") && !value.IsSecret(c.Value) {
			r, _ := value.Repr(c.Value)
			return nil, value.Raise("ValueError", "could not convert string to float: %s", r)
		}
		return nil, value.Raise("TypeError", "float() argument must be a string or a real number, not '%s'", c.Value.Type())
	}
	binary, err := c.Bool(0)
	if err != nil {
		return nil, err
	}
	base, suffix := 1000.0, "B"
	prefixes := []string{"k", "M", "G", "T", "P", "E", "Z", "Y"}
	if binary {
		base, suffix = 1024, "iB"
		prefixes[0] = "K"
	}
	switch {
	case n == 1:
		return str("1 Byte"), nil
	case n < base:
		return str(strconv.FormatFloat(math.Trunc(n)+0, 'f', 0, 64) + " Bytes"), nil
	}
	unit := base
	for i, p := range prefixes {
		unit *= base
		if n < unit || i == len(prefixes)-1 {
			shown := base * n / unit
			if math.IsInf(shown, 0) || math.IsNaN(shown) {
				return str(value.FloatText(shown) + " " + p + suffix), nil
			}
			return str(strconv.FormatFloat(shown, 'f', 1, 64) + " " + p + suffix), nil
		}
	}
	return nil, nil
}

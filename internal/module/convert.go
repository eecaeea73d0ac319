package module

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// text is Python's str() of an argument, which holds no undefined and nothing lazy.
func text(v value.Value) string {
	s, err := value.Text(v)
	if err != nil {
		return ""
	}
	return s
}

func repr(v value.Value) string {
	s, err := value.Repr(v)
	if err != nil {
		return ""
	}
	return s
}

// convertArg converts one argument and the elements of a list in params.
func (c *checker) convertArg(a *Arg, params *value.Dict, path []string) {
	if !params.Has(a.Name) {
		return
	}
	v := params.Stored(a.Name)
	if v == value.None && !a.Required && a.Default == nil {
		return
	}
	found := ""
	if len(path) > 0 {
		found = " found in '" + strings.Join(path, " -> ") + "'."
	}
	out, msg := c.convert(a.Type, v)
	if msg != "" {
		c.fail("argument '%s' is of type %s%s and we were unable to convert to %s: %s", a.Name, v.Type(), found, a.Type, msg)
		return
	}
	if a.Type == List && !a.Untyped && a.Options == nil {
		in := out.(*value.List)
		elems := value.NewList()
		for _, e := range in.Stored() {
			n, msg := c.convert(a.Elements, e)
			if msg != "" {
				c.fail("Elements value for option '%s'%s is of type %s and we were unable to convert to %s: %s", a.Name, found, e.Type(), a.Elements, msg)
				continue // as Ansible: the list goes on without it
			}
			elems.Append(n)
		}
		out = elems
	}
	params.SetStr(a.Name, out)
}

// convert turns v into a value of type t, or says why not in Ansible's words.
func (c *checker) convert(t Type, v value.Value) (out value.Value, msg string) {
	switch t {
	case Str:
		return toStr(v), ""
	case Path:
		return value.NewStr(c.expand(toStr(v).String())), ""
	case Int:
		return toInt(v)
	case Float:
		return toFloat(v)
	case Bool:
		return toBool(v)
	case List:
		return toList(v)
	case Dict:
		return c.toDict(v)
	case JSONArg:
		return toJSON(v)
	case Bytes:
		return toSize(v, "Byte", "B")
	case Bits:
		return toSize(v, "Bit", "b")
	}
	return v, ""
}

// toStr is str(), but null becomes the empty text, and bytes their text.
func toStr(v value.Value) value.Str {
	switch v := v.(type) {
	case value.Str:
		return v
	case value.NoneType:
		return value.NewStr("")
	case value.Bytes:
		return value.NewStr(string(v.Bytes()))
	}
	s, err := value.TextStr(v)
	if err != nil {
		return value.NewStr("")
	}
	return s
}

func toInt(v value.Value) (value.Value, string) {
	bad := errorf("\"%s\" cannot be converted to an int", repr(v))
	switch v := v.(type) {
	case value.Int:
		return v, ""
	case value.Bool:
		return v, "" // Python's bool is an int and stays one
	case value.Float:
		if v.IsInt() {
			b, _ := big.NewFloat(v.Float64()).Int(nil)
			return value.NewBigInt(b), ""
		}
	case value.Str:
		s := strings.TrimSpace(v.String())
		if n, ok := parseInt(s); ok {
			return value.NewBigInt(n), ""
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil && f == math.Trunc(f) && !math.IsInf(f, 0) && !strings.ContainsAny(s, "xXpP") {
			b, _ := big.NewFloat(f).Int(nil)
			return value.NewBigInt(b), ""
		}
	}
	return nil, bad
}

// parseInt reads a decimal number as Python's int() does: with a sign and single underscores between digits.
func parseInt(s string) (*big.Int, bool) {
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || strings.HasPrefix(digits, "_") || strings.HasSuffix(digits, "_") || strings.Contains(digits, "__") {
		return nil, false
	}
	digits = strings.ReplaceAll(digits, "_", "")
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return nil, false
		}
	}
	n, ok := new(big.Int).SetString(digits, 10)
	if ok && strings.HasPrefix(s, "-") {
		n.Neg(n)
	}
	return n, ok
}

func toFloat(v value.Value) (value.Value, string) {
	switch v := v.(type) {
	case value.Float:
		return v, ""
	case value.Int:
		return value.NewFloat(v.Float()), ""
	case value.Bool:
		if v {
			return value.NewFloat(1), ""
		}
		return value.NewFloat(0), ""
	case value.Str:
		s := strings.TrimSpace(v.String())
		if f, err := strconv.ParseFloat(s, 64); err == nil && !strings.ContainsAny(s, "xXpP") {
			return value.NewFloat(f), ""
		}
	}
	return nil, errorf("<class '%s'> cannot be converted to a float", v.Type())
}

// boolWords are the texts that are booleans, in lower case.
var boolWords = map[string]bool{
	"y": true, "yes": true, "on": true, "1": true, "true": true, "t": true,
	"n": false, "no": false, "off": false, "0": false, "false": false, "f": false,
}

func toBool(v value.Value) (value.Value, string) {
	switch x := v.(type) {
	case value.Bool:
		return x, ""
	case value.Str, value.Int, value.Float:
		s := strings.ToLower(strings.TrimSpace(text(x)))
		if f, ok := x.(value.Float); ok && f.IsInt() {
			s = strings.TrimSuffix(s, ".0")
		}
		if b, ok := boolWords[s]; ok {
			return value.Bool(b), ""
		}
		// Ansible lists the words in the order of a Python set, which differs from run to run
		return nil, errorf("The value '%s' is not a valid boolean. Valid booleans include: "+
			"'1', 'on', 'y', 'yes', 't', 'true', 1, '0', 'n', 'f', 'no', 'off', 'false', 0", text(x))
	}
	return nil, errorf("<class '%s'> cannot be converted to a bool", v.Type())
}

func toList(v value.Value) (value.Value, string) {
	switch v := v.(type) {
	case *value.List:
		return v, ""
	case value.Tuple:
		return value.NewList(v.Elems()...), ""
	case value.Str:
		return value.Of(strings.Split(v.String(), ",")), ""
	case value.Int, value.Float, value.Bool:
		return value.Of([]string{text(v)}), ""
	}
	return nil, errorf("<class '%s'> cannot be converted to a list", v.Type())
}

func toJSON(v value.Value) (value.Value, string) {
	switch v := v.(type) {
	case value.Str:
		return value.NewStr(strings.TrimSpace(v.String())), ""
	case *value.List, *value.Dict, value.Tuple:
		b, err := value.AppendJSON(nil, v, value.JSONOptions{})
		if err == nil {
			return value.NewStr(string(b)), ""
		}
	}
	return nil, errorf("<class '%s'> cannot be converted to a json string", v.Type())
}

// sizeUnits are the prefixes of sizes; all are powers of 1024.
var sizeUnits = map[byte]uint{'Y': 80, 'Z': 70, 'E': 60, 'P': 50, 'T': 40, 'G': 30, 'M': 20, 'K': 10}

// toSize reads a number with a unit: "1.5G", "10B". suffix is "B" for bytes, "b" for bits.
func toSize(v value.Value, kind, suffix string) (value.Value, string) {
	bad := errorf("<class '%s'> cannot be converted to a %s value", v.Type(), kind)
	switch v.(type) {
	case value.Str, value.Int, value.Float:
	default:
		return nil, bad
	}
	s := strings.TrimSpace(text(v))
	n := 0
	for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '.') {
		n++
	}
	f, err := strconv.ParseFloat(s[:n], 64)
	if err != nil {
		return nil, bad
	}
	unit, shift := s[n:], uint(0)
	if unit != "" && unit != suffix {
		up := unit[0] &^ 0x20 // the prefix in upper case
		bits, ok := sizeUnits[up]
		if !ok || len(unit) > 1 && (unit[1:] != suffix || unit[0] != up) {
			return nil, bad
		}
		shift = bits
	}
	r := new(big.Float).Mul(big.NewFloat(f), new(big.Float).SetInt(new(big.Int).Lsh(big.NewInt(1), shift)))
	r.Add(r, big.NewFloat(0.5))
	i, _ := r.Int(nil)
	if kind == "Byte" && shift == 0 { // a plain number keeps its whole part
		i, _ = big.NewFloat(f).Int(nil)
	}
	return value.NewBigInt(i), ""
}

package builtin

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// The usual cases of the filters and tests that templates use most; see eval.Func.Quick.
func init() {
	quick(&Filters, "lower", quickASCII('A', 'Z'))
	quick(&Filters, "upper", quickASCII('a', 'z'))
	quick(&Filters, "replace", quickReplace)
	quick(&Filters, "default", quickDefault)
	quick(&Filters, "join", quickJoin)
	quick(&Filters, "length", quickLength)
	Filters.Get("lower").Print = printASCII('A', 'Z')
	Filters.Get("upper").Print = printASCII('a', 'z')
	Filters.Get("join").Print = printJoin
	Filters.Get("replace").Print = printReplace
	quick(&Tests, "defined", quickDefined(true))
	quick(&Tests, "undefined", quickDefined(false))
}

// openStr gives the text of a str that is not secret.
func openStr(v value.Value) (string, bool) {
	s, ok := v.(value.Str)
	return s.String(), ok && !s.Secret()
}

// quickASCII is printASCII for a value.
func quickASCII(first, last byte) func(v value.Value, args []value.Value) (value.Value, bool) {
	return func(v value.Value, args []value.Value) (value.Value, bool) {
		var room [128]byte
		b, ok := appendASCII(room[:0], v, args, first, last)
		if !ok {
			return nil, false
		}
		return value.NewStr(string(b)), true
	}
}

// printReplace replaces all of an open text by another that is not much longer.
func printReplace(b []byte, v value.Value, args []value.Value) ([]byte, bool) {
	if len(args) != 2 {
		return b, false
	}
	s, ok := openStr(v)
	from, ok1 := openStr(args[0])
	to, ok2 := openStr(args[1])
	if !ok || !ok1 || !ok2 || from == "" || len(to) > 64+len(from) {
		return b, false
	}
	for {
		i := strings.Index(s, from)
		if i < 0 {
			return append(b, s...), true
		}
		b = append(append(b, s[:i]...), to...)
		s = s[i+len(from):]
	}
}

func quickReplace(v value.Value, args []value.Value) (value.Value, bool) {
	var room [128]byte
	b, ok := printReplace(room[:0], v, args)
	if !ok {
		return nil, false
	}
	return value.NewStr(string(b)), true
}

// printASCII turns the letters from first to last into the other case.
func printASCII(first, last byte) func(b []byte, v value.Value, args []value.Value) ([]byte, bool) {
	return func(b []byte, v value.Value, args []value.Value) ([]byte, bool) {
		return appendASCII(b, v, args, first, last)
	}
}

func appendASCII(b []byte, v value.Value, args []value.Value, first, last byte) ([]byte, bool) {
	s, ok := openStr(v)
	if !ok || len(args) != 0 {
		return b, false
	}
	start := len(b)
	b = append(b, s...)
	for i, c := range b[start:] {
		if c >= 0x80 {
			return b[:start], false
		}
		if c >= first && c <= last {
			b[start+i] = c ^ 0x20
		}
	}
	return b, true
}

// printJoin joins a list of str.
func printJoin(b []byte, v value.Value, args []value.Value) ([]byte, bool) {
	l, ok := v.(*value.List)
	if !ok || l.IsLazy() || value.CarriesSecret(l) || len(args) > 1 {
		return b, false
	}
	d := ""
	if len(args) == 1 {
		if d, ok = openStr(args[0]); !ok {
			return b, false
		}
	}
	start := len(b)
	for i, e := range l.Stored() {
		s, ok := openStr(e)
		if !ok || len(b)-start+len(d)+len(s) > 1<<16 { // Run looks at the limits
			return b[:start], false
		}
		if i > 0 {
			b = append(b, d...)
		}
		b = append(b, s...)
	}
	return b, true
}

func quickJoin(v value.Value, args []value.Value) (value.Value, bool) {
	var room [128]byte
	b, ok := printJoin(room[:0], v, args)
	if !ok {
		return nil, false
	}
	return value.NewStr(string(b)), true
}

func quickLength(v value.Value, args []value.Value) (value.Value, bool) {
	if len(args) != 0 || value.CarriesSecret(v) {
		return nil, false
	}
	switch v := v.(type) {
	case *value.List:
		return eval.IntValue(int64(v.Len())), true
	case *value.Dict:
		return eval.IntValue(int64(v.Len())), true
	}
	return nil, false
}

// quickDefault gives v, or what stands for it when it is not there, or is false where that is asked for. The other value
// may not be secret, since its mark would pass over.
func quickDefault(v value.Value, args []value.Value) (value.Value, bool) {
	if len(args) == 0 {
		return v, isThere(v)
	}
	if len(args) > 2 || !openScalar(args[0]) {
		return nil, false
	}
	if u, ok := v.(*value.Undefined); ok {
		return args[0], u.Err == nil
	}
	if !isThere(v) {
		return nil, false
	}
	if len(args) == 2 {
		falseToo, ok := args[1].(value.Bool)
		if !ok {
			return nil, false
		}
		if truth, err := value.Truth(v); err != nil || bool(falseToo) && !truth {
			return args[0], err == nil && !value.CarriesSecret(v)
		}
	}
	return v, true
}

func openScalar(v value.Value) bool {
	switch v := v.(type) {
	case value.Str:
		return !v.Secret()
	case value.Int:
		return !v.Secret()
	case value.Bool, value.NoneType:
		return true
	}
	return false
}

// isThere reports whether v is of a type that is certainly not undefined.
func isThere(v value.Value) bool {
	switch v.(type) {
	case value.Str, value.Int, *value.Dict, *value.List, value.Bool, value.NoneType, value.Float:
		return true
	}
	return false
}

func quickDefined(want bool) func(v value.Value, args []value.Value) (value.Value, bool) {
	return func(v value.Value, args []value.Value) (value.Value, bool) {
		if len(args) != 0 {
			return nil, false
		}
		if u, ok := v.(*value.Undefined); ok && u.Err == nil {
			return value.Bool(!want), true
		}
		return value.Bool(want), isThere(v)
	}
}

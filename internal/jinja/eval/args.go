package eval

import (
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Arg returns argument i after Value, or nil when there are not so many.
func (c *Call) Arg(i int) value.Value {
	if i < 0 || i >= len(c.Args) {
		return nil
	}
	return c.Args[i]
}

// Given reports whether argument i is there and not None.
func (c *Call) Given(i int) bool {
	switch c.Arg(i).(type) {
	case nil, value.NoneType:
		return false
	}
	return true
}

// Int returns argument i as Python takes an index: an int or a bool. Anything else is a TypeError.
func (c *Call) Int(i int) (int, error) { return AsIndex(c.Arg(i)) }

// Bool returns the truth of argument i; an argument that is missing is false.
func (c *Call) Bool(i int) (bool, error) {
	if c.Arg(i) == nil {
		return false, nil
	}
	return Truth(c.Args[i])
}

// Str returns Python's str() of argument i.
func (c *Call) Str(i int) (string, error) {
	if c.Arg(i) == nil {
		return "", nil
	}
	return value.Text(c.Args[i])
}

// AsIndex gives v as Python takes an index.
func AsIndex(v value.Value) (int, error) {
	switch v := v.(type) {
	case value.Bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case value.Int:
		n, ok := v.Int64()
		if !ok {
			return 0, value.Raise("OverflowError", "Python int too large to convert to C ssize_t")
		}
		return int(n), nil
	case *value.Undefined:
		return 0, undefinedErr(v)
	case nil:
		return 0, value.Raise("TypeError", "an integer is required")
	}
	return 0, value.Raise("TypeError", "'%s' object cannot be interpreted as an integer", v.Type())
}

// Getter reads what the attribute argument of filters such as map and sort names: "a.b", "a.0", an int, or None for the
// element itself.
type Getter struct {
	c     *Call
	parts []value.Value
	def   value.Value
}

// NewGetter makes a Getter. def, when not nil, stands for what is undefined.
func (c *Call) NewGetter(attribute, def value.Value) *Getter {
	g := &Getter{c: c, def: def}
	switch a := attribute.(type) {
	case nil, value.NoneType:
	case value.Str:
		g.parts = attrParts(a.String())
	case value.Int:
		g.parts = []value.Value{a}
	default:
		s, err := value.Text(a)
		if err == nil {
			g.parts = attrParts(s)
		}
	}
	return g
}

func attrParts(s string) []value.Value {
	var parts []value.Value
	for _, p := range strings.Split(s, ".") {
		if n, err := strconv.ParseUint(p, 10, 62); err == nil && p[0] != '+' {
			parts = append(parts, intValue(int64(n)))
			continue
		}
		parts = append(parts, value.NewStr(p))
	}
	return parts
}

// Get reads it from v.
func (g *Getter) Get(v value.Value) (value.Value, error) {
	for _, p := range g.parts {
		var err error
		if v, err = g.c.Item(v, p); err != nil {
			return nil, err
		}
		if !IsUndefined(v) {
			continue
		}
		if u, ok := v.(*value.Undefined); ok && g.c.Env().Undefined.EagerCalls && !g.c.Func.Missing {
			return nil, undefinedErr(u)
		}
		if g.def != nil {
			v = g.def
		}
	}
	return v, nil
}

// UndefinedError gives the error of using an undefined value.
func UndefinedError(u *value.Undefined) error { return undefinedErr(u) }

// IntValue gives an int; small ones are made once.
func IntValue(n int64) value.Value {
	makeSmallInts() // a filter may be called without a template
	return intValue(n)
}

package builtin

import (
	"unicode"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func test(name, sig string, f func(c *eval.Call) (bool, error), aliases ...string) bool {
	Tests.Add(&eval.Func{Name: name, Sig: sig, Brief: true, Run: func(c *eval.Call) (value.Value, error) {
		ok, err := f(c)
		return value.Bool(ok), err
	}}, aliases...)
	return true
}

// is adds a test that only looks at the value.
func is(name string, f func(v value.Value) bool) bool {
	return test(name, "test_"+name+"(value)", func(c *eval.Call) (bool, error) { return f(c.Value), nil })
}

var (
	_ = is("none", func(v value.Value) bool { return v.Type() == "NoneType" })
	_ = is("boolean", func(v value.Value) bool { return v.Type() == "bool" })
	_ = is("false", func(v value.Value) bool { return v == value.Value(value.False) })
	_ = is("true", func(v value.Value) bool { return v == value.Value(value.True) })
	_ = is("integer", func(v value.Value) bool { return v.Type() == "int" })
	_ = is("float", func(v value.Value) bool { return v.Type() == "float" })
	_ = is("string", func(v value.Value) bool { return v.Type() == "str" })
	_ = is("mapping", func(v value.Value) bool { return v.Type() == "dict" })
	_ = is("number", isNumber)
	_ = is("sequence", isSequence)
	_ = test("iterable", "test_iterable(value)", func(c *eval.Call) (bool, error) {
		if u, ok := c.Value.(*value.Undefined); ok {
			return false, eval.UndefinedError(u)
		}
		return isIterable(c.Value), nil
	})

	_ = test("callable", "@callable(value)", func(c *eval.Call) (bool, error) { return isCallable(c.Value), nil })
	_ = test("lower", "test_lower(value)", cased(unicode.IsLower))
	_ = test("upper", "test_upper(value)", cased(unicode.IsUpper))
	_ = test("even", "test_even(value)", remainder(2, 0))
	_ = test("odd", "test_odd(value)", remainder(2, 1))
	_ = test("divisibleby", "test_divisibleby(value, num)", divisible)
	_ = test("sameas", "test_sameas(value, other)", func(c *eval.Call) (bool, error) { return same(c.Value, c.Arg(0)), nil })
	_ = test("in", "test_in(value, seq)", func(c *eval.Call) (bool, error) {
		if u, ok := c.Value.(*value.Undefined); ok {
			return false, eval.UndefinedError(u)
		}
		return value.Contains(c.Arg(0), c.Value)
	})
	_ = test("eq", "@_operator.eq(a, b)", func(c *eval.Call) (bool, error) { return value.Equal(c.Value, c.Arg(0)) }, "equalto", "==")
	_ = test("ne", "@_operator.ne(a, b)", func(c *eval.Call) (bool, error) {
		ok, err := value.Equal(c.Value, c.Arg(0))
		return !ok, err
	}, "!=")
	_ = test("lt", "@_operator.lt(a, b)", ordered("<"), "lessthan", "<")
	_ = test("le", "@_operator.le(a, b)", ordered("<="), "<=")
	_ = test("gt", "@_operator.gt(a, b)", ordered(">"), "greaterthan", ">")
	_ = test("ge", "@_operator.ge(a, b)", ordered(">="), ">=")
	_ = test("filter", "test_filter(!env, value)", known(func(c *eval.Call) eval.Lookup { return c.Env().Filters }))
	_ = test("test", "test_test(!env, value)", known(func(c *eval.Call) eval.Lookup { return c.Env().Tests }))

	_ = Tests.Add(&eval.Func{Name: "escaped", Sig: "test_escaped(value)", Markup: true, Run: func(c *eval.Call) (value.Value, error) {
		_, ok := c.Value.(eval.Markup)
		return value.Bool(ok), nil
	}})
	_ = Tests.Add(&eval.Func{Name: "defined", Sig: "test_defined(value)", Undefined: true, Brief: true, Probe: true, Run: defined(true)})
	_ = Tests.Add(&eval.Func{Name: "undefined", Sig: "test_undefined(value)", Undefined: true, Brief: true, Probe: true, Run: defined(false)})
)

func defined(want bool) run {
	return func(c *eval.Call) (value.Value, error) {
		if u, ok := c.Value.(*value.Undefined); ok && u.Err != nil {
			return nil, eval.UndefinedError(u)
		}
		return value.Bool(eval.IsUndefined(c.Value) != want), nil
	}
}

func isNumber(v value.Value) bool {
	switch v.(type) {
	case value.Int, value.Float, value.Bool:
		return true
	}
	return false
}

func isSequence(v value.Value) bool {
	switch v.(type) {
	case value.Str, *value.List, value.Tuple, *value.Dict, *value.Range, value.Bytes:
		return true
	case eval.NoElse:
		return true
	case *value.Undefined, *value.View, *value.Set:
		return false
	}
	_, lener := v.(value.Lener)
	_, indexer := v.(value.Indexer)
	return lener && indexer
}

func isIterable(v value.Value) bool {
	switch v.(type) {
	case value.Str, *value.List, value.Tuple, *value.Dict, *value.Set, value.Bytes, value.Iterabler:
		return true
	}
	return false
}

func isCallable(v value.Value) bool {
	switch v.(type) {
	case *eval.Func, value.Callable, *eval.Loop, *value.Undefined, eval.NoElse: // Jinja2's undefined has a method __call__, that fails
		return true
	}
	return eval.IsCallable(v)
}

// cased makes the tests lower and upper: there is a letter with case, and all are of the one.
func cased(want func(rune) bool) func(c *eval.Call) (bool, error) {
	return func(c *eval.Call) (bool, error) {
		s, err := value.Text(c.Value)
		if err != nil {
			return false, err
		}
		any := false
		for _, r := range s {
			if unicode.IsUpper(r) || unicode.IsLower(r) || unicode.IsTitle(r) {
				if !want(r) {
					return false, nil
				}
				any = true
			}
		}
		return any, nil
	}
}

func remainder(by, want int64) func(c *eval.Call) (bool, error) {
	return func(c *eval.Call) (bool, error) {
		r, err := value.Binary("%", c.Value, value.NewInt(by))
		if err != nil {
			return false, err
		}
		return value.Equal(r, value.NewInt(want))
	}
}

func divisible(c *eval.Call) (bool, error) {
	r, err := value.Binary("%", c.Value, c.Arg(0))
	if err != nil {
		return false, err
	}
	return value.Equal(r, value.NewInt(0))
}

func ordered(op string) func(c *eval.Call) (bool, error) {
	return func(c *eval.Call) (bool, error) { return value.Order(op, c.Value, c.Arg(0)) }
}

func known(lookup func(c *eval.Call) eval.Lookup) func(c *eval.Call) (bool, error) {
	return func(c *eval.Call) (bool, error) {
		name, ok := c.Value.(value.Str)
		if !ok {
			return false, value.NewDict().Set(c.Value, value.None) // what can't be a key is a TypeError
		}
		f, err := lookup(c)(name.String())
		return f != nil, err
	}
}

// same tells whether a and b are one object. Equal scalars of one type are taken for one, as they mostly are in Python.
func same(a, b value.Value) bool {
	switch x := a.(type) {
	case *value.List:
		y, ok := b.(*value.List)
		return ok && x == y
	case *value.Dict:
		y, ok := b.(*value.Dict)
		return ok && x == y
	case *value.Set:
		y, ok := b.(*value.Set)
		return ok && x == y
	case value.Tuple:
		y, ok := b.(value.Tuple)
		return ok && x.Len() == y.Len() && (x.Len() == 0 || &x.Elems()[0] == &y.Elems()[0])
	case value.NoneType, value.Bool:
		return a == b
	case value.Int, value.Str, value.Float:
		if a.Type() != b.Type() {
			return false
		}
		eq, err := value.Equal(a, b)
		return eq && err == nil
	}
	return false
}

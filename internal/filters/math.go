package filters

import (
	"math"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{Name: "ansible.builtin.log", Func: logarithm, Sig: "logarithm(x, base=2.718281828459045)"})
	_ = All.Add(Def{Name: "ansible.builtin.pow", Func: power, Sig: "power(x, y)"})
	_ = All.Add(Def{Name: "ansible.builtin.root", Func: root, Sig: "inversepower(x, base=2)"})
)

var errDomain = value.Raise("ValueError", "math domain error")

// numbers gives two arguments as floats.
func numbers(c *Call, filter string, names ...string) (n [2]float64, err error) {
	for i, name := range names {
		f, err := value.AsFloat(c.Get(name))
		if value.ClassOf(err) == "TypeError" {
			return n, fail("%s() can only be used on numbers: %s", filter, err)
		}
		if err != nil {
			return n, err
		}
		n[i] = f
	}
	return n, nil
}

func logarithm(c *Call) (value.Value, error) {
	n, err := numbers(c, "log", "x", "base")
	if err != nil {
		return nil, err
	}
	if n[0] <= 0 || n[1] <= 0 {
		return nil, errDomain
	}
	if n[1] == 10 {
		return value.NewFloat(value.Log10(n[0])), nil
	}
	below := value.Log(n[1])
	if below == 0 {
		return nil, value.Raise("ZeroDivisionError", "float division by zero")
	}
	return value.NewFloat(value.Log(n[0]) / below), nil
}

// mathPow is Python's math.pow.
func mathPow(x, y float64) (float64, error) {
	r := value.Pow(x, y)
	finite := !math.IsInf(x, 0) && !math.IsInf(y, 0) && !math.IsNaN(x) && !math.IsNaN(y)
	switch {
	case finite && (math.IsNaN(r) || x == 0 && y < 0):
		return 0, errDomain
	case finite && math.IsInf(r, 0):
		return 0, value.Raise("OverflowError", "math range error")
	}
	return r, nil
}

func power(c *Call) (value.Value, error) {
	n, err := numbers(c, "pow", "x", "y")
	if err != nil {
		return nil, err
	}
	r, err := mathPow(n[0], n[1])
	return value.NewFloat(r), err
}

// root makes a float of its base as float() does, of a text too.
func root(c *Call) (value.Value, error) {
	base := c.Get("base")
	if two, err := value.Equal(base, value.NewInt(2)); err != nil || !two {
		f, err := value.AsFloat(base)
		if text, ok := strOf(base); ok {
			f, err = value.ParseFloat(text)
		} else if err != nil {
			err = value.Raise("TypeError", "float() argument must be a string or a real number, not '%s'", base.Type())
		}
		if err != nil {
			return nil, fail("root() can only be used on numbers: %s", err)
		}
		base = value.NewFloat(f)
	}
	x, err := value.AsFloat(c.Get("x"))
	if value.ClassOf(err) == "TypeError" {
		return nil, fail("root() can only be used on numbers: %s", err)
	}
	if err != nil {
		return nil, err
	}
	b, err := value.AsFloat(base)
	if err != nil {
		return nil, err
	}
	n := [2]float64{x, b}
	if n[1] == 2 {
		if n[0] < 0 {
			return nil, fail("root() can only be used on numbers: math domain error")
		}
		return value.NewFloat(math.Sqrt(n[0])), nil
	}
	if n[1] == 0 {
		return nil, value.Raise("ZeroDivisionError", "float division by zero")
	}
	r, err := mathPow(n[0], 1/n[1])
	if value.ClassOf(err) == "ValueError" {
		return nil, fail("root() can only be used on numbers: %s", err)
	}
	return value.NewFloat(r), err
}

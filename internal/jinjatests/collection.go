package jinjatests

import (
	"math"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = add("issubset(a, b)", func(c *filters.Call) (value.Value, error) { return within(c.Get("a"), c.Get("b")) }, "subset", "issubset")
	_ = add("issuperset(a, b)", func(c *filters.Call) (value.Value, error) { return within(c.Get("b"), c.Get("a")) }, "superset", "issuperset")
	_ = add("contains(seq, value)", func(c *filters.Call) (value.Value, error) {
		b, err := value.Contains(c.Get("seq"), c.Get("value"))
		return value.Bool(b), err
	}, "contains")
	_ = add("@all(iterable)", func(c *filters.Call) (value.Value, error) { return every(c.First(), true) }, "all")
	_ = add("@any(iterable)", func(c *filters.Call) (value.Value, error) { return every(c.First(), false) }, "any")
	_ = add("isnotanumber(x)", isNaN, "nan", "isnan")
	_ = add("truthy(value, convert_bool=False)", func(c *filters.Call) (value.Value, error) { return truthy(c) }, "truthy")
	_ = add("falsy(value, convert_bool=False)", func(c *filters.Call) (value.Value, error) {
		b, err := truthy(c)
		return value.Bool(!b), err
	}, "falsy")
)

func within(a, b value.Value) (value.Value, error) {
	x, err := value.SetFrom(a)
	if err != nil {
		return nil, err
	}
	y, err := value.SetFrom(b)
	if err != nil {
		return nil, err
	}
	sub, err := value.Order("<=", x, y)
	return value.Bool(sub), err
}

// every is all() with want true, any() with want false.
func every(v value.Value, want bool) (value.Value, error) {
	it, err := value.Iter(v)
	if err != nil {
		return nil, err
	}
	for {
		e, ok := it.Next()
		if !ok {
			return value.Bool(want), it.Err()
		}
		if u, ok := e.(*value.Undefined); ok {
			return nil, &value.UndefinedError{Value: u}
		}
		b, err := value.Truth(e)
		if err != nil {
			return nil, err
		}
		if b != want {
			return value.Bool(!want), nil
		}
	}
}

func isNaN(c *filters.Call) (value.Value, error) {
	f, ok := c.First().(value.Float)
	return value.Bool(ok && math.IsNaN(f.Float64())), nil
}

// truthy is the truth of a value; with convert_bool "yes", "off" and so on count as what they mean.
func truthy(c *filters.Call) (value.Bool, error) {
	v := c.First()
	convert, err := c.Truth("convert_bool")
	if err != nil {
		return false, err
	}
	if convert {
		if b, ok := filters.ToBool(v); ok {
			return value.Bool(b), nil
		}
	}
	b, err := value.Truth(v)
	return value.Bool(b), err
}

package builtin

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = elementFilter("map", "sync_do_map(!context, value, *args, **kwargs)", mapFilter)
	_ = elementFilter("select", "sync_do_select(!context, value, *args, **kwargs)", selecting(false, true))
	_ = elementFilter("reject", "sync_do_reject(!context, value, *args, **kwargs)", selecting(false, false))
	_ = elementFilter("selectattr", "sync_do_selectattr(!context, value, *args, **kwargs)", selecting(true, true))
	_ = elementFilter("rejectattr", "sync_do_rejectattr(!context, value, *args, **kwargs)", selecting(true, false))
)

// elementFilter adds a filter that copes with elements that lack an attribute.
func elementFilter(name, sig string, f run) bool {
	Filters.Add(&eval.Func{Name: name, Sig: sig, Missing: true, Run: f})
	return true
}

// lazily runs prepare when the generator is first asked, as a Python generator does.
func lazily(c *eval.Call, name string, prepare func() (eval.NextFunc, error)) value.Value {
	var next eval.NextFunc
	return eval.Generate(name, func() (value.Value, bool, error) {
		if next == nil {
			truth, err := eval.Truth(c.Value)
			if err != nil || !truth {
				return nil, false, err
			}
			if next, err = prepare(); err != nil {
				return nil, false, err
			}
		}
		return next()
	})
}

func mapFilter(c *eval.Call) (value.Value, error) {
	return lazily(c, "sync_do_map", func() (eval.NextFunc, error) {
		f, err := mapper(c)
		if err != nil {
			return nil, err
		}
		it, err := value.Iter(c.Value)
		if err != nil {
			return nil, err
		}
		return func() (value.Value, bool, error) {
			v, ok := it.Next()
			if !ok {
				return nil, false, it.Err()
			}
			v, err := f(v)
			return v, err == nil, err
		}, nil
	}), nil
}

func mapper(c *eval.Call) (func(value.Value) (value.Value, error), error) {
	if len(c.Rest) == 0 && c.Kwargs != nil && c.Kwargs.Has("attribute") {
		attribute, _, err := c.Kwargs.GetStr("attribute")
		if err != nil {
			return nil, err
		}
		def, _, err := c.Kwargs.GetStr("default")
		if err != nil {
			return nil, err
		}
		if _, none := def.(value.NoneType); none {
			def = nil
		}
		for _, k := range c.Kwargs.Keys() {
			if n := k.(value.Str).String(); n != "attribute" && n != "default" {
				return nil, argumentError("Unexpected keyword argument '%s'", n)
			}
		}
		return c.NewGetter(attribute, def).Get, nil
	}
	if len(c.Rest) == 0 {
		return nil, argumentError("map requires a filter argument")
	}
	name, err := value.Text(c.Rest[0])
	if err != nil {
		return nil, err
	}
	return func(v value.Value) (value.Value, error) { return c.Filter(name, v, c.Rest[1:], c.Kwargs) }, nil
}

// selecting makes select and reject, and with attr their forms that look at an attribute.
func selecting(attr, keep bool) run {
	return func(c *eval.Call) (value.Value, error) {
		return lazily(c, "select_or_reject", func() (eval.NextFunc, error) {
			pass, err := predicate(c, attr)
			if err != nil {
				return nil, err
			}
			it, err := value.Iter(c.Value)
			if err != nil {
				return nil, err
			}
			return func() (value.Value, bool, error) {
				for {
					v, ok := it.Next()
					if !ok {
						return nil, false, it.Err()
					}
					yes, err := pass(v)
					if err != nil {
						return nil, false, err
					}
					if yes == keep {
						return v, true, nil
					}
				}
			}, nil
		}), nil
	}
}

func predicate(c *eval.Call, attr bool) (func(value.Value) (bool, error), error) {
	args := c.Rest
	get := c.NewGetter(nil, nil)
	if attr {
		if len(args) == 0 {
			return nil, argumentError("Missing parameter for attribute name")
		}
		get, args = c.NewGetter(args[0], nil), args[1:]
	}
	if len(args) == 0 {
		return func(v value.Value) (bool, error) {
			v, err := get.Get(v)
			if err != nil {
				return false, err
			}
			return eval.Truth(v)
		}, nil
	}
	name, err := value.Text(args[0])
	if err != nil {
		return nil, err
	}
	return func(v value.Value) (bool, error) {
		v, err := get.Get(v)
		if err != nil {
			return false, err
		}
		return c.Test(name, v, args[1:], c.Kwargs)
	}, nil
}

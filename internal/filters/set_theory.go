package filters

import (
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{Name: "ansible.builtin.union", Keeps: true, Func: union, Sig: "union(!env, a, b)"})
	_ = All.Add(Def{Name: "ansible.builtin.intersect", Keeps: true, Func: intersect, Sig: "intersect(!env, a, b)"})
	_ = All.Add(Def{Name: "ansible.builtin.difference", Keeps: true, Func: difference, Sig: "difference(!env, a, b)"})
	_ = All.Add(Def{Name: "ansible.builtin.symmetric_difference", Keeps: true, Func: symmetricDifference, Sig: "symmetric_difference(!env, a, b)"})
	_ = All.Add(Def{Name: "ansible.builtin.unique", Keeps: true, Func: unique, Sig: "unique(!env, a, case_sensitive=None, attribute=None)"})
)

// bag is a growing list without equal elements; hashable ones are found by their hash.
type bag struct {
	hashed *value.Dict
	others []value.Value
	out    []value.Value
}

func (b *bag) has(v value.Value) (bool, error) {
	if b.hashed == nil {
		b.hashed = value.NewDict()
	}
	has, err := b.hashed.Contains(v)
	if err == nil {
		return has, nil
	}
	if value.ClassOf(err) != "TypeError" {
		return false, err
	}
	for _, o := range b.others {
		if eq, err := value.Equal(o, v); err != nil || eq {
			return eq, err
		}
	}
	return false, nil
}

func (b *bag) add(v value.Value) error {
	v, err := value.Force(v)
	if err != nil {
		return err
	}
	has, err := b.has(v)
	if err != nil || has {
		return err
	}
	if b.hashed.Set(v, value.None) != nil {
		b.others = append(b.others, v)
	}
	b.out = append(b.out, v)
	return nil
}

func bagOf(elems []value.Value) (*bag, error) {
	b := &bag{hashed: value.NewDict()}
	for _, e := range elems {
		if err := b.add(e); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *bag) list() value.Value { return value.NewList(b.out...) }

// two gives the elements of a, and b as a bag.
func two(c *Call) (a []value.Value, b *bag, err error) {
	if a, err = value.Elems(c.Get("a")); err != nil {
		return nil, nil, err
	}
	elems, err := value.Elems(c.Get("b"))
	if value.ClassOf(err) == "TypeError" {
		return nil, nil, value.Raise("TypeError", "argument of type '%s' is not iterable", c.Get("b").Type())
	}
	if err != nil {
		return nil, nil, err
	}
	b, err = bagOf(elems)
	return a, b, err
}

// union takes lists together; what can't be made a set is added with Python's +, which wants two of a kind.
func union(c *Call) (value.Value, error) {
	a, b, err := two(c)
	if value.ClassOf(err) == "TypeError" || err == nil && len(b.others) > 0 {
		if _, isList := c.Get("a").(*value.List); !isList {
			_, plus := value.Binary("+", c.Get("a"), c.Get("b"))
			_, listAfter := c.Get("b").(*value.List)
			_, noNumber := value.AsFloat(c.Get("a"))
			if listAfter && noNumber == nil { // what Ansible's own lists give for a number before them
				plus = value.Raise("TypeError", "'NotImplementedType' object is not iterable")
			}
			if plus != nil {
				return nil, plus
			}
		} else if _, isList := c.Get("b").(*value.List); !isList {
			return nil, value.Raise("TypeError", "can only concatenate list (not \"%s\") to list", c.Get("b").Type())
		}
	}
	if err != nil {
		return nil, err
	}
	out, err := bagOf(append(append([]value.Value(nil), a...), b.out...))
	if err != nil {
		return nil, err
	}
	return out.list(), nil
}

// kept gives the elements of a, once each, of which b has or has not an equal.
func kept(a []value.Value, b *bag, want bool) ([]value.Value, error) {
	out := &bag{hashed: value.NewDict()}
	for _, e := range a {
		e, err := value.Force(e)
		if err != nil {
			return nil, err
		}
		has, err := b.has(e)
		if err != nil {
			return nil, err
		}
		if has == want {
			if err := out.add(e); err != nil {
				return nil, err
			}
		}
	}
	return out.out, nil
}

func intersect(c *Call) (value.Value, error) {
	a, b, err := two(c)
	if err != nil {
		return nil, err
	}
	out, err := kept(a, b, true)
	return value.NewList(out...), err
}

func difference(c *Call) (value.Value, error) {
	a, b, err := two(c)
	if err != nil {
		return nil, err
	}
	out, err := kept(a, b, false)
	return value.NewList(out...), err
}

func symmetricDifference(c *Call) (value.Value, error) {
	a, b, err := two(c)
	if err != nil {
		return nil, err
	}
	left, err := kept(a, b, false)
	if err != nil {
		return nil, err
	}
	x, err := bagOf(a)
	if err != nil {
		return nil, err
	}
	right, err := kept(b.out, x, false)
	return value.NewList(append(left, right...)...), err
}

// unique follows Jinja2's filter; elements that can't be hashed are compared one with another, by their case.
func unique(c *Call) (value.Value, error) {
	fold := true
	if !c.IsNone("case_sensitive") {
		sensitive, err := c.Truth("case_sensitive")
		if err != nil {
			return nil, err
		}
		fold = !sensitive
	}
	elems, err := value.Elems(c.Get("a"))
	if err != nil {
		return uniqueUnhashable(c, nil, fold, err)
	}
	seen := value.NewDict()
	out := value.NewList()
	for _, e := range elems {
		key, err := value.Force(e)
		if err != nil {
			return nil, err
		}
		if !c.IsNone("attribute") {
			if key, err = attribute(key, c.Get("attribute")); err != nil {
				return nil, err
			}
		}
		if u, ok := key.(*value.Undefined); ok {
			if !c.IsNone("attribute") {
				return nil, noFallback(&value.UndefinedError{Value: u})
			}
			c.Host.Warnf("Falling back to Ansible unique filter as Jinja2 one failed: %s", &value.UndefinedError{Value: u})
			return nil, &value.UndefinedError{Value: u}
		}
		if s, ok := strOf(key); ok && fold {
			key = str(value.Lower(s))
		}
		has, err := seen.Contains(key)
		if err != nil {
			return uniqueUnhashable(c, elems, fold, err)
		}
		if !has {
			_ = seen.Set(key, value.None)
			out.Append(e)
		}
	}
	return out, nil
}

func uniqueUnhashable(c *Call, elems []value.Value, fold bool, cause error) (value.Value, error) {
	if value.ClassOf(cause) != "TypeError" {
		return nil, cause
	}
	if fold && !c.IsNone("case_sensitive") || !c.IsNone("attribute") {
		return nil, noFallback(cause)
	}
	if elems == nil {
		return nil, cause
	}
	b, err := bagOf(elems)
	if err != nil {
		return nil, err
	}
	return b.list(), nil
}

func noFallback(why any) error {
	return fail("Jinja2's unique filter failed and we cannot fall back to Ansible's version as it does not support the parameters supplied: %v", why)
}

// attribute follows a path as Jinja2's attribute arguments have it: "a.b.0", or a number.
func attribute(v, path value.Value) (value.Value, error) {
	keys := []value.Value{path}
	if s, ok := strOf(path); ok {
		keys = nil
		for _, p := range strings.Split(s, ".") {
			if n, err := strconv.ParseUint(p, 10, 31); err == nil {
				keys = append(keys, value.NewInt(int64(n)))
			} else {
				keys = append(keys, str(p))
			}
		}
	}
	for _, k := range keys {
		var err error
		if v, err = item(v, k); err != nil {
			return nil, err
		}
	}
	return value.Force(v)
}

package builtin

import (
	"math/rand/v2"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = filter("first", "sync_do_first(!environment, seq)", first)
	_ = filter("last", "do_last(!environment, seq)", last)
	_ = filter("random", "do_random(!context, seq)", random)
	_ = filter("length", "@len(s)", length, "count")
	_ = filter("list", "sync_do_list(value)", toList)
	_ = filter("reverse", "do_reverse(value)", reverse)
	_ = filter("items", "do_items(value)", items)
	_ = lazyFilter("batch", "do_batch(value, linecount, fill_with=None)", batch)
	_ = lazyFilter("slice", "sync_do_slice(value, slices, fill_with=None)", slice)
	_ = filter("sum", "sync_do_sum(!environment, iterable, attribute=None, start=0)", sum)
	_ = filter("attr", "do_attr(!environment, obj, name)", attr)
	_ = markupFilter("join", "sync_do_join(!eval_ctx, value, d='', attribute=None)", join)
	_ = Filters.Add(&eval.Func{
		Name: "default", Sig: "do_default(value, default_value='', boolean=False)", Undefined: true, Markup: true, Brief: true, Probe: true,
		Run: defaultTo,
	}, "d")
)

func defaultTo(c *eval.Call) (value.Value, error) {
	if !eval.IsUndefined(c.Value) {
		boolean, err := c.Bool(1)
		if err != nil {
			return nil, err
		}
		if !boolean {
			return c.Value, nil
		}
		truth, err := value.Truth(c.Value)
		if err != nil || truth {
			return c.Value, err
		}
	} else if u, ok := c.Value.(*value.Undefined); ok && u.Err != nil {
		return nil, eval.UndefinedError(u)
	}
	return c.Arg(0), nil
}

func first(c *eval.Call) (value.Value, error) {
	it, err := value.Iter(c.Value)
	if err != nil {
		return nil, err
	}
	v, ok := it.Next()
	if !ok {
		if it.Err() != nil {
			return nil, it.Err()
		}
		return c.Undefined("No first item, sequence was empty."), nil
	}
	return v, nil
}

// reversed gives the elements from the end, for what Python's reversed() takes.
func reversed(v value.Value) ([]value.Value, error) {
	switch v := v.(type) {
	case *value.List, value.Tuple, value.Str, *value.Dict, *value.Range, *value.View, value.Bytes:
		elems, err := value.Elems(v)
		if err != nil {
			return nil, err
		}
		out := make([]value.Value, len(elems))
		for i, e := range elems {
			out[len(elems)-1-i] = e
		}
		return out, nil
	case eval.NoElse:
		return nil, nil
	case *value.Undefined:
		return nil, eval.UndefinedError(v)
	}
	return nil, value.Raise("TypeError", "'%s' object is not reversible", v.Type())
}

func last(c *eval.Call) (value.Value, error) {
	if l, ok := c.Value.(*value.List); ok && l.Len() > 0 {
		return l.At(l.Len() - 1)
	}
	elems, err := reversed(c.Value)
	if err != nil {
		return nil, err
	}
	if len(elems) == 0 {
		return c.Undefined("No last item, sequence was empty."), nil
	}
	return elems[0], nil
}

func random(c *eval.Call) (value.Value, error) {
	n, err := value.Len(c.Value)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return c.Undefined("No random item, sequence was empty."), nil
	}
	return value.Index(c.Value, value.NewInt(int64(rand.IntN(n))))
}

func length(c *eval.Call) (value.Value, error) {
	n, err := value.Len(c.Value)
	return eval.IntValue(int64(n)), err
}

func toList(c *eval.Call) (value.Value, error) {
	elems, err := elemsOf(c, c.Value)
	if err != nil {
		return nil, err
	}
	return list(append([]value.Value(nil), elems...)), nil
}

// elemsOf is value.Elems that refuses what is too long to be held.
func elemsOf(c *eval.Call, v value.Value) ([]value.Value, error) {
	if r, ok := v.(*value.Range); ok {
		if n, _ := r.Len(); n > 20_000_000 {
			return nil, &eval.LimitError{Msg: "the range is too large for a list"}
		}
	}
	elems, err := value.Elems(v)
	if err == nil {
		err = c.Ctx().Err()
	}
	return elems, err
}

func reverse(c *eval.Call) (value.Value, error) {
	if s, ok := c.Value.(value.Str); ok {
		return value.Slice(s, value.None, value.None, value.NewInt(-1))
	}
	elems, err := reversed(c.Value)
	if err != nil {
		if value.ClassOf(err) != "TypeError" {
			return nil, err
		}
		if elems, err = elemsOf(c, c.Value); err != nil {
			if value.ClassOf(err) != "TypeError" {
				return nil, err
			}
			if c.Env().Native { // Ansible shows the cause too
				return nil, argumentError("argument must be iterable: %s", err)
			}
			return nil, argumentError("argument must be iterable")
		}
		out := make([]value.Value, len(elems))
		for i, e := range elems {
			out[len(elems)-1-i] = e
		}
		return list(out), nil
	}
	kind := "reversed"
	switch c.Value.(type) {
	case *value.List:
		kind = "list_reverseiterator"
	case *value.Dict:
		kind = "dict_reversekeyiterator"
	case *value.Range:
		kind = "range_iterator"
	}
	return eval.NewIterator(kind, value.IterSlice(elems)), nil
}

func items(c *eval.Call) (value.Value, error) {
	switch v := c.Value.(type) {
	case *value.Dict:
		return eval.NewGenerator("do_items", value.ItemsView(v).Iter()), nil
	case *value.Undefined, eval.NoElse:
		return eval.NewGenerator("do_items", value.IterSlice(nil)), nil
	}
	return eval.Generate("do_items", func() (value.Value, bool, error) {
		return nil, false, value.Raise("TypeError", "Can only get item pairs from a mapping.")
	}), nil
}

func batch(c *eval.Call) (value.Value, error) {
	it, err := value.Iter(c.Value)
	if err != nil {
		return nil, err
	}
	done := false
	var next value.Value // begins the next row
	return eval.Generate("do_batch", func() (value.Value, bool, error) {
		if done {
			return nil, false, nil
		}
		var row []value.Value
		if next != nil {
			row = append(row, next)
		}
		for {
			v, ok := it.Next()
			if !ok {
				break
			}
			full, err := value.Equal(value.NewInt(int64(len(row))), c.Arg(0))
			if err != nil {
				return nil, false, err
			}
			if full {
				next = v
				return list(row), true, nil
			}
			row = append(row, v)
		}
		done = true
		if err := it.Err(); err != nil || len(row) == 0 {
			return nil, false, err
		}
		if !c.Given(1) {
			return list(row), true, nil
		}
		short, err := value.Order("<", value.NewInt(int64(len(row))), c.Arg(0))
		if err != nil || !short {
			return list(row), err == nil, err
		}
		n, err := c.Int(0)
		if err != nil {
			return nil, false, err
		}
		if n > 10_000_000 {
			return nil, false, &eval.LimitError{Msg: "the rows are too long"}
		}
		for len(row) < n {
			row = append(row, c.Arg(1))
		}
		return list(row), true, nil
	}), nil
}

func slice(c *eval.Call) (value.Value, error) {
	elems, err := elemsOf(c, c.Value)
	if err != nil {
		return nil, err
	}
	if _, err := value.AsFloat(c.Arg(0)); err != nil {
		return nil, value.Raise("TypeError", "unsupported operand type(s) for //: 'int' and '%s'", c.Arg(0).Type())
	}
	n, err := c.Int(0)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, value.Raise("ZeroDivisionError", "integer division or modulo by zero")
	}
	if n < 0 {
		return list(nil), nil
	}
	per, extra := len(elems)/n, len(elems)%n
	i, at := 0, 0
	return eval.Generate("sync_do_slice", func() (value.Value, bool, error) {
		if i >= n {
			return nil, false, nil
		}
		size := per
		if i < extra {
			size++
		}
		row := append([]value.Value(nil), elems[at:at+size]...)
		at += size
		if c.Given(1) && i >= extra {
			row = append(row, c.Arg(1))
		}
		i++
		return list(row), true, nil
	}), nil
}

func sum(c *eval.Call) (value.Value, error) {
	it, err := value.Iter(c.Value)
	if err != nil {
		return nil, err
	}
	total := c.Arg(1)
	if _, ok := total.(value.Str); ok {
		return nil, value.Raise("TypeError", "sum() can't sum strings [use ''.join(seq) instead]")
	}
	get := c.NewGetter(c.Arg(0), nil)
	for {
		v, ok := it.Next()
		if !ok {
			return total, it.Err()
		}
		if v, err = get.Get(v); err != nil {
			return nil, err
		}
		if total, err = value.Binary("+", total, v); err != nil {
			return nil, err
		}
	}
}

func attr(c *eval.Call) (value.Value, error) {
	text, ok := eval.Plain(c.Arg(0)).(value.Str)
	if !ok {
		if err := value.NewDict().Set(c.Arg(0), value.None); err != nil {
			return nil, err
		}
		return nil, value.Raise("TypeError", "attribute name must be string, not '%s'", c.Arg(0).Type())
	}
	name := text.String()
	if _, ok := c.Value.(*value.Dict); ok {
		// only true attributes, no items
		v, ok, err := value.Attr(c.Value, name)
		if ok || err != nil {
			return v, err
		}
		return c.Attr(value.NewDict(), name)
	}
	return c.Attr(c.Value, name)
}

func join(c *eval.Call) (value.Value, error) {
	it, err := value.Iter(eval.Plain(c.Value))
	if err != nil {
		return nil, err
	}
	get := c.NewGetter(c.Arg(1), nil)
	var elems []value.Value
	_, markup := c.Arg(0).(eval.Markup)
	for {
		v, ok := it.Next()
		if !ok {
			break
		}
		if v, err = get.Get(v); err != nil {
			return nil, err
		}
		if u, ok := v.(*value.Undefined); ok && !c.Autoescape() {
			return nil, eval.UndefinedError(u) // each is made a text before the next is looked at
		}
		_, m := v.(eval.Markup)
		markup = markup || m
		elems = append(elems, v)
	}
	if it.Err() != nil {
		return nil, it.Err()
	}
	markup = markup && c.Autoescape()
	text := func(v value.Value) (value.Str, error) {
		if markup {
			m, err := eval.Escape(v, nil)
			return m.Text, err
		}
		return value.TextStr(eval.Plain(v))
	}
	sep, err := text(c.Arg(0))
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	secret := value.IsSecret(sep)
	for i, e := range elems {
		s, err := text(e)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteString(sep.String())
		}
		b.WriteString(s.String())
		secret = secret || value.IsSecret(s)
	}
	return wrap(value.NewMarkedStr(b.String(), value.Marks{Secret: secret}), markup), nil
}

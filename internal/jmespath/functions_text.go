package jmespath

import (
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func startsWith(_ *run, args []value.Value) (value.Value, error) {
	return value.Bool(strings.HasPrefix(args[0].(value.Str).String(), args[1].(value.Str).String())), nil
}

func endsWith(_ *run, args []value.Value) (value.Value, error) {
	return value.Bool(strings.HasSuffix(args[0].(value.Str).String(), args[1].(value.Str).String())), nil
}

func join(r *run, args []value.Value) (value.Value, error) {
	elems, err := r.elems(args[1].(*value.List))
	if err != nil {
		return nil, err
	}
	glue, size := args[0].(value.Str).String(), 0
	parts := make([]string, len(elems))
	for i, e := range elems {
		parts[i] = e.(value.Str).String()
		size += len(parts[i]) + len(glue)
	}
	if err := r.step(size / 16); err != nil {
		return nil, err
	}
	return value.NewStr(strings.Join(parts, glue)), nil
}

func reverse(r *run, args []value.Value) (value.Value, error) {
	if s, ok := args[0].(value.Str); ok {
		chars := []rune(s.String())
		slices.Reverse(chars)
		return value.NewStr(string(chars)), r.step(s.Len() / 16)
	}
	elems, err := r.elems(args[0].(*value.List))
	slices.Reverse(elems)
	return value.NewList(elems...), err
}

// toString is the text itself, or JSON in one line; a value that JSON has nothing for is its text.
func toString(r *run, args []value.Value) (value.Value, error) {
	if s, ok := args[0].(value.Str); ok {
		return s, nil
	}
	b, err := value.AppendJSON(nil, args[0], value.JSONOptions{
		Separators: &[2]string{",", ":"},
		Replace:    func(v value.Value) (value.Value, error) { return known(v, nil) },
		Default:    func(v value.Value) (value.Value, error) { return value.TextStr(v) },
	})
	if err != nil {
		return nil, err
	}
	return value.NewStr(string(b)), r.step(len(b) / 16)
}

func typeOf(_ *run, args []value.Value) (value.Value, error) {
	switch name := typeName(args[0]); name {
	case "", "expref":
		return value.None, nil
	default:
		return value.NewStr(name), nil
	}
}

func length(_ *run, args []value.Value) (value.Value, error) {
	n, err := value.Len(args[0])
	return value.NewInt(int64(n)), err
}

// contains is Python's "in": of a text its parts, of a list its elements.
func contains(r *run, args []value.Value) (value.Value, error) {
	where := args[0]
	if l, ok := where.(*value.List); ok {
		elems, err := r.elems(l)
		if err != nil {
			return nil, err
		}
		where = value.NewList(elems...)
	}
	is, err := value.Contains(where, args[1])
	return value.Bool(is), err
}

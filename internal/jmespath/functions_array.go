package jmespath

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func mapEach(r *run, args []value.Value) (value.Value, error) {
	elems, err := r.elems(args[1].(*value.List))
	if err != nil {
		return nil, err
	}
	for i, e := range elems {
		if elems[i], err = args[0].(*expression).of.eval(r, e); err != nil {
			return nil, err
		}
	}
	return value.NewList(elems...), nil
}

func toArray(_ *run, args []value.Value) (value.Value, error) {
	if l, ok := args[0].(*value.List); ok {
		return l, nil
	}
	return value.NewList(args[0]), nil
}

func notNull(_ *run, args []value.Value) (value.Value, error) {
	for _, a := range args {
		if a != value.None {
			return a, nil
		}
	}
	return value.None, nil
}

func maxOf(r *run, args []value.Value) (value.Value, error) { return best(r, ">", args[0], nil) }

func minOf(r *run, args []value.Value) (value.Value, error) { return best(r, "<", args[0], nil) }

func maxBy(r *run, args []value.Value) (value.Value, error) {
	return best(r, ">", args[0], r.orderedKey("max_by", args[1]))
}

func minBy(r *run, args []value.Value) (value.Value, error) {
	return best(r, "<", args[0], r.orderedKey("min_by", args[1]))
}

// best gives the first element whose key stands before or after those of all others, as the operator says; without a key
// the elements are their own.
func best(r *run, op string, list value.Value, key func(value.Value) (value.Value, error)) (value.Value, error) {
	elems, err := r.elems(list.(*value.List))
	if err != nil {
		return nil, err
	}
	var found, foundKey value.Value = value.None, nil
	for _, e := range elems {
		k := e
		if key != nil {
			if k, err = key(e); err != nil {
				return nil, err
			}
		}
		better := foundKey == nil
		if !better {
			if better, err = value.Order(op, k, foundKey); err != nil {
				return nil, err
			}
		}
		if better {
			found, foundKey = e, k
		}
	}
	return found, nil
}

// orderedKey gives what an expression makes of an element, which must be a number or a text.
func (r *run) orderedKey(function string, by value.Value) func(value.Value) (value.Value, error) {
	return func(e value.Value) (value.Value, error) {
		k, err := by.(*expression).of.eval(r, e)
		if err == nil && !ordered(k) {
			err = typeError(function, k, "number string", orUnknown(typeName(k)))
		}
		return k, err
	}
}

func sorted(r *run, args []value.Value) (value.Value, error) {
	elems, err := r.elems(args[0].(*value.List))
	if err != nil {
		return nil, err
	}
	elems, err = value.Sorted(elems, nil, false)
	return value.NewList(elems...), err
}

// sortBy sorts by keys that are all numbers or all texts; equal ones stay in their order.
func sortBy(r *run, args []value.Value) (value.Value, error) {
	elems, err := r.elems(args[0].(*value.List))
	if err != nil {
		return nil, err
	}
	first := ""
	elems, err = value.Sorted(elems, func(e value.Value) (value.Value, error) {
		k, err := args[1].(*expression).of.eval(r, e)
		switch t := typeName(k); {
		case err != nil:
			return nil, err
		case first == "" && !ordered(k):
			return nil, typeError("sort_by", e, "string number", orUnknown(t))
		case first == "":
			first = t
		case t != first:
			return nil, typeError("sort_by", k, first, orUnknown(t))
		}
		return k, nil
	}, false)
	return value.NewList(elems...), err
}

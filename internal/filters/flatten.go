package filters

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

var _ = All.Add(Def{Name: "ansible.builtin.flatten", Sig: "flatten(mylist, levels=None, skip_nulls=True)", Keeps: true, Func: flatten})

func flatten(c *Call) (value.Value, error) {
	skip, err := c.Truth("skip_nulls")
	if err != nil {
		return nil, err
	}
	f := flattener{levels: -1, skipNulls: skip}
	if !c.IsNone("levels") {
		// what is no number is noticed at the first list inside
		if _, f.bad = value.Order(">=", c.Get("levels"), value.NewInt(1)); f.bad == nil {
			n, err := toInt(c.Get("levels"))
			if err != nil {
				return nil, err
			}
			f.levels = max(n, 0)
		}
	}
	if err := f.all(c.First(), f.levels); err != nil {
		return nil, err
	}
	return value.NewList(f.out...), nil
}

type flattener struct {
	levels    int // -1: all
	skipNulls bool
	out       []value.Value
	depth     int
	bad       error // why levels can't be compared
}

func (f *flattener) all(v value.Value, levels int) error {
	if f.depth++; f.depth > 500 {
		return value.Raise("RecursionError", "maximum recursion depth exceeded")
	}
	defer func() { f.depth-- }()
	elems, err := value.Elems(v)
	if err != nil {
		return err
	}
	for _, e := range elems {
		e, err := value.Force(e)
		if err != nil {
			return err
		}
		if s, ok := strOf(e); f.skipNulls && (e == value.None || ok && (s == "None" || s == "null")) {
			continue
		}
		switch e.(type) {
		case *value.List, value.Tuple, *value.View, *value.Range:
			if f.bad != nil {
				return f.bad
			}
			if levels != 0 {
				if err := f.all(e, levels-1); err != nil {
					return err
				}
				continue
			}
		}
		f.out = append(f.out, e)
	}
	return nil
}

// toInt is int(v) for an argument that must fit.
func toInt(v value.Value) (int, error) {
	var n value.Int
	switch x := v.(type) {
	case value.Int:
		n = x
	case value.Bool:
		if x {
			return 1, nil
		}
		return 0, nil
	case value.Float:
		t, err := value.Truncate(x.Float64())
		if err != nil {
			return 0, err
		}
		n = t
	case value.Str:
		t, err := value.ParseInt(x.String(), 10)
		if err != nil {
			return 0, err
		}
		n = t
	default:
		return 0, value.Raise("TypeError", "int() argument must be a string, a bytes-like object or a real number, not '%s'", v.Type())
	}
	i, ok := n.Int64()
	if !ok || i > 1<<40 || i < -1<<40 {
		return 0, value.Raise("OverflowError", "Python int too large to convert to C ssize_t")
	}
	return int(i), nil
}

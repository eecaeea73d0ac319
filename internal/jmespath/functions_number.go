package jmespath

import (
	"math"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func abs(_ *run, args []value.Value) (value.Value, error) {
	switch x := args[0].(type) {
	case value.Float:
		return value.NewFloat(math.Abs(x.Float64())), nil
	case value.Int:
		if x.Sign() < 0 {
			return value.Unary("-", x)
		}
	}
	return args[0], nil
}

func ceil(_ *run, args []value.Value) (value.Value, error) { return rounded(args[0], math.Ceil) }

func floor(_ *run, args []value.Value) (value.Value, error) { return rounded(args[0], math.Floor) }

// rounded makes an int of a float.
func rounded(v value.Value, round func(float64) float64) (value.Value, error) {
	if f, ok := v.(value.Float); ok {
		return value.Truncate(round(f.Float64()))
	}
	return v, nil
}

// total is Python's sum: ints exactly; floats with what each addition loses kept beside, as since Python 3.12.
func total(r *run, args []value.Value) (value.Value, error) {
	elems, err := r.elems(args[0].(*value.List))
	if err != nil {
		return nil, err
	}
	var whole value.Value = value.NewInt(0)
	for len(elems) > 0 {
		if _, ok := elems[0].(value.Int); !ok {
			break
		}
		if whole, err = value.Binary("+", whole, elems[0]); err != nil {
			return nil, err
		}
		elems = elems[1:]
	}
	if len(elems) == 0 {
		return whole, nil
	}
	s, err := value.AsFloat(whole)
	if err != nil {
		return nil, err
	}
	lost := 0.0
	for _, e := range elems {
		x, err := value.AsFloat(e)
		if err != nil {
			return nil, err
		}
		t := s + x
		if math.Abs(s) >= math.Abs(x) {
			lost += (s - t) + x
		} else {
			lost += (x - t) + s
		}
		s = t
	}
	if lost != 0 && !math.IsInf(lost, 0) && !math.IsNaN(lost) {
		s += lost
	}
	return value.NewFloat(s), nil
}

func avg(r *run, args []value.Value) (value.Value, error) {
	n := args[0].(*value.List).Len()
	if n == 0 {
		return value.None, nil
	}
	s, err := total(r, args)
	if err != nil {
		return nil, err
	}
	return value.Binary("/", s, value.NewFloat(float64(n)))
}

func toNumber(_ *run, args []value.Value) (value.Value, error) {
	switch x := args[0].(type) {
	case value.Int, value.Float:
		return x, nil
	case value.Str:
		if n, err := value.ParseInt(x.String(), 10); err == nil {
			return n, nil
		}
		if f, err := value.ParseFloat(x.String()); err == nil {
			return value.NewFloat(f), nil
		}
	case value.Date, value.DateTime:
		return nil, value.Raise("TypeError", "int() argument must be a string, a bytes-like object or a real number, not '%s'", x.Type())
	}
	return value.None, nil
}

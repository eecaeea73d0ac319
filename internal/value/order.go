package value

import "strings"

// Compare orders a and b: -1, 0 or +1. Values that Python can't order are its TypeError of the operator "<". Floats that
// are not numbers count as equal to everything, as they do when Python sorts.
func Compare(a, b Value) (int, error) {
	c, err := order("<", a, b, 0)
	if c == notOrdered {
		c = 0
	}
	return c, err
}

// Order is one of Python's a < b, a <= b, a > b and a >= b, with op that operator.
func Order(op string, a, b Value) (bool, error) {
	c, err := order(op, a, b, 0)
	if err != nil || c == notOrdered {
		return false, err
	}
	switch op {
	case "<":
		return c < 0, nil
	case "<=":
		return c <= 0, nil
	case ">":
		return c > 0, nil
	case ">=":
		return c >= 0, nil
	}
	return false, typeErrorf("unknown operator %s", op)
}

func order(op string, a, b Value, depth int) (int, error) {
	if sa, ok := a.(Str); ok {
		if sb, ok := b.(Str); ok {
			return strings.Compare(sa.s, sb.s), nil
		}
	}
	a, b, err := known2(a, b)
	if err != nil {
		return 0, err
	}
	if depth > maxDepth {
		return 0, errTooDeep
	}
	if isNumber(a) && isNumber(b) {
		return cmpNumbers(a, b), nil
	}
	switch a := a.(type) {
	case Str:
		if b, ok := b.(Str); ok {
			return strings.Compare(a.s, b.s), nil
		}
	case Bytes:
		if b, ok := b.(Bytes); ok {
			return strings.Compare(a.b, b.b), nil
		}
	case *List:
		if b, ok := b.(*List); ok {
			x, err := a.Elems()
			if err != nil {
				return 0, err
			}
			y, err := b.Elems()
			if err != nil {
				return 0, err
			}
			return orderElems(op, x, y, depth)
		}
	case Tuple:
		if b, ok := b.(Tuple); ok {
			return orderElems(op, a.elems, b.elems, depth)
		}
	case *Set, *View:
		if c, ok, err := cmpSets(a, b); ok || err != nil {
			return c, err
		}
	case DateTime:
		if b, ok := b.(DateTime); ok {
			if a.Aware != b.Aware {
				return 0, typeErrorf("can't compare offset-naive and offset-aware datetimes")
			}
			return a.Time.Compare(b.Time), nil
		}
	case Date:
		if b, ok := b.(Date); ok {
			return a.Time.Compare(b.Time), nil
		}
	case TimeDelta:
		if b, ok := b.(TimeDelta); ok {
			switch {
			case a < b:
				return -1, nil
			case a > b:
				return 1, nil
			}
			return 0, nil
		}
	}
	if m := missing(a, b); m != nil {
		return 0, m
	}
	return 0, typeErrorf("'%s' not supported between instances of '%s' and '%s'", op, qualified(a), qualified(b))
}

// qualified is the type name as Python's operator errors spell it.
func qualified(v Value) string {
	switch v.(type) {
	case DateTime, Date, TimeDelta:
		return "datetime." + v.Type()
	}
	return v.Type()
}

func orderElems(op string, a, b []Value, depth int) (int, error) {
	for i := 0; i < len(a) && i < len(b); i++ {
		eq, err := equal(a[i], b[i], depth+1)
		if err != nil {
			return 0, err
		}
		if !eq {
			return order(op, a[i], b[i], depth+1)
		}
	}
	switch {
	case len(a) < len(b):
		return -1, nil
	case len(a) > len(b):
		return 1, nil
	}
	return 0, nil
}

// cmpSets orders sets and set-like views by inclusion: -1 when a is a proper subset of b. ok tells whether both are
// such.
func cmpSets(a, b Value) (c int, ok bool, err error) {
	x, ok, err := setLike(a)
	if !ok || err != nil {
		return notOrdered, ok, err
	}
	y, ok, err := setLike(b)
	if !ok || err != nil {
		return notOrdered, ok, err
	}
	common := 0
	for _, m := range x.Members() {
		if has, _ := y.Has(m); has {
			common++
		}
	}
	switch {
	case common == x.Len() && common == y.Len():
		return 0, true, nil
	case common == x.Len():
		return -1, true, nil
	case common == y.Len():
		return 1, true, nil
	}
	return notOrdered, true, nil
}

func setLike(v Value) (*Set, bool, error) {
	switch v := v.(type) {
	case *Set:
		return v, true, nil
	case *View:
		if v.kind == 'v' {
			return nil, false, nil
		}
		elems, err := Elems(v)
		if err != nil {
			return nil, true, err
		}
		s, err := NewSet(elems...)
		return s, true, err
	}
	return nil, false, nil
}

package value

import (
	"math"
	"strings"
)

// Slice is Python's v[start:stop:step]; each bound is an int, or None or nil for the default.
func Slice(v, start, stop, step Value) (Value, error) {
	v, err := known(v)
	if err != nil {
		return nil, err
	}
	var n int
	switch s := v.(type) {
	case Str:
		return sliceStr(s, start, stop, step)
	case *List, Tuple, Bytes, *Range:
		n, _ = Len(s)
	case *Dict:
		return nil, sliceKeyError(start, stop, step)
	case *Set:
		return nil, typeErrorf("'set' object is not subscriptable")
	default:
		return nil, typeErrorf("'%s' object is not subscriptable", qualified(v))
	}
	at, err := sliceBounds(n, start, stop, step)
	if err != nil {
		return nil, err
	}
	switch s := v.(type) {
	case *List:
		out := make([]Value, 0, at.count())
		for i := at.from; at.more(i); i += at.step {
			e, err := s.At(i)
			if err != nil {
				return nil, err
			}
			out = append(out, e)
		}
		return Derive(NewList(out...), v), nil
	case Tuple:
		out := make([]Value, 0, at.count())
		for i := at.from; at.more(i); i += at.step {
			out = append(out, s.elems[i])
		}
		return Derive(NewTuple(out...), v), nil
	case Bytes:
		out := make([]byte, 0, at.count())
		for i := at.from; at.more(i); i += at.step {
			out = append(out, s.b[i])
		}
		return Derive(NewBytes(out), v), nil
	}
	r := v.(*Range)
	return &Range{r.start + int64(at.from)*r.step, r.start + int64(at.to)*r.step, r.step * int64(at.step)}, nil
}

func sliceStr(s Str, start, stop, step Value) (Value, error) {
	n := len(s.s)
	ascii := isASCII(s.s)
	var offs []int
	if !ascii {
		for i := range s.s {
			offs = append(offs, i)
		}
		n = len(offs)
		offs = append(offs, len(s.s))
	}
	at, err := sliceBounds(n, start, stop, step)
	if err != nil {
		return nil, err
	}
	if at.count() == 0 {
		return Derive(NewStr(""), s), nil
	}
	if ascii && at.step == 1 {
		return Derive(NewStr(s.s[at.from:at.to]), s), nil
	}
	out := make([]byte, 0, at.count())
	for i := at.from; at.more(i); i += at.step {
		if ascii {
			out = append(out, s.s[i])
		} else {
			out = append(out, s.s[offs[i]:offs[i+1]]...)
		}
	}
	return Derive(NewStr(string(out)), s), nil
}

// span is a resolved slice: i = from; i < to (or > to); i += step.
type span struct{ from, to, step int }

func (s span) more(i int) bool {
	if s.step > 0 {
		return i < s.to
	}
	return i > s.to
}

func (s span) count() int {
	switch {
	case s.step > 0 && s.from < s.to:
		return (s.to-s.from-1)/s.step + 1
	case s.step < 0 && s.from > s.to:
		return (s.from-s.to-1)/-s.step + 1
	}
	return 0
}

func sliceBounds(n int, start, stop, step Value) (span, error) {
	st, given, err := sliceInt(step)
	if err != nil {
		return span{}, err
	}
	if !given {
		st = 1
	}
	if st == 0 {
		return span{}, valueErrorf("slice step cannot be zero")
	}
	// steps beyond the length all mean the same
	st = max(-n-1, min(st, n+1))
	low, high := 0, n
	from, to := 0, n
	if st < 0 {
		low, high = -1, n-1
		from, to = n-1, -1
	}
	if i, given, err := sliceInt(start); err != nil {
		return span{}, err
	} else if given {
		from = clampIndex(i, n, low, high)
	}
	if i, given, err := sliceInt(stop); err != nil {
		return span{}, err
	} else if given {
		to = clampIndex(i, n, low, high)
	}
	return span{from, to, st}, nil
}

func clampIndex(i, n, low, high int) int {
	if i < 0 {
		i += n
	}
	return max(low, min(i, high))
}

func sliceInt(v Value) (i int, given bool, err error) {
	switch v.(type) {
	case nil, NoneType:
		return 0, false, nil
	}
	v, err = known(v)
	if err != nil {
		return 0, false, err
	}
	n, ok := asInt(v)
	if !ok {
		return 0, false, typeErrorf("slice indices must be integers or None or have an __index__ method")
	}
	if small, ok := n.Int64(); ok {
		return int(max(-math.MaxInt32, min(small, math.MaxInt32))), true, nil
	}
	return n.Sign() * math.MaxInt32, true, nil
}

func sliceKeyError(bounds ...Value) error {
	parts := make([]string, len(bounds))
	for i, b := range bounds {
		r, err := Repr(b)
		if err != nil {
			return err
		}
		parts[i] = r
	}
	return Raise("KeyError", "slice(%s)", strings.Join(parts, ", "))
}

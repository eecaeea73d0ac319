package value

import (
	"math/big"
	"reflect"
)

// Truth is Python's bool(v). An Undefined is false unless a failure is behind it, which is then the error.
func Truth(v Value) (bool, error) {
	switch v := v.(type) {
	case Bool:
		return bool(v), nil
	case nil, NoneType:
		return false, nil
	case Str:
		return v.s != "", nil
	case Int:
		return v.big != nil || v.small != 0, nil
	case Float:
		return v.f != 0, nil
	case Bytes:
		return v.b != "", nil
	case *List:
		return len(v.elems) > 0, nil
	case Tuple:
		return len(v.elems) > 0, nil
	case *Set:
		return v.Len() > 0, nil
	case *Dict:
		return v.Len() > 0, nil
	case TimeDelta:
		return v != 0, nil
	case *Undefined:
		if v.Err != nil {
			return false, &UndefinedError{Value: v}
		}
		return false, nil
	case Deferred:
		r, err := Force(v)
		if err != nil {
			return false, err
		}
		return Truth(r)
	case Truther:
		return v.Truth(), nil
	case Lener:
		n, err := v.Len()
		return n > 0, err
	}
	return true, nil
}

// Equal is Python's a == b. Comparing an Undefined is its error.
func Equal(a, b Value) (bool, error) { return equal(a, b, 0) }

func equal(a, b Value, depth int) (bool, error) {
	if sa, ok := a.(Str); ok {
		if sb, ok := b.(Str); ok {
			return sa.s == sb.s, nil
		}
	}
	a, b, err := known2(a, b)
	if err != nil {
		return false, err
	}
	if depth > maxDepth {
		return false, errTooDeep
	}
	if isNumber(a) {
		return isNumber(b) && cmpNumbers(a, b) == 0, nil
	}
	switch a := a.(type) {
	case NoneType:
		_, ok := b.(NoneType)
		return ok, nil
	case Str:
		b, ok := b.(Str)
		return ok && a.s == b.s, nil
	case Bytes:
		b, ok := b.(Bytes)
		return ok && a.b == b.b, nil
	case *List:
		b, ok := b.(*List)
		if !ok || len(a.elems) != len(b.elems) {
			return false, nil
		}
		return equalElems(a.At, func(i int) (Value, error) { return b.At(i) }, len(a.elems), depth)
	case Tuple:
		b, ok := b.(Tuple)
		if !ok || len(a.elems) != len(b.elems) {
			return false, nil
		}
		at := func(i int) (Value, error) { return a.elems[i], nil }
		return equalElems(at, func(i int) (Value, error) { return b.elems[i], nil }, len(a.elems), depth)
	case *Dict:
		b, ok := b.(*Dict)
		return equalDicts(a, b, ok, depth)
	case *Set, *View:
		c, _, err := cmpSets(a, b)
		return c == 0 && err == nil, nil
	case DateTime:
		b, ok := b.(DateTime)
		return ok && a.Aware == b.Aware && a.Time.Equal(b.Time), nil
	case Date:
		b, ok := b.(Date)
		return ok && a.Time.Equal(b.Time), nil
	case TimeDelta:
		b, ok := b.(TimeDelta)
		return ok && a == b, nil
	case *Range:
		b, ok := b.(*Range)
		return ok && a.equal(b), nil
	}
	return identical(a, b), nil
}

// identical is the equality of foreign values.
func identical(a, b Value) bool {
	t := reflect.TypeOf(a)
	return t == reflect.TypeOf(b) && t.Comparable() && a == b
}

func equalElems(a, b func(int) (Value, error), n, depth int) (bool, error) {
	for i := range n {
		x, err := a(i)
		if err != nil {
			return false, err
		}
		y, err := b(i)
		if err != nil {
			return false, err
		}
		if eq, err := equal(x, y, depth+1); err != nil || !eq {
			return false, err
		}
	}
	return true, nil
}

func equalDicts(a, b *Dict, ok bool, depth int) (bool, error) {
	if !ok || a.Len() != b.Len() {
		return false, nil
	}
	if a == b {
		return true, nil
	}
	for it := a.Iterate(); it.Next(); {
		y, found, err := b.Get(it.Key())
		if err != nil || !found {
			return false, err
		}
		x, err := it.Value()
		if err != nil {
			return false, err
		}
		if eq, err := equal(x, y, depth+1); err != nil || !eq {
			return false, err
		}
	}
	return true, nil
}

func isNumber(v Value) bool {
	switch v.(type) {
	case Int, Float, Bool:
		return true
	}
	return false
}

// asInt gives the number of an int or bool.
func asInt(v Value) (Int, bool) {
	switch v := v.(type) {
	case Int:
		return v, true
	case Bool:
		if v {
			return Int{small: 1}, true
		}
		return Int{}, true
	}
	return Int{}, false
}

// notOrdered is the result of cmpNumbers with a NaN.
const notOrdered = 2

// cmpNumbers orders two of int, float and bool exactly.
func cmpNumbers(a, b Value) int {
	x, xInt := asInt(a)
	y, yInt := asInt(b)
	switch {
	case xInt && yInt:
		return cmpInts(x, y)
	case xInt:
		return cmpIntFloat(x, b.(Float).f)
	case yInt:
		if c := cmpIntFloat(y, a.(Float).f); c != notOrdered {
			return -c
		}
		return notOrdered
	}
	f, g := a.(Float).f, b.(Float).f
	switch {
	case f < g:
		return -1
	case f > g:
		return 1
	case f == g:
		return 0
	}
	return notOrdered
}

func cmpInts(x, y Int) int {
	if x.big != nil || y.big != nil {
		return x.Big().Cmp(y.Big())
	}
	switch {
	case x.small < y.small:
		return -1
	case x.small > y.small:
		return 1
	}
	return 0
}

func cmpIntFloat(x Int, f float64) int {
	if f != f {
		return notOrdered
	}
	const exact = 1 << 53
	if x.big == nil && x.small > -exact && x.small < exact {
		switch g := float64(x.small); {
		case g < f:
			return -1
		case g > f:
			return 1
		}
		return 0
	}
	return new(big.Float).SetInt(x.Big()).Cmp(big.NewFloat(f))
}

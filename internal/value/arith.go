package value

import (
	"math"
	"math/big"
	"strings"
	"time"
)

// Binary is one of Python's operators + - * / // % ** on a and b, or Jinja's ~, which joins their texts.
func Binary(op string, a, b Value) (Value, error) {
	if op == "~" {
		return concat(a, b)
	}
	if format, ok := a.(Str); ok && op == "%" {
		if u, ok := b.(*Undefined); ok { // it counts as a mapping: a format that names nothing does not use it
			return FormatPercent(format, u)
		}
	}
	if _, undef := b.(*Undefined); undef {
		if m := missing(a); m != nil {
			return nil, m // the left one is asked first
		}
	}
	a, b, err := known2(a, b)
	if err != nil {
		return nil, err
	}
	v, err := binary(op, a, b)
	if op != "%" && (err != nil || v == nil) || v == nil && err == nil {
		if m := missing(a, b); m != nil {
			return nil, m
		}
	}
	if err != nil {
		return nil, err
	}
	if view, ok := b.(*View); ok && v == nil && op == "-" && view.kind != 'v' {
		if _, err := Iter(a); err != nil { // a set of keys takes itself from whatever can be walked over
			return nil, err
		}
	}
	if v == nil {
		name := op
		if op == "**" {
			name = "** or pow()"
		}
		return nil, typeErrorf("unsupported operand type(s) for %s: '%s' and '%s'", name, qualified(a), qualified(b))
	}
	return Derive(v, a, b), nil
}

func concat(a, b Value) (Value, error) {
	x, err := TextStr(a)
	if err != nil {
		return nil, err
	}
	y, err := TextStr(b)
	if err != nil {
		return nil, err
	}
	return Derive(NewStr(x.s+y.s), x, y), nil
}

// binary gives nil, nil when the operator isn't defined for the two.
func binary(op string, a, b Value) (Value, error) {
	if isNumber(a) && isNumber(b) {
		return numberOp(op, a, b)
	}
	switch op {
	case "+":
		return add(a, b)
	case "*":
		return multiply(a, b)
	case "%":
		switch s := a.(type) {
		case Str:
			return FormatPercent(s, b)
		case Bytes:
			return nil, typeErrorf("formatting of bytes is not supported")
		}
	case "-":
		if x, ok, err := setLike(a); ok || err != nil {
			return setMinus(x, b, err)
		}
	}
	return timeOp(op, a, b)
}

func setMinus(x *Set, b Value, err error) (Value, error) {
	if err != nil {
		return nil, err
	}
	y, ok, err := setLike(b)
	if !ok || err != nil {
		return nil, err
	}
	return filterSet(x, func(m Value) (bool, error) {
		has, err := y.Has(m)
		return !has, err
	})
}

func add(a, b Value) (Value, error) {
	switch x := a.(type) {
	case Str:
		y, ok := b.(Str)
		if !ok {
			return nil, typeErrorf(`can only concatenate str (not "%s") to str`, qualified(b))
		}
		return NewStr(x.s + y.s), nil
	case Bytes:
		y, ok := b.(Bytes)
		if !ok {
			return nil, typeErrorf("can't concat %s to bytes", qualified(b))
		}
		return Bytes{b: x.b + y.b}, nil
	case *List:
		y, ok := b.(*List)
		if !ok {
			return nil, typeErrorf(`can only concatenate list (not "%s") to list`, qualified(b))
		}
		xs, err := x.Elems()
		if err != nil {
			return nil, err
		}
		ys, err := y.Elems()
		if err != nil {
			return nil, err
		}
		return NewList(joined(xs, ys)...), nil
	case Tuple:
		y, ok := b.(Tuple)
		if !ok {
			return nil, typeErrorf(`can only concatenate tuple (not "%s") to tuple`, qualified(b))
		}
		return NewTuple(joined(x.elems, y.elems)...), nil
	}
	return timeOp("+", a, b)
}

func joined(a, b []Value) []Value {
	out := make([]Value, 0, len(a)+len(b))
	return append(append(out, a...), b...)
}

func isSequence(v Value) bool {
	switch v.(type) {
	case Str, Bytes, *List, Tuple:
		return true
	}
	return false
}

func multiply(a, b Value) (Value, error) {
	seq, times := a, b
	if !isSequence(seq) {
		seq, times = b, a
	}
	if !isSequence(seq) {
		return timeOp("*", a, b)
	}
	n, ok := asInt(times)
	if !ok {
		return nil, typeErrorf("can't multiply sequence by non-int of type '%s'", qualified(times))
	}
	return Repeat(seq, n)
}

// maxRepeat bounds the size of a repeated or padded sequence, in bytes or elements.
const maxRepeat = 1 << 28

var errTooLarge = &Exception{Class: "MemoryError", Msg: "the result would be too large"}

func tooLarge(size int, times Int) bool {
	if size == 0 || times.Sign() <= 0 {
		return false
	}
	n, fits := times.Int64()
	return !fits || n > int64(maxRepeat/size)
}

// spaces is what indents are made of.
const spaces = "                                                                "

// Repeat is Python's seq * n for a str, bytes, list or tuple. A result of more than 2^28 bytes or elements is a
// MemoryError.
func Repeat(seq Value, n Int) (Value, error) {
	size, err := Len(seq)
	if err != nil {
		return nil, err
	}
	if s, ok := seq.(Str); ok {
		size = len(s.s)
	}
	if _, fits := n.Int64(); !fits {
		return nil, Raise("OverflowError", "cannot fit 'int' into an index-sized integer")
	}
	if tooLarge(size, n) {
		return nil, errTooLarge
	}
	times := 0
	if n.Sign() > 0 && size > 0 {
		times = int(n.small)
	}
	switch s := seq.(type) {
	case Str:
		if s.s == " " && times <= len(spaces) {
			return NewStr(spaces[:times]), nil
		}
		return NewStr(strings.Repeat(s.s, times)), nil
	case Bytes:
		return Bytes{b: strings.Repeat(s.b, times)}, nil
	case *List:
		elems, err := s.Elems()
		return NewList(repeatElems(elems, times)...), err
	case Tuple:
		return NewTuple(repeatElems(s.elems, times)...), nil
	}
	return nil, typeErrorf("can't repeat a %s", qualified(seq))
}

func repeatElems(elems []Value, times int) []Value {
	out := make([]Value, 0, len(elems)*times)
	for range times {
		out = append(out, elems...)
	}
	return out
}

// timeOp is arithmetic with datetime, date and timedelta.
func timeOp(op string, a, b Value) (Value, error) {
	if d, ok := b.(TimeDelta); ok && op == "+" {
		if _, delta := a.(TimeDelta); !delta {
			return shiftTime(a, time.Duration(d)), nil
		}
	}
	switch x := a.(type) {
	case DateTime:
		switch y := b.(type) {
		case TimeDelta:
			if op == "-" {
				return shiftTime(a, -time.Duration(y)), nil
			}
		case DateTime:
			if op != "-" {
				return nil, nil
			}
			if x.Aware != y.Aware {
				return nil, typeErrorf("can't subtract offset-naive and offset-aware datetimes")
			}
			return TimeDelta(x.Time.Sub(y.Time)), nil
		}
	case Date:
		switch y := b.(type) {
		case TimeDelta:
			if op == "-" {
				days, _, _ := y.parts()
				return Date{Time: x.Time.AddDate(0, 0, -int(days))}, nil
			}
		case Date:
			if op == "-" {
				return TimeDelta(x.Time.Sub(y.Time)), nil
			}
		}
	case TimeDelta:
		return deltaOp(op, x, b)
	}
	if x, ok := b.(TimeDelta); ok && op == "*" && isNumber(a) {
		return deltaOp(op, x, a)
	}
	return nil, nil
}

func shiftTime(v Value, d time.Duration) Value {
	switch v := v.(type) {
	case DateTime:
		return DateTime{Time: v.Time.Add(d), Aware: v.Aware}
	case Date:
		days, _, _ := TimeDelta(d).parts()
		return Date{Time: v.Time.AddDate(0, 0, int(days))}
	}
	return nil
}

func deltaOp(op string, x TimeDelta, b Value) (Value, error) {
	us := big.NewInt(int64(time.Duration(x) / time.Microsecond))
	if y, ok := b.(TimeDelta); ok {
		other := NewInt(int64(time.Duration(y) / time.Microsecond))
		switch op {
		case "+":
			return x + y, nil
		case "-":
			return x - y, nil
		case "/", "//":
			return numberOp(op, NewBigInt(us), other)
		case "%":
			v, err := numberOp(op, NewBigInt(us), other)
			if err != nil {
				return nil, err
			}
			return microseconds(v.(Int))
		}
		if op == "+" || op == "-" {
			return nil, nil
		}
	}
	switch {
	case isTime(b) && op == "+":
		return shiftTime(b, time.Duration(x)), nil
	case isNumber(b) && (op == "*" || op == "/" || op == "//"):
		if _, float := b.(Float); float && op == "//" {
			return nil, nil
		}
		if f, ok := b.(Float); ok && op == "*" {
			if _, err := floatRatio(f, nil); err != nil {
				return nil, err
			}
		}
		v, err := numberOp(op, NewBigInt(us), b)
		if err != nil {
			return nil, err
		}
		if f, ok := v.(Float); ok {
			return TimeDelta(time.Duration(math.RoundToEven(f.f)) * time.Microsecond), nil
		}
		return microseconds(v.(Int))
	}
	return nil, nil
}

func isTime(v Value) bool {
	switch v.(type) {
	case DateTime, Date:
		return true
	}
	return false
}

func microseconds(us Int) (Value, error) {
	n, ok := us.Int64()
	if !ok || n > 1<<53 || n < -1<<53 {
		return nil, Raise("OverflowError", "date value out of range")
	}
	return TimeDelta(time.Duration(n) * time.Microsecond), nil
}

// Unary is Python's -v or +v.
func Unary(op string, v Value) (Value, error) {
	v, err := known(v)
	if err != nil {
		return nil, err
	}
	switch x := v.(type) {
	case Float:
		if op == "-" {
			return Derive(NewFloat(-x.f), v), nil
		}
		return Derive(NewFloat(x.f), v), nil
	case Int, Bool:
		n, _ := asInt(x)
		if op == "-" {
			return Derive(NewBigInt(new(big.Int).Neg(n.Big())), v), nil
		}
		return Derive(Int{small: n.small, big: n.big}, v), nil
	case TimeDelta:
		if op == "-" {
			return -x, nil
		}
		return x, nil
	}
	if m := missing(v); m != nil {
		return nil, m
	}
	return nil, typeErrorf("bad operand type for unary %s: '%s'", op, qualified(v))
}

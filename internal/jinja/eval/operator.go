package eval

import (
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

type unaryExpr struct {
	op  string
	x   expr
	off int32
}

func (x *unaryExpr) eval(f *frame) (value.Value, error) {
	v, err := x.x.eval(f)
	if err != nil {
		return nil, err
	}
	r, err := value.Unary(x.op, Plain(v))
	if err != nil && isMarkup(v) {
		_, err = value.Unary(x.op, v) // which names it by its type
	}
	if err != nil {
		return nil, f.tmpl.at(err, x.off)
	}
	return r, nil
}

type binaryExpr struct {
	op   string
	l, r expr
	off  int32
}

func (x *binaryExpr) eval(f *frame) (value.Value, error) {
	v, n, err := x.number(f)
	if err == nil && v == nil {
		return intValue(n), nil
	}
	return v, err
}

// operand evaluates x; a small number that is calculated is n, and no value.
func (f *frame) operand(x expr) (v value.Value, n int64, err error) {
	if b, ok := x.(*binaryExpr); ok {
		return b.number(f)
	}
	if v, err = x.eval(f); v == nil && err == nil {
		v = value.None
	}
	return v, 0, err
}

// number is eval that gives a small number as n and no value.
func (x *binaryExpr) number(f *frame) (v value.Value, n int64, err error) {
	l, r, n, err := x.small(f)
	if err != nil || l == nil {
		return nil, n, err
	}
	v, err = x.of(f, l, r)
	return v, 0, err
}

// small evaluates the operands. When what they give is a small number it is n, and the operands are nil.
func (x *binaryExpr) small(f *frame) (l, r value.Value, n int64, err error) {
	l, ln, err := f.operand(x.l)
	if err != nil {
		return nil, nil, 0, err
	}
	r, rn, err := f.operand(x.r)
	if err != nil {
		return nil, nil, 0, err
	}
	if a, ok := smallOf(l, ln); ok {
		if b, ok := smallOf(r, rn); ok {
			if n, ok := smallSum(x.op, a, b); ok {
				return nil, nil, n, nil
			}
		}
	}
	if l == nil {
		l = intValue(ln)
	}
	if r == nil {
		r = intValue(rn)
	}
	return l, r, 0, nil
}

// of gives what the operator makes of l and r.
func (x *binaryExpr) of(f *frame, l, r value.Value) (value.Value, error) {
	v, err := binary(x.op, l, r)
	if err != nil {
		return nil, f.tmpl.at(err, x.off)
	}
	return v, nil
}

func binary(op string, l, r value.Value) (value.Value, error) {
	if isMarkup(l) || isMarkup(r) {
		return markupBinary(op, l, r)
	}
	return value.Binary(op, l, r)
}

// smallOf gives the number of an operand when it is small and without marks, as most are.
func smallOf(v value.Value, n int64) (int64, bool) {
	if v != nil {
		i, ok := v.(value.Int)
		if !ok || i.Secret() {
			return 0, false
		}
		if n, ok = i.Int64(); !ok {
			return 0, false
		}
	}
	const limit = 1 << 40
	return n, n <= limit && n >= -limit
}

// smallSum calculates with small numbers.
func smallSum(op string, x, y int64) (int64, bool) {
	switch op {
	case "+":
		return x + y, true
	case "-":
		return x - y, true
	case "*":
		if x < 1<<20 && x > -1<<20 && y < 1<<20 && y > -1<<20 {
			return x * y, true
		}
	case "//", "%":
		if y == 0 {
			return 0, false
		}
		q, r := x/y, x%y
		if r != 0 && (r < 0) != (y < 0) { // Python rounds down
			q, r = q-1, r+y
		}
		if op == "%" {
			return r, true
		}
		return q, true
	}
	return 0, false
}

// smallInts are ints that are made once, with the first template.
var (
	smallInts     [1280]value.Value
	makeSmallInts = sync.OnceFunc(func() {
		for i := range smallInts {
			smallInts[i] = value.NewInt(int64(i - 256))
		}
	})
)

// intValue gives an int. No code of a template runs before one is compiled.
func intValue(n int64) value.Value {
	if n >= -256 && n < 1024 {
		return smallInts[n+256]
	}
	return value.NewInt(n)
}

type compareExpr struct {
	x        expr
	ops      []string
	operands []expr
	off      int32
}

func (x *compareExpr) eval(f *frame) (value.Value, error) {
	l, err := x.x.eval(f)
	if err != nil {
		return nil, err
	}
	for i, op := range x.ops {
		r, err := x.operands[i].eval(f)
		if err != nil {
			return nil, err
		}
		ok, err := compare(op, l, r)
		if err != nil {
			return nil, f.tmpl.at(err, x.off)
		}
		if !ok {
			return value.False, nil
		}
		l = r
	}
	return value.True, nil
}

func compare(op string, l, r value.Value) (bool, error) {
	if a, ok := l.(value.Str); ok {
		if b, ok := r.(value.Str); ok {
			switch op {
			case "==":
				return a.String() == b.String(), nil
			case "!=":
				return a.String() != b.String(), nil
			}
		}
	}
	if a, ok := l.(value.Int); ok {
		if b, ok := r.(value.Int); ok {
			if ok, done := compareSmall(op, a, b); done {
				return ok, nil
			}
		}
	}
	left, right := l, r
	l, r = Plain(l), Plain(r)
	switch op {
	case "==":
		return equal(l, r)
	case "!=":
		ok, err := equal(l, r)
		return !ok, err
	case "in":
		return contains(r, l)
	case "not in":
		ok, err := contains(r, l)
		return !ok, err
	}
	ok, err := value.Order(op, l, r)
	if err != nil && (isMarkup(left) || isMarkup(right)) {
		return value.Order(op, left, right) // which names it by its type
	}
	return ok, err
}

func compareSmall(op string, a, b value.Int) (ok, done bool) {
	x, fits := a.Int64()
	y, fits2 := b.Int64()
	if !fits || !fits2 {
		return false, false
	}
	switch op {
	case "==":
		return x == y, true
	case "!=":
		return x != y, true
	case "<":
		return x < y, true
	case ">":
		return x > y, true
	case "<=":
		return x <= y, true
	case ">=":
		return x >= y, true
	}
	return false, false
}

// equal compares; a lenient undefined value equals only its like.
func equal(l, r value.Value) (bool, error) {
	_, a := l.(NoElse)
	_, b := r.(NoElse)
	if a || b {
		for _, v := range [2]value.Value{l, r} {
			if u, ok := v.(*value.Undefined); ok {
				return false, undefinedErr(u)
			}
		}
		return a && b, nil
	}
	return value.Equal(l, r)
}

// marker is the name of the class of an undefined value in Ansible, which Python tells where it wants another.
func marker(u *value.Undefined) string {
	if u.Err != nil {
		return "CapturedExceptionMarker"
	}
	return "UndefinedMarker"
}

func contains(container, member value.Value) (bool, error) {
	if u, ok := member.(*value.Undefined); ok {
		if _, err := value.Iter(container); err != nil {
			return value.Contains(container, value.None)
		}
		switch container.(type) {
		case value.Str:
			return false, value.Raise("TypeError", "'in <string>' requires string as left operand, not %s", marker(u))
		case *value.List, value.Tuple, NoElse:
			elems, err := value.Elems(container)
			if err != nil {
				return false, err
			}
			if len(elems) == 0 {
				return false, nil // there is nothing that it would be compared with
			}
			if first, ok := elems[0].(*value.Undefined); ok {
				return false, undefinedErr(first)
			}
		}
		return false, undefinedErr(u)
	}
	return value.Contains(container, member)
}

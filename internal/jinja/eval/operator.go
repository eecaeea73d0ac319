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
	if err := noElse(v, nil); err != nil {
		return nil, f.tmpl.at(err, x.off)
	}
	v, err = value.Unary(x.op, Plain(v))
	if err != nil {
		return nil, f.tmpl.at(err, x.off)
	}
	return v, nil
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

// number is eval that gives a small number as n and no value.
func (x *binaryExpr) number(f *frame) (v value.Value, n int64, err error) {
	l, r, err := x.operands(f)
	if err != nil {
		return nil, 0, err
	}
	if n, ok := smallSum(x.op, l, r); ok {
		return nil, n, nil
	}
	v, err = x.of(f, l, r)
	return v, 0, err
}

func (x *binaryExpr) operands(f *frame) (l, r value.Value, err error) {
	if l, err = x.l.eval(f); err != nil {
		return nil, nil, err
	}
	r, err = x.r.eval(f)
	return l, r, err
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
	if err := noElse(l, r); err != nil {
		return nil, err
	}
	if isMarkup(l) || isMarkup(r) {
		return markupBinary(op, l, r)
	}
	return value.Binary(op, l, r)
}

// smallSum adds, subtracts and multiplies small numbers without marks, which most are.
func smallSum(op string, l, r value.Value) (int64, bool) {
	a, ok := l.(value.Int)
	if !ok {
		return 0, false
	}
	b, ok := r.(value.Int)
	if !ok {
		return 0, false
	}
	x, fits := a.Int64()
	y, fits2 := b.Int64()
	const limit = 1 << 40
	if !fits || !fits2 || x > limit || x < -limit || y > limit || y < -limit || a.Secret() || b.Secret() {
		return 0, false
	}
	switch op {
	case "+":
		return x + y, true
	case "-":
		return x - y, true
	case "*":
		if x < 1<<20 && x > -1<<20 && y < 1<<20 && y > -1<<20 {
			return x * y, true
		}
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
	if err := noElse(l, r); err != nil {
		return false, err
	}
	return value.Order(op, l, r)
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

// noElse is the error of calculating with the value of an inline if without else.
func noElse(l, r value.Value) error {
	for _, v := range [2]value.Value{l, r} {
		if n, ok := v.(NoElse); ok {
			return undefinedErr(n.Undefined)
		}
	}
	return nil
}

// equal compares; a lenient undefined value equals only its like.
func equal(l, r value.Value) (bool, error) {
	_, a := l.(NoElse)
	_, b := r.(NoElse)
	if a || b {
		return a && b, nil
	}
	return value.Equal(l, r)
}

func contains(container, member value.Value) (bool, error) {
	if u, ok := member.(*value.Undefined); ok {
		if _, err := value.Iter(container); err != nil {
			return value.Contains(container, value.None)
		}
		return false, undefinedErr(u)
	}
	return value.Contains(container, member)
}

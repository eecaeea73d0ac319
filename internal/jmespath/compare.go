package jmespath

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

// operators are Python's, which its complaints name.
var operators = map[kind]string{lt: "<", le: "<=", gt: ">", ge: ">="}

func (n compareNode) eval(r *run, v value.Value) (value.Value, error) {
	left, err := n.left.eval(r, v)
	if err != nil {
		return nil, err
	}
	right, err := n.right.eval(r, v)
	if err != nil {
		return nil, err
	}
	if err := r.step(1); err != nil {
		return nil, err
	}
	switch n.op {
	case eq, ne:
		same, err := r.equal(left, right)
		return value.Bool(same == (n.op == eq)), err
	}
	if !ordered(left) || !ordered(right) {
		return value.None, nil
	}
	is, err := value.Order(operators[n.op], left, right)
	return value.Bool(is), err
}

// equal is Python's ==, but that true is not 1; within lists and dicts it is.
func (r *run) equal(a, b value.Value) (bool, error) {
	_, aBool := a.(value.Bool)
	_, bBool := b.(value.Bool)
	if aBool != bBool {
		return false, nil
	}
	if l, ok := a.(*value.List); ok {
		if err := r.step(l.Len()); err != nil {
			return false, err
		}
	}
	return value.Equal(a, b)
}

// ordered reports whether the operators of order take v: numbers and texts, of one kind.
func ordered(v value.Value) bool {
	switch v.(type) {
	case value.Int, value.Float, value.Str:
		return true
	}
	return false
}

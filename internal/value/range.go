package value

import "math/big"

// Range is Python's range object.
type Range struct{ start, stop, step int64 }

// NewRange gives range(start, stop, step); a step of 0 is a ValueError.
func NewRange(start, stop, step int64) (*Range, error) {
	if step == 0 {
		return nil, valueErrorf("range() arg 3 must not be zero")
	}
	return &Range{start, stop, step}, nil
}

// Type returns "range".
func (*Range) Type() string { return "range" }

// Len returns how many numbers there are.
func (r *Range) Len() (int, error) { return r.count(), nil }

func (r *Range) count() int {
	if r.step > 0 && r.start < r.stop {
		return int((uint64(r.stop)-uint64(r.start)-1)/uint64(r.step) + 1)
	}
	if r.step < 0 && r.start > r.stop {
		return int((uint64(r.start)-uint64(r.stop)-1)/-uint64(r.step) + 1)
	}
	return 0
}

func (r *Range) at(i int) Value { return NewInt(r.start + int64(i)*r.step) }

func (r *Range) has(n Int) bool {
	i, ok := n.Int64()
	if !ok || r.count() == 0 {
		return false
	}
	last := r.start + int64(r.count()-1)*r.step
	if r.step > 0 && (i < r.start || i > last) || r.step < 0 && (i > r.start || i < last) {
		return false
	}
	d := new(big.Int).Sub(big.NewInt(i), big.NewInt(r.start))
	return d.Rem(d, big.NewInt(r.step)).Sign() == 0
}

func (r *Range) equal(o *Range) bool {
	n := r.count()
	if n != o.count() {
		return false
	}
	return n == 0 || r.start == o.start && (n == 1 || r.step == o.step)
}

// Repr gives "range(0, 3)".
func (r *Range) Repr() string {
	s := "range(" + NewInt(r.start).String() + ", " + NewInt(r.stop).String()
	if r.step != 1 {
		s += ", " + NewInt(r.step).String()
	}
	return s + ")"
}

// Step returns where the range begins, how far its numbers are apart, and how many there are.
func (r *Range) Step() (start, step int64, n int) { return r.start, r.step, r.count() }

// Iter walks over the numbers.
func (r *Range) Iter() Iterator { return &rangeIterator{r: r, n: r.count()} }

type rangeIterator struct {
	r    *Range
	i, n int
}

func (it *rangeIterator) Next() (Value, bool) {
	if it.i >= it.n {
		return nil, false
	}
	it.i++
	return it.r.at(it.i - 1), true
}

func (it *rangeIterator) Err() error { return nil }

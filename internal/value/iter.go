package value

import "unicode/utf8"

// Len is Python's len(v), for a str in characters.
func Len(v Value) (int, error) {
	v, err := known(v)
	if err != nil {
		return 0, err
	}
	switch v := v.(type) {
	case Str:
		return v.Len(), nil
	case Bytes:
		return len(v.b), nil
	case *List:
		return len(v.elems), nil
	case Tuple:
		return len(v.elems), nil
	case *Set:
		return v.Len(), nil
	case *Dict:
		return v.Len(), nil
	case Lener:
		return v.Len()
	}
	return 0, typeErrorf("object of type '%s' has no len()", qualified(v))
}

// Iter is Python's iter(v): the elements of a list, tuple or set, the keys of a dict, the characters of a str, the
// numbers of bytes. Lazy elements are resolved one by one.
func Iter(v Value) (Iterator, error) {
	v, err := known(v)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case *List:
		return &listIterator{l: v}, nil
	case Tuple:
		return &sliceIterator{elems: v.elems}, nil
	case *Set:
		return &sliceIterator{elems: v.Members()}, nil
	case *Dict:
		return KeysView(v).Iter(), nil
	case Str:
		return &strIterator{rest: v.s, from: v}, nil
	case Bytes:
		elems := make([]Value, len(v.b))
		for i := range elems {
			elems[i] = Derive(NewInt(int64(v.b[i])), v)
		}
		return &sliceIterator{elems: elems}, nil
	case Iterabler:
		return v.Iter(), nil
	}
	return nil, typeErrorf("'%s' object is not iterable", qualified(v))
}

// Elems is Python's list(v) as a slice, which must not be changed.
func Elems(v Value) ([]Value, error) {
	switch v := v.(type) {
	case *List:
		return v.Elems()
	case Tuple:
		return v.elems, nil
	case *Set:
		return v.Members(), nil
	}
	it, err := Iter(v)
	if err != nil {
		return nil, err
	}
	return Drain(it)
}

// Drain returns what is left in it.
func Drain(it Iterator) ([]Value, error) {
	var out []Value
	for {
		v, ok := it.Next()
		if !ok {
			return out, it.Err()
		}
		out = append(out, v)
	}
}

// IterSlice gives an iterator over elems.
func IterSlice(elems []Value) Iterator { return &sliceIterator{elems: elems} }

type sliceIterator struct {
	elems []Value
	i     int
}

func (s *sliceIterator) Next() (Value, bool) {
	if s.i >= len(s.elems) {
		return nil, false
	}
	s.i++
	return s.elems[s.i-1], true
}

func (s *sliceIterator) Err() error { return nil }

type listIterator struct {
	l   *List
	i   int
	err error
}

func (l *listIterator) Next() (Value, bool) {
	if l.err != nil || l.i >= len(l.l.elems) {
		return nil, false
	}
	v, err := l.l.At(l.i)
	if err != nil {
		l.err = err
		return nil, false
	}
	l.i++
	return v, true
}

func (l *listIterator) Err() error { return l.err }

type strIterator struct {
	rest string
	from Value
}

func (s *strIterator) Next() (Value, bool) {
	if s.rest == "" {
		return nil, false
	}
	_, n := utf8.DecodeRuneInString(s.rest)
	c := s.rest[:n]
	s.rest = s.rest[n:]
	return Derive(NewStr(c), s.from), true
}

func (s *strIterator) Err() error { return nil }

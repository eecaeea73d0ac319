package value

// List is Python's list. A lazy list keeps its elements as they were stored and resolves each when it is read.
type List struct {
	elems []Value
	lazy  Resolver
	done  []bool // with lazy: which elements are resolved
	m     *Marks
}

// NewList gives a list that owns elems.
func NewList(elems ...Value) *List { return &List{elems: elems} }

// NewLazyList gives a list of a copy of stored whose elements pass through r when they are first read.
func NewLazyList(stored []Value, r Resolver, m Marks) *List {
	return &List{elems: append([]Value(nil), stored...), lazy: r, done: make([]bool, len(stored)), m: pack(m)}
}

// Type returns "list".
func (*List) Type() string { return "list" }

// Len returns the number of elements.
func (l *List) Len() int { return len(l.elems) }

// At returns element i, 0 <= i < Len(), resolved.
func (l *List) At(i int) (Value, error) {
	if l.lazy == nil || l.done[i] {
		return l.elems[i], nil
	}
	v, err := l.lazy.Resolve(l.elems[i])
	if err != nil {
		return nil, err
	}
	l.elems[i], l.done[i] = v, true
	return v, nil
}

// Elems returns all elements, resolved. The slice belongs to the list and must not be changed.
func (l *List) Elems() ([]Value, error) {
	if l.lazy != nil {
		for i := range l.elems {
			if _, err := l.At(i); err != nil {
				return nil, err
			}
		}
		l.lazy, l.done = nil, nil
	}
	return l.elems, nil
}

// Stored returns the elements as they are stored, whether resolved or not, for loaders and for the layer that makes
// lazy views. The slice must not be changed.
func (l *List) Stored() []Value { return l.elems }

// IsLazy reports whether an element may still have to be resolved.
func (l *List) IsLazy() bool { return l.lazy != nil }

// Append adds an element that needs no resolving.
func (l *List) Append(v Value) {
	l.elems = append(l.elems, v)
	if l.lazy != nil {
		l.done = append(l.done, true)
	}
}

// SetAt replaces element i.
func (l *List) SetAt(i int, v Value) {
	l.elems[i] = v
	if l.lazy != nil {
		l.done[i] = true
	}
}

// SetElems replaces all elements; the list owns elems from then on.
func (l *List) SetElems(elems []Value) { l.elems, l.lazy, l.done = elems, nil, nil }

// Tuple is Python's tuple. It is never lazy.
type Tuple struct {
	elems []Value
	m     *Marks
	class *TupleClass
}

// TupleClass is a class of tuples whose elements have names, as Python's namedtuple makes them.
type TupleClass struct {
	Name   string   // as messages have it
	Module string   // where Python has it; "" for none
	Fields []string // the names of the elements
}

// New gives a tuple of the class that owns elems.
func (c *TupleClass) New(elems ...Value) Tuple { return Tuple{elems: elems, class: c} }

// NewTuple gives a tuple that owns elems.
func NewTuple(elems ...Value) Tuple { return Tuple{elems: elems} }

// Type returns "tuple", or the name of its class.
func (t Tuple) Type() string {
	if t.class != nil {
		return t.class.Name
	}
	return "tuple"
}

// Class returns the class of a tuple with named elements, nil for a plain one.
func (t Tuple) Class() *TupleClass { return t.class }

// Attr gives the element of that name.
func (t Tuple) Attr(name string) (v Value, ok bool, err error) {
	if t.class != nil {
		for i, f := range t.class.Fields {
			if f == name {
				return t.elems[i], true, nil
			}
		}
	}
	return nil, false, nil
}

// Len returns the number of elements.
func (t Tuple) Len() int { return len(t.elems) }

// At returns element i, 0 <= i < Len().
func (t Tuple) At(i int) Value { return t.elems[i] }

// Elems returns the elements; they must not be changed.
func (t Tuple) Elems() []Value { return t.elems }

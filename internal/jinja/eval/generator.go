package eval

import (
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Generator is what lazy filters such as map give: it can be walked over once, and what it holds is made on the way.
type Generator struct {
	Name string // of the function that made it
	// Kind is the type's name when it is none of Python's generators: "list_reverseiterator".
	Kind string
	it   value.Iterator
}

// NewGenerator gives a generator over it.
func NewGenerator(name string, it value.Iterator) *Generator { return &Generator{Name: name, it: it} }

// NewIterator gives an iterator of the named type over it.
func NewIterator(kind string, it value.Iterator) *Generator { return &Generator{Kind: kind, it: it} }

// Identity tells the generator from all others.
func (g *Generator) Identity() string { return fmt.Sprintf("%p", g) }

// Type returns "generator", or the type of the iterator.
func (g *Generator) Type() string {
	if g.Kind != "" {
		return g.Kind
	}
	return "generator"
}

// Repr gives Python's text, without an address.
func (g *Generator) Repr() string {
	if g.Kind != "" {
		return "<" + g.Kind + " object>"
	}
	return "<generator object " + g.Name + ">"
}

// Iter gives the elements that are left.
func (g *Generator) Iter() value.Iterator { return g.it }

// NextFunc makes an iterator of a function that returns ok false at the end.
type NextFunc func() (v value.Value, ok bool, err error)

// Generate gives a generator over what next returns.
func Generate(name string, next NextFunc) *Generator {
	return NewGenerator(name, &funcIterator{next: next})
}

type funcIterator struct {
	next NextFunc
	err  error
	done bool
}

func (f *funcIterator) Next() (value.Value, bool) {
	if f.done {
		return nil, false
	}
	v, ok, err := f.next()
	if err != nil || !ok {
		f.err, f.done = err, true
		return nil, false
	}
	return v, true
}

func (f *funcIterator) Err() error { return f.err }

// NoElse is the value of an inline if without else whose test is false. It is undefined, but lenient: it prints as
// nothing, is false and empty; an attribute of it is an error.
type NoElse struct{ Undefined *value.Undefined }

// Identity is the same for all: they are equal.
func (NoElse) Identity() string { return "missing else" }

// Missing gives the error of calculating with it.
func (n NoElse) Missing() error { return undefinedErr(n.Undefined) }

// Type returns "Undefined".
func (NoElse) Type() string { return "Undefined" }

// Str gives "".
func (NoElse) Str() string { return "" }

// Repr gives "Undefined".
func (NoElse) Repr() string { return "Undefined" }

// Truth is false.
func (NoElse) Truth() bool { return false }

// Len returns 0.
func (NoElse) Len() (int, error) { return 0, nil }

// Iter gives nothing.
func (NoElse) Iter() value.Iterator { return value.IterSlice(nil) }

// IsUndefined reports whether v is undefined.
func IsUndefined(v value.Value) bool {
	switch v.(type) {
	case *value.Undefined, NoElse:
		return true
	}
	return false
}

// Package jmespath finds values by JMESPath expressions (https://jmespath.org/specification.html). It works on the house's
// values as they are: dicts keep their order, numbers stay ints and floats, lazy elements are resolved when an expression
// reaches them. Where the specification leaves room, and in what its errors say, it does as version 1.0 of the library for
// Python does, which Ansible's filter json_query uses.
package jmespath

import (
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Expr is an expression that is ready to be used, by any number of goroutines.
type Expr struct {
	root node
	text string
	// doubles says that what the expression makes can have the same value in it so often that its parts have to be counted.
	doubles bool
}

// Compile reads an expression. The error is an *Error that says where it is wrong, or a RecursionError for one that is too
// deep or too long.
func Compile(text string) (*Expr, error) {
	if text == "" {
		return nil, errorf("Invalid JMESPath expression: cannot be empty.")
	}
	tokens, err := scan(text)
	if err != nil {
		return nil, err
	}
	p := &parser{text: text, tokens: tokens}
	root, err := p.whole()
	if err != nil {
		return nil, err
	}
	return &Expr{root: root, text: text, doubles: root.copies() > manyCopies}, nil
}

// String returns the text of the expression.
func (x *Expr) String() string { return x.text }

// Search gives what the expression finds in data; None for nothing. Containers that are handed out are those of the data.
// The error is an *Error where the expression does not fit the data, a *value.UndefinedError where it reaches a value that
// is undefined, a MemoryError where it takes too many steps, or an exception of Python's.
func (x *Expr) Search(data value.Value) (value.Value, error) {
	r := &run{doubles: x.doubles}
	v, err := known(data, nil)
	if err != nil {
		return nil, err
	}
	return x.root.eval(r, v)
}

// maxCompiled bounds the expressions that Search keeps.
const maxCompiled = 500

var compiled = struct {
	sync.Mutex
	byText map[string]*Expr
}{byText: map[string]*Expr{}}

// Search compiles an expression, or takes it from the ones that were used before, and gives what it finds in data. The
// errors are those of Compile and Expr.Search.
func Search(text string, data value.Value) (value.Value, error) {
	compiled.Lock()
	x := compiled.byText[text]
	compiled.Unlock()
	if x == nil {
		var err error
		if x, err = Compile(text); err != nil {
			return nil, err
		}
		compiled.Lock()
		if len(compiled.byText) >= maxCompiled {
			clear(compiled.byText)
		}
		compiled.byText[text] = x
		compiled.Unlock()
	}
	return x.Search(data)
}

package eval

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Call is one call of a filter, a test or a global function: its arguments, and what it may ask of the rendering. It may
// be kept as long as the rendering runs, unless Func.Brief is set.
type Call struct {
	Func *Func
	// Value is what a filter or a test is applied to; nil for a function.
	Value value.Value
	// Args are the arguments after Value. When Func has a Sig they are one for each of its parameters (less the first of
	// a filter or a test), defaults filled in; else as they came.
	Args []value.Value
	// Rest are the arguments for *args, when there is a Sig.
	Rest []value.Value
	// Kwargs are the keyword arguments; with a Sig those for **kwargs. nil when there are none.
	Kwargs *value.Dict

	kind callKind
	fr   *frame
	off  int32
	text *Template
	buf  [callRoom]value.Value // for Args
}

// callRoom is how many arguments a Call has room for.
const callRoom = 5

// Ctx returns the context of the rendering, which ends when it is done.
func (c *Call) Ctx() context.Context { return c.fr.run.ctx }

type callKind uint8

const (
	callFunction callKind = iota
	callFilter
	callTest
)

// IsTest reports whether the function is called as a test, as in {{ x is f }}.
func (c *Call) IsTest() bool { return c.kind == callTest }

// IsFilter reports whether the function is called as a filter.
func (c *Call) IsFilter() bool { return c.kind == callFilter }

// Env returns the environment of the template.
func (c *Call) Env() *Env { return c.fr.run.env }

// Template returns the template in which the call stands.
func (c *Call) Template() *Template { return c.text }

// Autoescape reports whether escaping is switched on where the call stands.
func (c *Call) Autoescape() bool { return c.fr.autoescape }

// At returns the position of the call.
func (c *Call) At() source.Pos { return c.text.text.Pos(c.off) }

// Lookup returns the value of a variable as the context of the template has it: variables that the template set at its
// top, then those it is rendered with, then globals. Variables of loops, macros and with are not among them.
func (c *Call) Lookup(name string) (value.Value, bool, error) { return c.fr.ctx.lookup(name) }

// Names lists the variables that Lookup finds, globals not among them.
func (c *Call) Names() []string { return c.fr.ctx.names() }

// Vars returns the variables that the whole template is rendered with.
func (c *Call) Vars() Vars { return c.fr.run.vars }

// Filter applies the filter called name to v.
func (c *Call) Filter(name string, v value.Value, args []value.Value, kwargs *value.Dict) (value.Value, error) {
	return c.named(callFilter, name, v, args, kwargs)
}

// Test applies the test called name to v.
func (c *Call) Test(name string, v value.Value, args []value.Value, kwargs *value.Dict) (bool, error) {
	r, err := c.named(callTest, name, v, args, kwargs)
	if err != nil {
		return false, err
	}
	return Truth(r)
}

func (c *Call) named(kind callKind, name string, v value.Value, args []value.Value, kwargs *value.Dict) (value.Value, error) {
	f, err := c.Env().find(kind, name)
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, &UnknownNameError{Kind: kind.String(), Name: name}
	}
	return c.fr.callFunc(c.text, f, kind, c.off, v, args, kwargs)
}

// Invoke calls a value: a function, a macro, a method.
func (c *Call) Invoke(f value.Value, args []value.Value, kwargs *value.Dict) (value.Value, error) {
	return c.fr.invoke(c.text, f, c.off, args, kwargs)
}

// Attr is {{ v.name }}.
func (c *Call) Attr(v value.Value, name string) (value.Value, error) {
	return c.fr.getAttr(c.text, v, name, c.off)
}

// Item is {{ v[key] }}.
func (c *Call) Item(v, key value.Value) (value.Value, error) {
	return c.fr.getItem(c.text, v, key, c.off)
}

// Undefined makes an undefined value with a message.
func (c *Call) Undefined(msg string) *value.Undefined {
	return c.Env().undefined(Missing{Kind: MissingOther, Msg: msg, Pos: c.At()})
}

// Text gives the text of a value as the template would print it.
func (c *Call) Text(v value.Value) (string, error) { return c.Env().text(v) }

func (k callKind) String() string {
	if k == callTest {
		return "test"
	}
	return "filter"
}

func (e *Env) find(kind callKind, name string) (*Func, error) {
	lookup := e.Filters
	if kind == callTest {
		lookup = e.Tests
	}
	if lookup == nil {
		return nil, nil
	}
	return lookup(name)
}

func (e *Env) text(v value.Value) (string, error) {
	if e.Text != nil {
		return e.Text(v)
	}
	return value.Text(v)
}

// MaxRange returns how many numbers a range() may have.
func (c *Call) MaxRange() int64 { return c.fr.run.lim.Range }

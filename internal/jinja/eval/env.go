package eval

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/syntax"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Env is the world that templates are compiled and rendered in. It is made once, filled, and not changed after the first
// template is compiled; then many goroutines may use it.
type Env struct {
	Syntax  syntax.Options
	Filters Lookup // nil: there are none
	Tests   Lookup
	Globals func(name string) (v value.Value, ok bool) // what a template sees besides its variables; may be nil
	Loader  Loader                                     // for include, import and extends; nil: there are no templates

	// Native makes the value of a template, macro, set block or filter block that printed one value that very value,
	// of any type, and None when it printed nothing. Printed None values count as nothing. Else the result is a str.
	Native bool
	// Text gives the text of a value that is printed; nil means value.Text. With Native it is called for values that
	// are not printed alone.
	Text func(v value.Value) (string, error)
	// Autoescape makes templates begin with escaping switched on.
	Autoescape bool
	// LiteralMarks, when set, gives the marks of a string literal from its text and its position.
	LiteralMarks func(text string, at source.Pos) value.Marks
	// ListViews makes a list of what methods such as dict.items() give.
	ListViews bool
	// LateNames makes an unknown filter or test an error only where it is evaluated. Else, as in Jinja2, that holds only
	// for names below an if or an inline if; all others are errors of the compilation.
	LateNames bool
	// Result, when set, sees what each filter, test and function gave (and the error with which it failed) and returns
	// what the template goes on with.
	Result func(c *Call, v value.Value, err error) (value.Value, error)

	Undefined Undefineds
	Limits    Limits
}

// Lookup finds a filter or a test. An error means that it exists but can't be used, such as a plugin that does not load.
type Lookup func(name string) (*Func, error)

// Limits bound what a template may use up. Zero means the default.
type Limits struct {
	Depth  int   // of macros, includes and recursive loops within each other: 200
	Output int   // bytes of a text that a template builds: 256 MiB
	Range  int64 // numbers in a range(): 100,000,000
	Steps  int64 // loop turns and calls of one rendering: 1,000,000,000
}

func (l Limits) withDefaults() Limits {
	if l.Depth == 0 {
		l.Depth = 200
	}
	if l.Output == 0 {
		l.Output = 256 << 20
	}
	if l.Range == 0 {
		l.Range = 100_000_000
	}
	if l.Steps == 0 {
		l.Steps = 1_000_000_000
	}
	return l
}

// Vars are the variables that a template is rendered with.
type Vars interface {
	// Lookup returns the value of a variable as a template sees it. An error ends the rendering; a failure that is to
	// surface only where the value is used is given as a *value.Undefined.
	Lookup(name string) (v value.Value, ok bool, err error)
	// Names lists the variables.
	Names() []string
}

// DictVars are the variables of a dict with str keys.
type DictVars struct{ *value.Dict }

// Lookup returns the value of a variable.
func (d DictVars) Lookup(name string) (value.Value, bool, error) {
	if d.Dict == nil {
		return nil, false, nil
	}
	return d.GetStr(name)
}

// Names lists the variables.
func (d DictVars) Names() []string {
	if d.Dict == nil {
		return nil
	}
	var names []string
	for _, k := range d.Keys() {
		if s, ok := k.(value.Str); ok {
			names = append(names, s.String())
		}
	}
	return names
}

// Loader gives the templates that others include, import and extend. It caches them as it sees fit.
type Loader interface {
	// Load returns the template called name, which the template from (nil for none) asks for. When there is none the
	// error is or wraps a *TemplateNotFoundError.
	Load(ctx context.Context, name string, from *Template) (*Template, error)
}

// MissingKind is what was looked for in vain.
type MissingKind uint8

// The kinds of missing things.
const (
	MissingName  MissingKind = iota // a variable: Name
	MissingAttr                     // Obj.Name
	MissingItem                     // Obj[Key]
	MissingElse                     // the else of an inline if
	MissingParam                    // a parameter of a macro that was not given: Name
	MissingOther                    // something else, see Msg
)

// Missing describes what was looked for in vain.
type Missing struct {
	Kind MissingKind
	Name string
	Obj  value.Value
	Key  value.Value // of MissingItem and MissingAttr
	Msg  string      // Jinja2's words for it
	Pos  source.Pos
}

// Undefineds says how values that are missing behave. The zero value is strict, as Jinja2's StrictUndefined: using one
// other than by `default` and `is defined` is an error.
type Undefineds struct {
	// Chain lets an undefined value travel: an attribute, an item or a call of one, and a filter, test or function that
	// is given one and does not say that it takes it, gives that same undefined value. It surfaces where it is
	// printed, compared, calculated with, tested for truth or iterated over.
	Chain bool
	// EagerCalls makes a missing attribute or item an error at once while loop() of a recursive loop runs, and within
	// filters that read attributes of elements, unless their Func says Missing.
	EagerCalls bool
	// Capture, where undefined values travel, gives the value that stands for the failure of a call and travels as they do;
	// nil, of a field or a value, is for a failure that ends the template.
	Capture func(err error) *value.Undefined
	// New makes the undefined value; nil means Jinja2's message.
	New func(m Missing) *value.Undefined
}

func (e *Env) undefined(m Missing) *value.Undefined {
	if e.Undefined.New != nil {
		return e.Undefined.New(m)
	}
	return &value.Undefined{Name: m.Name, Msg: m.Msg, Pos: m.Pos, Shown: true}
}

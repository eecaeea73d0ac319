package value

import (
	"fmt"
	"strings"
	"sync"
)

// Method is a method bound to the value it was read from, such as "x".upper.
type Method struct {
	self Value
	def  *methodDef
}

// methodDef describes a method. call gets one argument for each parameter, nil for those not given.
type methodDef struct {
	name   string
	style  argStyle
	min    int
	params []string
	call   func(self Value, a []Value) (Value, error)
	raw    func(self Value, args []Value, kwargs *Dict) (Value, error) // in place of call: takes what comes
	keep   bool                                                        // gives elements of self: no marks to derive
}

// argStyle is how Python checks the arguments and words its complaint.
type argStyle byte

const (
	noArgs      argStyle = iota // "str.upper() takes no arguments (1 given)"
	oneArg                      // "list.append() takes exactly one argument (2 given)"
	positional                  // "center expected at least 1 argument, got 0"
	withKeyword                 // "split() takes at most 2 arguments (3 given)"
)

// Type returns "builtin_function_or_method".
func (*Method) Type() string { return "builtin_function_or_method" }

// Name returns the name of the method.
func (m *Method) Name() string { return m.def.name }

// Self returns the value that the method is bound to.
func (m *Method) Self() Value { return m.self }

// Repr gives Python's text, without an address.
func (m *Method) Repr() string {
	return fmt.Sprintf("<built-in method %s of %s object>", m.def.name, m.self.Type())
}

// Call calls the method.
func (m *Method) Call(args []Value, kwargs *Dict) (Value, error) {
	args = append([]Value(nil), args...)
	for i, a := range args {
		v, err := known(a)
		if m.def.name == "format" {
			v, err = shown(a)
		}
		if err != nil {
			return nil, err
		}
		args[i] = v
	}
	var v Value
	var err error
	if m.def.raw != nil {
		v, err = m.def.raw(m.self, args, kwargs)
	} else {
		bound, err := m.def.bind(m.self, args, kwargs)
		if err != nil {
			return nil, err
		}
		args = bound
		v, err = m.def.call(m.self, bound)
		if err != nil {
			return nil, err
		}
	}
	if err != nil || m.def.keep {
		return v, err
	}
	if HasSecret(m.self) || anySecret(args) || kwargs != nil && HasSecret(kwargs) {
		return MarkSecret(v)
	}
	return v, nil
}

func anySecret(args []Value) bool {
	for _, a := range args {
		if a != nil && HasSecret(a) {
			return true
		}
	}
	return false
}

func (d *methodDef) bind(self Value, args []Value, kwargs *Dict) ([]Value, error) {
	full := self.Type() + "." + d.name
	kw := 0
	if kwargs != nil {
		kw = kwargs.Len()
	}
	if kw > 0 && d.style != withKeyword {
		return nil, typeErrorf("%s() takes no keyword arguments", full)
	}
	n := len(args)
	switch {
	case d.style == noArgs && n > 0:
		return nil, typeErrorf("%s() takes no arguments (%d given)", full, n)
	case d.style == oneArg && n != 1:
		return nil, typeErrorf("%s() takes exactly one argument (%d given)", full, n)
	case d.style == positional && (n < d.min || n > len(d.params)):
		return nil, d.countError(n)
	case d.style == withKeyword && n+kw > len(d.params):
		return nil, typeErrorf("%s() takes at most %s (%d given)", d.name, plural(len(d.params), "argument"), n+kw)
	}
	out := make([]Value, max(len(d.params), n))
	copy(out, args)
	if kw > 0 {
		if err := d.bindKeywords(out, n, kwargs); err != nil {
			return nil, err
		}
	}
	for i := range d.min {
		if out[i] == nil {
			return nil, typeErrorf("%s() takes at least %s (%d given)", d.name, plural(d.min, "positional argument"), n)
		}
	}
	return out, nil
}

func (d *methodDef) bindKeywords(out []Value, n int, kwargs *Dict) error {
	for it := kwargs.Iterate(); it.Next(); {
		name, err := Text(it.Key())
		if err != nil {
			return err
		}
		i := 0
		for i < len(d.params) && d.params[i] != name {
			i++
		}
		if i == len(d.params) {
			return typeErrorf("%s() got an unexpected keyword argument '%s'", d.name, name)
		}
		if i < n {
			return typeErrorf("argument for %s() given by name ('%s') and position (%d)", d.name, name, i+1)
		}
		v, err := it.Value()
		if err != nil {
			return err
		}
		if out[i], err = known(v); err != nil {
			return err
		}
	}
	return nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (d *methodDef) countError(n int) error {
	word, limit := "at least ", d.min
	if n > len(d.params) {
		word, limit = "at most ", len(d.params)
	}
	if d.min == len(d.params) {
		word = ""
	}
	return typeErrorf("%s expected %s%s, got %d", d.name, word, plural(limit, "argument"), n)
}

// method describes a method; params is "width fillchar?" with a question mark after the optional ones.
func method(style argStyle, params string, call func(self Value, a []Value) (Value, error)) *methodDef {
	d := &methodDef{style: style, call: call}
	for _, p := range strings.Fields(params) {
		name, optional := strings.CutSuffix(p, "?")
		if !optional {
			d.min++
		}
		d.params = append(d.params, name)
	}
	return d
}

func rawMethod(raw func(self Value, args []Value, kwargs *Dict) (Value, error)) *methodDef {
	return &methodDef{raw: raw}
}

// keeping says that the method hands out what self contains, with the marks that it has.
func keeping(d *methodDef) *methodDef {
	d.keep = true
	return d
}

func named(table map[string]*methodDef) map[string]*methodDef {
	for name, d := range table {
		d.name = name
	}
	return table
}

// methodTables makes the tables of methods when the first attribute is asked for: a program that templates nothing does not
// pay for them.
var methodTables sync.Once

func makeMethods() {
	makeStrMethods()
	makeBytesMethods()
	makeListMethods()
	makeDictMethods()
	makeSetMethods()
	makeNumberMethods()
	makeTimeMethods()
}

// Attr is Python's v.name for the attributes and methods that a template may use; ok is false when there is none. Dict
// keys are no attributes: what a template's dot means beyond attributes is the template language's affair.
func Attr(v Value, name string) (Value, bool, error) {
	v, err := known(v)
	if err != nil {
		return nil, false, err
	}
	methodTables.Do(makeMethods)
	var table map[string]*methodDef
	switch x := v.(type) {
	case Str:
		table = strMethods
	case *Dict:
		table = dictMethods
	case *List:
		table = listMethods
	case Tuple:
		if e, ok, err := x.Attr(name); ok {
			return e, true, err
		}
		table = tupleMethods
	case *Set:
		table = setMethods
	case Bytes:
		table = bytesMethods
	case Int, Bool:
		if a, ok := intAttr(x, name); ok {
			return a, true, nil
		}
		table = intMethods
	case Float:
		if a, ok := floatAttr(x, name); ok {
			return a, true, nil
		}
		table = floatMethods
	case DateTime, Date, TimeDelta:
		if a, ok := timeAttr(x, name); ok {
			return a, true, nil
		}
		table = timeMethods(x)
	case *Range:
		switch name {
		case "start":
			return NewInt(x.start), true, nil
		case "stop":
			return NewInt(x.stop), true, nil
		case "step":
			return NewInt(x.step), true, nil
		}
	case Attributer:
		return x.Attr(name)
	}
	if d, ok := table[name]; ok {
		return &Method{self: v, def: d}, true, nil
	}
	return nil, false, nil
}

// CallMethod is Python's v.name(args...).
func CallMethod(v Value, name string, args ...Value) (Value, error) {
	m, ok, err := Attr(v, name)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, Raise("AttributeError", "'%s' object has no attribute '%s'", v.Type(), name)
	}
	return Call(m, args, nil)
}

// Call is Python's f(*args, **kwargs); kwargs may be nil.
func Call(f Value, args []Value, kwargs *Dict) (Value, error) {
	f, err := known(f)
	if err != nil {
		return nil, err
	}
	c, ok := f.(Callable)
	if !ok {
		return nil, typeErrorf("'%s' object is not callable", qualified(f))
	}
	return c.Call(args, kwargs)
}

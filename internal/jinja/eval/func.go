package eval

import (
	"fmt"
	"sort"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Func is a filter, a test or a global function.
type Func struct {
	Name string
	// Sig is the signature as Python has it: "do_truncate(!env, s, length=255, killwords=False, end='...')". With it the
	// arguments are checked and sorted before Run sees them, and complaints are worded as Python words them: see
	// value.ParseSignature. The first parameter of a filter or a test is the value it is applied to. Without Sig, Run gets the
	// arguments as they come.
	Sig string
	// Undefined says that the function takes undefined values; see Undefineds.Chain.
	Undefined bool
	// Missing says that the function copes with elements that lack an attribute; see Undefineds.EagerCalls.
	Missing bool
	// Class makes a global a class with these methods rather than a function.
	Class map[string]*Func
	// Brief says that Run does not keep its Call: it is used again for other calls.
	Brief bool
	// Probe says that the function only asks whether Value is undefined and does not look at it then.
	Probe bool
	// Markup says that the function takes Markup as it is; other functions get it as str.
	Markup bool
	// Quick, when not nil, is asked first where all arguments are given by position, and does the usual cases without a Call:
	// false leaves the work to Run. It changes no arguments, takes no Markup and makes nothing of what is secret; what it gives
	// is a scalar or the value that it got, and is final: Env.Result does not see it.
	Quick func(v value.Value, args []value.Value) (value.Value, bool)
	// Print, when not nil, is Quick for a filter whose text is printed at once: it is appended to b.
	Print func(b []byte, v value.Value, args []value.Value) ([]byte, bool)
	// Run does the work. A test returns a value whose truth counts.
	Run func(c *Call) (value.Value, error)

	once sync.Once
	sig  *value.Signature
}

// Type returns "function", or "type" for a class: a *Func is a value, so that it can be a global.
func (f *Func) Type() string {
	if f.Class != nil {
		return "type"
	}
	return "function"
}

// Repr gives "<function NAME>", or "<class 'NAME'>".
func (f *Func) Repr() string {
	if f.Class != nil {
		return "<class '" + f.Name + "'>"
	}
	return "<function " + f.Name + ">"
}

// As returns the same function under another name, for messages that tell it as the template has it.
func (f *Func) As(name string) *Func {
	return &Func{
		Name: name, Sig: f.Sig, Undefined: f.Undefined, Missing: f.Missing, Class: f.Class, Brief: f.Brief, Probe: f.Probe, Markup: f.Markup,
		Quick: f.Quick, Print: f.Print, Run: f.Run,
	}
}

// Attr gives the methods of a class.
func (f *Func) Attr(name string) (value.Value, bool, error) {
	m, ok := f.Class[name]
	if !ok {
		return nil, false, nil
	}
	return m, true, nil
}

func (f *Func) signature() *value.Signature {
	f.once.Do(func() {
		if f.Sig != "" {
			f.sig = value.ParseSignature(f.Sig)
		}
	})
	return f.sig
}

// Set is a collection of filters, tests or global functions. The zero Set is empty. It is filled while the program
// starts, a file adding what it holds, and only read afterwards.
type Set struct{ funcs map[string]*Func }

// Add puts f into the set under its name and the further names, and returns it. A name that is taken is a mistake in
// the program and panics.
func (s *Set) Add(f *Func, aliases ...string) *Func {
	if s.funcs == nil {
		s.funcs = map[string]*Func{}
	}
	for _, name := range append([]string{f.Name}, aliases...) {
		if s.funcs[name] != nil {
			panic(fmt.Sprintf("%s is registered twice", name))
		}
		s.funcs[name] = f
	}
	return f
}

// Get returns what is called name, or nil.
func (s *Set) Get(name string) *Func { return s.funcs[name] }

// Lookup is Get as a Lookup.
func (s *Set) Lookup(name string) (*Func, error) { return s.funcs[name], nil }

// Names returns all names, sorted.
func (s *Set) Names() []string {
	names := make([]string, 0, len(s.funcs))
	for n := range s.funcs {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

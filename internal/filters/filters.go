// Package filters holds Ansible's own filters, those of ansible.builtin and the ones of collections that people use most;
// Jinja2's own are in the room of the template language. A filter is a function of values: what it needs of the world
// around (environment, time, warnings) it gets by its Call, so that the room knows neither templates nor playbooks.
package filters

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Func is what a filter does.
type Func func(c *Call) (value.Value, error)

// Def is a filter, or a test: one whose result is true or false.
type Def struct {
	Name    string   // the full name: "ansible.builtin.combine"
	Aliases []string // further full names
	// Sig is its signature as value.ParseSignature reads it. The first parameter is what stands before the bar; the
	// name before the bracket is the one that Python's complaints about arguments use.
	Sig string
	// Undefined says that it takes an undefined value. Others never see one: using it is the error.
	Undefined bool
	// Deferred says that it sees values which are not yet made, such as a vaulted text; others get what they resolve to.
	Deferred bool
	// Keeps says that the result is made of the very values that went in, with the marks that they have. The result of
	// other filters is secret, and all in it, when anything that went in is.
	Keeps bool
	Func  Func

	sig *signature
}

// signature is a Sig that is read at the first call: a program that is only asked for its version does not pay for it.
type signature struct {
	text string
	once sync.Once
	read *value.Signature
}

func (s *signature) get() *value.Signature {
	s.once.Do(func() { s.read = value.ParseSignature(s.text) })
	return s.read
}

// Host is what a filter may ask of the world around. The zero Host asks the process.
type Host struct {
	Getenv    func(name string) (string, bool)
	Now       func() time.Time
	Zone      *time.Location
	Warn      func(msg string) // a [WARNING]
	Deprecate func(msg string) // a [DEPRECATION WARNING]
}

// Call is one call of a filter.
type Call struct {
	value.Arguments
	Context context.Context
	Host    *Host
}

// Set is a collection of filters, or of tests, by their full names. It is filled while the program starts and only read afterwards.
type Set struct {
	defs map[string]*Def
	// Moved maps short names that left ansible.builtin to where they are now.
	Moved map[string]string
}

// All are the filters of this room.
var All = Set{Moved: map[string]string{
	"json_query": "community.general.json_query",
	"random_mac": "community.general.random_mac",
}}

// Add puts a filter into the set and returns it. A name that is taken is a mistake in the program and panics.
func (s *Set) Add(d Def) *Def {
	d.sig = &signature{text: d.Sig}
	if s.defs == nil {
		s.defs = make(map[string]*Def, 128)
	}
	for _, name := range append([]string{d.Name}, d.Aliases...) {
		if s.defs[name] != nil {
			panic("filter " + name + " is registered twice")
		}
		s.defs[name] = &d
	}
	return &d
}

// Lookup finds a filter by the name that a template uses: short, as ansible.builtin.NAME or ansible.legacy.NAME, or in a
// collection. Names that moved to a collection are found where they are now. nil: there is none.
func (s *Set) Lookup(name string) *Def {
	if d := s.defs[name]; d != nil {
		return d
	}
	short, _ := strings.CutPrefix(name, "ansible.builtin.")
	short, _ = strings.CutPrefix(short, "ansible.legacy.")
	if strings.Contains(short, ".") {
		return nil
	}
	if d := s.defs["ansible.builtin."+short]; d != nil {
		return d
	}
	if moved, ok := s.Moved[short]; ok {
		return s.defs[moved]
	}
	return nil
}

// Names returns the full names, sorted.
func (s *Set) Names() []string {
	names := make([]string, 0, len(s.defs))
	for n := range s.defs {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Call applies the filter: args[0] is what stands before the bar. kwargs and h may be nil. The error is that of the
// filter itself, without the words "The filter plugin ... failed"; that of an undefined value is a *value.UndefinedError.
func (d *Def) Call(ctx context.Context, h *Host, args []value.Value, kwargs *value.Dict) (value.Value, error) {
	args, secret, err := d.force(args)
	if err != nil {
		return nil, err
	}
	if kwargs != nil {
		if kwargs, secret, err = d.forceNamed(kwargs, secret); err != nil {
			return nil, err
		}
	}
	bound, err := d.sig.get().Bind(args, kwargs)
	if err != nil {
		return nil, err
	}
	if h == nil {
		h = &Host{}
	}
	v, err := d.Func(&Call{Arguments: bound, Context: ctx, Host: h})
	if err != nil || d.Keeps {
		return v, err
	}
	for _, a := range args { // a lazy element may have turned out to be secret
		secret = secret || value.HasSecret(a)
	}
	if secret {
		return value.MarkSecret(v)
	}
	return v, nil
}

func (d *Def) force(args []value.Value) (out []value.Value, secret bool, err error) {
	out = make([]value.Value, len(args))
	for i, a := range args {
		if out[i], err = d.one(a); err != nil {
			return nil, false, err
		}
		secret = secret || value.HasSecret(out[i])
	}
	return out, secret, nil
}

func (d *Def) forceNamed(kwargs *value.Dict, secret bool) (*value.Dict, bool, error) {
	out := value.NewDict()
	for it := kwargs.Iterate(); it.Next(); {
		v, err := it.Value()
		if err != nil {
			return nil, false, err
		}
		if v, err = d.one(v); err != nil {
			return nil, false, err
		}
		secret = secret || value.HasSecret(v)
		if err := out.Set(it.Key(), v); err != nil {
			return nil, false, err
		}
	}
	return out, secret, nil
}

func (d *Def) one(v value.Value) (value.Value, error) {
	if d.Deferred {
		return v, nil
	}
	v, err := value.Force(v)
	if err != nil {
		return nil, err
	}
	if u, ok := v.(*value.Undefined); ok && !d.Undefined {
		return nil, &value.UndefinedError{Value: u}
	}
	return v, nil
}

// fail gives the error of a filter.
func fail(format string, args ...any) error {
	return value.Raise("AnsibleFilterError", "%s", fmt.Sprintf(format, args...))
}

// className is Python's type as it prints: <class 'int'>.
func className(v value.Value) string { return "<class '" + v.Type() + "'>" }

func str(s string) value.Value { return value.NewStr(s) }

// strOf gives an argument that must be a str.
func strOf(v value.Value) (string, bool) {
	s, ok := v.(value.Str)
	return s.String(), ok
}

func (h *Host) getenv(name string) (string, bool) {
	if h.Getenv != nil {
		return h.Getenv(name)
	}
	return os.LookupEnv(name)
}

func (h *Host) zone() *time.Location {
	if h.Zone != nil {
		return h.Zone
	}
	return time.Local
}

func (h *Host) now() time.Time {
	if h.Now != nil {
		return h.Now()
	}
	return time.Now()
}

// Warnf gives a warning.
func (h *Host) Warnf(format string, args ...any) {
	if h.Warn != nil {
		h.Warn(fmt.Sprintf(format, args...))
	}
}

// Deprecatef gives a warning about what will go.
func (h *Host) Deprecatef(format string, args ...any) {
	if h.Deprecate != nil {
		h.Deprecate(fmt.Sprintf(format, args...))
	}
}

// hashable is the TypeError of a value that can't be a key.
func hashable(v value.Value) error { return value.NewDict().Set(v, value.None) }

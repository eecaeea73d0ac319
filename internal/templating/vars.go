package templating

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

// Vars are the variables that a template sees, as they are stored: not yet evaluated.
type Vars interface {
	// Lookup returns what is stored under name.
	Lookup(name string) (stored value.Value, ok bool)
	// Names returns the names of all variables, in no order.
	Names() []string
}

// Overlay is Vars with some names put before those of Outer.
type Overlay struct {
	Inner map[string]value.Value
	Outer Vars
}

// Lookup returns what is stored under name, in Inner first.
func (o Overlay) Lookup(name string) (value.Value, bool) {
	if v, ok := o.Inner[name]; ok {
		return v, true
	}
	return o.Outer.Lookup(name)
}

// Names returns the names of both.
func (o Overlay) Names() []string {
	names := o.Outer.Names()
	for n := range o.Inner {
		names = append(names, n)
	}
	return names
}

// live is Vars with a variable whose value is asked for.
type live struct {
	Vars
	name string
	now  func() (value.Value, bool)
}

// Lookup returns what is stored under name.
func (l live) Lookup(name string) (value.Value, bool) {
	if name == l.name {
		if v, ok := l.now(); ok {
			return v, true
		}
	}
	return l.Vars.Lookup(name)
}

// Names returns the names of all.
func (l live) Names() []string {
	names := l.Vars.Names()
	if _, ok := l.now(); ok {
		names = append(names, l.name)
	}
	return names
}

// Map is Vars of a plain map.
type Map map[string]value.Value

// Lookup returns the value under name.
func (m Map) Lookup(name string) (value.Value, bool) { v, ok := m[name]; return v, ok }

// Names returns the keys.
func (m Map) Names() []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	return names
}

var (
	_ Vars = Overlay{}
	_ Vars = Map{}
)

package vars

import (
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// HostVarsMap is the magic variable hostvars: the variables of every host of the inventory, each evaluated with that
// host's own when it is read. It belongs to one goroutine.
type HostVarsMap struct {
	s    *Store
	made map[string]*HostVars
}

// Type returns "HostVars".
func (*HostVarsMap) Type() string { return "HostVars" }

func (m *HostVarsMap) get(host string) (*HostVars, bool) {
	if h := m.made[host]; h != nil {
		return h, true
	}
	if _, ok := m.s.inventory.Layers(host); !ok {
		return nil, false
	}
	v := m.s.Host(host)
	h := &HostVars{view: v, scope: m.s.scope(v)}
	if m.made == nil {
		m.made = map[string]*HostVars{}
	}
	m.made[host] = h
	return h, true
}

// hiddenInHostVars reports whether a variable belongs to the play and not to a host.
func hiddenInHostVars(name string) bool {
	return name == "vars" || name == "hostvars" || name != "playbook_dir" && slices.Contains(playNames, name)
}

// Index returns the variables of the host of that name.
func (m *HostVarsMap) Index(key value.Value) (value.Value, bool, error) {
	s, ok := key.(value.Str)
	if !ok {
		return nil, false, nil
	}
	h, ok := m.get(s.String())
	if !ok {
		return nil, false, nil
	}
	return h, true, nil
}

// Attr returns a method of mappings, or the variables of the host of that name.
func (m *HostVarsMap) Attr(name string) (value.Value, bool, error) {
	if h, ok := m.get(name); ok {
		return h, true, nil
	}
	return value.Attr(m.dict(), name)
}

// dict has the hosts as a mapping.
func (m *HostVarsMap) dict() *value.Dict {
	d := value.NewDict()
	for _, n := range m.s.inventory.HostNames() {
		if h, ok := m.get(n); ok {
			d.SetStr(n, h)
		}
	}
	return d
}

// Iter walks over the names of the hosts.
func (m *HostVarsMap) Iter() value.Iterator { return &nameIter{names: m.s.inventory.HostNames()} }

// Len returns the number of hosts.
func (m *HostVarsMap) Len() (int, error) { return len(m.s.inventory.HostNames()), nil }

// Dict gives the whole as a mapping of mappings, for those who print it or hand it over.
func (m *HostVarsMap) Dict() (*value.Dict, error) {
	d := value.NewDict()
	for _, n := range m.s.inventory.HostNames() {
		if h, ok := m.get(n); ok {
			all, err := h.Dict()
			if err != nil {
				return nil, err
			}
			d.SetStr(n, all)
		}
	}
	return d, nil
}

// HostVars is hostvars of one host.
type HostVars struct {
	view  *View
	scope Evaluator
}

// Type returns "HostVarsVars".
func (*HostVars) Type() string { return "HostVarsVars" }

// Index returns a variable, evaluated.
func (h *HostVars) Index(key value.Value) (value.Value, bool, error) {
	s, ok := key.(value.Str)
	if !ok {
		return nil, false, nil
	}
	return h.scope.Lookup(s.String())
}

// Attr returns a variable, evaluated, or a method of mappings.
func (h *HostVars) Attr(name string) (value.Value, bool, error) {
	if v, ok, err := h.scope.Lookup(name); ok || err != nil {
		return v, ok, err
	}
	d, err := h.Dict()
	if err != nil {
		return nil, false, err
	}
	return value.Attr(d, name)
}

// Iter walks over the names of the variables.
func (h *HostVars) Iter() value.Iterator { return &nameIter{names: h.view.Names()} }

// Len returns the number of variables.
func (h *HostVars) Len() (int, error) { return len(h.view.Names()), nil }

// Dict gives the variables as a mapping whose values are evaluated when they are read.
func (h *HostVars) Dict() (*value.Dict, error) {
	return value.NewLazyDict(h.view.dict(), h.scope, value.Marks{}), nil
}

// nameIter walks over texts.
type nameIter struct {
	names []string
	i     int
}

// Next returns the next name.
func (it *nameIter) Next() (value.Value, bool) {
	if it.i >= len(it.names) {
		return nil, false
	}
	it.i++
	return value.NewStr(it.names[it.i-1]), true
}

// Err returns nil.
func (*nameIter) Err() error { return nil }

var (
	_ value.Indexer    = (*HostVarsMap)(nil)
	_ value.Attributer = (*HostVarsMap)(nil)
	_ value.Iterabler  = (*HostVarsMap)(nil)
	_ value.Lener      = (*HostVarsMap)(nil)
	_ value.Indexer    = (*HostVars)(nil)
	_ value.Attributer = (*HostVars)(nil)
	_ value.Iterabler  = (*HostVars)(nil)
	_ value.Lener      = (*HostVars)(nil)
)

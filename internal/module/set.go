package module

import (
	"fmt"
	"sort"
	"strings"
)

// Set is a set of modules. The zero Set is empty and ready. It is filled before main begins and only read afterwards.
type Set struct {
	defs []*Def
	full map[string]*Def
}

// Add puts a module into the set and returns it. A name that is there already, or an incomplete definition, is a
// mistake of the program and panics.
func (s *Set) Add(d Def) *Def {
	if d.Run == nil || strings.Count(d.Name, ".") < 2 {
		panic(fmt.Sprintf("module: %q has no code or no full name", d.Name))
	}
	if s.full == nil {
		s.full = map[string]*Def{}
	}
	for _, name := range append([]string{d.Name}, d.Redirects...) {
		if s.full[name] != nil {
			panic(fmt.Sprintf("module: %q is defined twice", name))
		}
		s.full[name] = &d
	}
	s.defs = append(s.defs, &d)
	return &d
}

// Defs returns the modules, sorted by name.
func (s *Set) Defs() []*Def {
	out := append([]*Def(nil), s.defs...)
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Find returns the module with a full name, or with the name of a redirect, or nil.
func (s *Set) Find(full string) *Def { return s.full[full] }

// Union is several sets seen as one.
type Union []*Set

// Find returns the module that a task means by name, or nil. A short name and ansible.legacy.NAME mean
// ansible.builtin.NAME, or else the one module with that short name that Ansible redirects from its old place (as
// openssl_privatekey to community.crypto). Other names are looked up as they are.
func (u Union) Find(name string) *Def {
	short, isShort := strings.CutPrefix(name, "ansible.legacy.")
	if !strings.Contains(name, ".") {
		short, isShort = name, true
	}
	if isShort {
		name = "ansible.builtin." + short
	}
	for _, s := range u {
		if d := s.Find(name); d != nil {
			return d
		}
	}
	return nil
}

// Defs returns all modules, sorted by name.
func (u Union) Defs() []*Def {
	var out []*Def
	for _, s := range u {
		out = append(out, s.defs...)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

package resolve

import (
	"maps"
	"sort"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/syntax"
)

// function is a syntax.Func in the making.
type function struct {
	out    *syntax.Func
	depth  int32
	shared map[string]int32 // slots of the names that are only looked up in the context
}

func (f *function) slot() int32 {
	f.out.Slots++
	return int32(f.out.Slots - 1)
}

type loadKind uint8

const (
	param     loadKind = iota // set by what enters the scope
	undefined                 // without value until it is assigned
	lookup                    // the context's until it is assigned
	alias                     // an outer variable's until it is assigned
)

type load struct {
	kind loadKind
	from *symbols // of an alias: the scope that has the outer variable
}

// symbols are the names of one scope.
type symbols struct {
	parent   *symbols
	fn       *function
	loads    map[string]load
	stores   map[string]bool
	slots    map[string]int32 // shared with the copies for branches
	toplevel bool
}

func newSymbols(parent *symbols, fn *function) *symbols {
	return &symbols{parent: parent, fn: fn, loads: map[string]load{}, stores: map[string]bool{}, slots: map[string]int32{}}
}

func (s *symbols) copy() *symbols {
	c := *s
	c.loads, c.stores = maps.Clone(s.loads), maps.Clone(s.stores)
	return &c
}

// find returns the scope that has name, or nil.
func (s *symbols) find(name string) *symbols {
	for ; s != nil; s = s.parent {
		if _, ok := s.loads[name]; ok {
			return s
		}
	}
	return nil
}

func (s *symbols) load(name string) {
	if s.find(name) == nil {
		s.loads[name] = load{kind: lookup}
	}
}

func (s *symbols) store(name string) {
	s.stores[name] = true
	if _, ok := s.loads[name]; ok {
		return
	}
	if s.parent != nil {
		if outer := s.parent.find(name); outer != nil {
			s.loads[name] = load{alias, outer}
			return
		}
	}
	s.loads[name] = load{kind: undefined}
}

func (s *symbols) param(name string) {
	s.stores[name] = true
	s.loads[name] = load{kind: param}
}

// merge takes in what the branches of an if do with names. A name that is assigned in some branches only begins with
// the value it has outside.
func (s *symbols) merge(branches []*symbols) {
	count := map[string]int{}
	for _, b := range branches {
		for name := range b.stores {
			if !s.stores[name] {
				count[name]++
			}
		}
	}
	for _, b := range branches {
		maps.Copy(s.loads, b.loads)
		maps.Copy(s.stores, b.stores)
	}
	for name, n := range count {
		if n == len(branches) {
			continue
		}
		s.loads[name] = load{kind: lookup}
		if s.parent != nil {
			if outer := s.parent.find(name); outer != nil {
				s.loads[name] = load{alias, outer}
			}
		}
	}
}

// fix gives each name its slot and returns what must be done to enter the scope.
func (s *symbols) fix() syntax.Scope {
	var out syntax.Scope
	names := make([]string, 0, len(s.loads))
	for name := range s.loads {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		l := s.loads[name]
		if l.kind == lookup && !s.stores[name] {
			// the context does not change while the function runs: one slot serves all scopes
			slot, ok := s.fn.shared[name]
			if !ok {
				slot = s.fn.slot()
				s.fn.shared[name] = slot
			}
			s.slots[name] = slot
			continue
		}
		slot := s.fn.slot()
		s.slots[name] = slot
		switch l.kind {
		case undefined, lookup:
			out.Clear = append(out.Clear, slot)
		case alias:
			out.Alias = append(out.Alias, syntax.Alias{Slot: slot, From: s.ref(l.from, name)})
		}
	}
	return out
}

// ref gives the variable name of the scope owner as it is reached from s.
func (s *symbols) ref(owner *symbols, name string) syntax.Ref {
	return syntax.Ref{
		Depth:   s.fn.depth - owner.fn.depth,
		Slot:    owner.slots[name],
		Resolve: owner.fallsBack(name),
	}
}

// fallsBack reports whether name is looked up in the context while it has no value.
func (s *symbols) fallsBack(name string) bool {
	l := s.loads[name]
	if l.kind == alias {
		return l.from.fallsBack(name)
	}
	return l.kind == lookup
}

// visible lists the variables that include, import and scoped blocks hand on.
func (s *symbols) visible() []syntax.Visible {
	var out []syntax.Visible
	seen := map[string]bool{}
	for at := s; at != nil; at = at.parent {
		names := make([]string, 0, len(at.stores))
		for name := range at.stores {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			if !seen[name] {
				seen[name] = true
				out = append(out, syntax.Visible{Name: name, Ref: s.ref(s.find(name), name)})
			}
		}
	}
	return out
}

package playbook

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// ScopeKind says what a Scope was made by.
type ScopeKind uint8

// The kinds of scopes, from the outside to the inside.
const (
	PlayScope    ScopeKind = iota // a play
	RoleScope                     // a role of a play's `roles`, of a role's dependencies, or behind import_role or include_role
	BlockScope                    // a block that was written
	ImportScope                   // an import_tasks or import_role: its keywords apply to what it brings
	IncludeScope                  // an include_tasks or include_role: its vars apply to what it brings, its other keywords do not
	ApplyScope                    // the `apply` of an include
)

// Scope is one link of the chain from a task outwards to its play. Keywords are inherited along it: the nearest one
// counts, except for those that extend each other (Keyword.Extends).
type Scope struct {
	Kind   ScopeKind
	Attrs  Attrs
	Parent *Scope // the next one outwards; nil for a play
	Play   *Play  // the play that all this is in
	Role   *Role  // the role whose files the tasks in this scope come from, nil outside of roles
	Task   *Task  // with ImportScope, IncludeScope and ApplyScope: the task that imports or includes
	Target string // with ImportScope and IncludeScope of a file: the file's name as given, templated
}

// Inherited returns the value of a keyword as it is seen from s: the nearest one written, or for a keyword that extends
// (tags, when, environment, module_defaults, notify, …) a list of all of them in the order in which they apply. It is
// nil when the keyword stands nowhere. `vars` are not merged here, as they belong to several levels of precedence: walk the
// chain.
func (s *Scope) Inherited(k Keyword) value.Value { return inherit(k, nil, s) }

func inherit(k Keyword, own value.Value, outer *Scope) value.Value {
	if !k.Extends() {
		if own != nil {
			return own
		}
		for s := outer; s != nil; s = s.Parent {
			if v := s.inheritable(k); v != nil {
				return v
			}
		}
		return nil
	}
	var parts []value.Value // from the inside to the outside
	if own != nil {
		parts = append(parts, own)
	}
	for s := outer; s != nil; s = s.Parent {
		if v := s.inheritable(k); v != nil {
			parts = append(parts, v)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	var all []value.Value
	for i := range parts {
		v := parts[len(parts)-1-i]
		if !k.outerFirst() {
			v = parts[i]
		}
		if k == Tags {
			all = append(all, tagList(v)...)
		} else if l, ok := v.(*value.List); ok {
			all = append(all, l.Stored()...)
		} else {
			all = append(all, v)
		}
	}
	return value.NewList(all...)
}

// inheritable returns the keyword of this scope when what is within may inherit it.
func (s *Scope) inheritable(k Keyword) value.Value {
	switch {
	case s.Kind == IncludeScope || !k.Inherited():
		return nil
	case s.Kind == PlayScope && k == When && len(s.Play.conditions) > 0:
		return value.NewList(s.Play.conditions...)
	}
	return s.Attrs.Get(k)
}

// RoleChain returns the roles around s from the inside to the outside: the role itself, the role that depends on it or
// includes it, and so on.
func (s *Scope) RoleChain() []*Role {
	var chain []*Role
	for ; s != nil; s = s.Parent {
		if s.Role != nil && (len(chain) == 0 || chain[len(chain)-1] != s.Role) {
			chain = append(chain, s.Role)
		}
	}
	return chain
}

package inventory

import (
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var goodVariable = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

// constants are names that a template takes for a value.
var constants = map[string]bool{"True": true, "true": true, "False": true, "false": true, "None": true, "none": true}

// named gives the name of a variable and warns of one that can't be used in a template. at is where it stands.
func (inv *Inventory) named(key value.Value, at source.Pos) value.Str {
	s, ok := key.(value.Str)
	shown := describe(key)
	if ok {
		if name := s.String(); goodVariable().MatchString(name) && !constants[name] {
			return s
		}
		shown = "'" + s.String() + "'"
	} else {
		s = value.NewStr(describe(key))
	}
	if origin := value.OriginOf(key); origin.IsValid() {
		at = origin
	}
	inv.warn(Warning{
		Deprecated: true, Pos: at,
		Text: fmt.Sprintf("Accepting inventory variable with invalid name %s. This feature will be removed from ansible-core version 2.23.", shown),
		Help: "Variable names must be strings starting with a letter or underscore character, and contain only letters, numbers and underscores.",
	})
	return s
}

// setGroupVar sets a variable of a group from a source; ansible_group_priority is not one, but sets the priority.
func (inv *Inventory) setGroupVar(g *Group, key, v value.Value) error {
	name := inv.named(key, value.OriginOf(v))
	if name.String() == "ansible_group_priority" {
		return g.setPriority(v)
	}
	return g.vars.Set(name, v)
}

// setHostVar sets a variable of a host from a source.
func (inv *Inventory) setHostVar(h *Host, key, v value.Value) {
	_ = h.vars.Set(inv.named(key, value.OriginOf(v)), v) // a text can be a key
}

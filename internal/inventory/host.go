package inventory

import (
	"sort"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Host is a host of the inventory.
type Host struct {
	name     string
	vars     *value.Dict
	groups   []*Group // those that name it, in that order
	implicit bool
	file     string
	dir      string
}

// Name returns the name under which the host stands in the inventory.
func (h *Host) Name() string { return h.name }

// Vars returns the variables that the inventory's sources set for the host itself; it must not be changed.
func (h *Host) Vars() *value.Dict { return h.vars }

// Implicit reports whether the host is the localhost that no source names.
func (h *Host) Implicit() bool { return h.implicit }

// File returns the source in which the host was met first (Ansible's inventory_file), "" for none.
func (h *Host) File() string { return h.file }

// Dir returns the folder of File (Ansible's inventory_dir), "" for none.
func (h *Host) Dir() string { return h.dir }

// DirectGroups returns the groups that name the host, in the order in which they came to do so.
func (h *Host) DirectGroups() []*Group { return h.groups }

// Groups returns the groups of the host with all their ancestors, save "all", in the order in which their variables
// apply: by depth, then priority, then name.
func (h *Host) Groups() []*Group {
	var out []*Group
	seen := map[*Group]bool{}
	var add func(g *Group)
	add = func(g *Group) {
		if seen[g] {
			return
		}
		seen[g] = true
		if g.name != All {
			out = append(out, g)
		}
		for _, p := range g.parents {
			add(p)
		}
	}
	for _, g := range h.groups {
		add(g)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].before(out[j]) })
	return out
}

func (h *Host) in(g *Group) bool {
	for _, have := range h.groups {
		if have == g {
			return true
		}
	}
	return false
}

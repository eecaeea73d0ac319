package inventory

import (
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// The groups that are always there.
const (
	All       = "all"
	Ungrouped = "ungrouped"
)

// Group is a group of hosts and groups.
type Group struct {
	name     string
	vars     *value.Dict
	hosts    []*Host
	children []*Group
	parents  []*Group
	depth    int
	priority int
	members  map[*Host]bool
}

// Name returns the name of the group.
func (g *Group) Name() string { return g.name }

// Vars returns the variables that the inventory's sources set for the group; it must not be changed.
func (g *Group) Vars() *value.Dict { return g.vars }

// DirectHosts returns the hosts that the group itself names, in order.
func (g *Group) DirectHosts() []*Host { return g.hosts }

// Children returns the groups in the group, in order.
func (g *Group) Children() []*Group { return g.children }

// Parents returns the groups that the group is a child of.
func (g *Group) Parents() []*Group { return g.parents }

// Depth is the longest way from "all" down to the group.
func (g *Group) Depth() int { return g.depth }

// Priority is the group's ansible_group_priority, 1 unless a source sets it; the larger one wins among groups of one depth.
func (g *Group) Priority() int { return g.priority }

// before orders groups as their variables apply.
func (g *Group) before(o *Group) bool {
	switch {
	case g.depth != o.depth:
		return g.depth < o.depth
	case g.priority != o.priority:
		return g.priority < o.priority
	}
	return g.name < o.name
}

// Hosts returns the hosts of the group and of all groups below it, level by level, each once. Of "all", the implicit
// localhost is left out.
func (g *Group) Hosts() []*Host {
	var out []*Host
	seen := map[*Host]bool{}
	for _, d := range g.Descendants() {
		for _, h := range d.hosts {
			if !seen[h] && !(g.name == All && h.implicit) {
				seen[h] = true
				out = append(out, h)
			}
		}
	}
	return out
}

// Descendants returns the group and all groups below it, level by level, each once.
func (g *Group) Descendants() []*Group {
	out := []*Group{g}
	seen := map[*Group]bool{g: true}
	for i := 0; i < len(out); i++ {
		for _, c := range out[i].children {
			if !seen[c] {
				seen[c] = true
				out = append(out, c)
			}
		}
	}
	return out
}

func (g *Group) hasAncestor(o *Group) bool {
	for _, p := range g.parents {
		if p == o || p.hasAncestor(o) {
			return true
		}
	}
	return false
}

func (g *Group) addChild(c *Group) error {
	if c == g {
		return fmt.Errorf("can't add group to itself")
	}
	for _, have := range g.children {
		if have == c {
			return nil
		}
	}
	if g.hasAncestor(c) {
		//lint:ignore ST1005 Ansible's words
		return fmt.Errorf("Adding group '%s' as child to '%s' creates a recursive dependency loop.", c.name, g.name)
	}
	g.children = append(g.children, c)
	c.parents = append(c.parents, g)
	c.sink(g.depth + 1)
	return nil
}

// sink moves a group and what is below it down to depth at least.
func (g *Group) sink(depth int) {
	if g.depth >= depth {
		return
	}
	g.depth = depth
	for _, c := range g.children {
		c.sink(depth + 1)
	}
}

func (g *Group) addHost(h *Host) {
	if g.members[h] {
		return
	}
	if g.members == nil {
		g.members = map[*Host]bool{}
	}
	g.members[h] = true
	g.hosts = append(g.hosts, h)
	h.groups = append(h.groups, g)
}

func (g *Group) removeHost(h *Host) {
	if !g.members[h] {
		return
	}
	delete(g.members, h)
	for i, have := range g.hosts {
		if have == h {
			g.hosts = append(g.hosts[:i:i], g.hosts[i+1:]...)
			break
		}
	}
	for i, have := range h.groups {
		if have == g {
			h.groups = append(h.groups[:i:i], h.groups[i+1:]...)
			break
		}
	}
}

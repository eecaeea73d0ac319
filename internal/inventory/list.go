package inventory

import (
	"fmt"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Listing gives what `ansible-inventory --list` prints: the groups with their hosts and children, as they hang below
// "all", and under _meta the variables of every host, merged. playbookDir is as in Layers. Variables are shared with the
// inventory and must not be changed.
func (inv *Inventory) Listing(playbookDir string) (*value.Dict, error) {
	out := value.NewDict()
	hostvars := value.NewDict()
	meta := value.DictOf("hostvars", hostvars)
	out.SetStr("_meta", meta)
	for _, g := range inv.groupOf[All].Descendants() {
		entry := value.NewDict()
		if len(g.children) > 0 {
			l := value.NewList()
			for _, c := range g.children {
				l.Append(value.NewStr(c.name))
			}
			entry.SetStr("children", l)
		}
		if len(g.hosts) > 0 && g.name != All {
			l := value.NewList()
			for _, h := range g.hosts {
				l.Append(value.NewStr(h.name))
			}
			entry.SetStr("hosts", l)
		}
		if entry.Len() > 0 {
			out.SetStr(g.name, entry)
		}
	}
	for _, h := range inv.groupOf[All].Hosts() {
		layers, err := inv.Layers(h, playbookDir)
		if err != nil {
			return nil, err
		}
		if vars := Flatten(layers); vars.Len() > 0 {
			hostvars.SetStr(h.name, vars)
		}
	}
	return out, nil
}

// Graph gives what `ansible-inventory --graph` prints for a group and what is below it. With vars, the variables of
// each host stand below it, sorted, and those of each group that its own sources and group_vars set.
func (inv *Inventory) Graph(g *Group, vars bool, playbookDir string) (string, error) {
	p := &graph{inv: inv, vars: vars, playbookDir: playbookDir}
	err := p.group(g, 0)
	return p.b.String(), err
}

type graph struct {
	inv         *Inventory
	vars        bool
	playbookDir string
	b           strings.Builder
}

func (p *graph) line(depth int, text string) {
	if depth > 0 {
		p.b.WriteString(strings.Repeat("  |", depth) + "--")
	}
	p.b.WriteString(text + "\n")
}

func (p *graph) group(g *Group, depth int) error {
	p.line(depth, "@"+g.name+":")
	for _, c := range g.children {
		if err := p.group(c, depth+1); err != nil {
			return err
		}
	}
	if g.name != All {
		for _, h := range g.hosts {
			p.line(depth+1, h.name)
			layers, err := p.inv.Layers(h, p.playbookDir)
			if err != nil {
				return err
			}
			if err := p.showVars(Flatten(layers), depth+2); err != nil {
				return err
			}
		}
	}
	l := &layers{inv: p.inv, playbookDir: p.playbookDir}
	l.own(GroupsInventory, []*Group{g})
	l.groupFiles(GroupFilesInventory, GroupFilesPlaybook, []*Group{g})
	if l.err != nil {
		return l.err
	}
	vars := Flatten(l.out)
	if g.priority != 1 {
		vars.SetStr("ansible_group_priority", value.NewInt(int64(g.priority)))
	}
	return p.showVars(vars, depth+1)
}

func (p *graph) showVars(vars *value.Dict, depth int) error {
	if !p.vars {
		return nil
	}
	var lines []string
	for it := vars.Iterate(); it.Next(); {
		text, err := value.Text(it.Stored())
		if err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("{%s = %s}", plainText(it.Key()), text))
	}
	sort.Strings(lines)
	for _, s := range lines {
		p.line(depth, s)
	}
	return nil
}

package inventory

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Graph writes what `ansible-inventory --graph` prints for a group and what is below it. With vars, the variables of
// each host stand below it, sorted, and those of each group that its own sources and group_vars set.
func (l *Lister) Graph(w io.Writer, g *Group, vars bool) error {
	p := &graph{Lister: l, vars: vars}
	if err := p.group(g, 0); err != nil {
		return err
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

type graph struct {
	*Lister
	vars bool
	b    strings.Builder
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
			if !p.vars {
				continue
			}
			vars, err := p.HostVars(h)
			if err != nil {
				return err
			}
			if err := p.showVars(vars, depth+2); err != nil {
				return err
			}
		}
	}
	if !p.vars {
		return nil
	}
	vars, err := p.GroupVars(g)
	if err != nil {
		return err
	}
	return p.showVars(vars, depth+1)
}

func (p *graph) showVars(vars *value.Dict, depth int) error {
	var names []string
	for it := vars.Iterate(); it.Next(); {
		names = append(names, plainText(it.Key()))
	}
	sort.Strings(names)
	for _, name := range names {
		v := vars.Stored(name)
		if p.Mask != nil {
			masked, _, err := each(v, p.Mask)
			if err != nil {
				return err
			}
			v = masked
		}
		text, err := value.Text(v)
		if err != nil {
			return err
		}
		p.line(depth, fmt.Sprintf("{%s = %s}", name, text))
	}
	return nil
}

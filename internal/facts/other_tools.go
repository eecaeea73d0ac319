package facts

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

// What other fact finders tell, where they are installed.
var (
	_ = Set.Add(Collector{Name: "facter", Run: func(g *Gathering) { g.otherTool("facter", "facter", "--puppet", "--json") }})
	_ = Set.Add(Collector{Name: "ohai", Run: func(g *Gathering) { g.otherTool("ohai", "ohai") }})
)

// otherTool sets the facts of a program that writes JSON, each with its name in front.
func (g *Gathering) otherTool(prefix, program string, args ...string) {
	out, ok := g.run(program, args...)
	if !ok {
		return
	}
	v, err := value.FromJSON([]byte(out))
	d, isDict := v.(*value.Dict)
	if err != nil || !isDict {
		return
	}
	for it := d.Iterate(); it.Next(); {
		key, _ := it.Key().(value.Str)
		g.facts.SetStr(prefix+"_"+key.String(), it.Stored())
	}
}

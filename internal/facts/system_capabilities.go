package facts

import "strings"

var _ = Set.Add(Collector{Name: "caps", Also: []string{"system_capabilities", "system_capabilities_enforced"}, Min: true, Run: capabilities})

// capabilities asks capsh(1) what this process may do.
func capabilities(g *Gathering) {
	var enforced, list any = "NA", []string{}
	if _, ok := g.program("capsh"); !ok {
		enforced, list = "N/A", "N/A"
	} else if out, ok := g.run("capsh", "--print"); ok {
		for l := range strings.Lines(out) {
			rest, ok := strings.CutPrefix(l, "Current:")
			if !ok {
				continue
			}
			if rest = strings.TrimSpace(rest); rest == "=ep" {
				enforced = "False"
				continue
			}
			enforced = "True"
			_, caps, _ := strings.Cut(rest, "=")
			words := []string{}
			for _, w := range strings.Split(caps, ",") {
				words = append(words, strings.TrimSpace(w))
			}
			list = words
		}
	}
	g.set("system_capabilities", list)
	g.set("system_capabilities_enforced", enforced)
}

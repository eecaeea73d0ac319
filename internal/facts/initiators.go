package facts

import "strings"

// The names by which a machine goes in storage networks.
var (
	_ = Set.Add(Collector{Name: "iscsi", Run: func(g *Gathering) { g.set("iscsi_iqn", g.iqn()) }})
	_ = Set.Add(Collector{Name: "nvme", Run: func(g *Gathering) {
		name, _ := g.line("/etc/nvme/hostnqn")
		if i := strings.LastIndex(name, "\n"); i >= 0 {
			name = name[i+1:]
		}
		g.set("hostnqn", name)
	}})
	_ = Set.Add(Collector{Name: "fibre_channel_wwn", Run: func(g *Gathering) {
		names := []string{}
		for _, host := range g.names("/sys/class/fc_host") {
			if n, ok := g.line("/sys/class/fc_host/" + host + "/port_name"); ok {
				names = append(names, strings.TrimPrefix(n, "0x"))
			}
		}
		g.set("fibre_channel_wwn", names)
	}})
)

// iqn is the name in the configuration of open-iscsi.
func (g *Gathering) iqn() string {
	for l := range strings.Lines(g.read("/etc/iscsi/initiatorname.iscsi")) {
		if l[0] == '#' || l[0] == ';' {
			continue
		}
		if name, ok := strings.CutPrefix(strings.TrimSpace(l), "InitiatorName="); ok {
			return name
		}
	}
	return ""
}

package facts

import (
	"strconv"
	"strings"
)

var _ = Set.Add(Collector{Name: "selinux", Min: true, Run: selinux})

// selinux reads what libselinux reads: the selinuxfs and /etc/selinux/config.
func selinux(g *Gathering) {
	g.set("selinux_python_present", true) // nothing of Python is needed here
	if !g.Sys.SELinux() {
		g.set("selinux", dict("status", "disabled"))
		return
	}
	policy, _ := g.line("/sys/fs/selinux/policyvers")
	var version any = "unknown"
	if n, err := strconv.ParseInt(policy, 10, 64); err == nil {
		version = n
	}
	config, kind := "unknown", "unknown"
	for l := range strings.Lines(g.read("/etc/selinux/config")) {
		key, v, _ := strings.Cut(strings.TrimSpace(l), "=")
		switch key {
		case "SELINUX":
			config = strings.TrimSpace(v)
		case "SELINUXTYPE":
			kind = strings.TrimSpace(v)
		}
	}
	mode := "permissive"
	if on, _ := g.line("/sys/fs/selinux/enforce"); on == "1" {
		mode = "enforcing"
	}
	g.set("selinux", dict("status", "enabled", "policyvers", version, "config_mode", config, "mode", mode, "type", kind))
}

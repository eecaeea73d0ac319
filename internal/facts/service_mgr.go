package facts

import (
	"path"
	"strings"
)

var _ = Set.Add(Collector{Name: "service_mgr", Min: true, Needs: []string{"platform", "distribution"}, Run: serviceMgr})

// initNames are names of the first process that stand for a service manager of another name.
var initNames = map[string]string{"procd": "openwrt_init", "runit-init": "runit", "svscan": "svc", "openrc-init": "openrc"}

// serviceMgr tells what manages services: by the first process when that is more special than "init", else by what is
// installed.
func serviceMgr(g *Gathering) {
	name := g.firstProcess()
	if known := initNames[name]; known != "" {
		name = known
	}
	if name == "init" || name == "sh" || strings.HasPrefix(name, "sh ") {
		name = ""
	}
	if name != "" {
		g.set("service_mgr", name)
		return
	}
	name = "service"
	switch {
	case g.text("distribution") == "OpenWrt":
		name = "openwrt_init"
	case g.systemdRuns():
		name = "systemd"
	case g.hasProgram("initctl") && g.exists("/etc/init/"):
		name = "upstart"
	case g.exists("/sbin/openrc"):
		name = "openrc"
	case g.systemdOffline():
		name = "systemd"
	case g.exists("/etc/init.d/"):
		name = "sysvinit"
	case g.exists("/etc/dinit.d/"):
		name = "dinit"
	}
	g.set("service_mgr", name)
}

func (g *Gathering) hasProgram(name string) bool {
	_, ok := g.program(name)
	return ok
}

// firstProcess is the name of process 1.
func (g *Gathering) firstProcess() string {
	name, ok := g.line("/proc/1/comm")
	if !ok {
		out, _ := g.run("ps", "-p", "1", "-o", "comm")
		lines := strings.Split(strings.TrimSpace(out), "\n")
		name = strings.TrimSpace(lines[len(lines)-1])
	}
	if name == "COMMAND" {
		name = ""
	}
	if name == "" {
		return ""
	}
	return path.Base(name)
}

// systemdRuns is sd_booted(3), or what is left where that folder is hidden.
func (g *Gathering) systemdRuns() bool {
	if !g.hasProgram("systemctl") {
		return false
	}
	for _, dir := range []string{"/run/systemd/system/", "/dev/.run/systemd/", "/dev/.systemd/"} {
		if g.exists(dir) {
			return true
		}
	}
	return false
}

// systemdOffline tells whether /sbin/init is systemd, which does not run here.
func (g *Gathering) systemdOffline() bool {
	if !g.hasProgram("systemctl") {
		return false
	}
	to, err := g.Sys.Readlink("/sbin/init")
	return err == nil && path.Base(to) == "systemd"
}

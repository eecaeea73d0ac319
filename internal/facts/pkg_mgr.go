package facts

import "strings"

var _ = Set.Add(Collector{Name: "pkg_mgr", Min: true, Needs: []string{"distribution"}, Run: pkgMgr})

// pkgMgrs are the package managers by their programs; a later one wins.
var pkgMgrs = []struct{ path, name string }{
	{"/usr/bin/rpm-ostree", "atomic_container"},
	{"/usr/bin/apt-get", "apt"},
	{"/usr/bin/zypper", "zypper"},
	{"/usr/sbin/urpmi", "urpmi"},
	{"/usr/bin/pacman", "pacman"},
	{"/bin/opkg", "opkg"},
	{"/usr/pkg/bin/pkgin", "pkgin"},
	{"/opt/local/bin/port", "macports"},
	{"/opt/tools/bin/pkgin", "pkgin"},
	{"/opt/local/bin/pkgin", "pkgin"},
	{"/usr/local/bin/brew", "homebrew"},
	{"/sbin/apk", "apk"},
	{"/usr/bin/emerge", "portage"},
	{"/usr/sbin/swupd", "swupd"},
	{"/usr/bin/swupd", "swupd"},
	{"/usr/sbin/sorcery", "sorcery"},
	{"/usr/bin/xbps-install", "xbps"},
}

func pkgMgr(g *Gathering) {
	name := "unknown"
	for _, m := range pkgMgrs {
		if g.exists(m.path) {
			name = m.name
		}
	}
	switch fam := g.text("os_family"); {
	case fam == "RedHat":
		name = g.redHatPkgMgr()
	case fam == "Altlinux" && name == "apt":
		name = "apt_rpm"
	case fam == "Debian" && name != "apt" && g.exists("/usr/bin/apt-get"):
		name = "apt"
	case name == "apt" && fam != "Debian" && g.exists("/usr/bin/rpm") && g.aptIsRPM():
		name = "apt_rpm"
	case name == "unknown" && g.exists("/usr/bin/dnf"):
		name = g.redHatPkgMgr()
	}
	g.set("pkg_mgr", name)
}

// redHatPkgMgr is dnf5 where the program dnf is it, or dnf; yum alone is none that Ansible still drives.
func (g *Gathering) redHatPkgMgr() string {
	switch {
	case g.exists("/run/ostree-booted"):
		return "atomic_container"
	case strings.HasSuffix(g.Sys.Realpath("/usr/bin/dnf"), "/dnf5"), !g.exists("/usr/bin/dnf") && g.exists("/usr/bin/dnf5"):
		return "dnf5"
	case g.exists("/usr/bin/dnf"), g.exists("/usr/bin/dnf-3"), g.exists("/usr/bin/microdnf"):
		return "dnf"
	}
	return "unknown"
}

// aptIsRPM tells whether apt-get manages RPM packages, as that of ALT Linux.
func (g *Gathering) aptIsRPM() bool {
	_, owned := g.run("rpm", "-q", "--whatprovides", "/usr/bin/apt-get")
	return owned
}

package facts

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// The collectors that read a file or two.
var (
	_ = Set.Add(Collector{Name: "apparmor", Min: true, Run: func(g *Gathering) {
		status := "disabled"
		if g.exists("/sys/kernel/security/apparmor") {
			status = "enabled"
		}
		g.set("apparmor", dict("status", status))
	}})
	_ = Set.Add(Collector{Name: "chroot", Also: []string{"is_chroot"}, Run: isChroot})
	_ = Set.Add(Collector{Name: "cmdline", Min: true, Run: cmdline})
	_ = Set.Add(Collector{Name: "env", Min: true, Run: func(g *Gathering) {
		env := dict()
		for _, e := range g.Sys.Environ() {
			name, v, _ := strings.Cut(e, "=")
			env.SetStr(name, value.Of(v))
		}
		env.SetStr("PWD", value.Of(g.Sys.Dir())) // as the shell sets it that starts Ansible's module
		g.set("env", env)
	}})
	_ = Set.Add(Collector{Name: "fips", Min: true, Run: func(g *Gathering) {
		on, _ := g.line("/proc/sys/crypto/fips_enabled")
		g.set("fips", on == "1")
	}})
	_ = Set.Add(Collector{Name: "loadavg", Run: loadavg})
	_ = Set.Add(Collector{Name: "dns", Min: true, Run: dns})
	_ = Set.Add(Collector{Name: "systemd", Run: systemd})
)

// isChroot compares the root folder with that of the first process, which its owner alone may look at.
func isChroot(g *Gathering) {
	root, err := g.Sys.Stat("/")
	if err != nil {
		return
	}
	if g.Sys.Getenv("debian_chroot") != "" {
		g.set("is_chroot", true)
		return
	}
	if one, err := g.Sys.Stat("/proc/1/root/."); err == nil {
		g.set("is_chroot", root.Ino != one.Ino || root.Dev != one.Dev)
		return
	}
	inode := uint64(2) // of the root folder of ext4 and others
	for l := range strings.Lines(g.read("/proc/mounts")) {
		if f := strings.Fields(l); len(f) > 2 && f[1] == "/" {
			switch f[2] {
			case "btrfs":
				inode = 256
			case "xfs":
				inode = 128
			}
		}
	}
	g.set("is_chroot", root.Ino != inode)
}

// cmdline gives the kernel's arguments, each with the last and with all its values.
func cmdline(g *Gathering) {
	text := g.read("/proc/cmdline")
	if text == "" {
		return
	}
	last, all := dict(), dict()
	for _, word := range strings.Fields(text) {
		name, v, has := strings.Cut(word, "=")
		if !has {
			last.SetStr(name, value.Of(true))
			all.SetStr(name, value.Of(true))
			continue
		}
		last.SetStr(name, value.Of(v))
		addValue(all, name, v)
	}
	g.set("cmdline", last)
	g.set("proc_cmdline", all)
}

func loadavg(g *Gathering) {
	l, err := g.Sys.Loadavg()
	if err == nil {
		g.set("loadavg", dict("1m", l[0], "5m", l[1], "15m", l[2]))
	}
}

// dns reads resolv.conf(5).
func dns(g *Gathering) {
	d := dict()
	for l := range strings.Lines(g.read("/etc/resolv.conf")) {
		if l[0] == '#' || l[0] == ';' {
			continue
		}
		f := strings.Fields(l)
		if len(f) == 0 {
			continue
		}
		switch f[0] {
		case "nameserver":
			for _, a := range f[1:] {
				appendTo(d, "nameservers", value.Of(a))
			}
		case "domain":
			if len(f) > 1 {
				d.SetStr("domain", value.Of(f[1]))
			}
		case "search", "sortlist":
			d.SetStr(f[0], value.Of(f[1:]))
		case "options":
			o := dict()
			for _, opt := range f[1:] {
				name, v, has := strings.Cut(opt, ":")
				if has {
					o.SetStr(name, value.Of(v))
				} else {
					o.SetStr(name, value.Of(true))
				}
			}
			d.SetStr("options", o)
		}
	}
	g.set("dns", d)
}

// systemd tells version and features where systemd runs the machine.
func systemd(g *Gathering) {
	if !g.systemdRuns() {
		return
	}
	out, ok := g.run("systemctl", "--version")
	if !ok {
		return
	}
	first, rest, _ := strings.Cut(out, "\n")
	f := strings.Fields(first)
	if len(f) < 2 {
		return
	}
	features, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.ParseInt(f[1], 10, 64)
	if err != nil {
		return
	}
	g.set("systemd", dict("version", n, "features", strings.TrimSpace(features)))
}

// mb writes a number of bytes as Ansible writes sizes: "256.00 GB", "0.00 Bytes".
func mb(bytes float64) string {
	for _, u := range []struct {
		suffix string
		size   float64
	}{{"YB", 1 << 80}, {"ZB", 1 << 70}, {"EB", 1 << 60}, {"PB", 1 << 50}, {"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}} {
		if bytes >= u.size {
			return fmt.Sprintf("%.2f %s", bytes/u.size, u.suffix)
		}
	}
	return fmt.Sprintf("%.2f Bytes", bytes)
}

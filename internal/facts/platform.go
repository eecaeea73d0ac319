package facts

import "strings"

var _ = Set.Add(Collector{
	Name: "platform", Min: true, Run: platform,
	Also: []string{"architecture", "kernel", "kernel_version", "machine", "machine_id", "python_version", "system"},
})

// bits32 are the machines on which a 32 bit userland goes by another name than the kernel's.
var bits32 = map[string]string{"x86_64": "i386"}

func platform(g *Gathering) {
	u, err := g.Sys.Uname()
	if err != nil {
		return
	}
	g.set("system", u.Sysname)
	g.set("kernel", u.Release)
	g.set("kernel_version", u.Version)
	g.set("machine", u.Machine)
	g.set("nodename", u.Nodename)
	host, _, _ := strings.Cut(u.Nodename, ".")
	g.set("hostname", host)
	fqdn := g.Sys.FQDN(u.Nodename)
	g.set("fqdn", fqdn)
	_, domain, _ := strings.Cut(fqdn, ".")
	g.set("domain", domain)
	arch := u.Machine
	if arch == "i386" || len(arch) == 4 && arch[0] == 'i' && strings.HasSuffix(arch, "86") {
		arch = "i386"
	}
	g.set("architecture", arch)
	bits := g.userspaceBits(u.Machine)
	g.set("userspace_bits", bits)
	userspace := arch
	if bits == "32" && bits32[u.Machine] != "" {
		userspace = bits32[u.Machine]
	}
	g.set("userspace_architecture", userspace)
	if version, _ := g.python(); version != "" {
		g.set("python_version", version)
	}
	if id := g.machineID(); id != "" {
		g.set("machine_id", id)
	}
}

// machineID is the first line of the machine's id, dbus's where systemd has none.
func (g *Gathering) machineID() string {
	for _, f := range []string{"/var/lib/dbus/machine-id", "/etc/machine-id"} {
		if text := g.read(f); text != "" {
			id, _, _ := strings.Cut(text, "\n")
			return strings.TrimSpace(id)
		}
	}
	return ""
}

// userspaceBits tells whether programs here are of 32 or 64 bits, by the class of the shell's ELF header (gABI: e_ident[4]).
func (g *Gathering) userspaceBits(machine string) string {
	if f, err := g.Sys.Open("/bin/sh"); err == nil {
		defer f.Close()
		var head [5]byte
		if n, err := f.Read(head[:]); err == nil && n == len(head) && string(head[:4]) == "\x7fELF" {
			if head[4] == 1 {
				return "32"
			}
			return "64"
		}
	}
	if strings.HasSuffix(machine, "64") || strings.HasSuffix(machine, "64le") || machine == "s390x" {
		return "64"
	}
	return "32"
}

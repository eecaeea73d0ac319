package facts

import (
	"maps"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
)

var _ = Set.Add(Collector{
	Name: "virtual", Also: []string{"virtualization_role", "virtualization_tech_guest", "virtualization_tech_host", "virtualization_type"}, Run: virtual,
})

// virt is what is found out about virtualization. The first finding is the type; all are kept as techniques.
type virt struct {
	g           *Gathering
	kind, role  string
	guest, host map[string]bool
}

func virtual(g *Gathering) {
	v := &virt{g: g, guest: map[string]bool{}, host: map[string]bool{}}
	for _, look := range []func(*virt){containers, openVZ, systemdContainer, xenGuest, firmware, vServer, cpuInfo, kernelModules} {
		look(v)
	}
	if v.kind == "" {
		v.kind, v.role = "NA", "NA"
	}
	g.set("virtualization_type", v.kind)
	g.set("virtualization_role", v.role)
	g.set("virtualization_tech_guest", slices.Sorted(maps.Keys(v.guest)))
	g.set("virtualization_tech_host", slices.Sorted(maps.Keys(v.host)))
}

// inside notes that this is a guest of kind.
func (v *virt) inside(kind string) {
	v.guest[kind] = true
	v.found(kind, "guest")
}

// hosts notes that this is a host of guests of kind.
func (v *virt) hosts(kind string) {
	v.host[kind] = true
	v.found(kind, "host")
}

func (v *virt) found(kind, role string) {
	if v.kind == "" {
		v.kind, v.role = kind, role
	}
}

var (
	dockerGroup = lazyregexp.New(`/docker(/|-[0-9a-f]+\.scope)`)
	lxcGroup    = lazyregexp.New(`/lxc/|/machine\.slice/machine-lxc`)
	containerd  = lazyregexp.New(`/system\.slice/containerd\.service`)
)

// containers goes by the control groups and the environment of the first process, and by Docker's marks.
func containers(v *virt) {
	groups := v.g.read("/proc/1/cgroup")
	switch {
	case dockerGroup().MatchString(groups):
		v.inside("docker")
		v.guest["container"] = true
	case lxcGroup().MatchString(groups):
		v.inside("lxc")
		v.guest["container"] = true
	case containerd().MatchString(groups):
		v.inside("containerd")
		v.guest["container"] = true
	}
	if v.g.exists("/.dockerenv") || v.g.exists("/.dockerinit") {
		v.inside("docker")
		v.guest["container"] = true
	}
	for _, e := range strings.Split(v.g.read("/proc/1/environ"), "\x00") {
		kind, ok := strings.CutPrefix(e, "container=")
		switch {
		case !ok:
		case kind == "lxc" || kind == "podman":
			v.inside(kind)
			v.guest["container"] = true
		case kind != "":
			v.inside("container")
		}
	}
}

func openVZ(v *virt) {
	if v.g.exists("/proc/vz") && !v.g.exists("/proc/lve") {
		if v.g.exists("/proc/bc") {
			v.hosts("openvz")
		} else {
			v.inside("openvz")
		}
	}
}

func systemdContainer(v *virt) {
	if kind, ok := v.g.line("/run/systemd/container"); ok {
		v.inside(kind)
		v.guest["container"] = true
	}
}

func xenGuest(v *virt) {
	if !v.g.exists("/proc/xen") {
		return
	}
	if strings.Contains(v.g.read("/proc/xen/capabilities"), "control_d") {
		v.hosts("xen")
		return
	}
	v.inside("xen")
}

// What firmware calls itself on virtual machines, by the file below dmiDir.
var (
	productNames = map[string]string{
		"KVM": "kvm", "KVM Server": "kvm", "Bochs": "kvm", "AHV": "kvm", "RHEV Hypervisor": "RHEV", "oVirt Node": "oVirt",
		"VMware Virtual Platform": "VMware", "VMware7,1": "VMware", "VMware20,1": "VMware",
		"OpenStack Compute": "openstack", "OpenStack Nova": "openstack", "VirtualBox": "virtualbox",
		"CloudStack KVM Hypervisor": "kvm",
	}
	systemVendors = map[string]string{
		"Microsoft Corporation":                 "VirtualPC",
		"Parallels Software International Inc.": "parallels",
		"QEMU":                                  "kvm", "oVirt": "oVirt", "OpenStack Foundation": "openstack", "Amazon EC2": "kvm", "DigitalOcean": "kvm", "Google": "kvm",
		"Scaleway": "kvm", "Nutanix": "kvm", "Hetzner": "kvm", "KubeVirt": "KubeVirt",
	}
	biosVendors = map[string]string{"Xen": "xen", "innotek GmbH": "virtualbox", "Amazon EC2": "kvm", "Hetzner": "kvm"}
)

func firmware(v *virt) {
	product, _ := v.g.line(dmiDir + "product_name")
	if kind := productNames[product]; kind != "" {
		v.inside(kind)
	}
	bios, _ := v.g.line(dmiDir + "bios_vendor")
	if kind := biosVendors[bios]; kind != "" {
		v.inside(kind)
	}
	vendor, _ := v.g.line(dmiDir + "sys_vendor")
	if kind := systemVendors[vendor]; kind != "" {
		v.inside(kind)
	}
}

var vxID = lazyregexp.New(`(?m)^VxID:\s+(\d+)`)

func vServer(v *virt) {
	if m := vxID().FindStringSubmatch(v.g.read("/proc/self/status")); m != nil {
		if m[1] == "0" {
			v.hosts("linux_vserver")
		} else {
			v.inside("linux_vserver")
		}
	}
}

var cpuMarks = []struct{ key, part, kind string }{
	{"model name", "QEMU Virtual CPU", "kvm"},
	{"vendor_id", "User Mode Linux", "uml"},
	{"model name", "UML", "uml"},
	{"machine", "CHRP IBM pSeries (emulated by qemu)", "kvm"},
	{"vendor_id", "PowerVM Lx86", "powervm_lx86"},
}

func cpuInfo(v *virt) {
	if strings.Contains(v.g.read("/proc/cpuinfo"), "IBM/S390") && v.kind == "" {
		v.kind, v.role = "PR/SM", "LPAR"
		v.guest["PR/SM"] = true
	}
	for l := range strings.Lines(v.g.read("/proc/cpuinfo")) {
		key, text, _ := strings.Cut(l, ":")
		for _, m := range cpuMarks {
			if strings.TrimSpace(key) == m.key && strings.Contains(text, m.part) {
				v.inside(m.kind)
			}
		}
	}
}

// kernelModules goes by what is loaded into the kernel, and by the device of KVM.
func kernelModules(v *virt) {
	modules := map[string]bool{}
	for l := range strings.Lines(v.g.read("/proc/modules")) {
		name, _, _ := strings.Cut(l, " ")
		modules[name] = true
	}
	if modules["kvm"] {
		v.hosts("kvm")
	}
	if modules["vboxdrv"] {
		v.hosts("virtualbox")
	}
	if modules["virtio"] {
		v.inside("kvm")
	}
	if v.g.exists("/dev/kvm") {
		v.host["kvm"] = true
		v.found("kvm", "host")
	}
}

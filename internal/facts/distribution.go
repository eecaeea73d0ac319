package facts

import (
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
)

var _ = Set.Add(Collector{
	Name: "distribution", Min: true, Run: distribution,
	Also: []string{"distribution_major_version", "distribution_release", "distribution_version", "os_family"},
})

// distroNames are Ansible's names for ids of os-release(5) that it does not take from NAME.
var distroNames = map[string]string{
	"debian": "Debian", "raspbian": "Debian", "ubuntu": "Ubuntu", "kali": "Kali", "devuan": "Devuan", "linuxmint": "Linux Mint", "parrot": "Parrot",
	"deepin": "Deepin", "uos": "Uos", "cumulus-linux": "Cumulus Linux", "steamos": "SteamOS", "osmc": "OSMC",
	"rhel": "RedHat", "centos": "CentOS", "rocky": "Rocky", "almalinux": "AlmaLinux", "ol": "OracleLinux", "fedora": "Fedora", "amzn": "Amazon",
	"scientific": "Scientific", "cloudlinux": "CloudLinux", "virtuozzo": "Virtuozzo", "altlinux": "Altlinux",
	"alpine": "Alpine", "arch": "Archlinux", "archarm": "Archlinux", "manjaro": "Archlinux", "flatcar": "Flatcar", "coreos": "CoreOS",
	"sles": "SLES", "sles_sap": "SLES_SAP", "sled": "SLED", "gentoo": "Gentoo",
}

// families are the families of distributions; what is not there is a family of its own.
var families = map[string]string{
	"RedHat":     "RedHat,RHEL,Fedora,CentOS,Scientific,SLC,Ascendos,CloudLinux,PSBM,OracleLinux,OVS,OEL,Amazon,Amzn,Virtuozzo,XenServer,Alibaba,EulerOS,openEuler,AlmaLinux,Rocky,TencentOS,EuroLinux,Kylin Linux Advanced Server,MIRACLE",
	"Debian":     "Debian,Ubuntu,Raspbian,Neon,KDE neon,Linux Mint,SteamOS,Devuan,Kali,Cumulus Linux,Pop!_OS,Parrot,Pardus GNU/Linux,Uos,Deepin,OSMC",
	"Suse":       "SuSE,SLES,SLED,openSUSE,openSUSE Tumbleweed,SLES_SAP,SUSE_LINUX,openSUSE Leap,ALP-Dolomite,SL-Micro,openSUSE MicroOS",
	"Archlinux":  "Archlinux,Antergos,Manjaro",
	"Mandrake":   "Mandrake,Mandriva",
	"Gentoo":     "Gentoo,Funtoo",
	"ClearLinux": "Clear Linux OS,Clear Linux Mix",
}

// debianNames are what NAME of os-release holds on systems that Ansible reads as Debian's.
var debianNames = []string{"Debian", "Raspbian", "Ubuntu", "SteamOS", "Devuan", "Kali", "Parrot", "Cumulus", "Linux Mint", "UOS", "Deepin", "OSMC", "neon"}

// distro is what is found out about a distribution.
type distro struct {
	g   *Gathering
	rel osRelease
	id  string

	name, version, release, minor string
	hasMinor                      bool

	file, variety, search string // the file that told, and whose it is
	parsed                bool
}

func distribution(g *Gathering) {
	d := &distro{g: g, rel: g.osRelease(), release: "NA", name: "OtherLinux"}
	d.id = strings.ToLower(d.rel["ID"])
	d.base()
	for _, look := range []func(*distro) bool{altLinux, oracleLinux, slackware, redHat, openWrt, amazon, alpine, archLinux, suse, debian, flatcar, otherRelease} {
		if look(d) {
			break
		}
	}
	d.tell()
}

// base takes what os-release says.
func (d *distro) base() {
	if d.rel == nil {
		return
	}
	d.name = d.rel["NAME"]
	if n := distroNames[d.id]; n != "" {
		d.name = n
	}
	d.version = d.rel["VERSION_ID"]
	if c, ok := d.rel.codename(); ok {
		d.release = c
	} else if m := anyParentheses().FindStringSubmatch(d.g.read("/etc/" + d.id + "-release")); m != nil && d.id != "" {
		d.release = m[1]
	}
}

func (d *distro) tell() {
	g := d.g
	if d.version == "" {
		d.version = "NA"
	}
	major, _, _ := strings.Cut(d.version, ".")
	g.set("distribution", d.name)
	g.set("distribution_version", d.version)
	g.set("distribution_major_version", major)
	g.set("distribution_release", d.release)
	if d.hasMinor {
		g.set("distribution_minor_version", d.minor)
	}
	if d.file != "" {
		g.set("distribution_file_path", d.file)
		g.set("distribution_file_variety", d.variety)
	}
	if d.parsed {
		g.set("distribution_file_parsed", true)
	}
	if d.search != "" {
		g.set("distribution_file_search_string", d.search)
	}
	g.set("os_family", family(d.name))
}

func family(name string) string {
	for f, list := range families {
		if slices.Contains(strings.Split(list, ","), name) {
			return f
		}
	}
	return name
}

// from says which file told, and takes it as read.
func (d *distro) from(file, variety, search string) bool {
	d.file, d.variety, d.search, d.parsed = file, variety, search, true
	return true
}

const osReleaseFile = "/etc/os-release"

func altLinux(d *distro) bool {
	const f = "/etc/altlinux-release"
	if !strings.Contains(d.g.read(f), "ALT") {
		return false
	}
	d.name = "Altlinux"
	return d.from(f, "Altlinux", "ALT")
}

func oracleLinux(d *distro) bool {
	const f = "/etc/oracle-release"
	if !strings.Contains(d.g.read(f), "Oracle Linux") {
		return false
	}
	d.name = "OracleLinux"
	return d.from(f, "OracleLinux", "Oracle Linux")
}

func slackware(d *distro) bool {
	const f = "/etc/slackware-version"
	text := d.g.read(f)
	if !strings.Contains(text, "Slackware") {
		return false
	}
	d.name = "Slackware"
	if v := versionWord().FindString(text); v != "" {
		d.version = v
	}
	return d.from(f, "Slackware", "")
}

var (
	anyParentheses = lazyregexp.New(`\(([^()]*)\)`)
	versionWord    = lazyregexp.New(`\d+(\.\d+)+\S*`)
	majorAndNext   = lazyregexp.New(`release (\d+\.\d+)`)
)

func redHat(d *distro) bool {
	const centos, f = "/etc/centos-release", "/etc/redhat-release"
	if strings.Contains(d.g.read(centos), "CentOS Stream") {
		d.name, d.release = "CentOS", "Stream"
		return d.from(centos, "CentOS", "")
	}
	text := d.g.read(f)
	switch {
	case text == "":
		return false
	case strings.Contains(text, "Red Hat"):
		d.name = "RedHat"
		return d.from(f, "RedHat", "Red Hat")
	}
	if d.id == "" {
		d.name, _, _ = strings.Cut(text, " ")
	}
	if m := majorAndNext().FindStringSubmatch(text); m != nil && d.id == "centos" {
		d.version = m[1] // os-release has the first number alone
	}
	return d.from(f, "RedHat", "")
}

func openWrt(d *distro) bool {
	const f = "/etc/openwrt_release"
	text := d.g.read(f)
	if !strings.Contains(text, "OpenWrt") {
		return false
	}
	o := parseOSRelease(text)
	d.name = "OpenWrt"
	if v := o["DISTRIB_RELEASE"]; v != "" {
		d.version = v
	}
	if v := o["DISTRIB_CODENAME"]; v != "" {
		d.release = v
	}
	return d.from(f, "OpenWrt", "")
}

func amazon(d *distro) bool {
	f := osReleaseFile
	if d.id != "amzn" {
		f = "/etc/system-release"
		text := d.g.read(f)
		if !strings.Contains(text, "Amazon") {
			return false
		}
		d.name = "Amazon"
		if v := versionWord().FindString(text); v != "" {
			d.version = v
		}
	}
	d.release, d.minor, d.hasMinor = "NA", "NA", true
	if _, minor, ok := strings.Cut(d.version, "."); ok {
		d.minor = minor
	}
	return d.from(f, "Amazon", "")
}

func alpine(d *distro) bool {
	const f = "/etc/alpine-release"
	v, ok := d.g.line(f)
	if !ok {
		return false
	}
	d.name, d.version = "Alpine", v
	return d.from(f, "Alpine", "")
}

// archLinux has a file that may be empty.
func archLinux(d *distro) bool {
	const f = "/etc/arch-release"
	if !d.g.exists(f) {
		return false
	}
	d.name, d.file, d.variety = "Archlinux", f, "Archlinux"
	return true
}

func suse(d *distro) bool {
	if !strings.Contains(strings.ToLower(d.rel["ID"]+" "+d.rel["ID_LIKE"]), "suse") {
		return false
	}
	if d.id != "sles" && d.id != "sles_sap" && d.id != "sled" {
		d.name = d.rel["NAME"]
	}
	d.release = ""
	if _, minor, ok := strings.Cut(d.version, "."); ok {
		d.release = minor
	}
	return d.from(osReleaseFile, "SUSE", "")
}

func debian(d *distro) bool {
	if !slices.ContainsFunc(debianNames, func(n string) bool { return strings.Contains(d.rel["NAME"], n) }) {
		return false
	}
	version, _ := d.g.line("/etc/debian_version")
	if d.id == "debian" && version != "" {
		d.version = version
	}
	if d.name == "Debian" {
		if _, minor, ok := strings.Cut(version, "."); ok {
			d.minor, d.hasMinor = minor, true
		}
	}
	return d.from(osReleaseFile, "Debian", "")
}

func flatcar(d *distro) bool {
	if d.id != "flatcar" {
		return false
	}
	return d.from(osReleaseFile, "Flatcar", "")
}

func otherRelease(d *distro) bool {
	if d.rel == nil {
		return false
	}
	return d.from(osReleaseFile, "NA", "")
}

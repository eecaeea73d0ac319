package facts

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Collector{Name: "lsb", Min: true, Run: lsb})

// lsb asks lsb_release, or reads /etc/lsb-release where it is not installed.
func lsb(g *Gathering) {
	d := dict()
	if lines, ok := g.lsbScript(); ok {
		for _, key := range []string{"Distributor ID", "Description", "Release", "Codename"} {
			d.SetStr(lsbNames[key], value.Of(strings.TrimSpace(lines[key])))
		}
	} else if out, ok := g.run("lsb_release", "-a"); ok {
		for l := range strings.Lines(out) {
			key, v, has := strings.Cut(l, ":")
			if !has {
				continue
			}
			v = strings.TrimSpace(v)
			switch key {
			case "LSB Version", "Distributor ID", "Description", "Release", "Codename":
				d.SetStr(lsbNames[key], value.Of(v))
			}
		}
	} else {
		for l := range strings.Lines(g.read("/etc/lsb-release")) {
			key, v, _ := strings.Cut(strings.TrimSpace(l), "=")
			if name := lsbNames[key]; name != "" {
				d.SetStr(name, value.Of(strings.Trim(v, `'" `)))
			}
		}
	}
	if r := text(d, "release"); r != "" {
		major, _, _ := strings.Cut(r, ".")
		d.SetStr("major_release", value.Of(major))
	}
	g.set("lsb", d)
}

// lsbNames are the keys of the fact by those of the program and of the file.
var lsbNames = map[string]string{
	"LSB Version": "release", "Distributor ID": "id", "Description": "description", "Release": "release", "Codename": "codename",
	"DISTRIB_ID": "id", "DISTRIB_RELEASE": "release", "DISTRIB_DESCRIPTION": "description", "DISTRIB_CODENAME": "codename",
}

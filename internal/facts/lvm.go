package facts

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// lvm asks LVM's programs for volume groups, logical and physical volumes; only root may, and needs vgs.
func lvm(g *Gathering) {
	g.set("lvm", "N/A")
	if g.Sys.Getuid() != 0 {
		return
	}
	if _, ok := g.program("vgs"); !ok {
		return
	}
	vgs, lvs, pvs := dict(), dict(), dict()
	for _, f := range g.lvmRows("vgs", 7) {
		vgs.SetStr(f[0], dict("size_g", f[5], "free_g", f[6], "num_lvs", f[2], "num_pvs", f[1], "lvs", dict()))
	}
	for _, f := range g.lvmRows("lvs", 4) {
		lv := dict("size_g", f[3], "vg", f[1])
		lvs.SetStr(f[0], lv)
		if vg, ok := vgs.Stored(f[1]).(*value.Dict); ok {
			vg.Stored("lvs").(*value.Dict).SetStr(f[0], dict("size_g", f[3]))
		}
	}
	for _, f := range g.lvmRows("pvs", 6) {
		pvs.SetStr(g.devMapper(f[0]), dict("size_g", f[4], "free_g", f[5], "vg", f[1]))
	}
	g.set("lvm", dict("lvs", lvs, "vgs", vgs, "pvs", pvs))
}

func (g *Gathering) lvmRows(program string, columns int) [][]string {
	out, _ := g.run(program, "--noheadings", "--nosuffix", "--units", "g", "--separator", ",")
	var rows [][]string
	for l := range strings.Lines(out) {
		if f := strings.Split(strings.TrimSpace(l), ","); len(f) >= columns {
			rows = append(rows, f)
		}
	}
	return rows
}

// devMapper gives the name of a device below /dev/mapper for one called /dev/dm-N.
func (g *Gathering) devMapper(name string) string {
	if n, ok := strings.CutPrefix(name, "/dev/dm-"); ok {
		if mapped, ok := g.line("/sys/block/dm-" + n + "/dm/name"); ok {
			return "/dev/mapper/" + mapped
		}
	}
	return name
}

package facts

import (
	"path"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// blockDevices walks /sys/block.
type blockDevices struct {
	g     *Gathering
	links map[string]map[string][]string // ids, labels, uuids: device -> names; masters: device -> devices made of it
	pci   map[string]string              // what lspci says of a device, by its address
}

var pciAddress = lazyregexp.New(`[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]`)

func devices(g *Gathering) {
	b := &blockDevices{g: g, links: map[string]map[string][]string{
		"ids": namesIn(g, "/dev/disk/by-id"), "uuids": namesIn(g, "/dev/disk/by-uuid"), "labels": namesIn(g, "/dev/disk/by-label"), "masters": masters(g),
	}}
	all := dict()
	for _, kind := range []string{"ids", "uuids", "labels", "masters"} {
		d := dict()
		for _, name := range sortedKeys(b.links[kind]) {
			d.SetStr(name, value.Of(b.links[kind][name]))
		}
		all.SetStr(kind, d)
	}
	g.set("device_links", all)
	b.readPCI()
	list := dict()
	for _, name := range g.names("/sys/block") {
		if d := b.device(name); d != nil {
			list.SetStr(name, d)
		}
	}
	g.set("devices", list)
}

// namesIn gives the names that udev has given to devices in a folder of links.
func namesIn(g *Gathering, dir string) map[string][]string {
	out := map[string][]string{}
	for _, n := range g.names(dir) {
		if to, err := g.Sys.Readlink(dir + "/" + n); err == nil {
			out[path.Base(to)] = append(out[path.Base(to)], n)
		}
	}
	return out
}

// masters gives the devices that are made of others: LVM, RAID.
func masters(g *Gathering) map[string][]string {
	out := map[string][]string{}
	for _, n := range g.names("/sys/block") {
		for _, slave := range g.names("/sys/block/" + n + "/slaves") {
			out[slave] = append(out[slave], n)
		}
	}
	return out
}

// readPCI asks lspci(8), which knows the names of devices.
func (b *blockDevices) readPCI() {
	b.pci = map[string]string{}
	out, _ := b.g.run("lspci", "-D")
	for l := range strings.Lines(out) {
		if address, what, ok := strings.Cut(strings.TrimSpace(l), " "); ok {
			b.pci[address] = what
		}
	}
}

func (b *blockDevices) device(name string) *value.Dict {
	g, dir := b.g, "/sys/block/"+name
	to, err := g.Sys.Readlink(dir)
	if err != nil {
		to = dir
	}
	d := dict("virtual", 1, "links", b.linksOf(name))
	for _, k := range []string{"vendor", "model", "sas_address", "sas_device_handle"} {
		if v, ok := g.line(dir + "/device/" + k); ok {
			d.SetStr(k, value.Of(v))
		} else {
			d.SetStr(k, value.None)
		}
	}
	b.serial(d, name, dir)
	d.SetStr("removable", value.Of(g.orNone(dir+"/removable")))
	discard, _ := g.line(dir + "/queue/discard_max_hw_bytes")
	if n, err := strconv.ParseInt(discard, 10, 64); err == nil && n > 0 {
		discard, _ = g.line(dir + "/queue/discard_granularity")
	}
	if discard != "" {
		d.SetStr("support_discard", value.Of(discard))
	}
	if wwn := b.wwn(name); wwn != "" {
		d.SetStr("wwn", value.Of(wwn))
	}
	d.SetStr("partitions", b.partitions(name, dir))
	d.SetStr("rotational", value.Of(g.orNone(dir+"/queue/rotational")))
	d.SetStr("scheduler_mode", value.Of(g.scheduler(dir)))
	size, unit := g.size(dir)
	d.SetStr("sectors", value.Of(size*512/unit))
	d.SetStr("sectorsize", value.Of(strconv.FormatInt(unit, 10)))
	d.SetStr("size", value.Of(mb(float64(size)*512)))
	d.SetStr("host", value.Of(""))
	if m := pciAddress().FindString(to); m != "" {
		d.SetStr("host", value.Of(b.pci[m]))
	}
	d.SetStr("holders", g.holders(dir))
	return d
}

func (g *Gathering) orNone(file string) value.Value {
	if v, ok := g.line(file); ok {
		return value.Of(v)
	}
	return value.None
}

func (b *blockDevices) linksOf(name string) *value.Dict {
	d := dict()
	for _, kind := range []string{"ids", "uuids", "labels", "masters"} {
		d.SetStr(kind, value.Of(b.links[kind][name]))
	}
	return d
}

// serial is told by the disk itself, where sg3-utils asks it, or by the kernel.
func (b *blockDevices) serial(d *value.Dict, name, dir string) {
	if out, ok := b.g.run("sg_inq", "/dev/"+name); ok {
		for l := range strings.Lines(out) {
			if s, ok := strings.CutPrefix(strings.TrimSpace(l), "Unit serial number:"); ok {
				d.SetStr("serial", value.Of(strings.TrimSpace(s)))
			}
		}
		return
	}
	if s, ok := b.g.line(dir + "/device/serial"); ok {
		d.SetStr("serial", value.Of(s))
	}
}

// wwn is the world wide name in a link of udev.
func (b *blockDevices) wwn(name string) string {
	for _, id := range b.links["ids"][name] {
		if w, ok := strings.CutPrefix(id, "wwn-"); ok {
			return w
		}
	}
	return ""
}

func (g *Gathering) size(dir string) (sectors, unit int64) {
	text, _ := g.line(dir + "/size")
	sectors, _ = strconv.ParseInt(text, 10, 64)
	text, _ = g.line(dir + "/queue/logical_block_size")
	if unit, _ = strconv.ParseInt(text, 10, 64); unit == 0 {
		unit = 512
	}
	return sectors, unit
}

// scheduler is the one in brackets.
func (g *Gathering) scheduler(dir string) string {
	text, _ := g.line(dir + "/queue/scheduler")
	if _, rest, ok := strings.Cut(text, "["); ok {
		name, _, _ := strings.Cut(rest, "]")
		return name
	}
	return ""
}

// holders are the devices that are made of this one, device-mapper's by their names.
func (g *Gathering) holders(dir string) *value.List {
	l := value.NewList()
	for _, h := range g.names(dir + "/holders") {
		if strings.HasPrefix(h, "dm-") {
			if n, ok := g.line(dir + "/holders/" + h + "/dm/name"); ok {
				h = n
			}
		}
		l.Append(value.Of(h))
	}
	return l
}

func (b *blockDevices) partitions(name, dir string) *value.Dict {
	g, all := b.g, dict()
	for _, n := range g.names(dir) {
		if !strings.HasPrefix(n, name) || !g.exists(dir+"/"+n+"/start") {
			continue
		}
		part := dir + "/" + n
		start, _ := g.line(part + "/start")
		sectors, unit := g.size(part)
		if text, ok := g.line(dir + "/queue/logical_block_size"); ok {
			unit, _ = strconv.ParseInt(text, 10, 64)
		}
		p := dict("links", b.linksOf(n), "start", start, "sectors", sectors*512/unit, "sectorsize", unit, "size", mb(float64(sectors)*512), "uuid", nil)
		if u := b.links["uuids"][n]; len(u) > 0 {
			p.SetStr("uuid", value.Of(u[0]))
		}
		p.SetStr("holders", g.holders(part))
		all.SetStr(n, p)
	}
	return all
}

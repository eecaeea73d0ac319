package facts

import (
	"strconv"
	"strings"
)

var _ = Set.Add(Collector{
	Name: "hardware", Also: []string{"devices", "mounts", "processor", "processor_cores", "processor_count"}, Needs: []string{"platform"},
	Run: func(g *Gathering) {
		for _, f := range []func(*Gathering){processor, memory, dmi, devices, uptime, lvm, mounts} {
			f(g)
		}
	},
})

func uptime(g *Gathering) {
	if f := strings.Fields(g.read("/proc/uptime")); len(f) > 0 {
		if s, err := strconv.ParseFloat(f[0], 64); err == nil {
			g.set("uptime_seconds", int64(s))
		}
	}
}

// memory reads /proc/meminfo; the facts are in MB, rounded down.
func memory(g *Gathering) {
	kb := map[string]int64{}
	for l := range strings.Lines(g.read("/proc/meminfo")) {
		name, rest, _ := strings.Cut(l, ":")
		if f := strings.Fields(rest); len(f) > 0 {
			kb[name], _ = strconv.ParseInt(f[0], 10, 64)
		}
	}
	if len(kb) == 0 {
		return
	}
	in := func(name string) int64 { return kb[name] / 1024 }
	for key, name := range map[string]string{"memtotal_mb": "MemTotal", "memfree_mb": "MemFree", "swaptotal_mb": "SwapTotal", "swapfree_mb": "SwapFree"} {
		g.set(key, in(name))
	}
	total, free := in("MemTotal"), in("MemFree")
	noCache := free + in("Cached") + in("Buffers")
	g.set("memory_mb", dict(
		"real", dict("total", total, "used", total-free, "free", free),
		"nocache", dict("free", noCache, "used", total-noCache),
		"swap", dict("total", in("SwapTotal"), "free", in("SwapFree"), "used", in("SwapTotal")-in("SwapFree"), "cached", in("SwapCached")),
	))
}

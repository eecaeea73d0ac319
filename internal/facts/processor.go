package facts

import (
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// cpu is what /proc/cpuinfo tells.
type cpu struct {
	list     *value.List    // number, vendor and model of each processor
	sockets  map[string]int // physical id -> cores
	siblings map[string]int // physical id -> threads
	entries  int            // lines "processor"
	named    int            // lines that name one
	vendors  int
	models   int
	flags    string
	arch     string
}

func processor(g *Gathering) {
	text := g.read("/proc/cpuinfo")
	if text == "" {
		return
	}
	c := &cpu{list: value.NewList(), sockets: map[string]int{}, siblings: map[string]int{}, arch: g.text("architecture")}
	xen := g.exists("/proc/xen") && !hasAny(text, "hypervisor")
	c.read(text)
	if c.flags != "" {
		g.set("flags", strings.Fields(c.flags))
	}
	g.set("processor", c.list)
	c.counts(g, xen)
}

func hasAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func (c *cpu) read(text string) {
	physical := ""
	for l := range strings.Lines(text) {
		key, v, _ := strings.Cut(l, ":")
		key, v = strings.TrimSpace(key), strings.TrimSpace(v)
		switch key {
		case "flags":
			c.flags = v
		case "processor":
			c.entries++
			c.list.Append(value.Of(v))
		case "vendor_id", "model name", "cpu", "Processor", "Vendor":
			c.model(key, v)
		case "physical id":
			physical = v
			if _, ok := c.sockets[v]; !ok {
				c.sockets[v] = 1
			}
		case "cpu cores":
			c.sockets[physical], _ = strconv.Atoi(v)
		case "siblings":
			c.siblings[physical], _ = strconv.Atoi(v)
		}
	}
}

// model takes the keys that name a processor.
func (c *cpu) model(key, v string) {
	c.list.Append(value.Of(v))
	switch key {
	case "vendor_id":
		c.vendors++
	case "model name":
		c.models++
	}
	c.named++
}

// processors is how many there are where nothing is told of sockets and cores: the lines that number or name one, as
// Ansible counts them.
func (c *cpu) processors() int {
	switch {
	case hasAny(c.arch, "arm", "aarch", "ppc"):
		return c.entries
	case c.vendors > 0 && c.vendors == c.models:
		return c.vendors
	}
	return c.entries + c.named
}

func (c *cpu) counts(g *Gathering, xen bool) {
	sockets, cores, siblings := len(c.sockets), 1, 1
	for id, n := range c.sockets {
		cores = n
		if c.siblings[id] > 0 {
			siblings = c.siblings[id]
		}
	}
	threads := 1
	switch {
	case xen, sockets == 0 && !strings.HasPrefix(c.arch, "s390"):
		// nothing is told of sockets and cores: every line is a processor
		sockets, cores = c.processors(), 1
	case cores > 0:
		threads = siblings / cores
	}
	if threads == 0 {
		threads = 1
	}
	g.set("processor_count", sockets)
	g.set("processor_cores", cores)
	g.set("processor_threads_per_core", threads)
	g.set("processor_vcpus", threads*sockets*cores)
	g.set("processor_nproc", g.usable(c.entries))
}

// usable is the number of processors that this process may run on.
func (g *Gathering) usable(all int) int {
	for l := range strings.Lines(g.read("/proc/self/status")) {
		mask, ok := strings.CutPrefix(l, "Cpus_allowed_list:")
		if !ok {
			continue
		}
		n := 0
		for _, part := range strings.Split(strings.TrimSpace(mask), ",") {
			from, to, isRange := strings.Cut(part, "-")
			a, err1 := strconv.Atoi(from)
			b, err2 := strconv.Atoi(to)
			switch {
			case err1 == nil && !isRange:
				n++
			case err1 == nil && err2 == nil:
				n += b - a + 1
			}
		}
		if n > 0 {
			return n
		}
	}
	return all
}

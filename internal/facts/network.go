package facts

import (
	"maps"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Collector{
	Name: "network", Also: []string{"all_ipv4_addresses", "all_ipv6_addresses", "default_ipv4", "default_ipv6", "interfaces"},
	Needs: []string{"platform", "distribution"}, Run: network,
})

// The addresses by whose route Ansible finds the default interface; nothing is sent to them.
var (
	somewhere4 = netip.MustParseAddr("8.8.8.8")
	somewhere6 = netip.MustParseAddr("2404:6800:400a:800::1012")
)

// nets collects the facts of the interfaces.
type nets struct {
	g          *Gathering
	links      map[string]*value.Dict // by name, aliases too
	order      []string
	all4, all6 []string
	def4, def6 *value.Dict
}

func network(g *Gathering) {
	n := &nets{g: g, links: map[string]*value.Dict{}, def4: dict(), def6: dict()}
	n.defaultRoute(n.def4, somewhere4)
	n.defaultRoute(n.def6, somewhere6)
	addrs, err := g.Sys.Addresses()
	if err != nil {
		return
	}
	for _, name := range g.names("/sys/class/net") {
		if g.isDir("/sys/class/net/" + name) {
			n.link(name, addrs)
		}
	}
	g.set("interfaces", n.order)
	for _, name := range n.order {
		g.set(strings.NewReplacer("-", "_", ":", "_").Replace(name), n.links[name])
	}
	g.set("default_ipv4", n.def4)
	g.set("default_ipv6", n.def6)
	g.set("all_ipv4_addresses", n.all4)
	g.set("all_ipv6_addresses", n.all6)
	g.set("locally_reachable_ips", n.reachable())
}

// defaultRoute sets gateway, interface and address of the way out.
func (n *nets) defaultRoute(d *value.Dict, dst netip.Addr) {
	r, err := n.g.Sys.RouteTo(dst)
	if err != nil || !r.Source.IsValid() && !r.Gateway.IsValid() {
		return
	}
	if r.Gateway.IsValid() {
		d.SetStr("gateway", value.Of(r.Gateway.String()))
	}
	d.SetStr("interface", value.Of(r.Link))
	if r.Source.IsValid() {
		d.SetStr("address", value.Of(r.Source.String()))
	}
}

// linkTypes are the types of interfaces by the number of their hardware (ARPHRD in if_arp.h).
var linkTypes = map[string]string{"1": "ether", "32": "infiniband", "512": "ppp", "772": "loopback", "65534": "tunnel"}

func (n *nets) link(name string, addrs []target.Address) {
	g, dir := n.g, "/sys/class/net/"+name
	d := dict("device", name)
	if mac, ok := g.line(dir + "/address"); ok && mac != "00:00:00:00:00:00" {
		d.SetStr("macaddress", value.Of(mac))
	}
	if text, ok := g.line(dir + "/mtu"); ok {
		mtu, _ := strconv.ParseInt(text, 10, 64)
		d.SetStr("mtu", value.Of(mtu))
	}
	if state, ok := g.line(dir + "/operstate"); ok {
		d.SetStr("active", value.Of(state != "down"))
	}
	if to, err := g.Sys.Readlink(dir + "/device/driver/module"); err == nil {
		d.SetStr("module", value.Of(path.Base(to)))
	}
	if text, ok := g.line(dir + "/type"); ok {
		kind := linkTypes[text]
		if kind == "" {
			kind = "unknown"
		}
		d.SetStr("type", value.Of(kind))
	}
	n.bridge(d, dir)
	n.bond(d, dir)
	if to, err := g.Sys.Readlink(dir + "/device"); err == nil {
		d.SetStr("pciid", value.Of(path.Base(to)))
	}
	if text, ok := g.line(dir + "/speed"); ok {
		if speed, err := strconv.ParseInt(text, 10, 64); err == nil {
			d.SetStr("speed", value.Of(speed))
		}
	}
	if text, ok := g.line(dir + "/flags"); ok {
		flags, _ := strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 64)
		d.SetStr("promisc", value.Of(flags&0x100 != 0))
	}
	n.put(name, d)
	for _, a := range addrs {
		if a.Link == name {
			n.address(d, name, a)
		}
	}
	n.ethtool(d, name)
}

func (n *nets) put(name string, d *value.Dict) {
	if n.links[name] == nil {
		n.order = append(n.order, name)
	}
	n.links[name] = d
}

// bridge adds what a bridge has besides.
func (n *nets) bridge(d *value.Dict, dir string) {
	g := n.g
	if !g.exists(dir + "/bridge") {
		return
	}
	d.SetStr("type", value.Of("bridge"))
	d.SetStr("interfaces", value.Of(g.names(dir+"/brif")))
	if id, ok := g.line(dir + "/bridge/bridge_id"); ok {
		d.SetStr("id", value.Of(id))
	}
	if stp, ok := g.line(dir + "/bridge/stp_state"); ok {
		d.SetStr("stp", value.Of(stp == "1"))
	}
}

// bond adds what a bond of interfaces has besides, and what one of its interfaces has.
func (n *nets) bond(d *value.Dict, dir string) {
	g := n.g
	if g.exists(dir + "/bonding") {
		d.SetStr("type", value.Of("bonding"))
		for _, k := range [][2]string{{"slaves", "slaves"}, {"mode", "mode"}, {"miimon", "miimon"}, {"lacp_rate", "lacp_rate"}} {
			v, _ := g.line(dir + "/bonding/" + k[1])
			if k[0] == "slaves" {
				d.SetStr(k[0], value.Of(strings.Fields(v)))
				continue
			}
			first, _, _ := strings.Cut(v, " ")
			d.SetStr(k[0], value.Of(first))
		}
		if p, ok := g.line(dir + "/bonding/primary"); ok {
			d.SetStr("primary", value.Of(p))
			if v, ok := g.line(dir + "/bonding/all_slaves_active"); ok {
				d.SetStr("all_slaves_active", value.Of(v == "1"))
			}
		}
	}
	if g.exists(dir + "/bonding_slave") {
		if hw, ok := g.line(dir + "/bonding_slave/perm_hwaddr"); ok {
			d.SetStr("perm_macaddress", value.Of(hw))
		}
	}
}

// address adds one address to its interface, to its alias and to the list of all.
func (n *nets) address(d *value.Dict, name string, a target.Address) {
	ip := a.Prefix.Addr()
	if ip.Is6() {
		n.address6(d, name, a)
		return
	}
	mask := netip.PrefixFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), a.Prefix.Bits()).Masked().Addr()
	v := dict("address", ip.String(), "broadcast", "", "netmask", mask.String(), "network", a.Prefix.Masked().Addr().String(),
		"prefix", strconv.Itoa(a.Prefix.Bits()))
	if a.Broadcast.IsValid() {
		v.SetStr("broadcast", value.Of(a.Broadcast.String()))
	}
	label := strings.ReplaceAll(a.Label, ":", "_")
	if label == "" {
		label = name
	}
	on := d
	if label != name {
		if on = n.links[label]; on == nil {
			on = dict()
			n.put(label, on)
		}
	}
	switch {
	case !a.Secondary && !on.Has("ipv4"):
		on.SetStr("ipv4", v)
	default:
		appendTo(on, "ipv4_secondaries", v)
		if a.Secondary && label != name {
			appendTo(d, "ipv4_secondaries", v)
		}
	}
	if text(n.def4, "address") == ip.String() {
		for it := v.Iterate(); it.Next(); {
			_ = n.def4.Set(it.Key(), it.Stored())
		}
		n.def4.SetStr("alias", value.Of(label))
		n.describe(n.def4, d)
	}
	if !ip.IsLoopback() {
		n.all4 = append(n.all4, ip.String())
	}
}

func (n *nets) address6(d *value.Dict, name string, a target.Address) {
	ip := a.Prefix.Addr()
	v := dict("address", ip.String(), "prefix", strconv.Itoa(a.Prefix.Bits()), "scope", a.Scope)
	appendTo(d, "ipv6", v)
	if text(n.def6, "address") == ip.String() && (!n.def6.Has("interface") || text(n.def6, "interface") == name) {
		n.def6.SetStr("prefix", v.Stored("prefix"))
		n.def6.SetStr("scope", v.Stored("scope"))
		n.describe(n.def6, d)
	}
	if !ip.IsLoopback() {
		n.all6 = append(n.all6, ip.String())
	}
}

// describe adds what the interface of the default route is.
func (n *nets) describe(def, link *value.Dict) {
	for _, k := range []string{"macaddress", "mtu", "type"} {
		if v := link.Stored(k); v != nil {
			def.SetStr(k, v)
		}
	}
	if !def.Has("macaddress") {
		def.SetStr("macaddress", value.Of("unknown"))
	}
}

func text(d *value.Dict, key string) string {
	s, _ := d.Stored(key).(value.Str)
	return s.String()
}

// reachable lists the addresses and networks that the machine takes for its own.
func (n *nets) reachable() *value.Dict {
	four, six := []string{}, []string{}
	routes, err := n.g.Sys.LocalRoutes()
	if err == nil {
		for _, r := range routes {
			s := r.Dst.String()
			if r.Dst.IsSingleIP() {
				s = r.Dst.Addr().String()
			}
			to := &four
			if r.Dst.Addr().Is6() {
				to = &six
			}
			if !slices.Contains(*to, s) {
				*to = append(*to, s)
			}
		}
	}
	return dict("ipv4", four, "ipv6", six)
}

// ethtool adds what the program ethtool tells, where it is installed: what a driver can do, and its clocks.
func (n *nets) ethtool(d *value.Dict, name string) {
	if _, ok := n.g.program("ethtool"); !ok {
		return
	}
	if out, ok := n.g.run("ethtool", "-k", name); ok {
		f := dict()
		for l := range strings.Lines(out) {
			key, v, ok := strings.Cut(strings.TrimSpace(l), ":")
			if ok && v != "" {
				f.SetStr(strings.ReplaceAll(key, "-", "_"), value.Of(strings.TrimSpace(v)))
			}
		}
		d.SetStr("features", f)
	}
	if out, ok := n.g.run("ethtool", "-T", name); ok {
		d.SetStr("timestamping", value.Of(words(out, "SOF_TIMESTAMPING_")))
		d.SetStr("hw_timestamp_filters", value.Of(words(out, "HWTSTAMP_FILTER_")))
		for l := range strings.Lines(out) {
			if clock, ok := strings.CutPrefix(l, "PTP Hardware Clock: "); ok {
				if i, err := strconv.ParseInt(strings.TrimSpace(clock), 10, 64); err == nil {
					d.SetStr("phc_index", value.Of(i))
				}
			}
		}
	}
}

// words returns what follows prefix in the words of text, in small letters, each once.
func words(text, prefix string) []string {
	seen := map[string]bool{}
	for _, w := range strings.Fields(text) {
		if _, rest, ok := strings.Cut(w, prefix); ok {
			seen[strings.ToLower(strings.Trim(rest, "()"))] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

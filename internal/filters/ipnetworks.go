package filters

import (
	"math/big"
	"net/netip"
	"sort"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// What ansible.utils does with several networks, and with the forms of an address.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/utils/index.html#filter-plugins
var (
	_ = All.Add(Def{Name: "ansible.utils.cidr_merge", Func: cidrMerge, Sig: "cidr_merge(value, action='merge')"})
	_ = All.Add(Def{Name: "ansible.utils.network_in_usable", Func: networkInUsable, Sig: "network_in_usable(value, test)"})
	_ = All.Add(Def{Name: "ansible.utils.reduce_on_network", Func: reduceOnNetwork, Sig: "reduce_on_network(value, network)"})
	_ = All.Add(Def{Name: "ansible.utils.usable_range", Func: usableRange, Sig: "usable_range(ip)"})
	_ = All.Add(Def{Name: "ansible.utils.ipcut", Func: ipCut, Sig: "ipcut(value, amount)"})
	_ = All.Add(Def{Name: "ansible.utils.ipv6form", Func: ipv6Form, Sig: "ipv6form(value, format)"})
)

func netsOf(c *Call, v value.Value) ([]ipNet, error) {
	elems, err := value.Elems(v)
	if err != nil {
		return nil, fail("cidr_merge: expected iterable, got %s", shownRepr(v))
	}
	var nets []ipNet
	for _, e := range elems {
		text, err := value.Text(e)
		if err != nil {
			return nil, err
		}
		n, _, ok := parseIP(text)
		if !ok {
			return nil, fail("cidr_merge: error in netaddr:\ninvalid IPNetwork %s", shownText(e))
		}
		nets = append(nets, n)
	}
	return nets, nil
}

func cidrMerge(c *Call) (value.Value, error) {
	nets, err := netsOf(c, c.First())
	if err != nil {
		return nil, err
	}
	action, err := c.Text("action")
	if err != nil {
		return nil, err
	}
	switch action {
	case "merge":
		out := value.NewList()
		for _, n := range merged(nets) {
			out.Append(str(n.String()))
		}
		return out, nil
	case "span":
		if len(nets) == 0 {
			return value.None, nil
		}
		n := nets[0]
		for n.bits > 0 && !containsAll(n, nets) {
			n.bits--
		}
		n.addr = n.network()
		return str(n.String()), nil
	}
	return nil, fail("cidr_merge: invalid action '%s'", action)
}

func containsAll(n ipNet, nets []ipNet) bool {
	for _, o := range nets {
		if !n.contains(o) {
			return false
		}
	}
	return true
}

// merged gives the fewest networks that have the same addresses, in order.
func merged(nets []ipNet) []ipNet {
	var out []ipNet
	for _, n := range nets {
		n.addr = n.network()
		out = append(out, n)
	}
	for changed := true; changed; {
		changed = false
		sort.Slice(out, func(i, j int) bool {
			if a, b := out[i], out[j]; a.addr != b.addr {
				return a.width() < b.width() || a.width() == b.width() && a.addr.Less(b.addr)
			}
			return out[i].bits < out[j].bits
		})
		var next []ipNet
		for _, n := range out {
			if k := len(next) - 1; k >= 0 {
				p := next[k]
				if p.contains(n) {
					changed = true
					continue
				}
				wide := ipNet{p.addr, p.bits - 1}
				if p.bits == n.bits && p.bits > 0 && p.width() == n.width() && wide.network() == p.addr && wide.contains(n) {
					next[k], changed = wide, true
					continue
				}
			}
			next = append(next, n)
		}
		out = next
	}
	return out
}

// networkInUsable tells whether all of an address or network can be used by hosts of the other.
func networkInUsable(c *Call) (value.Value, error) {
	s, ok := subjectOf(c.First(), 0)
	o, ok2 := subjectOf(c.Get("test"), 0)
	if !ok || !ok2 || s.width() != o.width() {
		return value.False, nil
	}
	first, last, ok := s.usable()
	if !ok {
		return value.Bool(o.network() == s.addr && o.single()), nil
	}
	return value.Bool(!o.network().Less(first) && !last.Less(o.last())), nil
}

// reduceOnNetwork keeps the addresses that are in the network.
func reduceOnNetwork(c *Call) (value.Value, error) {
	net, ok := subjectOf(c.Get("network"), 0)
	elems, err := value.Elems(c.First())
	if err != nil {
		return nil, err
	}
	out := value.NewList()
	for _, e := range elems {
		s, valid := subjectOf(e, 0)
		if ok && valid && net.contains(s.ipNet) {
			out.Append(e)
		}
	}
	return out, nil
}

// usableRange lists all addresses of a network.
func usableRange(c *Call) (value.Value, error) {
	text, err := value.Text(c.First())
	if err != nil {
		return nil, err
	}
	n, _, ok := parseIP(text)
	if !ok {
		return nil, fail("Error while using plugin 'usable_range': %s does not appear to be an IPv4 or IPv6 network", shownRepr(c.First()))
	}
	if n.addr != n.network() {
		return nil, fail("Error while using plugin 'usable_range': %s has host bits set", shownText(c.First()))
	}
	if n.width()-n.bits > 20 {
		return nil, fail("usable_range: the network has more than %d addresses", 1<<20)
	}
	list := value.NewList()
	for i := range int64(1) << (n.width() - n.bits) {
		a, _ := n.nth(big.NewInt(i))
		list.Append(str(addrText(a)))
	}
	d := value.NewDict()
	d.SetStr("usable_ips", list)
	d.SetStr("number_of_ips", value.NewInt(int64(list.Len())))
	return d, nil
}

// ipCut gives the first bits of an address, or the last ones when amount is negative, as hexadecimal digits in groups.
func ipCut(c *Call) (value.Value, error) {
	text, err := value.Text(c.First())
	if err != nil {
		return nil, err
	}
	a, perr := netip.ParseAddr(text)
	if perr != nil {
		return nil, fail("You must pass a valid IP address; %s is invalid", shownText(c.First()))
	}
	amount, err := c.Int("amount")
	if err != nil {
		return nil, err
	}
	width := a.BitLen()
	if amount == 0 || amount > width || amount < -width {
		return nil, fail("ipcut: %d is no number of bits of the address", amount)
	}
	n := addrInt(a)
	bits := amount
	if amount > 0 {
		n.Rsh(n, uint(width-amount))
	} else {
		bits = -amount
		n.And(n, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(bits)), big.NewInt(1)))
	}
	if a.Is4() {
		var parts []string
		for ; bits > 0; bits -= 8 {
			parts = append([]string{new(big.Int).And(n, big.NewInt(255)).String()}, parts...)
			n.Rsh(n, 8)
		}
		return str(strings.Join(parts, ".")), nil
	}
	var parts []string
	for ; bits > 0; bits -= 16 {
		parts = append([]string{strconv.FormatUint(new(big.Int).And(n, big.NewInt(0xffff)).Uint64(), 16)}, parts...)
		n.Rsh(n, 16)
	}
	return str(strings.Join(parts, ":")), nil
}

func ipv6Form(c *Call) (value.Value, error) {
	text, err := value.Text(c.First())
	if err != nil {
		return nil, err
	}
	a, perr := netip.ParseAddr(text)
	if perr != nil {
		return nil, fail("You must pass a valid IP address; %s is invalid", shownText(c.First()))
	}
	form, err := c.Text("format")
	if err != nil {
		return nil, err
	}
	switch form {
	case "expand":
		return str(a.StringExpanded()), nil
	case "compress":
		return str(addrText(a)), nil
	case "x509":
		parts := strings.Split(a.StringExpanded(), ":")
		for i, p := range parts {
			if parts[i] = strings.TrimLeft(p, "0"); parts[i] == "" {
				parts[i] = "0"
			}
		}
		return str(strings.Join(parts, ":")), nil
	}
	return nil, fail("ipv6form: unknown format %s", form)
}

package filters

import (
	"fmt"
	"math/big"
	"net/netip"
	"strconv"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{Name: "ansible.utils.nthhost", Aliases: []string{"ansible.netcommon.nthhost"}, Func: nthhost, Sig: "nthhost(value, query='')"})
	_ = All.Add(Def{Name: "ansible.utils.ipmath", Aliases: []string{"ansible.netcommon.ipmath"}, Func: ipmath, Sig: "ipmath(value, amount)"})
	_ = All.Add(Def{Name: "ansible.utils.ipsubnet", Aliases: []string{"ansible.netcommon.ipsubnet"}, Func: ipsubnet, Sig: "ipsubnet(value, query='', index=None)"})
	_ = All.Add(Def{Name: "ansible.utils.next_nth_usable", Func: nthUsable(1), Sig: "next_nth_usable(value, offset)"})
	_ = All.Add(Def{Name: "ansible.utils.previous_nth_usable", Func: nthUsable(-1), Sig: "previous_nth_usable(value, offset)"})
	_ = All.Add(Def{Name: "ansible.utils.network_in_network", Func: networkInNetwork, Sig: "network_in_network(value, test)"})
	_ = All.Add(Def{Name: "ansible.utils.ip4_hex", Func: ip4Hex, Sig: "ip4_hex(arg, delimiter='')"})
)

// warnEmpty warns of a value that is empty.
func warnEmpty(c *Call) {
	if c.First() == str("") {
		c.Host.Warnf(notAnAddress, "")
	}
}

// bigOf gives an argument that is a number, also as text; ok is false for any other.
func bigOf(v value.Value) (*big.Int, bool) {
	switch x := v.(type) {
	case value.Int:
		return x.Big(), true
	case value.Str:
		n, err := value.ParseInt(x.String(), 10)
		return n.Big(), err == nil
	}
	return nil, false
}

func nthhost(c *Call) (value.Value, error) {
	warnEmpty(c)
	s, ok := subjectOf(c.First(), 0)
	if !ok {
		return value.False, nil
	}
	i, ok := bigOf(c.Get("query"))
	if !ok {
		return value.False, nil
	}
	a, ok := s.nth(i)
	if !ok {
		return value.False, nil
	}
	return str(addrText(a)), nil
}

func ipmath(c *Call) (value.Value, error) {
	s, ok := subjectOf(c.First(), 0)
	if !ok {
		shown, _ := value.Text(c.First())
		return nil, fail("You must pass a valid IP address; %s is invalid", shown)
	}
	n, ok := bigOf(c.Get("amount"))
	if !ok {
		shown, _ := value.Text(c.Get("amount"))
		return nil, fail("You must pass an integer for arithmetic; %s is not a valid integer", shown)
	}
	a, ok := offset(s.addr, n)
	if !ok {
		return nil, fail("result outside valid IP address boundary!")
	}
	return str(addrText(a)), nil
}

// nthUsable gives the address a number of steps on, if a host may have it.
func nthUsable(sign int64) Func {
	return func(c *Call) (value.Value, error) {
		warnEmpty(c)
		s, ok := subjectOf(c.First(), 0)
		if !ok {
			return value.False, nil
		}
		n, ok := bigOf(c.Get("offset"))
		if !ok {
			return nil, fail("Must pass in an integer")
		}
		a, ok := offset(s.addr, new(big.Int).Mul(n, big.NewInt(sign)))
		if !ok || s.size().Cmp(big.NewInt(1)) <= 0 {
			return value.None, nil
		}
		first, last := s.network(), s.last()
		if !s.pair() && first.Compare(a) <= 0 && a.Compare(last) < 0 && (sign > 0 || a != first || s.hostless()) || s.pair() && first.Compare(a) <= 0 && a.Compare(last) <= 0 {
			return s.neighbour(a), nil
		}
		return value.None, nil
	}
}

func networkInNetwork(c *Call) (value.Value, error) {
	a, ok1 := subjectOf(c.Get("value"), 0)
	b, ok2 := subjectOf(c.Get("test"), 0)
	if !ok1 || !ok2 { // ansible.utils asks ipaddr about the answer of ipaddr
		c.Host.Warnf(notAnAddress, "False")
		return value.False, nil
	}
	return value.Bool(a.contains(b.ipNet)), nil
}

func ip4Hex(c *Call) (value.Value, error) {
	text, err := value.Text(c.First())
	if err != nil {
		return nil, err
	}
	a, parseErr := netip.ParseAddr(text)
	if _, isText := strOf(c.First()); !isText || parseErr != nil || !a.Is4() {
		return nil, fail("You must pass a valid IP address; %s is invalid", text)
	}
	sep, err := c.Text("delimiter")
	if err != nil {
		return nil, err
	}
	b := a.As4()
	return str(fmt.Sprintf("%02x%s%02x%s%02x%s%02x", b[0], sep, b[1], sep, b[2], sep, b[3])), nil
}

// ipsubnet tells about the subnets of a network and about the networks around an address.
func ipsubnet(c *Call) (value.Value, error) {
	warnEmpty(c)
	s, ok := subjectOf(c.First(), 0)
	if !ok {
		return value.False, nil
	}
	query, err := c.Text("query")
	if err != nil {
		return nil, err
	}
	net := ipNet{s.network(), s.bits}
	if query == "" {
		return str(net.String()), nil
	}
	if outer, prefixed, ok := parseIP(query); ok && (prefixed || outer.single()) {
		if _, err := strconv.Atoi(query); err != nil {
			return subnetRank(net, ipNet{outer.network(), outer.bits})
		}
	}
	bits, err := strconv.Atoi(query)
	if err != nil || bits < 0 {
		return nil, fail("You must pass a valid subnet or IP address; %s is invalid", query)
	}
	if bits > s.width() {
		return value.False, nil
	}
	if c.IsNone("index") {
		return subnetCount(s, net, bits)
	}
	i, ok := bigOf(c.Get("index"))
	if !ok {
		return value.False, nil
	}
	if s.single() {
		return supernet(s, bits, i)
	}
	if bits < net.bits {
		return value.False, nil
	}
	count := new(big.Int).Lsh(big.NewInt(1), uint(bits-net.bits))
	if i.Sign() < 0 {
		i = new(big.Int).Add(i, count)
	}
	if i.Sign() < 0 || i.Cmp(count) >= 0 {
		return value.False, nil
	}
	a, _ := offset(net.addr, new(big.Int).Lsh(i, uint(s.width()-bits)))
	return str(ipNet{a, bits}.String()), nil
}

// subnetCount is how many networks of a size fit in, or for an address the network of that size around it.
func subnetCount(s subject, net ipNet, bits int) (value.Value, error) {
	if s.single() {
		around := ipNet{s.addr, bits}
		return str(ipNet{around.network(), bits}.String()), nil
	}
	if bits < net.bits {
		return nil, fail("Requested subnet size of %d is invalid", bits)
	}
	return str(new(big.Int).Lsh(big.NewInt(1), uint(bits-net.bits)).String()), nil
}

// supernet is one of the networks around an address, from the one of the size asked for to the smallest.
func supernet(s subject, bits int, i *big.Int) (value.Value, error) {
	count := int64(s.width() - bits)
	n := i.Int64()
	if n < 0 {
		n += count
	}
	if !i.IsInt64() || n < 0 || n >= count {
		return value.False, nil
	}
	around := ipNet{s.addr, bits + int(n)}
	return str(ipNet{around.network(), around.bits}.String()), nil
}

// subnetRank is the number of a network among those of its size in another, from 1.
func subnetRank(net, outer ipNet) (value.Value, error) {
	if !outer.contains(net) {
		return nil, fail("%s is not in the subnet %s", net, outer)
	}
	from := new(big.Int).Sub(addrInt(net.addr), addrInt(outer.addr))
	from.Rsh(from, uint(net.width()-net.bits))
	return str(from.Add(from, big.NewInt(1)).String()), nil
}

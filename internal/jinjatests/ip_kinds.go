package jinjatests

import (
	"context"
	"net"
	"net/netip"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// private are the blocks of private networks; Python's ipaddress counts those that are never routed among them.
// Source: https://docs.python.org/3/library/ipaddress.html#ipaddress.IPv4Address.is_private
var privateNets = nets("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/29", "192.0.0.170/31",
	"192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "255.255.255.255/32",
	"::1/128", "::/128", "::ffff:0:0/96", "100::/64", "2001::/23", "2001:db8::/32", "fc00::/7", "fe80::/10")

var reservedNets = nets("240.0.0.0/4", "::/8", "100::/8", "200::/7", "400::/6", "800::/5", "1000::/4", "4000::/3", "6000::/3", "8000::/3",
	"a000::/3", "c000::/3", "e000::/4", "f000::/5", "f800::/6", "fe00::/9")

func nets(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

func inside(p netip.Prefix, blocks []netip.Prefix) bool {
	for _, b := range blocks {
		if b.Addr().BitLen() == p.Addr().BitLen() && b.Bits() <= p.Bits() && b.Contains(p.Addr()) {
			return true
		}
	}
	return false
}

// shared is the block between private and public: 100.64.0.0/10.
var sharedNets = nets("100.64.0.0/10")

// Source: https://docs.ansible.com/ansible/latest/collections/ansible/utils/index.html#test-plugins
func init() {
	for name, is := range map[string]func(p netip.Prefix, prefixed bool) bool{
		"loopback":    func(p netip.Prefix, _ bool) bool { return p.Addr().IsLoopback() },
		"multicast":   func(p netip.Prefix, _ bool) bool { return p.Addr().IsMulticast() },
		"unspecified": func(p netip.Prefix, _ bool) bool { return p.Addr().IsUnspecified() },
		"private":     func(p netip.Prefix, _ bool) bool { return inside(p, privateNets) },
		"public":      func(p netip.Prefix, _ bool) bool { return !inside(p, privateNets) && !inside(p, sharedNets) },
		"reserved":    func(p netip.Prefix, _ bool) bool { return inside(p, reservedNets) },
		"ipv4_netmask": func(p netip.Prefix, prefixed bool) bool {
			return !prefixed && p.Addr().Is4() && isMask(p.Addr(), false)
		},
		"ipv4_hostmask":    func(p netip.Prefix, prefixed bool) bool { return !prefixed && p.Addr().Is4() && isMask(p.Addr(), true) },
		"ipv6_ipv4_mapped": func(p netip.Prefix, prefixed bool) bool { return !prefixed && p.Addr().Is4In6() },
		"ipv6_sixtofour": func(p netip.Prefix, prefixed bool) bool {
			return !prefixed && inside(p, nets("2002::/16"))
		},
		"ipv6_teredo": func(p netip.Prefix, prefixed bool) bool { return !prefixed && inside(p, nets("2001::/32")) },
	} {
		All.Add(filters.Def{Name: "ansible.utils." + name, Sig: name + "(ip)", Func: func(c *filters.Call) (value.Value, error) {
			p, prefixed, ok := netOf(c.First())
			return value.Bool(ok && is(p, prefixed)), nil
		}})
	}
	for name, is := range map[string]func(a, b netip.Prefix) bool{
		"in_network":  func(a, b netip.Prefix) bool { return inside(a, []netip.Prefix{b}) },
		"subnet_of":   func(a, b netip.Prefix) bool { return inside(a, []netip.Prefix{b}) },
		"supernet_of": func(a, b netip.Prefix) bool { return inside(b, []netip.Prefix{a}) },
	} {
		All.Add(filters.Def{Name: "ansible.utils." + name, Sig: name + "(ip, network)", Func: func(c *filters.Call) (value.Value, error) {
			a, _, ok := netOf(c.First())
			b, _, ok2 := netOf(c.Get("network"))
			return value.Bool(ok && ok2 && is(a, b)), nil
		}})
	}
	All.Add(filters.Def{Name: "ansible.utils.in_any_network", Sig: "in_any_network(ip, networks)", Func: inNetworks(func(n int) bool { return n > 0 })})
	All.Add(filters.Def{Name: "ansible.utils.in_one_network", Sig: "in_one_network(ip, networks)", Func: inNetworks(func(n int) bool { return n == 1 })})
	All.Add(filters.Def{Name: "ansible.utils.mac", Sig: "mac(mac)", Func: func(c *filters.Call) (value.Value, error) {
		s, ok := c.First().(value.Str)
		if !ok {
			return value.False, nil
		}
		_, ok = filters.ParseMAC(s.String())
		return value.Bool(ok), nil
	}})
	All.Add(filters.Def{Name: "ansible.utils.resolvable", Sig: "resolvable(host)", Func: resolvable})
}

func netOf(v value.Value) (p netip.Prefix, prefixed, ok bool) {
	s, isStr := v.(value.Str)
	if !isStr {
		return p, false, false
	}
	return parseNet(s.String())
}

// isMask reports whether the ones of an address come first and the zeros last, or the other way round.
func isMask(a netip.Addr, host bool) bool {
	b := a.As4()
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	if !host {
		n = ^n
	}
	return n&(n+1) == 0
}

func inNetworks(enough func(n int) bool) filters.Func {
	return func(c *filters.Call) (value.Value, error) {
		a, _, ok := netOf(c.First())
		elems, err := value.Elems(c.Get("networks"))
		if err != nil || !ok {
			return value.False, err
		}
		n := 0
		for _, e := range elems {
			if b, _, ok := netOf(e); ok && inside(a, []netip.Prefix{b}) {
				n++
			}
		}
		return value.Bool(enough(n)), nil
	}
}

// resolvable asks the system's resolver about a name or an address.
func resolvable(c *filters.Call) (value.Value, error) {
	host, err := value.Text(c.First())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.Context, 10*time.Second)
	defer cancel()
	if _, err := netip.ParseAddr(host); err == nil {
		names, err := net.DefaultResolver.LookupAddr(ctx, host)
		return value.Bool(err == nil && len(names) > 0), nil
	}
	found, err := net.DefaultResolver.LookupHost(ctx, host)
	return value.Bool(err == nil && len(found) > 0), nil
}

package jinjatests

import (
	"net/netip"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// parseNet reads an address or a network; prefixed tells whether a length is given.
func parseNet(text string) (p netip.Prefix, prefixed, ok bool) {
	if !strings.Contains(text, "/") {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return p, false, false
		}
		return netip.PrefixFrom(a, a.BitLen()), false, true
	}
	p, err := netip.ParsePrefix(text)
	return p, true, err == nil && p == p.Masked() // a network has no bits of a host
}

func init() {
	for name, is := range map[string]func(p netip.Prefix, prefixed bool) bool{
		"ip":           func(netip.Prefix, bool) bool { return true },
		"ipv4":         func(p netip.Prefix, _ bool) bool { return p.Addr().Is4() },
		"ipv6":         func(p netip.Prefix, _ bool) bool { return p.Addr().Is6() },
		"ip_address":   func(_ netip.Prefix, prefixed bool) bool { return !prefixed },
		"ipv4_address": func(p netip.Prefix, prefixed bool) bool { return !prefixed && p.Addr().Is4() },
		"ipv6_address": func(p netip.Prefix, prefixed bool) bool { return !prefixed && p.Addr().Is6() },
	} {
		All.Add(filters.Def{Name: "ansible.utils." + name, Sig: name + "(ip)", Func: func(c *filters.Call) (value.Value, error) {
			s, ok := c.First().(value.Str)
			if !ok {
				return value.False, nil
			}
			p, prefixed, ok := parseNet(s.String())
			return value.Bool(ok && is(p, prefixed)), nil
		}})
	}
}

package filters

import (
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"sync"
)

// ipNet is an address with the length of its network's prefix.
type ipNet struct {
	addr netip.Addr
	bits int
}

func (n ipNet) width() int { return n.addr.BitLen() }

func (n ipNet) String() string { return addrText(n.addr) + "/" + strconv.Itoa(n.bits) }

// addrText writes an address as netaddr does.
func addrText(a netip.Addr) string {
	if a.Is4In6() { // ::ffff:1.2.3.4, also where netip writes hexadecimal digits
		return "::ffff:" + a.Unmap().String()
	}
	if b := a.AsSlice(); len(b) == 16 && a.Compare(netip.MustParseAddr("::1:0")) >= 0 && a.Compare(netip.MustParseAddr("::ffff:ffff")) <= 0 {
		v4, _ := netip.AddrFromSlice(b[12:]) // an address of IPv4 in the old "compatible" form
		return "::" + v4.String()
	}
	return a.String()
}

// network is the first address.
func (n ipNet) network() netip.Addr { return netip.PrefixFrom(n.addr, n.bits).Masked().Addr() }

// size is the number of addresses.
func (n ipNet) size() *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(n.width()-n.bits)) }

// single, pair: networks of one and of two addresses, which have neither network nor broadcast address.
func (n ipNet) single() bool { return n.width()-n.bits == 0 }
func (n ipNet) pair() bool   { return n.width()-n.bits == 1 }

// last is the last address.
func (n ipNet) last() netip.Addr {
	a, _ := n.nth(new(big.Int).Sub(n.size(), big.NewInt(1)))
	return a
}

// nth is the address of index i from the first one; ok is false beyond the network. Negative indexes count from the end.
func (n ipNet) nth(i *big.Int) (a netip.Addr, ok bool) {
	if i.Sign() < 0 {
		i = new(big.Int).Add(i, n.size())
	}
	if i.Sign() < 0 || i.Cmp(n.size()) >= 0 {
		return a, false
	}
	return offset(n.network(), i)
}

func addrInt(a netip.Addr) *big.Int { return new(big.Int).SetBytes(a.AsSlice()) }

// offset is the address i after a; ok is false when there is none.
func offset(a netip.Addr, i *big.Int) (netip.Addr, bool) {
	return addrFrom(new(big.Int).Add(addrInt(a), i), a.BitLen())
}

func addrFrom(n *big.Int, width int) (netip.Addr, bool) {
	if n.Sign() < 0 || n.BitLen() > width {
		return netip.Addr{}, false
	}
	b := n.FillBytes(make([]byte, width/8))
	return netip.AddrFromSlice(b)
}

// mask is the netmask, or its opposite.
func (n ipNet) mask(host bool) netip.Addr {
	m := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(n.width()-n.bits)), big.NewInt(1))
	if !host {
		all := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(n.width())), big.NewInt(1))
		m.Xor(m, all)
	}
	a, _ := addrFrom(m, n.width())
	return a
}

// first and final are the usable ones; ok is false when there are none.
func (n ipNet) usable() (first, final netip.Addr, ok bool) {
	switch {
	case n.single():
		return first, final, false
	case n.pair():
		return n.network(), n.last(), true
	}
	return n.network().Next(), n.last().Prev(), true
}

// contains reports whether all of o lies in n.
func (n ipNet) contains(o ipNet) bool {
	return n.width() == o.width() && n.bits <= o.bits && netip.PrefixFrom(n.addr, n.bits).Masked().Contains(o.addr)
}

// parseIP reads "1.2.3.4", "1.2.3.4/24", "1.2.3.4/255.255.255.0" and their like of IPv6; prefixed tells whether a length is
// given.
func parseIP(text string) (n ipNet, prefixed, ok bool) {
	host, length, prefixed := strings.Cut(text, "/")
	a, err := netip.ParseAddr(host)
	if err != nil || a.Zone() != "" {
		return n, false, false
	}
	n = ipNet{a, a.BitLen()}
	if !prefixed {
		return n, false, true
	}
	if bits, err := strconv.ParseUint(length, 10, 16); err == nil {
		n.bits = int(bits)
		return n, true, n.bits <= n.width()
	}
	m, err := netip.ParseAddr(length)
	if err != nil || m.BitLen() != n.width() {
		return n, true, false
	}
	for bits := range n.width() + 1 {
		n.bits = bits
		if n.mask(false) == m || n.mask(true) == m {
			return n, true, true
		}
	}
	return n, true, false
}

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

// notGlobal are the blocks that the IANA registries of special addresses do not call globally reachable.
var notGlobal = sync.OnceValue(func() []netip.Prefix {
	return prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::/128", "::1/128", "::ffff:0:0/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10")
})

func within(a netip.Addr, blocks []netip.Prefix) bool {
	for _, p := range blocks {
		if p.Addr().BitLen() == a.BitLen() && p.Contains(a) {
			return true
		}
	}
	return false
}

func (n ipNet) global() bool { return !within(n.addr, notGlobal()) }

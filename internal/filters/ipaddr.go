package filters

import (
	"fmt"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{Name: "ansible.utils.ipaddr", Aliases: []string{"ansible.netcommon.ipaddr"}, Func: ipFilter(0), Sig: "ipaddr(value, query='', version=False, alias='ipaddr')"})
	_ = All.Add(Def{Name: "ansible.utils.ipv4", Aliases: []string{"ansible.netcommon.ipv4"}, Func: ipFilter(4), Sig: "ipv4(value, query='')"})
	_ = All.Add(Def{Name: "ansible.utils.ipv6", Aliases: []string{"ansible.netcommon.ipv6"}, Func: ipFilter(6), Sig: "ipv6(value, query='')"})
	_ = All.Add(Def{Name: "ansible.utils.ipwrap", Aliases: []string{"ansible.netcommon.ipwrap"}, Func: ipwrap, Sig: "ipwrap(value, query='')"})
)

// subject is a value that ipaddr is asked about.
type subject struct {
	ipNet
	given    string // the value as text: with a length if it had one
	raw      string // the value as it is handed back when it passes a question
	prefixed bool
}

// isNetwork reports whether it names a network rather than an address in one.
func (s subject) isNetwork() bool { return s.prefixed && !s.single() && s.addr == s.network() }

// hostless reports whether the address is the network's own, which no host has.
func (s subject) hostless() bool { return !s.single() && !s.pair() && s.addr == s.network() }

// subjectOf reads a value; ok is false for one that is no address.
func subjectOf(v value.Value, version int) (s subject, ok bool) {
	switch x := v.(type) {
	case value.Str:
		if s.ipNet, s.prefixed, ok = parseIP(x.String()); !ok {
			if _, err := strconv.ParseUint(x.String(), 10, 64); err != nil || x.String() == "" {
				return s, false
			}
			n, _ := new(big.Int).SetString(x.String(), 10)
			return numberSubject(n, version)
		}
		s.given = addrText(s.addr)
		if s.prefixed {
			s.given = s.ipNet.String()
		}
		s.raw = x.String()
		return s, version == 0 || version == s.version()
	case value.Int:
		return numberSubject(x.Big(), version)
	}
	return s, false
}

func (s subject) version() int {
	if s.addr.Is4() {
		return 4
	}
	return 6
}

func numberSubject(n *big.Int, version int) (s subject, ok bool) {
	a, ok := addrFrom(n, 32)
	if !ok || version == 6 {
		if a, ok = addrFrom(n, 128); !ok || version == 4 {
			return s, false
		}
	}
	s.ipNet = ipNet{a, a.BitLen()}
	s.given, s.raw = addrText(a), s.ipNet.String()
	return s, true
}

func ipFilter(version int) Func {
	return func(c *Call) (value.Value, error) {
		version := version
		if version == 0 {
			if v := c.Get("version"); v != value.False && v != value.None {
				n, err := toInt(v)
				if err != nil {
					return nil, err
				}
				version = n
			}
		}
		query := ""
		if q := c.Get("query"); q != value.False && q != value.None {
			var err error
			if query, err = value.Text(q); err != nil {
				return nil, err
			}
		}
		if v := c.First(); isNoAddress(v) {
			c.Host.Warnf(notAnAddress, quietText(v))
			return value.False, nil
		}
		return askIP(c.Host, c.First(), query, version)
	}
}

// isNoAddress reports whether a value is one that ansible.utils does not look at.
func isNoAddress(v value.Value) bool {
	n, ok := v.(value.Int)
	return ok && n.Sign() == 0 || v == value.True || v == value.False || v == str("")
}

// isEmptyElement reports whether an element of a list is one that ansible.utils warns of.
func isEmptyElement(v value.Value) (bool, error) {
	if u, ok := v.(*value.Undefined); ok {
		return false, &value.UndefinedError{Value: u}
	}
	if _, list := v.(*value.List); list {
		return false, nil
	}
	some, err := value.Truth(v)
	return !some || v == value.True, err
}

const notAnAddress = "The value '%s' is not a valid IP address or network, passing this value to ipaddr filter might result in breaking change in future."

// askIP answers a query about a value, or about each of a list, of which only those with an answer stay.
func askIP(h *Host, v value.Value, query string, version int) (value.Value, error) {
	switch v.(type) {
	case value.Str, value.Int, value.Bool:
	case *value.List, value.Tuple, *value.Set, *value.View:
		elems, err := value.Elems(v)
		if err != nil {
			return nil, err
		}
		out := value.NewList()
		for _, e := range elems {
			if e, err = value.Force(e); err != nil {
				return nil, err
			}
			if empty, err := isEmptyElement(e); err != nil {
				return nil, err
			} else if empty {
				h.Warnf(notAnAddress, quietText(e))
				continue
			}
			switch e.(type) {
			case *value.Dict, value.Float:
				continue
			}
			a, err := askIP(h, e, query, version)
			if err != nil {
				return nil, err
			}
			if yes, err := value.Truth(a); err != nil {
				return nil, err
			} else if yes {
				out.Append(a)
			}
		}
		return out, nil
	default:
		return nil, fail("Unrecognized type <%s> for %s filter <%s>", className(v), alias(version), "value")
	}
	s, ok := subjectOf(v, version)
	if !ok {
		return value.False, nil
	}
	return s.answer(query)
}

func text(format string, args ...any) value.Value { return str(fmt.Sprintf(format, args...)) }

// when gives v, or None when the question does not apply.
func when(yes bool, v value.Value) value.Value {
	if yes {
		return v
	}
	return value.None
}

// answer answers a query by name, by index in the network, or by another network.
func (s subject) answer(query string) (value.Value, error) {
	if f, ok := ipQueries()[query]; ok {
		return f(s)
	}
	if f, ok := ipRangeQueries[query]; ok {
		if !s.prefixed {
			return nil, fail("Not a network address")
		}
		return f(s)
	}
	if i, ok := new(big.Int).SetString(query, 10); ok {
		if s.single() {
			return str(s.given), nil
		}
		a, ok := s.nth(i)
		if !ok {
			return value.False, nil
		}
		return str(ipNet{a, s.bits}.String()), nil
	}
	if o, _, ok := parseIP(query); ok {
		return when(o.contains(s.ipNet), str(s.raw)), nil
	}
	return nil, fail("ipaddr: unknown filter type: %s", query)
}

// alias is the name of the filter that asks for a version.
func alias(version int) string {
	switch version {
	case 4:
		return "ipv4"
	case 6:
		return "ipv6"
	}
	return "ipaddr"
}

type ipQuery func(s subject) (value.Value, error)

// ipQueries are made when the first address is asked about.
var ipQueries = sync.OnceValue(func() map[string]ipQuery {
	queries := map[string]ipQuery{}
	for names, f := range map[string]func(s subject) value.Value{
		"":                  func(s subject) value.Value { return str(s.given) },
		"address ip":        func(s subject) value.Value { return when(!s.hostless() || !s.addr.Is4(), str(addrText(s.addr))) },
		"bool":              func(subject) value.Value { return value.True },
		"broadcast":         func(s subject) value.Value { return when(!s.single() && !s.pair(), str(addrText(s.last()))) },
		"cidr":              func(s subject) value.Value { return str(s.ipNet.String()) },
		"host":              func(s subject) value.Value { return when(!s.hostless(), str(s.ipNet.String())) },
		"hostmask wildcard": func(s subject) value.Value { return str(addrText(s.mask(true))) },
		"netmask":           func(s subject) value.Value { return str(addrText(s.mask(false))) },
		"int":               ipInt,
		"ip/prefix":         func(s subject) value.Value { return when(!s.hostless() && !s.single(), str(s.ipNet.String())) },
		"ip_netmask": func(s subject) value.Value {
			return when(!s.hostless() && !s.single(), text("%s %s", addrText(s.addr), addrText(s.mask(false))))
		},
		"ipv4":                  ipAs4,
		"ipv6":                  ipAs6,
		"net":                   func(s subject) value.Value { return when(s.isNetwork(), str(s.given)) },
		"network network_id":    func(s subject) value.Value { return str(addrText(s.network())) },
		"network/prefix subnet": func(s subject) value.Value { return str(ipNet{s.network(), s.bits}.String()) },
		"network_netmask":       func(s subject) value.Value { return text("%s %s", addrText(s.network()), addrText(s.mask(false))) },
		"network_wildcard":      func(s subject) value.Value { return text("%s %s", addrText(s.network()), addrText(s.mask(true))) },
		"prefix":                func(s subject) value.Value { return value.NewInt(int64(s.bits)) },
		"revdns":                func(s subject) value.Value { return str(reverseName(s.addr)) },
		"size":                  func(s subject) value.Value { return value.NewBigInt(s.size()) },
		"size_usable":           ipSizeUsable,
		"type": func(s subject) value.Value {
			if s.isNetwork() {
				return str("network")
			}
			return str("address")
		},
		"version": func(s subject) value.Value {
			if s.addr.Is4() {
				return value.NewInt(4)
			}
			return value.NewInt(6)
		},
		"wrap":                      func(s subject) value.Value { return str(wrapIP(s.raw)) },
		"6to4":                      ip6to4,
		"link-local":                ipKind(func(s subject) bool { return s.addr.IsLinkLocalUnicast() }),
		"loopback lo":               ipKind(func(s subject) bool { return s.addr.IsLoopback() }),
		"multicast":                 ipKind(func(s subject) bool { return s.addr.IsMulticast() }),
		"unicast":                   ipKind(func(s subject) bool { return !s.addr.IsMulticast() }),
		"private":                   ipKind(func(s subject) bool { return !s.global() }),
		"public":                    ipKind(func(s subject) bool { return s.global() && !s.addr.IsMulticast() }),
		"address/prefix gateway gw": ipHostNet, "host/prefix hostnet router": ipHostNet,
	} {
		for _, name := range strings.Split(names, " ") {
			queries[name] = func(s subject) (value.Value, error) { return f(s), nil }
		}
	}
	return queries
})

func ipKind(is func(s subject) bool) func(s subject) value.Value {
	return func(s subject) value.Value { return when(is(s), str(s.raw)) }
}

func ipInt(s subject) value.Value {
	n := value.NewBigInt(addrInt(s.addr))
	if s.prefixed {
		return text("%s/%d", n.String(), s.bits)
	}
	return n
}

// ipHostNet is an address that a host may have, with its network.
func ipHostNet(s subject) value.Value {
	if s.hostless() || !s.single() && !s.pair() && s.addr == s.last() && s.addr.Is4() {
		return value.False
	}
	return str(s.ipNet.String())
}

func ipSizeUsable(s subject) value.Value {
	n := s.size()
	switch {
	case s.single():
		n.SetInt64(0)
	case !s.pair():
		n.Sub(n, big.NewInt(2))
	}
	return value.NewBigInt(n)
}

func ipAs4(s subject) value.Value {
	if s.addr.Is4() {
		return str(s.raw)
	}
	n := addrInt(s.addr)
	if s.addr.Is4In6() {
		n = addrInt(s.addr.Unmap())
	}
	a, ok := addrFrom(n, 32)
	if !ok || s.bits < 96 {
		return value.False
	}
	return str(ipNet{a, s.bits - 96}.String())
}

func ipAs6(s subject) value.Value {
	if s.addr.Is4() {
		return str(ipNet{netip.AddrFrom16(s.addr.As16()), s.bits + 96}.String())
	}
	return str(s.raw)
}

func ip6to4(s subject) value.Value {
	if !s.addr.Is4() {
		if netip.MustParsePrefix("2002::/16").Contains(s.addr) {
			return str(s.given)
		}
		return value.False
	}
	if s.isNetwork() || s.addr.IsMulticast() {
		return value.False
	}
	b := s.addr.As4()
	return text("2002:%02x%02x:%02x%02x::1/48", b[0], b[1], b[2], b[3])
}

// reverseName is the name under which DNS has the address.
func reverseName(a netip.Addr) string {
	var parts []string
	b := a.AsSlice()
	for i := len(b) - 1; i >= 0; i-- {
		if a.Is4() {
			parts = append(parts, strconv.Itoa(int(b[i])))
		} else {
			parts = append(parts, strconv.FormatInt(int64(b[i]&15), 16), strconv.FormatInt(int64(b[i]>>4), 16))
		}
	}
	if a.Is4() {
		return strings.Join(parts, ".") + ".in-addr.arpa."
	}
	return strings.Join(parts, ".") + ".ip6.arpa."
}

// wrapIP puts an IPv6 address into brackets.
func wrapIP(given string) string {
	host, length, prefixed := strings.Cut(given, "/")
	if !strings.Contains(host, ":") {
		return given
	}
	if prefixed {
		return "[" + host + "]/" + length
	}
	return "[" + host + "]"
}

// ipRangeQueries need a network.
var ipRangeQueries = map[string]ipQuery{
	"first_usable": func(s subject) (value.Value, error) {
		first, _, ok := s.usable()
		return when(ok, str(addrText(first))), nil
	},
	"last_usable": func(s subject) (value.Value, error) {
		_, last, ok := s.usable()
		return when(ok, str(addrText(last))), nil
	},
	"range_usable": func(s subject) (value.Value, error) {
		first, last, ok := s.usable()
		return when(ok, text("%s-%s", addrText(first), addrText(last))), nil
	},
	"next_usable":     func(s subject) (value.Value, error) { return s.neighbour(s.addr.Next()), nil },
	"previous_usable": func(s subject) (value.Value, error) { return s.neighbour(s.addr.Prev()), nil },
	"peer": func(s subject) (value.Value, error) {
		i := new(big.Int).Sub(addrInt(s.addr), addrInt(s.network())).Int64()
		switch {
		case s.pair():
			a, _ := s.nth(big.NewInt(1 - i))
			return str(addrText(a)), nil
		case s.width()-s.bits == 2 && i >= 1 && i <= 2:
			a, _ := s.nth(big.NewInt(3 - i))
			return str(addrText(a)), nil
		}
		return nil, fail("Not a point-to-point network")
	},
}

// neighbour gives an address next to the subject if it is usable.
func (s subject) neighbour(a netip.Addr) value.Value {
	first, last, ok := s.usable()
	return when(ok && a.IsValid() && first.Compare(a) <= 0 && a.Compare(last) <= 0, str(addrText(a)))
}

func ipwrap(c *Call) (value.Value, error) {
	query, err := c.Text("query")
	if err != nil {
		return nil, err
	}
	return wrapValue(c.Host, c.First(), query)
}

// wrapValue puts brackets around the IPv6 addresses of a value; what is no address stays.
func wrapValue(h *Host, v value.Value, query string) (value.Value, error) {
	switch v.(type) {
	case *value.List, value.Tuple, *value.Set, *value.View:
		elems, err := value.Elems(v)
		if err != nil {
			return nil, err
		}
		out := value.NewList()
		for _, e := range elems {
			if e, err = value.Force(e); err != nil {
				return nil, err
			}
			empty, err := isEmptyElement(e)
			if err != nil {
				return nil, err
			}
			_, dict := e.(*value.Dict)
			if empty {
				h.Warnf(notAnAddress, quietText(e))
			}
			if empty || dict {
				out.Append(e)
				continue
			}
			w, err := wrapValue(h, e, query)
			if err != nil {
				return nil, err
			}
			out.Append(w)
		}
		return out, nil
	case value.Str, value.Bool:
		if v == value.True || v == value.False || v == str("") {
			h.Warnf(notAnAddress, quietText(v))
		}
	default:
		return nil, fail("Unrecognized type <%s> for ipwrap filter <%s>", className(v), "value")
	}
	if _, err := askIP(h, v, query, 0); err != nil {
		return nil, err
	}
	s, ok := subjectOf(v, 0)
	if !ok {
		return v, nil
	}
	return str(wrapIP(s.given)), nil
}

func quietText(v value.Value) string {
	t, _ := value.Text(v)
	return t
}

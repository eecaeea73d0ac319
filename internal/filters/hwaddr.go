package filters

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Hardware addresses.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/utils/hwaddr_filter.html, macaddr and slaac
var (
	_ = All.Add(Def{Name: "ansible.utils.hwaddr", Func: hardware("hwaddr"), Sig: "hwaddr(value, query='', alias='hwaddr')"})
	_ = All.Add(Def{Name: "ansible.utils.macaddr", Func: hardware("macaddr"), Sig: "macaddr(value, query='')"})
	_ = All.Add(Def{Name: "ansible.utils.slaac", Func: slaac, Sig: "slaac(value, query='')"})
)

var macForms = lazyregexp.New(`^(?:[0-9A-Fa-f]{12}|[0-9A-Fa-f]{6}[:-][0-9A-Fa-f]{6}|[0-9A-Fa-f]{4}([.:-])[0-9A-Fa-f]{4}[.:-][0-9A-Fa-f]{4}|` +
	`[0-9A-Fa-f]{1,2}(?:-[0-9A-Fa-f]{1,2}){5}|[0-9A-Fa-f]{1,2}(?::[0-9A-Fa-f]{1,2}){5})$`)

// ParseMAC reads a hardware address of 48 bits in one of the usual forms.
func ParseMAC(text string) (mac uint64, ok bool) {
	if !macForms().MatchString(text) {
		return 0, false
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ':' || r == '-' || r == '.' })
	digits := 12 / len(parts)
	for _, p := range parts {
		n, err := strconv.ParseUint(p, 16, 64)
		if err != nil {
			return 0, false
		}
		mac = mac<<(4*digits) | n
	}
	return mac, true
}

// grouped writes the address in groups of n digits.
func grouped(mac uint64, n int, sep string) string {
	text := fmt.Sprintf("%012x", mac)
	var parts []string
	for i := 0; i < 12; i += n {
		parts = append(parts, text[i:i+n])
	}
	return strings.Join(parts, sep)
}

func hardware(alias string) Func {
	return func(c *Call) (value.Value, error) {
		query, err := c.Text("query")
		if err != nil {
			return nil, err
		}
		text, err := value.Text(c.First())
		if err != nil {
			return nil, err
		}
		mac, ok := ParseMAC(text)
		if n, isInt := c.First().(value.Int); isInt {
			if i, fits := n.Int64(); fits && i >= 0 && i < 1<<48 {
				mac, ok = uint64(i), true
			}
		}
		if !ok {
			if query != "" && query != "bool" {
				return nil, fail("%s: not a hardware address: %s", alias, shownText(c.First()))
			}
			if query == "bool" {
				return value.False, nil
			}
			return value.None, nil
		}
		switch query {
		case "":
			return c.First(), nil
		case "bare":
			return str(strings.ToUpper(grouped(mac, 12, ""))), nil
		case "bool":
			return value.True, nil
		case "int":
			return value.NewInt(int64(mac)), nil
		case "cisco":
			return str(grouped(mac, 4, ".")), nil
		case "eui48", "win":
			return str(strings.ToUpper(grouped(mac, 2, "-"))), nil
		case "linux", "unix":
			return str(grouped(mac, 2, ":")), nil
		case "pgsql", "postgresql", "psql":
			return str(grouped(mac, 6, ":")), nil
		}
		return nil, fail("%s: unknown filter type: %s", alias, query)
	}
}

// slaac gives the address that a hardware address makes in a network of IPv6.
func slaac(c *Call) (value.Value, error) {
	s, ok := subjectOf(c.First(), 6)
	if !ok {
		return value.False, nil
	}
	text, err := c.Text("query")
	if err != nil {
		return nil, err
	}
	mac, ok := ParseMAC(text)
	if !ok {
		return value.False, nil
	}
	b := s.addr.As16()
	id := [8]byte{byte(mac>>40) ^ 2, byte(mac >> 32), byte(mac >> 24), 0xff, 0xfe, byte(mac >> 16), byte(mac >> 8), byte(mac)}
	copy(b[8:], id[:])
	return str(addrText(netip.AddrFrom16(b))), nil
}

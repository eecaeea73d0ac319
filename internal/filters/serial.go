package filters

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Filters of community.crypto that need no cryptography.
// Source: https://docs.ansible.com/ansible/latest/collections/community/crypto/index.html#filter-plugins
var (
	_ = All.Add(Def{Name: "community.crypto.parse_serial", Func: parseSerial, Sig: "parse_serial_filter(serial_str)"})
	_ = All.Add(Def{Name: "community.crypto.to_serial", Func: toSerial, Sig: "to_serial_filter(serial_int)"})
	_ = All.Add(Def{Name: "community.crypto.split_pem", Func: splitPEM, Sig: "split_pem_filter(data)"})
)

func parseSerial(c *Call) (value.Value, error) {
	s, ok := strOf(c.First())
	if !ok {
		return nil, fail("The input for the community.crypto.parse_serial filter must be a string; got %s instead", className(c.First()))
	}
	n := new(big.Int)
	for i, part := range strings.Split(s, ":") {
		p, ok := new(big.Int).SetString(part, 16)
		if !ok {
			return nil, fail("The %s part %s is not a hexadecimal number in range [0, 255]", ordinal(i+1), shownRepr(str(part)))
		}
		if p.BitLen() > 8 || p.Sign() < 0 {
			return nil, fail("The %s part %s is not in range [0, 255]", ordinal(i+1), shownRepr(str(part)))
		}
		n.Or(n.Lsh(n, 8), p)
	}
	return value.NewBigInt(n), nil
}

func ordinal(n int) string {
	end := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			end = "st"
		case 2:
			end = "nd"
		case 3:
			end = "rd"
		}
	}
	return fmt.Sprint(n) + end
}

func toSerial(c *Call) (value.Value, error) {
	n, ok := c.First().(value.Int)
	if !ok {
		return nil, fail("The input for the community.crypto.to_serial filter must be an integer; got %s instead", className(c.First()))
	}
	if n.Sign() < 0 {
		return nil, fail("The input for the community.crypto.to_serial filter must not be negative")
	}
	b := n.Big().Bytes()
	if len(b) == 0 {
		b = []byte{0}
	}
	parts := make([]string, len(b))
	for i, x := range b {
		parts[i] = fmt.Sprintf("%02X", x)
	}
	return str(strings.Join(parts, ":")), nil
}

var pemBlock = lazyregexp.New(`(?ms)^-----BEGIN ([^-\n]+)-----\r?\n.*?^-----END ([^-\n]+)-----(?:\r?\n|\z)`)

// splitPEM gives the blocks of a PEM text.
func splitPEM(c *Call) (value.Value, error) {
	s, ok := strOf(c.First())
	if !ok {
		return nil, fail("The community.crypto.split_pem input must be a text type, not %s", className(c.First()))
	}
	out := value.NewList()
	for _, block := range pemBlock().FindAllString(s, -1) {
		out.Append(str(block))
	}
	return out, nil
}

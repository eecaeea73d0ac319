package filters

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = All.Add(Def{Name: "community.general.random_mac", Func: randomMAC, Sig: "random_mac(value, seed=None)"})

var macByte = lazyregexp.New(`^[a-f0-9]{2}$`)

// randomMAC completes the beginning of a hardware address; a seed makes it always the same.
// Source: https://docs.ansible.com/ansible/latest/collections/community/general/random_mac_filter.html
func randomMAC(c *Call) (value.Value, error) {
	text, ok := strOf(c.First())
	if !ok {
		return nil, fail("Invalid value type (%s) for random_mac (%s)", className(c.First()), shownText(c.First()))
	}
	given := strings.ToLower(text)
	var parts []string
	for _, p := range strings.Split(given, ":") {
		if p != "" {
			parts = append(parts, p)
		}
	}
	bad := func(why string) error {
		return fail("Invalid value (%s) for random_mac: %s", shownText(c.First()), why)
	}
	switch {
	case len(parts) > 5:
		return nil, bad("5 colon(:) separated items max")
	case len(parts) == 0:
		return nil, bad("empty prefix")
	}
	for _, p := range parts {
		if !macByte().MatchString(p) {
			return nil, bad(p + " not hexa byte")
		}
	}
	r, err := newRandom(c.Get("seed"))
	if err != nil {
		return nil, err
	}
	// ten digits of which the first is not 0
	low, span := big.NewInt(1<<36), big.NewInt(1<<40-1<<36)
	digits := fmt.Sprintf("%x", new(big.Int).Add(low, r.below(span)))
	for i := 0; len(parts) < 6; i += 2 {
		parts = append(parts, digits[i:i+2])
	}
	return str(strings.Join(parts, ":")), nil
}

package lookups

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "inventory_hostnames", Run: runInventoryHostnames})

// runInventoryHostnames gives the hosts of the inventory that host patterns mean.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/inventory_hostnames_lookup.html
func runInventoryHostnames(_ context.Context, c *Call) ([]value.Value, error) {
	patterns := make([]string, len(c.Terms))
	for i, t := range c.Terms {
		s, err := text(t)
		if err != nil {
			return nil, err
		}
		patterns[i] = s
	}
	hosts, known, err := c.Hosts(strings.Join(patterns, ","))
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, value.Raise("KeyError", "'groups'")
	}
	out := make([]value.Value, len(hosts))
	for i, h := range hosts {
		out[i] = value.NewStr(h)
	}
	return out, nil
}

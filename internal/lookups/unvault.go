package lookups

import (
	"context"
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "unvault", Run: runUnvault})

// runUnvault gives the content of files, decrypted.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/unvault_lookup.html
func runUnvault(_ context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	for _, t := range c.Terms {
		name, ok := t.(value.Str)
		if !ok {
			return nil, missingAttribute(t, "startswith")
		}
		path := c.file("files", name.String())
		if path == "" {
			return nil, fmt.Errorf("Unable to find file matching \"%s\"", name) //nolint:staticcheck // Ansible's words
		}
		content, secret, err := c.Read(path)
		if err != nil {
			return nil, err
		}
		out = append(out, made(value.NewStr(string(content)), secret))
	}
	return out, nil
}

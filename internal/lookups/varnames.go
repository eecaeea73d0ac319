package lookups

import (
	"context"
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "varnames", Run: runVarnames})

// runVarnames gives the names of variables that match regular expressions.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/varnames_lookup.html
func runVarnames(_ context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	names := c.Variables()
	for _, t := range c.Terms {
		pattern, ok := t.(value.Str)
		if !ok {
			return nil, fmt.Errorf("Invalid setting identifier, \"%s\" is not a string, it is a <class '%s'>", shown(t), t.Type()) //nolint:staticcheck // Ansible's words
		}
		re, err := pyregex.Compile(pattern.String(), 0)
		if err != nil {
			return nil, &Error{Msg: fmt.Sprintf("Unable to use \"%s\" as a search parameter: %v", pattern, err)}
		}
		for _, n := range names {
			m, err := re.Search(n)
			if err != nil {
				return nil, err
			}
			if m != nil {
				out = append(out, value.NewStr(n))
			}
		}
	}
	return out, nil
}

package lookups

import (
	"context"
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "vars", Run: runVars, Options: []Option{
	{Name: "default", Help: "What is given for a variable that does not exist."},
}})

// runVars gives variables by their names.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/vars_lookup.html
func runVars(_ context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	for _, t := range c.Terms {
		name, ok := t.(value.Str)
		if !ok {
			return nil, &Error{Msg: fmt.Sprintf("Variable name must be 'str' not '%s'.", t.Type())}
		}
		v, ok, err := c.Variable(name.String())
		switch {
		case err != nil:
			return nil, err
		case ok:
			if u, missing := v.(*value.Undefined); missing {
				return nil, &value.UndefinedError{Value: u}
			}
			out = append(out, v)
		case c.given["default"]:
			out = append(out, c.option("default"))
		default:
			return nil, &value.UndefinedError{Value: &value.Undefined{
				Name: name.String(), Msg: fmt.Sprintf("No variable named '%s' was found.", name),
			}}
		}
	}
	return out, nil
}

package lookups

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "env", Run: runEnv, Options: []Option{
	{Name: "default", Default: value.NewStr(""), Lazy: true, Help: "What is given when the variable is not set."},
}})

// runEnv gives variables of the environment of the control node.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/env_lookup.html
func runEnv(_ context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	for _, t := range c.Terms {
		name, ok := t.(value.Str)
		if !ok {
			return nil, missingAttribute(t, "split")
		}
		words := strings.Fields(name.String())
		if len(words) == 0 {
			return nil, value.Raise("IndexError", "list index out of range")
		}
		v := c.option("default")
		if text, ok := c.Getenv(words[0]); ok {
			v = value.NewStr(text)
		}
		m := value.MarksOf(v)
		m.Origin = source.Pos{File: source.NewFile("<environment variable '"+words[0]+"'>", "")}
		out = append(out, value.WithMarks(v, m))
	}
	return out, nil
}

package actions

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.set_stats", Run: runSetStats, Page: &module.Def{
	Check: module.Full,
	Args: module.Args{
		{Name: "data", Type: module.Dict, Required: true, Help: "The values by their names."},
		{Name: "per_host", Type: module.Bool, Default: false, Help: "Keep them for each host."},
		{Name: "aggregate", Type: module.Bool, Default: true, Help: "Add to what was set before, do not replace it."},
	},
	Doc: module.Doc{
		Short:    "Set values that are told at the end of a run.",
		Examples: "- ansible.builtin.set_stats:\n    data:\n      releases: 1\n",
	},
}})

// runSetStats sets values that are told at the end of a run, where a setting asks for them.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/set_stats_module.html
func runSetStats(_ context.Context, c *Call) (*result.Result, error) {
	if err := c.onlyOptions("aggregate", "data", "per_host"); err != nil {
		return nil, err
	}
	data := value.NewDict()
	if v := c.Args.Stored("data"); v != nil {
		d, isDict := v.(*value.Dict)
		if !isDict {
			return c.fail("The 'data' option needs to be a dictionary/hash"), nil
		}
		for it := d.Iterate(); it.Next(); {
			if err := c.putNamed(data, it.Key(), it.Stored()); err != nil {
				return nil, err
			}
		}
	}
	stats := value.DictOf(
		"aggregate", value.Bool(lenient(c.Args, "aggregate", true)), "data", data,
		"per_host", value.Bool(lenient(c.Args, "per_host", false)),
	)
	r := ok("ansible_stats", stats)
	r.Stats = stats
	return r, nil
}

// putNamed puts a value under a key, which may be a template, and must be the name of a variable.
func (c *Call) putNamed(to *value.Dict, key, v value.Value) error {
	name, err := c.Scope.Finalize(key)
	if err != nil {
		return err
	}
	if s, isStr := name.(value.Str); !isStr || !variableName().MatchString(s.String()) {
		return c.badName(name)
	}
	return to.Set(name, v)
}

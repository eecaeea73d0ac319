package actions

import (
	"context"
	"regexp"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.set_fact", Run: runSetFact})

var setFactArgs = module.Args{
	{Name: "cacheable", Type: module.Bool, Default: value.False, Help: "Keep the variables in the fact cache, too."},
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// runSetFact sets variables of the host.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/set_fact_module.html
func runSetFact(_ context.Context, c *Call) (*result.Result, error) {
	options := value.NewDict()
	if v := c.Args.Stored("cacheable"); v != nil {
		options.SetStr("cacheable", v)
	}
	p, err := c.validateArgs(setFactArgs, options)
	if err != nil {
		return nil, err
	}
	facts := value.NewDict()
	for it := c.Args.Iterate(); it.Next(); {
		name, isStr := it.Key().(value.Str)
		if isStr && name.String() == "cacheable" {
			continue
		}
		if !isStr || !variableName.MatchString(name.String()) {
			text, _ := value.Text(it.Key())
			return nil, c.errorf("The variable name '%s' is not valid. Variables must start with a letter or underscore character, "+
				"and contain only letters, numbers and underscores.", text)
		}
		facts.SetStr(name.String(), it.Stored())
	}
	if facts.Len() == 0 {
		return nil, c.errorf("No key/value pairs provided, at least one is required for this action to succeed")
	}
	r := ok("ansible_facts", facts)
	r.Facts, r.Cacheable = facts, p.Bool("cacheable")
	return r, nil
}

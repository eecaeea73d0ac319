package actions

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.set_fact", Run: runSetFact, Page: &module.Def{
	Check: module.Full,
	Args: module.Args{
		{Name: "cacheable", Type: module.Bool, Default: false, Help: "Keep them in the cache of facts too."},
	},
	Doc: module.Doc{
		Short:    "Set variables of the host for the rest of the run.",
		Notes:    []string{"All other arguments are the names of variables with their values."},
		Examples: "- ansible.builtin.set_fact:\n    app_release: \"{{ release_file.content | b64decode | trim }}\"\n",
		Returns:  []module.Return{{Name: "ansible_facts", Type: "dict", When: "success", Help: "The variables."}},
	},
}})

var variableName = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

// runSetFact sets variables of the host.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/set_fact_module.html
func runSetFact(_ context.Context, c *Call) (*result.Result, error) {
	cacheable := false
	if v := c.Args.Stored("cacheable"); v != nil {
		var err error
		if cacheable, err = module.ToBool(v); err != nil {
			return nil, c.raise("%v", err)
		}
	}
	facts := value.NewDict()
	for it := c.Args.Iterate(); it.Next(); {
		if name, isStr := it.Key().(value.Str); isStr && name.String() == "cacheable" {
			continue
		}
		if err := c.putNamed(facts, it.Key(), it.Stored()); err != nil {
			return nil, err
		}
	}
	if facts.Len() == 0 {
		return nil, c.errorf("No key/value pairs provided, at least one is required for this action to succeed")
	}
	r := ok("ansible_facts", facts)
	r.Facts, r.Cacheable = facts, cacheable
	return r, nil
}

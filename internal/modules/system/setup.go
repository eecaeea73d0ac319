package system

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/facts"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.setup", Check: module.Full, Run: runSetup,
	Args: module.Args{
		{Name: "gather_subset", Type: module.List, Elements: module.Str, Default: []string{"all"}, Help: "Names of subsets; with \"!\" in front what is left out."},
		{Name: "gather_timeout", Type: module.Int, Default: 10, Help: "Seconds that a single source of facts may take."},
		{Name: "filter", Type: module.List, Elements: module.Str, Default: []string{}, Help: "Patterns of the facts that are wanted, with or without \"ansible_\"."},
		{Name: "fact_path", Type: module.Path, Default: "/etc/ansible/facts.d", Help: "The folder of the local facts."},
	},
	Doc: module.Doc{
		Short: "Find out about a machine.",
		Notes: []string{
			"Network addresses and routes come from the kernel: the program ip is not needed.",
			"Facts of Python are those of an interpreter that is installed; without one there are none.",
		},
		Examples: "- ansible.builtin.setup:\n    gather_subset: [\"!all\", network]\n    filter: default_ipv4\n",
		Returns:  []module.Return{{Name: "ansible_facts", Type: "dict", When: "success", Help: "The facts."}},
	},
})

func runSetup(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	subset := p.Strs("gather_subset")
	chosen, err := facts.Select(subset)
	if err != nil {
		return module.Fail("%v", err), nil
	}
	found, warnings, err := facts.Gather(ctx, sys, chosen, facts.Options{
		FactPath: p.Str("fact_path"), Timeout: time.Duration(p.Int("gather_timeout")) * time.Second,
	})
	for _, w := range warnings {
		p.Warn(w)
	}
	var program *facts.ProgramError
	switch {
	case errors.As(err, &program):
		return fileattr.CommandError(program.Command, program.Err).Result(sys), nil
	case err != nil:
		return module.Result{}, err
	}
	var r module.Result
	r.Set("ansible_facts", named(found, p))
	return r, nil
}

// named gives the facts that the filter lets through their full names, and adds what tells that they were gathered: not
// where a filter is set.
func named(found *value.Dict, p *module.Params) *value.Dict {
	var patterns []string
	for _, f := range p.Strs("filter") {
		if f != "" && f != "*" {
			patterns = append(patterns, f)
		}
	}
	out := value.NewDict()
	for it := found.Iterate(); it.Next(); {
		name := it.Key().(value.Str).String()
		full := "ansible_" + name
		if strings.HasPrefix(name, "facter_") || strings.HasPrefix(name, "ohai_") {
			full = name
		}
		if patterns == nil || matchesAny(patterns, full, name) {
			out.SetStr(full, it.Stored())
		}
	}
	if patterns == nil {
		out.SetStr("gather_subset", p.Value("gather_subset"))
		out.SetStr("module_setup", value.True)
	}
	return out
}

func matchesAny(patterns []string, names ...string) bool {
	for _, p := range patterns {
		for _, n := range names {
			if fnmatch(p, n) {
				return true
			}
		}
	}
	return false
}

package packaging

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.dpkg_selections", Check: module.Full, Diff: module.Full, Run: runDpkgSelections,
	Args: module.Args{
		{Name: "name", Required: true, Help: "The package."},
		{Name: "selection", Required: true, Choices: []string{"install", "hold", "deinstall", "purge"}, Help: "What dpkg is to do with it."},
	},
	Doc: module.Doc{
		Short:    "What dpkg is to do with a package: hold it, for example.",
		Examples: "- ansible.builtin.dpkg_selections:\n    name: linux-image-amd64\n    selection: hold\n",
		Returns:  []module.Return{{Name: "before", Type: "str", When: "success", Help: "What it was."}, {Name: "after", Type: "str", When: "success", Help: "What it is."}},
	},
})

func runDpkgSelections(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	name, want := p.Str("name"), p.Str("selection")
	out, err := programs.Run(ctx, sys, target.Command{Argv: []string{"dpkg", "--get-selections", name}, Env: programs.C})
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	f := strings.Fields(out.Stdout)
	if out.RC != 0 || len(f) < 2 {
		return module.Fail("Failed to find package '%s' to perform selection '%s'.", name, want), nil
	}
	r := module.Result{Changed: f[1] != want}.With("before", f[1]).With("after", want)
	if !r.Changed || p.Check {
		return r, nil
	}
	out, err = programs.Run(ctx, sys, target.Command{Argv: []string{"dpkg", "--set-selections"}, Stdin: strings.NewReader(name + " " + want)})
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	if out.RC != 0 {
		return module.Fail("%s", strings.TrimSpace(out.Stderr)).With("rc", out.RC).With("stdout", out.Stdout).With("stderr", out.Stderr), nil
	}
	return r, nil
}

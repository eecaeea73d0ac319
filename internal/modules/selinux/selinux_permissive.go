package selinux

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.general.selinux_permissive", Redirects: []string{"ansible.builtin.selinux_permissive"}, Check: module.Full, Run: runSelinuxPermissive,
	Args: module.Args{
		{Name: "domain", Aliases: []string{"name"}, Required: true, Help: "The domain of SELinux."},
		{Name: "store", Default: "", Help: "The store of the policy; none is the one that is in use."},
		{Name: "permissive", Type: module.Bool, Required: true, Help: "Whether the domain may do what the policy forbids."},
		{Name: "no_reload", Type: module.Bool, Default: false, Help: "Do not load the policy afterwards."},
	},
	Doc: module.Doc{
		Short:    "Domains that SELinux does not confine.",
		Notes:    []string{"By semanage of policycoreutils; Ansible's module needs Python libraries of the target."},
		Examples: "- community.general.selinux_permissive:\n    name: httpd_t\n    permissive: true\n",
	},
})

func runSelinuxPermissive(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	r := module.Result{}
	r.Set("domain", p.Str("domain")).Set("store", p.Str("store")).Set("permissive", p.Bool("permissive"))
	changed, err := setPermissive(ctx, sys, p)
	r.Changed = changed
	return programs.Answer(r, err)
}

func setPermissive(ctx context.Context, sys target.System, p *module.Params) (changed bool, err error) {
	semanage := func(args ...string) (string, error) {
		argv := append([]string{"semanage", "permissive"}, args...)
		if p.Str("store") != "" {
			argv = append(argv, "-S", p.Str("store"))
		}
		out, err := programs.Run(ctx, sys, target.Command{Argv: argv, Env: programs.C})
		if err == nil && out.RC != 0 {
			err = programs.Fail("%s", out.Stderr)
		}
		return out.Stdout, err
	}
	list, err := semanage("-l")
	if f, ok := err.(*programs.Failed); ok { //nolint:errorlint // is not wrapped
		f.Result.Msg = strings.TrimSpace(strings.TrimPrefix(f.Result.Msg, "ValueError: "))
		f.Result.Set("domain", p.Str("domain"))
	}
	if err != nil {
		return false, err
	}
	want := p.Bool("permissive")
	if slices.Contains(strings.Fields(list), p.Str("domain")) == want {
		return false, nil
	}
	if p.Check {
		return true, nil
	}
	how := "-d"
	if want {
		how = "-a"
	}
	args := []string{how, p.Str("domain")}
	if p.Bool("no_reload") {
		args = append([]string{"-N"}, args...)
	}
	_, err = semanage(args...)
	return err == nil, err
}

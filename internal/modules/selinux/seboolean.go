package selinux

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.posix.seboolean", Redirects: []string{"ansible.builtin.seboolean"}, Check: module.Full, Run: runSeboolean,
	Args: module.Args{
		{Name: "name", Required: true, Help: "The boolean of SELinux."},
		{Name: "persistent", Type: module.Bool, Default: false, Help: "Set it for the next start of the machine too."},
		{Name: "state", Type: module.Bool, Required: true, Help: "What it is to be."},
		{Name: "ignore_selinux_state", Type: module.Bool, Default: false, Help: "Work on the policy's store even where SELinux is disabled."},
	},
	Doc: module.Doc{
		Short:    "Booleans of SELinux.",
		Notes:    []string{"By semanage and getsebool of policycoreutils; Ansible's module needs Python libraries of the target."},
		Examples: "- ansible.posix.seboolean:\n    name: httpd_can_network_connect\n    state: true\n    persistent: true\n",
	},
})

func runSeboolean(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	enabled := sys.SELinux()
	if !enabled && !p.Bool("ignore_selinux_state") {
		return module.Fail("SELinux is disabled on this host."), nil
	}
	r := module.Result{}
	r.Set("name", p.Value("name")).Set("persistent", p.Value("persistent")).Set("state", p.Value("state"))
	changed, err := setBoolean(ctx, sys, p, enabled)
	r.Changed = changed
	return programs.Answer(r, err)
}

// setBoolean sets it in the kernel, and in the store of the policy where that is asked for.
func setBoolean(ctx context.Context, sys target.System, p *module.Params, enabled bool) (bool, error) {
	name, want := p.Str("name"), map[bool]string{true: "on", false: "off"}[p.Bool("state")]
	changed := false
	if enabled {
		out, err := programs.Call(ctx, sys, "getsebool", name)
		if err != nil {
			return false, err
		}
		if out.RC != 0 {
			return false, programs.Fail("SELinux boolean %s does not exist.", name)
		}
		if !strings.HasSuffix(strings.TrimSpace(out.Stdout), "> "+want) {
			changed = true
			if err := semanage(ctx, sys, p, "setsebool", name, want); err != nil {
				return true, err
			}
		}
	}
	if !p.Bool("persistent") {
		return changed, nil
	}
	stored, err := storedBoolean(ctx, sys, name)
	if err != nil || stored == want {
		return changed, err
	}
	return true, semanage(ctx, sys, p, "semanage", "boolean", "-m", "--"+want, name)
}

func semanage(ctx context.Context, sys target.System, p *module.Params, argv ...string) error {
	if p.Check {
		return nil
	}
	out, err := programs.Call(ctx, sys, argv...)
	if err == nil && out.RC != 0 {
		err = programs.Fail("Failed to set boolean %s: %s", p.Str("name"), strings.TrimSpace(out.Stderr))
	}
	return err
}

// storedBoolean is "on" or "off" in the policy's store.
func storedBoolean(ctx context.Context, sys target.System, name string) (string, error) {
	out, err := programs.Run(ctx, sys, target.Command{Argv: []string{"semanage", "boolean", "-l", "-n"}, Env: programs.C})
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(out.Stdout) {
		is, rest, ok := strings.Cut(line, "(")
		if !ok || strings.TrimSpace(is) != name {
			continue
		}
		_, next, _ := strings.Cut(rest, ",") // (now , at the next start)
		next, _, _ = strings.Cut(next, ")")
		return strings.TrimSpace(next), nil
	}
	return "", programs.Fail("SELinux boolean %s is not defined in persistent policy", name)
}

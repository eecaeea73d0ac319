package system

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.sysvinit", Check: module.Full, Run: runSysVInit,
	Args: module.Args{
		{Name: "name", Aliases: []string{"service"}, Required: true, Help: "The script in /etc/init.d."},
		{Name: "state", Choices: []string{"started", "stopped", "restarted", "reloaded"}, Help: "What is to be with it now."},
		{Name: "enabled", Type: module.Bool, Help: "Whether it starts with the machine."},
		{Name: "sleep", Type: module.Int, Default: 1, Help: "Seconds between stop and start of a restart."},
		{Name: "pattern", Help: "What to look for in the list of processes when the script can't tell whether the service runs."},
		{Name: "arguments", Aliases: []string{"args"}, Help: "Further arguments of the script."},
		{Name: "runlevels", Type: module.List, Elements: module.Str, Help: "The runlevels that enabled is about; all otherwise."},
		{Name: "daemonize", Type: module.Bool, Default: false, Help: "Nothing here: a program that a script leaves running is not waited for in any case."},
	},
	Rules: module.Rules{RequiredOneOf: [][]string{{"state", "enabled"}}},
	Doc: module.Doc{
		Short:    "Start, stop and enable the scripts of System V.",
		Examples: "- ansible.builtin.sysvinit:\n    name: apache2\n    state: started\n    enabled: true\n",
		Returns:  []module.Return{{Name: "status", Type: "dict", When: "success", Help: "What was done, with the output of the programs."}},
	},
})

func runSysVInit(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	s := &svc{sys, p, p.Str("name")}
	script := "/etc/init.d/" + s.name
	if _, err := sys.Stat(script); err != nil {
		return module.Fail("Could not find the requested service %s: ", s.name), nil
	}
	v := &sysV{byScript: &byScript{s}, script: script, enabledNow: step(), stateNow: step()}
	r, err := v.run(ctx)
	return programs.Answer(r, err)
}

// sysV is one call.
type sysV struct {
	*byScript
	script               string
	enabledNow, stateNow *value.Dict // what came of each of the two arguments
}

func step() *value.Dict {
	return value.DictOf("changed", value.False, "rc", value.None, "stdout", value.None, "stderr", value.None)
}

func note(d *value.Dict, out programs.Out) {
	d.SetStr("rc", module.V(out.RC))
	d.SetStr("stdout", value.NewStr(out.Stdout))
	d.SetStr("stderr", value.NewStr(out.Stderr))
}

func (v *sysV) run(ctx context.Context) (module.Result, error) {
	r := module.Result{}
	if v.p.Has("enabled") {
		changed, err := v.setEnabled(ctx)
		if err != nil {
			return r, err
		}
		r.Changed = changed
	}
	state := value.Value(value.NewStr("null")) // what ansible-core's None becomes as a key
	if v.p.Has("state") {
		state = v.p.Value("state")
		changed, err := v.setState(ctx, v.p.Str("state"))
		if err != nil {
			return r, err
		}
		r.Changed = r.Changed || changed
	}
	status := value.DictOf("enabled", v.enabledNow)
	_ = status.Set(state, v.stateNow) // a str is hashable
	r.Set("name", v.name).Set("status", status)
	return r, nil
}

func (v *sysV) setEnabled(ctx context.Context) (bool, error) {
	want, levels := v.p.Bool("enabled"), v.p.Strs("runlevels")
	is := v.startsIn(levels)
	if levels != nil {
		v.enabledNow.SetStr("runlevels", module.V(levels))
	}
	if is == want {
		return false, nil
	}
	v.enabledNow.SetStr("changed", value.True)
	if v.p.Check {
		return true, nil
	}
	argv := []string{"update-rc.d", v.name}
	switch {
	case !programs.Has(v.sys, "update-rc.d"):
		out, err := v.enable(ctx, want)
		note(v.enabledNow, out)
		return true, err
	case want && levels == nil:
		argv = append(argv, "defaults")
	case want:
		argv = append(append(argv, "enable"), levels...)
	default:
		argv = append(append(argv, "disable"), levels...)
	}
	out, err := programs.Call(ctx, v.sys, argv...)
	if err != nil {
		return false, err
	}
	note(v.enabledNow, out)
	if out.RC != 0 {
		return false, v.failed("Failed to "+argv[2]+" service: "+v.name, out)
	}
	return true, nil
}

// startsIn reports whether the service starts in all of the runlevels, or in any when none are named.
func (v *sysV) startsIn(levels []string) bool {
	if levels == nil {
		return (&unit{sys: v.sys, name: v.name}).sysVEnabled()
	}
	return !slices.ContainsFunc(levels, func(level string) bool {
		names, _ := v.sys.ReadDir("/etc/rc" + level + ".d") // none where there is no such folder
		return !slices.ContainsFunc(names, func(n string) bool { return len(n) > 3 && n[0] == 'S' && n[3:] == v.name })
	})
}

func (v *sysV) failed(msg string, out programs.Out) error {
	return &programs.Failed{Result: module.Fail("%s", msg).With("rc", out.RC).With("stdout", out.Stdout).With("stderr", out.Stderr)}
}

func (v *sysV) setState(ctx context.Context, state string) (bool, error) {
	runs, err := v.runs(ctx)
	if err != nil {
		return false, err
	}
	var actions []string
	switch state {
	case "started":
		if !runs {
			actions = []string{"start"}
		}
	case "stopped":
		if runs {
			actions = []string{"stop"}
		}
	case "restarted":
		actions = []string{"start"}
		if runs {
			actions = []string{"stop", "start"}
		}
	case "reloaded":
		actions = []string{"reload"}
		if !runs {
			actions = []string{"start"}
		}
	}
	if actions == nil {
		return false, nil
	}
	v.stateNow.SetStr("changed", value.True)
	if v.p.Check {
		return true, nil
	}
	for i, a := range actions {
		if i > 0 {
			if err := v.sys.Sleep(ctx, time.Duration(v.p.Int("sleep"))*time.Second); err != nil {
				return false, err
			}
		}
		out, err := programs.Run(ctx, v.sys, target.Command{Argv: append([]string{v.script, a}, v.words()...)})
		if err != nil {
			return false, err
		}
		note(v.stateNow, out)
		if out.RC != 0 {
			return false, v.failed("Failed to "+a+" service: "+v.name, out)
		}
	}
	return true, nil
}

// runs asks the script, or looks for the pattern.
func (v *sysV) runs(ctx context.Context) (bool, error) {
	if v.p.Has("pattern") {
		runs, err := v.process(ctx)
		if err == nil && !runs {
			v.p.Warn("Unable to determine if service is up, assuming it is down")
		}
		return runs, err
	}
	argv := []string{v.script, "status"}
	if programs.Has(v.sys, "service") {
		argv = []string{"service", v.name, "status"}
	}
	out, err := programs.Call(ctx, v.sys, argv...)
	if err != nil {
		return false, err
	}
	text := strings.ToLower(out.Stdout)
	return out.RC == 0 && !strings.Contains(text, "not running") && !strings.Contains(text, "stopped"), nil
}

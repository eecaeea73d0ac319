package system

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.systemd", Redirects: []string{"ansible.builtin.systemd_service"}, Check: module.Full, Run: runSystemd,
	Args: module.Args{
		{Name: "name", Aliases: []string{"service", "unit"}, Help: "The unit; a service without its suffix."},
		{Name: "state", Choices: []string{"reloaded", "restarted", "started", "stopped"}, Help: "What is to be with it now."},
		{Name: "enabled", Type: module.Bool, Help: "Whether it starts with the machine."},
		{Name: "force", Type: module.Bool, Help: "Replace links that are in the way when the unit is enabled."},
		{Name: "masked", Type: module.Bool, Help: "Whether it can't be started at all."},
		{Name: "daemon_reload", Aliases: []string{"daemon-reload"}, Type: module.Bool, Default: false, Help: "Have systemd read the units again first."},
		{Name: "daemon_reexec", Aliases: []string{"daemon-reexec"}, Type: module.Bool, Default: false, Help: "Have systemd start itself again first."},
		{Name: "scope", Default: "system", Choices: []string{"system", "user", "global"}, Help: "Whose systemd."},
		{Name: "no_block", Type: module.Bool, Default: false, Help: "Do not wait for the job."},
	},
	Rules: module.Rules{
		RequiredBy:    []module.RequiredBy{{Name: "state", Needs: []string{"name"}}, {Name: "enabled", Needs: []string{"name"}}, {Name: "masked", Needs: []string{"name"}}},
		RequiredOneOf: [][]string{{"state", "enabled", "masked", "daemon_reload", "daemon_reexec"}},
	},
	Doc: module.Doc{
		Short:    "Start, stop, enable and mask units of systemd.",
		Examples: "- ansible.builtin.systemd:\n    name: nginx\n    state: restarted\n    daemon_reload: true\n",
		Returns:  []module.Return{{Name: "status", Type: "dict", When: "success", Help: "What systemctl show tells of the unit, before anything was done."}},
	},
})

// unit is one call.
type unit struct {
	sys    target.System
	p      *module.Params
	name   string
	ctl    []string // the program and its scope
	env    []string
	status *value.Dict
	r      module.Result
}

func runSystemd(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	file, err := programs.Find(sys, "systemctl")
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	u := &unit{sys: sys, p: p, name: p.Str("name"), ctl: []string{file}, status: value.NewDict()}
	if scope := p.Str("scope"); scope != "system" {
		u.ctl = append(u.ctl, "--"+scope)
	}
	if sys.Getenv("XDG_RUNTIME_DIR") == "" {
		u.env = []string{fmt.Sprintf("XDG_RUNTIME_DIR=/run/user/%d", sys.Getuid())}
	}
	if i := strings.IndexAny(u.name, "*?["); i >= 0 {
		return module.Fail("This module does not currently support using glob patterns, found '%c' in service name: %s", u.name[i], u.name), nil
	}
	err = u.run(ctx)
	return programs.Answer(u.r, err)
}

func (u *unit) run(ctx context.Context) error {
	for _, do := range []string{"daemon-reload", "daemon-reexec"} {
		if !u.p.Bool(strings.ReplaceAll(do, "-", "_")) || u.p.Check {
			continue
		}
		out, err := u.call(ctx, do)
		if err != nil {
			return err
		}
		if out.RC != 0 {
			return programs.Fail("failure %d during %s: %s", out.RC, do, out.Stderr)
		}
	}
	u.r.Set("name", u.p.Value("name")).Set("status", u.status)
	if u.name == "" {
		return nil
	}
	found, err := u.find(ctx)
	if err != nil {
		return err
	}
	if u.p.Has("masked") {
		if err := u.mask(ctx); err != nil {
			return err
		}
	}
	if !found && (u.p.Has("enabled") || u.p.Has("state")) {
		return programs.Fail("Could not find the requested service %s: host", u.name)
	}
	if u.p.Has("enabled") {
		if err := u.enable(ctx); err != nil {
			return err
		}
	}
	if u.p.Has("state") {
		return u.drive(ctx)
	}
	return nil
}

func (u *unit) call(ctx context.Context, args ...string) (programs.Out, error) {
	return programs.Run(ctx, u.sys, target.Command{Argv: append(slices.Clone(u.ctl), args...), Env: u.env})
}

// find asks for the unit's properties and tells whether it is there.
func (u *unit) find(ctx context.Context) (bool, error) {
	out, err := u.call(ctx, "show", u.name)
	if err != nil {
		return false, err
	}
	switch {
	case out.RC == 0:
		u.status = properties(out.Stdout)
		u.r.Set("status", u.status)
	case offline(u.sys, out):
		return u.findOffline(ctx)
	case u.p.Str("scope") == "system": // no name of a unit, or that of a template
		return u.findOffline(ctx)
	default:
		return false, &programs.Failed{Result: module.Fail("%s", strings.TrimSpace(out.Stderr)).With("rc", out.RC).With("stdout", out.Stdout).
			With("stderr", out.Stderr).With("cmd", strings.Join(u.ctl, " "))}
	}
	if u.property("LoadState") == "not-found" || u.property("LoadState") == "" {
		return u.sysV(), nil
	}
	if e := u.property("LoadError"); e != "" && u.property("LoadState") != "masked" {
		return false, programs.Fail("Error loading unit file '%s': %s", u.name, e)
	}
	return true, nil
}

// offline tells whether systemctl failed since systemd does not run here, as in a folder that is to be a machine.
func offline(sys target.System, out programs.Out) bool {
	if _, err := sys.Stat("/run/systemd/system"); err == nil {
		return false
	}
	return strings.Contains(out.Stderr, "System has not been booted with systemd") || strings.Contains(out.Stderr, "Failed to connect to") ||
		strings.Contains(out.Stderr, "Running in chroot")
}

// findOffline goes by the files of the units.
func (u *unit) findOffline(ctx context.Context) (bool, error) {
	out, err := u.call(ctx, "is-enabled", u.name)
	if err != nil {
		return false, err
	}
	return out.RC == 0 || strings.TrimSpace(out.Stdout) != "" && strings.TrimSpace(out.Stdout) != "not-found" || u.sysV(), nil
}

// sysV tells whether there is a script of that name.
func (u *unit) sysV() bool {
	_, err := u.sys.Stat("/etc/init.d/" + strings.TrimSuffix(u.name, ".service"))
	return err == nil
}

func (u *unit) property(name string) string {
	s, _ := u.status.Stored(name).(value.Str)
	return s.String()
}

// properties reads what systemctl show writes: lines "Name=value". The commands of Exec… may go over several lines, until
// a line ends with "}".
func properties(text string) *value.Dict {
	d := value.NewDict()
	open := ""
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if open != "" {
			lines = append(lines, line)
			if strings.HasSuffix(strings.TrimRight(line, " "), "}") {
				d.SetStr(open, value.NewStr(strings.Join(lines, "\n")))
				open = ""
			}
			continue
		}
		name, v, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		if strings.HasPrefix(strings.TrimLeft(v, " "), "{") && strings.HasPrefix(name, "Exec") && !strings.HasSuffix(strings.TrimRight(v, " "), "}") {
			open, lines = name, []string{v}
			continue
		}
		d.SetStr(name, value.NewStr(strings.TrimSpace(v)))
	}
	return d
}

func (u *unit) mask(ctx context.Context) error {
	out, err := u.call(ctx, "is-enabled", u.name)
	if err != nil {
		return err
	}
	masked := strings.TrimSpace(out.Stdout) == "masked"
	if masked == u.p.Bool("masked") {
		return nil
	}
	action := "unmask"
	if !masked {
		action = "mask"
	}
	return u.change(ctx, action, false)
}

func (u *unit) enable(ctx context.Context) error {
	out, err := u.call(ctx, "is-enabled", u.name)
	if err != nil {
		return err
	}
	word := strings.TrimSpace(out.Stdout)
	enabled := out.RC == 0 && word != "indirect"
	if out.RC == 1 && word != "disabled" && u.sysV() && strings.Contains(out.Stderr, "SysV") {
		enabled = u.sysVEnabled()
	}
	want := u.p.Bool("enabled")
	u.r.Set("enabled", want)
	if enabled == want {
		return nil
	}
	action := "disable"
	if want {
		action = "enable"
	}
	return u.change(ctx, action, u.p.Bool("force"))
}

// sysVEnabled tells whether a script starts in a runlevel.
func (u *unit) sysVEnabled() bool {
	for _, level := range []string{"2", "3", "4", "5"} {
		names, err := u.sys.ReadDir("/etc/rc" + level + ".d")
		if err != nil {
			continue
		}
		for _, n := range names {
			if len(n) > 3 && n[0] == 'S' && n[3:] == strings.TrimSuffix(u.name, ".service") {
				return true
			}
		}
	}
	return false
}

// change runs an action that changes the unit, unless this is check mode.
func (u *unit) change(ctx context.Context, action string, force bool) error {
	u.r.Changed = true
	if u.p.Check {
		return nil
	}
	args := []string{action, u.name}
	if force {
		args = append(args, "--force")
	}
	if u.p.Bool("no_block") && slices.Contains([]string{"start", "stop", "restart", "reload"}, action) {
		args = append([]string{"--no-block"}, args...)
	}
	out, err := u.call(ctx, args...)
	if err != nil {
		return err
	}
	if out.RC == 0 {
		return nil
	}
	if action == "enable" || action == "disable" {
		return programs.Fail("Unable to %s service %s: %s%s", action, u.name, out.Stdout, out.Stderr)
	}
	return programs.Fail("Unable to %s service %s: %s", action, u.name, out.Stderr)
}

// drive starts and stops.
func (u *unit) drive(ctx context.Context) error {
	state := u.p.Str("state")
	u.r.Set("state", state)
	active := u.property("ActiveState")
	if active == "" {
		if _, err := u.sys.Stat("/run/systemd/system"); err == nil {
			return programs.Fail("Service is in unknown state")
		}
		u.p.Warn("Target is a chroot or systemd is offline. This can lead to false positives or prevent the init system tools from working.")
		return nil
	}
	running := active == "active" || active == "activating"
	action := ""
	switch {
	case state == "started" && !running:
		action = "start"
	case state == "stopped" && (running || active == "deactivating"):
		action = "stop"
	case state == "restarted" || state == "reloaded":
		u.r.Set("state", "started")
		action = strings.TrimSuffix(state, "ed")
		if !running {
			action = "start"
		}
	}
	if action == "" {
		return nil
	}
	return u.change(ctx, action, false)
}

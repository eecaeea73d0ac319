package system

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.service_facts", Check: module.Full, Run: runServiceFacts,
	Doc: module.Doc{
		Short:    "The services of a machine, as facts.",
		Notes:    []string{"Asks systemctl, or service --status-all, or rc-status."},
		Examples: "- ansible.builtin.service_facts:\n",
		Returns:  []module.Return{{Name: "ansible_facts", Type: "dict", When: "always", Help: "services: name, state, status and source of each by its name."}},
	},
})

func runServiceFacts(ctx context.Context, sys target.System, _ *module.Params) (module.Result, error) {
	s := &serviceFacts{sys: sys, found: value.NewDict()}
	for _, ask := range []func(context.Context) error{s.sysV, s.openRC, s.systemd} {
		if err := ask(ctx); err != nil {
			return programs.Answer(module.Result{}, err)
		}
	}
	r := module.Result{}
	if s.found.Len() == 0 {
		r.Skipped, r.Msg, r.HasMsg = true, "Failed to find any services. This can be due to privileges or some other configuration issue.", true
		return r, nil
	}
	r.Set("ansible_facts", value.DictOf("services", s.found))
	return r, nil
}

type serviceFacts struct {
	sys   target.System
	found *value.Dict
}

func (s *serviceFacts) put(name string, pairs ...string) {
	d := value.DictOf("name", value.NewStr(name))
	for i := 0; i+1 < len(pairs); i += 2 {
		d.SetStr(pairs[i], value.NewStr(pairs[i+1]))
	}
	s.found.SetStr(name, d)
}

// sysV asks service --status-all of Debian: " [ + ]  cron".
func (s *serviceFacts) sysV(ctx context.Context) error {
	if programs.Has(s.sys, "initctl") || programs.Has(s.sys, "chkconfig") || !programs.Has(s.sys, "service") {
		return nil
	}
	out, err := programs.Call(ctx, s.sys, "service", "--status-all")
	if err != nil {
		return err
	}
	for line := range strings.Lines(out.Stdout) {
		f := strings.Fields(line)
		if len(f) < 4 || f[0] != "[" {
			continue
		}
		state := "stopped"
		if f[1] == "+" {
			state = "running"
		}
		s.put(f[3], "state", state, "source", "sysv")
	}
	return nil
}

// openRC asks rc-status, which lists services by runlevel: " name [ started ]".
func (s *serviceFacts) openRC(ctx context.Context) error {
	if !programs.Has(s.sys, "rc-status") || !programs.Has(s.sys, "rc-update") {
		return nil
	}
	out, err := programs.Call(ctx, s.sys, "rc-status", "-a", "-s", "-m")
	if err != nil {
		return err
	}
	enabled := map[string]string{}
	list, err := programs.Call(ctx, s.sys, "rc-update", "show", "-v")
	if err != nil {
		return err
	}
	for line := range strings.Lines(list.Stdout) {
		if name, levels, ok := strings.Cut(line, "|"); ok && strings.TrimSpace(levels) != "" {
			enabled[strings.TrimSpace(name)] = strings.Join(strings.Fields(levels), " ")
		}
	}
	for line := range strings.Lines(out.Stdout) {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), " ")
		_, rest, bracket := strings.Cut(rest, "[")
		if !ok || !bracket {
			continue
		}
		state := "stopped"
		if f := strings.Fields(rest); len(f) > 0 && f[0] == "started" {
			state = "running"
		}
		status := "disabled"
		if enabled[name] != "" {
			status = "enabled"
		}
		s.put(name, "state", state, "status", status, "runlevels", enabled[name], "source", "openrc")
	}
	return nil
}

// systemd asks for the loaded units, and then for the files of units.
func (s *serviceFacts) systemd(ctx context.Context) error {
	if _, err := s.sys.Stat("/run/systemd/system"); err != nil || !programs.Has(s.sys, "systemctl") {
		return nil //nolint:nilerr // systemd does not run here
	}
	out, err := programs.Call(ctx, s.sys, "systemctl", "list-units", "--no-pager", "--type", "service", "--all", "--plain")
	if err != nil {
		return err
	}
	for line := range strings.Lines(out.Stdout) {
		f := strings.Fields(line)
		if len(f) < 4 || !strings.HasSuffix(f[0], ".service") {
			continue
		}
		state, status := "stopped", "unknown"
		if f[3] == "running" {
			state = "running"
		}
		for _, w := range []string{"not-found", "masked", "failed", "inactive"} {
			if f[1] == w || f[2] == w || f[3] == w {
				status = w
				break
			}
		}
		s.put(f[0], "state", state, "status", status, "source", "systemd")
	}
	return s.unitFiles(ctx)
}

// unitFiles adds services that are not loaded, and says of all whether they are enabled.
func (s *serviceFacts) unitFiles(ctx context.Context) error {
	out, err := programs.Call(ctx, s.sys, "systemctl", "list-unit-files", "--no-pager", "--type", "service", "--all")
	if err != nil {
		return err
	}
	var unloaded []string
	status := map[string]string{}
	for line := range strings.Lines(out.Stdout) {
		f := strings.Fields(line)
		if len(f) < 2 || !strings.HasSuffix(f[0], ".service") {
			continue
		}
		if d, ok := s.found.Stored(f[0]).(*value.Dict); ok {
			if d.Stored("status") != value.NewStr("not-found") && d.Stored("status") != value.NewStr("masked") && d.Stored("status") != value.NewStr("failed") {
				d.SetStr("status", value.NewStr(f[1]))
			}
			continue
		}
		unloaded = append(unloaded, f[0])
		status[f[0]] = f[1]
	}
	states, err := s.states(ctx, unloaded)
	if err != nil {
		return err
	}
	for _, name := range unloaded {
		s.put(name, "state", states[name], "status", status[name], "source", "systemd")
	}
	return nil
}

// states asks for the states of services that list-units does not show; a template has none.
func (s *serviceFacts) states(ctx context.Context, names []string) (map[string]string, error) {
	out := map[string]string{}
	var ask []string
	for _, n := range names {
		out[n] = "unknown"
		if !strings.Contains(n, "@.") {
			ask = append(ask, n)
		}
	}
	if ask == nil {
		return out, nil
	}
	shown, err := programs.Call(ctx, s.sys, append([]string{"systemctl", "show", "--property=ActiveState"}, ask...)...)
	if err != nil {
		return nil, err
	}
	lines := strings.FieldsFunc(shown.Stdout, func(r rune) bool { return r == '\n' })
	for i, l := range lines {
		if i < len(ask) {
			out[ask[i]] = strings.TrimPrefix(l, "ActiveState=")
		}
	}
	return out, nil
}

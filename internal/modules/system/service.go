package system

import (
	"context"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.service", Check: module.Full, Run: runService,
	Args: module.Args{
		{Name: "name", Required: true, Help: "The service."},
		{Name: "state", Choices: []string{"reloaded", "restarted", "started", "stopped"}, Help: "What is to be with it now."},
		{Name: "enabled", Type: module.Bool, Help: "Whether it starts with the machine."},
		{Name: "arguments", Aliases: []string{"args"}, Default: "", Help: "Further arguments of the script."},
		{Name: "pattern", Help: "What to look for in the list of processes when the script can't tell whether the service runs."},
		{Name: "runlevel", Default: "default", Help: "The runlevel of OpenRC."},
		{Name: "sleep", Type: module.Int, Help: "Seconds between stop and start of a restart."},
	},
	Rules: module.Rules{RequiredOneOf: [][]string{{"state", "enabled"}}},
	Doc: module.Doc{
		Short: "Start, stop and enable services, whatever manages them.",
		Notes: []string{
			"On a host with systemd the action of this name calls the module systemd; this one is for all others: OpenRC and scripts of System V, and systemd by use: service.",
		},
		Examples: "- ansible.builtin.service:\n    name: nginx\n    state: started\n    enabled: true\n",
		Returns:  []module.Return{{Name: "state", Type: "str", When: "state was given", Help: "started or stopped."}},
	},
})

// manager is a way to manage services.
type manager interface {
	// running tells whether the service runs, enabled whether it starts with the machine.
	running(ctx context.Context) (bool, error)
	enabled(ctx context.Context) (bool, error)
	// do starts, stops, restarts or reloads it; enable has it start with the machine, or not.
	do(ctx context.Context, action string) (programs.Out, error)
	enable(ctx context.Context, on bool) (programs.Out, error)
}

// svc is one call.
type svc struct {
	sys  target.System
	p    *module.Params
	name string
}

func runService(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	s := &svc{sys, p, p.Str("name")}
	m, err := s.manager(ctx)
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	r, err := s.run(ctx, m)
	return programs.Answer(r, err)
}

// manager finds out what manages this service.
func (s *svc) manager(ctx context.Context) (manager, error) {
	if _, err := s.sys.Stat("/run/systemd/system"); err == nil && programs.Has(s.sys, "systemctl") {
		m := &bySystemd{s}
		return m, m.find(ctx)
	}
	if programs.Has(s.sys, "rc-service") {
		return &byOpenRC{s}, nil
	}
	if _, err := s.sys.Stat("/etc/init.d/" + s.name); err != nil {
		return nil, programs.Fail("Could not find the requested service %s: host", s.name)
	}
	return &byScript{s}, nil
}

func (s *svc) run(ctx context.Context, m manager) (module.Result, error) {
	r := module.Result{}.With("name", s.name)
	if s.p.Has("enabled") {
		want := s.p.Bool("enabled")
		r.Set("enabled", want)
		is, err := m.enabled(ctx)
		if err != nil {
			return r, err
		}
		if is != want {
			r.Changed = true
			if !s.p.Check {
				out, err := m.enable(ctx, want)
				if err != nil {
					return r, err
				}
				if out.RC != 0 {
					return module.Fail("Failure for %s: rc=%d, out=%s, err=%s", s.name, out.RC, out.Stdout, out.Stderr), nil
				}
			}
		}
	}
	if !s.p.Has("state") {
		return r, nil
	}
	return s.drive(ctx, m, r)
}

func (s *svc) drive(ctx context.Context, m manager, r module.Result) (module.Result, error) {
	state := s.p.Str("state")
	runs, err := m.running(ctx)
	if err != nil {
		return r, err
	}
	r.Set("state", "started")
	action := ""
	switch {
	case state == "started" && !runs, state == "reloaded" && !runs:
		action = "start"
	case state == "stopped":
		r.Set("state", "stopped")
		if runs {
			action = "stop"
		}
	case state == "restarted":
		action = "restart"
	case state == "reloaded":
		action = "reload"
	}
	if action == "" {
		return r, nil
	}
	r.Changed = true
	if s.p.Check {
		return module.Result{Changed: true, Msg: "service state changed", HasMsg: true}, nil
	}
	out, err := s.act(ctx, m, action)
	if err != nil {
		return r, err
	}
	if out.RC != 0 {
		return module.Fail("%s", firstText(out.Stderr, out.Stdout)), nil
	}
	return r, nil
}

func firstText(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}

// act does an action; a restart of a script, or one with a pause, is a stop and a start, of which the start counts.
func (s *svc) act(ctx context.Context, m manager, action string) (programs.Out, error) {
	_, script := m.(*byScript)
	if action != "restart" || !s.p.Has("sleep") && !script {
		return m.do(ctx, action)
	}
	if _, err := m.do(ctx, "stop"); err != nil {
		return programs.Out{}, err
	}
	if err := s.sys.Sleep(ctx, time.Duration(s.p.Int("sleep"))*time.Second); err != nil {
		return programs.Out{}, err
	}
	return m.do(ctx, "start")
}

// words are the further arguments.
func (s *svc) words() []string { return strings.Fields(s.p.Str("arguments")) }

// bySystemd drives systemctl.
type bySystemd struct{ *svc }

var _ manager = (*bySystemd)(nil)

func (m *bySystemd) find(ctx context.Context) error {
	out, err := programs.Call(ctx, m.sys, "systemctl", "show", m.name)
	if err != nil {
		return err
	}
	d := properties(out.Stdout)
	if load := d.Stored("LoadState"); out.RC != 0 || load == nil || load == module.V("not-found") {
		return programs.Fail("systemd could not find the requested service \"'%s'\": %s", m.name, out.Stderr)
	}
	return nil
}

func (m *bySystemd) running(ctx context.Context) (bool, error) {
	out, err := programs.Call(ctx, m.sys, "systemctl", "is-active", m.name)
	word := strings.TrimSpace(out.Stdout)
	return word == "active" || word == "activating" || word == "reloading", err
}

func (m *bySystemd) enabled(ctx context.Context) (bool, error) {
	out, err := programs.Call(ctx, m.sys, "systemctl", "is-enabled", m.name)
	return out.RC == 0, err
}

func (m *bySystemd) do(ctx context.Context, action string) (programs.Out, error) {
	return programs.Call(ctx, m.sys, "systemctl", action, m.name)
}

func (m *bySystemd) enable(ctx context.Context, on bool) (programs.Out, error) {
	action := "disable"
	if on {
		action = "enable"
	}
	return programs.Call(ctx, m.sys, "systemctl", action, m.name)
}

// byOpenRC drives rc-service and rc-update.
type byOpenRC struct{ *svc }

var _ manager = (*byOpenRC)(nil)

func (m *byOpenRC) running(ctx context.Context) (bool, error) {
	out, err := programs.Call(ctx, m.sys, "rc-service", m.name, "status")
	return out.RC == 0, err
}

func (m *byOpenRC) enabled(ctx context.Context) (bool, error) {
	out, err := programs.Call(ctx, m.sys, "rc-update", "show")
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(out.Stdout) {
		name, levels, ok := strings.Cut(line, "|")
		if ok && strings.TrimSpace(name) == m.name {
			for _, l := range strings.Fields(levels) {
				if l == m.p.Str("runlevel") {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

func (m *byOpenRC) do(ctx context.Context, action string) (programs.Out, error) {
	return programs.Call(ctx, m.sys, append([]string{"rc-service", m.name, action}, m.words()...)...)
}

func (m *byOpenRC) enable(ctx context.Context, on bool) (programs.Out, error) {
	action := "delete"
	if on {
		action = "add"
	}
	return programs.Call(ctx, m.sys, "rc-update", action, m.name, m.p.Str("runlevel"))
}

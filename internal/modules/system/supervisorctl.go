package system

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.general.supervisorctl", Redirects: []string{"ansible.builtin.supervisorctl"}, Check: module.Full, Run: runSupervisorctl,
	Args: module.Args{
		{Name: "name", Required: true, Help: "The program; with a colon at its end a group; or all."},
		{Name: "state", Required: true, Choices: []string{"present", "started", "restarted", "stopped", "absent", "signalled"}, Help: "What is to be with it."},
		{Name: "signal", Help: "The signal for signalled."},
		{Name: "stop_before_removing", Type: module.Bool, Default: false, Help: "Stop it before it is removed."},
		{Name: "config", Type: module.Path, Help: "The configuration of supervisord."},
		{Name: "server_url", Help: "Where supervisord listens."},
		{Name: "username", Help: "Who to log in as."},
		{Name: "password", NoLog: true, Help: "The password. It is handed over on the input of supervisorctl, where nobody sees it."},
		{Name: "supervisorctl_path", Type: module.Path, Help: "The program."},
	},
	Rules: module.Rules{RequiredIf: []module.RequiredIf{{Name: "state", Is: "signalled", Then: []string{"signal"}}}},
	Doc: module.Doc{
		Short:    "Start and stop the programs of supervisord.",
		Notes:    []string{"With a password, user and server come from the arguments, or from the section supervisorctl of the configuration."},
		Examples: "- community.general.supervisorctl:\n    name: worker\n    state: restarted\n",
		Returns:  []module.Return{{Name: "affected", Type: "list", When: "changed", Help: "The programs that were started, stopped or signalled."}},
	},
})

// supervisor is one call.
type supervisor struct {
	sys  target.System
	p    *module.Params
	prog string
	name string
	r    module.Result
}

// process is a line of supervisorctl status.
type process struct{ name, status string }

func runSupervisorctl(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	s := &supervisor{sys: sys, p: p, name: strings.TrimSuffix(p.Str("name"), ":")}
	if s.prog = p.Str("supervisorctl_path"); s.prog != "" {
		if info, err := sys.Stat(s.prog); err != nil || info.IsDir() || !sys.Access(s.prog, 1) {
			return module.Fail("Provided path to supervisorctl does not exist or isn't executable: %s", s.prog), nil
		}
	} else {
		var err error
		if s.prog, err = programs.Find(sys, "supervisorctl"); err != nil {
			return programs.Answer(module.Result{}, err)
		}
	}
	err := s.run(ctx)
	return programs.Answer(s.r, err)
}

func (s *supervisor) run(ctx context.Context) error {
	state := s.p.Str("state")
	if state == "restarted" && !s.p.Check {
		if _, err := s.must(ctx, "update"); err != nil {
			return err
		}
	}
	list, err := s.processes(ctx)
	if err != nil {
		return err
	}
	switch {
	case state == "present":
		return s.member(ctx, list == nil, "add", "added process group")
	case state == "absent":
		if list != nil && s.p.Bool("stop_before_removing") && !s.p.Check {
			if _, err := s.must(ctx, "stop", s.name); err != nil {
				return err
			}
		}
		return s.member(ctx, list != nil, "remove", "removed process group")
	case list == nil:
		return &programs.Failed{Result: module.Fail("ERROR (no such process)").With("name", s.name)}
	case state == "started":
		return s.act(ctx, list, "start", func(st string) bool { return st != "RUNNING" && st != "STARTING" })
	case state == "stopped":
		return s.act(ctx, list, "stop", func(st string) bool { return st == "RUNNING" || st == "STARTING" })
	case state == "restarted":
		return s.act(ctx, list, "restart", func(string) bool { return true })
	}
	return s.act(ctx, list, "signal "+s.p.Str("signal"), func(st string) bool { return st == "RUNNING" })
}

// call runs supervisorctl. A password is in a configuration on its input, since all users see arguments.
func (s *supervisor) call(ctx context.Context, args ...string) (programs.Out, error) {
	c := target.Command{Argv: []string{s.prog}}
	if s.p.Has("password") {
		c.Argv = append(c.Argv, "-c", "/dev/stdin")
		c.Stdin = strings.NewReader(s.settings())
	} else {
		for _, o := range [][2]string{{"-c", "config"}, {"-s", "server_url"}, {"-u", "username"}} {
			if v := s.p.Str(o[1]); v != "" {
				c.Argv = append(c.Argv, o[0], v)
			}
		}
	}
	c.Argv = append(c.Argv, args...)
	return programs.Run(ctx, s.sys, c)
}

// settings is a configuration with the password.
func (s *supervisor) settings() string {
	own := map[string]string{"serverurl": s.p.Str("server_url"), "username": s.p.Str("username"), "password": s.p.Str("password")}
	for _, file := range []string{s.p.Str("config"), "/etc/supervisord.conf", "/etc/supervisor/supervisord.conf"} {
		if file == "" {
			continue
		}
		b, err := target.ReadFile(s.sys, file)
		if err != nil {
			continue
		}
		in := false
		for line := range strings.Lines(string(b)) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "[") {
				in = line == "[supervisorctl]"
				continue
			}
			k, v, ok := strings.Cut(line, "=")
			if k = strings.TrimSpace(k); ok && in && own[k] == "" {
				v, _, _ = strings.Cut(v, " ;")
				own[k] = strings.ReplaceAll(strings.TrimSpace(v), "%%", "%")
			}
		}
		break
	}
	var b strings.Builder
	b.WriteString("[supervisorctl]\n")
	for _, k := range []string{"serverurl", "username", "password"} {
		if own[k] != "" {
			fmt.Fprintf(&b, "%s=%s\n", k, strings.ReplaceAll(own[k], "%", "%%"))
		}
	}
	return b.String()
}

// must is call for what has to succeed.
func (s *supervisor) must(ctx context.Context, args ...string) (programs.Out, error) {
	out, err := s.call(ctx, args...)
	if err == nil && out.RC != 0 {
		err = &programs.Failed{Result: module.Fail("%s", strings.TrimRight(out.Stderr, "\r\n")).With("rc", out.RC).With("stdout", out.Stdout).
			With("stderr", out.Stderr).With("cmd", shellwords.Join(append([]string{s.prog}, args...)))}
	}
	return out, err
}

// processes are those that the name means.
func (s *supervisor) processes(ctx context.Context) ([]process, error) {
	out, err := s.call(ctx, "status")
	if err != nil {
		return nil, err
	}
	group := strings.HasSuffix(s.p.Str("name"), ":")
	var list []process
	for line := range strings.Lines(out.Stdout) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		of, _, inGroup := strings.Cut(f[0], ":")
		switch {
		case s.name == "all" && !group:
		case group && !(inGroup && of == s.name), !group && f[0] != s.name:
			continue
		}
		list = append(list, process{f[0], f[1]})
	}
	return list, nil
}

// member adds or removes the program, if that is to be done.
func (s *supervisor) member(ctx context.Context, do bool, action, expect string) error {
	if do && s.p.Check {
		s.r.Changed = true
		return nil
	}
	if do {
		if _, err := s.must(ctx, "reread"); err != nil {
			return err
		}
		out, err := s.call(ctx, action, s.name)
		if err != nil {
			return err
		}
		if !strings.Contains(out.Stdout, s.name+": "+expect) {
			return &programs.Failed{Result: module.Fail("%s", out.Stdout).With("name", s.name)}
		}
	}
	s.r.Changed = do
	s.r.Set("name", s.name).Set("state", s.p.Str("state"))
	return nil
}

// act does something with the processes whose status asks for it.
func (s *supervisor) act(ctx context.Context, list []process, action string, wants func(status string) bool) error {
	list = slices.DeleteFunc(list, func(p process) bool { return !wants(p.status) })
	if len(list) > 0 && s.p.Check {
		s.r.Changed = true
		return nil
	}
	expect := map[string]string{"start": "started", "stop": "stopped", "restart": "started"}[action]
	if expect == "" {
		expect = "signalled"
	}
	var names []string
	for _, p := range list {
		out, err := s.must(ctx, append(strings.Fields(action), p.name)...)
		if err != nil {
			return err
		}
		if !strings.Contains(out.Stdout, p.name+": "+expect) {
			return programs.Fail("%s", out.Stdout)
		}
		names = append(names, p.name)
	}
	s.r.Changed = len(list) > 0
	s.r.Set("name", s.name).Set("state", s.p.Str("state"))
	if names != nil {
		s.r.Set("affected", names)
	}
	return nil
}

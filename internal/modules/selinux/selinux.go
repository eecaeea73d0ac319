package selinux

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.posix.selinux", Redirects: []string{"ansible.builtin.selinux"}, Check: module.Full, Run: runSELinux,
	Args: module.Args{
		{Name: "policy", Help: "The policy: targeted, default; needed unless the state is disabled."},
		{Name: "state", Required: true, Choices: []string{"enforcing", "permissive", "disabled"}, Help: "What SELinux is to do."},
		{Name: "update_kernel_param", Type: module.Bool, Default: false, Help: "Set the kernel's parameter selinux by grubby too."},
		{Name: "configfile", Aliases: []string{"conf", "file"}, Default: "/etc/selinux/config", Help: "The file."},
	},
	Doc: module.Doc{
		Short:    "Mode and policy of SELinux, now and at the next start.",
		Examples: "- ansible.posix.selinux:\n    policy: targeted\n    state: enforcing\n",
		Returns:  []module.Return{{Name: "reboot_required", Type: "bool", When: "success", Help: "Whether it takes a start of the machine."}, {Name: "msg", Type: "str", When: "success", Help: "What was changed."}},
	},
})

// selinux is one call.
type selinux struct {
	sys      target.System
	p        *module.Params
	state    string
	policy   string
	lines    []string
	messages []string
	reboot   bool
}

var (
	selinuxState  = lazyregexp.New(`^SELINUX=.*$`)
	selinuxPolicy = lazyregexp.New(`^SELINUXTYPE=.*$`)
)

func runSELinux(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	s := &selinux{sys: sys, p: p, state: p.Str("state"), policy: p.Str("policy")}
	if err := s.run(ctx); err != nil {
		return programs.Answer(module.Result{}, err)
	}
	r := module.Result{Changed: len(s.messages) > 0, Msg: strings.Join(s.messages, ", "), HasMsg: true}
	r.Set("policy", s.policyValue()).Set("state", s.state).Set("configfile", p.Value("configfile")).Set("reboot_required", s.reboot)
	return r, nil
}

func (s *selinux) policyValue() value.Value {
	if s.policy == "" {
		return value.None
	}
	return value.NewStr(s.policy)
}

func (s *selinux) run(ctx context.Context) error {
	file := s.p.Str("configfile")
	if _, err := s.sys.Stat(file); err != nil {
		return &programs.Failed{Result: module.Fail("Unable to find file %s", file).With("details", "Please install SELinux-policy package, if this package is not installed previously.")}
	}
	var err error
	if s.lines, err = programs.ReadLines(s.sys, file); err != nil {
		return err
	}
	configState, configPolicy := s.setting(selinuxState()), s.setting(selinuxPolicy())
	if s.policy == "" {
		if s.state != "disabled" {
			return programs.Fail("Policy is required if state is not 'disabled'")
		}
		s.policy = configPolicy
	}
	kernelOn, err := s.kernel(ctx)
	if err != nil {
		return err
	}
	changed := false
	if s.policy != configPolicy && s.policy != "" {
		if _, err := s.sys.Stat("/etc/selinux/" + s.policy); err != nil {
			return programs.Fail("Policy %s does not exist in /etc/selinux/", s.policy)
		}
		changed = true
		s.note("SELinux policy configuration in '%s' changed from '%s' to '%s'", file, orNone(configPolicy), s.policy)
		s.put(selinuxPolicy(), "SELINUXTYPE="+s.policy)
	}
	if err := s.now(ctx); err != nil {
		return err
	}
	if s.state != configState {
		changed = true
		s.note("Config SELinux state changed from '%s' to '%s'", orNone(configState), s.state)
		s.put(selinuxState(), "SELINUX="+s.state)
	}
	if changed && !s.p.Check {
		if err := programs.ReplaceFile(s.sys, file, strings.Join(s.lines, "")); err != nil {
			return err
		}
	}
	return s.setKernel(ctx, kernelOn)
}

func orNone(s string) string {
	if s == "" {
		return "None"
	}
	return s
}

func (s *selinux) note(format string, args ...any) {
	s.messages = append(s.messages, fmt.Sprintf(format, args...))
}

// setting is what the file says, "" for nothing.
func (s *selinux) setting(re *regexp.Regexp) string {
	for _, l := range s.lines {
		if l = strings.TrimSuffix(l, "\n"); re.MatchString(l) {
			_, v, _ := strings.Cut(l, "=")
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// put puts a line in the place of those that match, or at the end.
func (s *selinux) put(re *regexp.Regexp, line string) {
	found := false
	for i, l := range s.lines {
		if re.MatchString(strings.TrimSuffix(l, "\n")) {
			s.lines[i], found = line+"\n", true
		}
	}
	if !found {
		s.lines = append(s.lines, line+"\n")
	}
}

// now changes what the kernel does at once; from and to disabled it takes a start of the machine.
func (s *selinux) now(ctx context.Context) error {
	if !s.sys.SELinux() {
		if s.state != "disabled" {
			s.reboot = true
			s.p.Warn(fmt.Sprintf("Reboot is required to set SELinux state to '%s'", s.state))
		}
		return nil
	}
	out, err := programs.Call(ctx, s.sys, "getenforce")
	if err != nil {
		return err
	}
	is, want := strings.ToLower(strings.TrimSpace(out.Stdout)), s.state
	if want == "disabled" { // as far as that goes without a start
		s.reboot = true
		want = "permissive"
		s.p.Warn(fmt.Sprintf("SELinux state temporarily changed from '%s' to 'permissive'. State change will take effect next reboot.", is))
	}
	if is == want {
		return nil
	}
	s.note("SELinux state changed from '%s' to '%s'", is, want)
	if s.p.Check {
		return nil
	}
	out, err = programs.Call(ctx, s.sys, "setenforce", map[string]string{"enforcing": "1", "permissive": "0"}[want])
	if err == nil && out.RC != 0 {
		err = programs.Fail("failed to set SELinux state to '%s': %s", want, strings.TrimSpace(out.Stderr))
	}
	return err
}

// kernel tells whether the kernel's parameters leave SELinux enabled, where that is asked for.
func (s *selinux) kernel(ctx context.Context) (bool, error) {
	if !s.p.Bool("update_kernel_param") {
		return true, nil
	}
	if !programs.Has(s.sys, "grubby") {
		return false, &programs.Failed{Result: module.Fail("'grubby' command not found on host").
			With("details", "In order to update the kernel command lineenabled/disabled setting, the grubby packageneeds to be present on the system.")}
	}
	out, err := programs.Call(ctx, s.sys, "grubby", "--info=ALL")
	if err != nil {
		return false, err
	}
	if out.RC != 0 {
		return false, programs.Fail("unable to run grubby")
	}
	return !strings.Contains(out.Stdout, "selinux=0"), nil
}

func (s *selinux) setKernel(ctx context.Context, on bool) error {
	want := s.state != "disabled"
	if !s.p.Bool("update_kernel_param") || on == want {
		return nil
	}
	words, was, is := []string{"--remove-args", "selinux"}, "disabled", "enabled"
	if !want {
		words, was, is = []string{"--args", "selinux=0"}, "enabled", "disabled"
	}
	s.note("Kernel SELinux state changed from '%s' to '%s'", was, is)
	if s.p.Check {
		return nil
	}
	out, err := programs.Call(ctx, s.sys, append([]string{"grubby", "--update-kernel=ALL"}, words...)...)
	if err == nil && out.RC != 0 {
		err = programs.Fail("unable to update kernel param: %s", strings.TrimSpace(out.Stderr))
	}
	return err
}

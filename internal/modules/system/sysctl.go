package system

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.posix.sysctl", Redirects: []string{"ansible.builtin.sysctl"}, Check: module.Full, Run: runSysctl,
	Args: module.Args{
		{Name: "name", Aliases: []string{"key"}, Required: true, Help: "The parameter of the kernel, with dots."},
		{Name: "value", Aliases: []string{"val"}, Help: "Its value."},
		{Name: "state", Default: "present", Choices: []string{"present", "absent"}, Help: "Whether it is in the file."},
		{Name: "reload", Type: module.Bool, Default: true, Help: "Have the kernel take the values of the file when that changes."},
		{Name: "sysctl_file", Type: module.Path, Default: "/etc/sysctl.conf", Help: "The file."},
		{Name: "ignoreerrors", Type: module.Bool, Default: false, Help: "Parameters that the kernel does not know are no error."},
		{Name: "sysctl_set", Type: module.Bool, Default: false, Help: "See that the kernel has the value, now."},
	},
	Rules: module.Rules{RequiredIf: []module.RequiredIf{{Name: "state", Is: "present", Then: []string{"value"}}}},
	Doc: module.Doc{
		Short:    "Parameters of the kernel, in sysctl.conf and now.",
		Examples: "- ansible.posix.sysctl:\n    name: net.ipv4.ip_forward\n    value: \"1\"\n    sysctl_set: true\n",
	},
})

// sysctl is one call.
type sysctl struct {
	sys         target.System
	p           *module.Params
	name, value string
}

func runSysctl(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	s := &sysctl{sys: sys, p: p, name: p.Str("name"), value: sysctlValue(p.Str("value"))}
	switch {
	case s.name == "":
		return module.Fail("name cannot be blank"), nil
	case p.Str("state") == "present" && p.Str("value") == "":
		return module.Fail("value cannot be blank"), nil
	}
	p.Show("value", value.NewStr(s.value))
	changed, err := s.run(ctx)
	if failed, ok := fileattr.ResultOf(sys, err); ok {
		return failed, nil
	}
	return programs.Answer(module.Result{Changed: changed}, err)
}

// sysctlValue writes a truth value as the kernel has it.
func sysctlValue(v string) string {
	v = strings.TrimSpace(v)
	switch strings.ToLower(v) {
	case "yes", "y", "true", "t", "on":
		return "1"
	case "no", "n", "false", "f", "off":
		return "0"
	}
	return v
}

// run compares file and kernel with what is wanted and sets what differs.
func (s *sysctl) run(ctx context.Context) (changed bool, err error) {
	file := s.p.Str("sysctl_file")
	before := ""
	if b, err := target.ReadFile(s.sys, file); err == nil {
		before = string(b)
	}
	absent := s.p.Str("state") == "absent"
	have, found := lastValue(before, s.name)
	writes := found == absent || !absent && have != s.value
	sets := false
	if s.p.Bool("sysctl_set") && !absent {
		now, err := s.current(ctx)
		if err != nil {
			return false, err
		}
		sets = !sameWords(now, s.value)
	}
	if s.p.Check {
		return writes || sets, nil
	}
	if sets {
		if err := s.set(ctx); err != nil {
			return false, err
		}
	}
	if writes {
		if err := s.write(ctx, file, rewrittenSysctl(before, s.name, s.value, absent)); err != nil {
			return false, err
		}
		if s.p.Bool("reload") {
			return true, s.reload(ctx, file)
		}
	}
	return writes || sets, nil
}

// lastValue is the value that a file gives a name; the last one counts.
func lastValue(text, name string) (v string, found bool) {
	for line := range strings.Lines(text) {
		if k, val, ok := sysctlLine(line); ok && k == name {
			v, found = val, true
		}
	}
	return v, found
}

// sysctlLine takes a line apart; ok is false for comments and what is no assignment.
func sysctlLine(line string) (k, v string, ok bool) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' || line[0] == ';' {
		return "", "", false
	}
	k, v, ok = strings.Cut(line, "=")
	return strings.TrimSpace(k), strings.TrimSpace(v), ok
}

// rewrittenSysctl is the file with the value in it, or without. As Ansible writes it, there are no blanks around the
// equals sign in any line, and of two lines with the same name the first stands.
func rewrittenSysctl(text, name, v string, absent bool) string {
	var b strings.Builder
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		k, val, ok := sysctlLine(line)
		switch {
		case !ok:
			b.WriteString(strings.TrimSpace(line) + "\n")
			continue
		case seen[k], absent && k == name:
			continue
		case k == name:
			val = v
		}
		seen[k] = true
		b.WriteString(k + "=" + val + "\n")
	}
	if !absent && !seen[name] {
		b.WriteString(name + "=" + v + "\n")
	}
	return b.String()
}

// write replaces the file, through links.
func (s *sysctl) write(ctx context.Context, file, text string) error {
	dest := s.sys.Realpath(file)
	tmp, err := fileattr.NewTemp(s.sys, dest, strings.NewReader(text))
	if err != nil {
		return &fileattr.Failure{Msg: fileattr.PyTextError(err, fileattr.PyTempName(dest, ".ansible_m_sysctl_")+".conf"), Raised: true}
	}
	if ctx.Err() != nil {
		tmp.Discard()
		return ctx.Err()
	}
	if err := tmp.Replace(fileattr.KeepDest, false); err != nil {
		return &fileattr.Failure{Msg: "Failed to write to file " + file + ": " + fileattr.PyError(err, dest)}
	}
	return nil
}

// current asks the kernel.
func (s *sysctl) current(ctx context.Context) (string, error) {
	out, err := s.call(ctx, "-e", "-n", s.name)
	if err != nil || out.RC != 0 {
		return "", err
	}
	return strings.TrimSpace(out.Stdout), nil
}

// call runs sysctl(8).
func (s *sysctl) call(ctx context.Context, args ...string) (programs.Out, error) {
	return programs.Run(ctx, s.sys, target.Command{Argv: append([]string{"sysctl"}, args...), Env: programs.C})
}

func (s *sysctl) set(ctx context.Context) error {
	args := []string{}
	if s.p.Bool("ignoreerrors") {
		args = append(args, "-e")
	}
	out, err := s.call(ctx, append(args, "-w", s.name+"="+s.value)...)
	if err != nil {
		return err
	}
	if out.RC != 0 || strings.Contains(out.Stderr, "Invalid argument") || strings.Contains(out.Stderr, "Read-only file system") {
		return programs.Fail("setting %s failed: %s", s.name, out.Stdout+out.Stderr)
	}
	return nil
}

func (s *sysctl) reload(ctx context.Context, file string) error {
	args := []string{"-p", file}
	if s.p.Bool("ignoreerrors") {
		args = []string{"-e", "-p", file}
	}
	out, err := s.call(ctx, args...)
	if err != nil {
		return err
	}
	if out.RC != 0 || strings.Contains(out.Stderr, "Invalid argument") || strings.Contains(out.Stderr, "Read-only file system") {
		return programs.Fail("Failed to reload sysctl: %s", out.Stdout+out.Stderr)
	}
	return nil
}

// sameWords compares values whose words are set apart by any blanks.
func sameWords(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}

package system

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.hostname", Check: module.Full, Diff: module.Full, Run: runHostname,
	Args: module.Args{
		{Name: "name", Required: true, Help: "The name."},
		{Name: "use", Choices: []string{"alpine", "debian", "freebsd", "generic", "macos", "macosx", "darwin", "openbsd", "openrc", "redhat", "sles", "solaris", "systemd"}, Help: "How the name is set; found out otherwise."},
	},
	Doc: module.Doc{
		Short:    "Set the name of a machine, now and for its next start.",
		Notes:    []string{"Does not touch /etc/hosts. The ways of other systems than Linux are refused."},
		Examples: "- ansible.builtin.hostname:\n    name: web1.example.com\n",
		Returns:  []module.Return{{Name: "name", Type: "str", When: "success", Help: "The name."}},
	},
})

// naming is a way to name a machine.
type naming interface {
	current(ctx context.Context) (string, error)
	permanent(ctx context.Context) (string, error)
	setCurrent(ctx context.Context, name string) error
	setPermanent(ctx context.Context, name string) error
}

func runHostname(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	name := p.Str("name")
	n, err := namingOf(sys, p.Str("use"))
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	current, err := n.current(ctx)
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	permanent, err := n.permanent(ctx)
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	r := module.Result{Changed: current != name || permanent != name}
	if r.Changed && !p.Check {
		for _, set := range []struct {
			is string
			do func(context.Context, string) error
		}{{permanent, n.setPermanent}, {current, n.setCurrent}} {
			if set.is == name {
				continue
			}
			if err := set.do(ctx, name); err != nil {
				return programs.Answer(module.Result{}, err)
			}
		}
	}
	if r.Changed {
		before := permanent
		if before == name {
			before = current
		}
		r.Diff = module.Diff{Before: "hostname = " + before + "\n", After: "hostname = " + name + "\n"}.Value()
	}
	host, _, _ := strings.Cut(name, ".")
	u, _ := sys.Uname()
	fqdn := sys.FQDN(u.Nodename)
	_, domain, _ := strings.Cut(fqdn, ".")
	r.Set("name", name).Set("ansible_facts", value.DictOf("ansible_hostname", value.NewStr(host), "ansible_nodename", value.NewStr(name),
		"ansible_fqdn", value.NewStr(fqdn), "ansible_domain", value.NewStr(domain)))
	return r, nil
}

func namingOf(sys target.System, use string) (naming, error) {
	switch use {
	case "systemd", "debian":
		_, err := programs.Find(sys, "hostnamectl")
		return byHostnamectl{sys}, err
	case "":
		_, err := sys.Stat("/run/systemd/system")
		_, debian := sys.Stat("/etc/debian_version")
		switch {
		case programs.Has(sys, "hostnamectl") && (err == nil || debian != nil):
			return byHostnamectl{sys}, nil
		case programs.Has(sys, "rc-service"):
			if _, err := sys.Stat("/etc/conf.d/hostname"); err == nil {
				return byFile{sys: sys, file: "/etc/conf.d/hostname", key: "hostname="}, nil
			}
		}
		return byFile{sys: sys, file: "/etc/hostname", later: debian == nil}, nil
	case "alpine":
		return byFile{sys: sys, file: "/etc/hostname"}, nil
	case "sles":
		return byFile{sys: sys, file: "/etc/HOSTNAME"}, nil
	case "openrc":
		return byFile{sys: sys, file: "/etc/conf.d/hostname", key: "hostname="}, nil
	case "redhat":
		return byFile{sys: sys, file: "/etc/sysconfig/network", key: "HOSTNAME="}, nil
	}
	return nil, programs.Fail("use: %s is not a way to name a Linux machine here", use)
}

// byHostnamectl asks systemd-hostnamed.
type byHostnamectl struct{ sys target.System }

var _ naming = byHostnamectl{}

func (b byHostnamectl) call(ctx context.Context, args ...string) (string, error) {
	out, err := programs.Call(ctx, b.sys, append([]string{"hostnamectl"}, args...)...)
	if err == nil && out.RC != 0 {
		err = programs.Fail("Command failed rc=%d, out=%s, err=%s", out.RC, out.Stdout, out.Stderr)
	}
	return strings.TrimSpace(out.Stdout), err
}

func (b byHostnamectl) current(ctx context.Context) (string, error) {
	return b.call(ctx, "--transient", "status")
}

func (b byHostnamectl) permanent(ctx context.Context) (string, error) {
	return b.call(ctx, "--static", "status")
}

func (b byHostnamectl) setCurrent(ctx context.Context, name string) error {
	if len(name) > 64 {
		return programs.Fail("name cannot be longer than 64 characters on systemd servers, try a shorter name")
	}
	_, err := b.call(ctx, "--transient", "set-hostname", name)
	return err
}

func (b byHostnamectl) setPermanent(ctx context.Context, name string) error {
	if len(name) > 64 {
		return programs.Fail("name cannot be longer than 64 characters on systemd servers, try a shorter name")
	}
	_, err := b.call(ctx, "--pretty", "--static", "set-hostname", name)
	return err
}

// byFile keeps the name in a file, as all of it or behind a key, and sets it now by hostname(1).
type byFile struct {
	sys       target.System
	file, key string
	later     bool // the file alone: the name is set by the next start
}

var _ naming = byFile{}

func (b byFile) current(ctx context.Context) (string, error) { return b.permanent(ctx) }

func (b byFile) permanent(context.Context) (string, error) {
	text, err := target.ReadFile(b.sys, b.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", programs.Fail("failed to read hostname: %s", fileattr.PyError(err, b.file))
	}
	if b.key == "" {
		return strings.TrimSpace(string(text)), nil
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), b.key); ok {
			return strings.Trim(v, `"`), nil
		}
	}
	if b.key == "HOSTNAME=" {
		return "", programs.Fail("Unable to locate HOSTNAME entry in %s", b.file)
	}
	return "", nil
}

func (b byFile) setCurrent(ctx context.Context, name string) error {
	if b.later {
		return nil
	}
	out, err := programs.Call(ctx, b.sys, "hostname", name)
	if err == nil && out.RC != 0 {
		err = programs.Fail("Command failed rc=%d, out=%s, err=%s", out.RC, out.Stdout, out.Stderr)
	}
	return err
}

func (b byFile) setPermanent(_ context.Context, name string) error {
	text := name + "\n"
	if b.key != "" {
		old, _ := target.ReadFile(b.sys, b.file) // a new one is made
		text = setKey(string(old), b.key, name)
	}
	keep := fileattr.KeepDest
	if _, err := b.sys.Stat(b.file); err != nil {
		keep = fileattr.KeepNothing
		if _, err := b.sys.Stat(path.Dir(b.file)); err != nil {
			return programs.Fail("failed to update hostname: %s", fileattr.PyError(err, b.file))
		}
	}
	tmp, err := fileattr.NewTemp(b.sys, b.file, strings.NewReader(text))
	if err == nil {
		err = tmp.Replace(keep, false)
	}
	if err != nil {
		return programs.Fail("failed to update hostname: %s", fileattr.PyError(err, b.file))
	}
	return nil
}

// setKey sets the line that begins with key, or adds it.
func setKey(text, key, v string) string {
	line := fmt.Sprintf("%s\"%s\"\n", key, v)
	if key == "HOSTNAME=" {
		line = key + v + "\n"
	}
	var out strings.Builder
	done := false
	for l := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(l), key) {
			l, done = line, true
		}
		out.WriteString(l)
	}
	if !done {
		out.WriteString(line)
	}
	return out.String()
}

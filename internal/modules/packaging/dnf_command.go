package packaging

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// options are those that go before the command.
func (d *dnf) options(without map[string]bool) []string {
	p := d.p
	var out []string
	flag := func(arg, option string) {
		if p.Bool(arg) {
			out = append(out, option)
		}
	}
	set := func(arg, option string) {
		if v := p.Str(arg); v != "" {
			out = append(out, option+v)
		}
	}
	each := func(arg, option string) {
		for _, v := range p.Strs(arg) {
			for _, part := range strings.Split(v, ",") {
				if part = strings.TrimSpace(part); part != "" && !without[part] {
					out = append(out, option+part)
				}
			}
		}
	}
	set("conf_file", "--config=")
	set("releasever", "--releasever=")
	if r := p.Str("installroot"); r != "/" {
		out = append(out, "--installroot="+r)
		if d.five {
			out = append(out, "--use-host-config") // its repositories, as dnf 4 takes them
		}
	}
	each("disablerepo", "--disablerepo=")
	each("enablerepo", "--enablerepo=")
	each("exclude", "--exclude=")
	each("disable_plugin", "--disableplugin=")
	each("enable_plugin", "--enableplugin=")
	if d.five {
		set("disable_excludes", "--setopt=disable_excludes=")
		if p.Bool("download_only") {
			set("download_dir", "--setopt=destdir=")
		}
	} else {
		set("disable_excludes", "--disableexcludes=")
		out = append(out, "--setopt=exit_on_lock=True")
	}
	if p.Bool("disable_gpg_check") {
		out = append(out, map[bool]string{true: "--no-gpgchecks", false: "--nogpgcheck"}[d.five])
	} else if slices.ContainsFunc(d.names(), isRPMFile) {
		out = append(out, "--setopt=localpkg_gpgcheck=True") // Ansible checks files too
	}
	flag("cacheonly", "--cacheonly")
	flag("update_cache", "--refresh")
	if !p.Bool("install_weak_deps") {
		out = append(out, "--setopt=install_weak_deps=False")
	}
	if !p.Bool("sslverify") {
		out = append(out, "--setopt=sslverify=False")
	}
	switch {
	case p.Has("best"):
		out = append(out, "--setopt=best="+map[bool]string{true: "True", false: "False"}[p.Bool("best")])
	case p.Has("nobest"):
		out = append(out, "--setopt=best="+map[bool]string{true: "False", false: "True"}[p.Bool("nobest")])
	}
	return out
}

// verbOptions are those of a command that installs.
func (d *dnf) verbOptions(verb string) []string {
	var out []string
	if verb != "install" && !strings.HasPrefix(verb, "upgrade") {
		return nil
	}
	if d.p.Bool("allowerasing") {
		out = append(out, "--allowerasing")
	}
	if d.p.Bool("skip_broken") && (!d.five || verb == "install") { // an upgrade by dnf5 leaves out what is broken anyway
		out = append(out, "--skip-broken")
	}
	if d.p.Bool("download_only") {
		out = append(out, "--downloadonly")
		if dir := d.p.Str("download_dir"); dir != "" && !d.five {
			out = append(out, "--downloaddir="+dir)
		}
	}
	return out
}

// command runs dnf. A repository that is to be enabled and is not known is left out, as Ansible does; a lock is waited for.
func (d *dnf) command(ctx context.Context, args ...string) (dnfOutput, error) {
	without := map[string]bool{}
	end := d.sys.Now().Add(time.Duration(d.p.Int("lock_timeout")) * time.Second)
	for {
		argv := append([]string{d.program}, d.options(without)...)
		out, err := programs.Run(ctx, d.sys, target.Command{Argv: append(argv, args...), Env: programs.C})
		if err != nil {
			return dnfOutput{}, err
		}
		o := parseDnf(out)
		if o.unknownRepo != "" && !without[o.unknownRepo] {
			without[o.unknownRepo] = true
			continue
		}
		if !o.locked || !d.sys.Now().Before(end) {
			return o, nil
		}
		if err := d.sys.Sleep(ctx, time.Second); err != nil {
			return dnfOutput{}, err
		}
	}
}

// transaction runs a command that changes packages, or in check mode asks what it would change.
func (d *dnf) transaction(ctx context.Context, verb, names []string) (module.Result, error) {
	answer := "--assumeyes"
	if d.p.Check {
		answer = "--assumeno"
	}
	args := append([]string{answer}, verb...)
	args = append(args, d.verbOptions(verb[0])...)
	o, err := d.command(ctx, append(args, names...)...)
	if err != nil {
		return module.Result{}, err
	}
	if o.failed() {
		return d.failure(o, names), nil
	}
	if d.p.Bool("skip_broken") {
		for _, n := range o.notFound {
			d.lines = append(d.lines, "No package "+n+" available.")
		}
	}
	changes := o.changes(d.installed, d.five)
	if len(changes) == 0 {
		return d.nothing(), nil
	}
	if d.p.Bool("download_only") {
		for i, c := range changes {
			changes[i] = strings.Replace(c, "Installed: ", "Downloaded: ", 1)
		}
	}
	r := module.Result{Changed: true, HasMsg: true}.With("results", append(append([]string{}, d.lines...), changes...)).With("rc", 0)
	if d.p.Check {
		r.Msg = "Check mode: No changes made, but would have if not in check mode"
	}
	return r, nil
}

// resultLines are the results of a transaction.
func resultLines(r module.Result) []string {
	var out []string
	if l, ok := r.Get("results").(*value.List); ok {
		for _, v := range l.Stored() {
			text, _ := value.Text(v)
			out = append(out, text)
		}
	}
	return out
}

// isRPMFile tells a file or an address of a package from a name.
func isRPMFile(spec string) bool {
	return strings.Contains(spec, "://") || strings.HasSuffix(spec, ".rpm")
}

// checkFile fails when a file on the target is not there.
func (d *dnf) checkFile(spec string) error {
	if strings.Contains(spec, "://") {
		return nil
	}
	if _, err := d.sys.Stat(spec); err != nil {
		if d.five {
			f := programs.Fail("Failed to access RPM \"%s\": %s", spec, fileattr.ErrnoText(err))
			f.Result.Set("failures", []string{}).Set("rc", 1)
			return f
		}
		f := programs.Fail("Error occurred attempting remote rpm operation: Could not open: %s", spec)
		f.Result.Set("results", []string{}).Set("rc", 1)
		return f
	}
	return nil
}

// fileInstalled asks rpm what is in a file, and whether it is installed, or a newer one that may not be replaced. Of an address
// it is not known before dnf has fetched it.
func (d *dnf) fileInstalled(ctx context.Context, spec string) (bool, error) {
	if strings.Contains(spec, "://") {
		return false, nil
	}
	out, err := programs.Run(ctx, d.sys, target.Command{Argv: []string{"rpm", "-qp", "--qf", rpmFormat, spec}, Env: programs.C})
	if err != nil {
		return false, err
	}
	list := parsePackages(out.Stdout)
	if out.RC != 0 || len(list) == 0 {
		return false, programs.Fail("Error occurred attempting remote rpm operation: %s", strings.TrimSpace(out.Stderr))
	}
	for _, p := range d.installed {
		if p.name != list[0].name || p.arch != list[0].arch {
			continue
		}
		c := p.compare(list[0].epoch, list[0].version, list[0].release)
		if c == 0 || c > 0 && !d.p.Bool("allow_downgrade") {
			return true, nil
		}
	}
	return false, nil
}

// has tells whether something is installed that a spec names or that provides it, or something newer that may not be
// replaced.
func (d *dnf) has(ctx context.Context, spec string) (bool, error) {
	switch {
	case strings.HasPrefix(spec, "@"): // dnf knows of its groups
		return false, nil
	case namedBy(d.installed, spec) != nil:
		return true, nil
	case newer(d.installed, spec):
		return !d.p.Bool("allow_downgrade"), nil
	}
	return d.provided(ctx, spec)
}

// provided asks rpm whether an installed package provides something: a name, or a file.
func (d *dnf) provided(ctx context.Context, spec string) (bool, error) {
	if strings.ContainsAny(spec, "*?[") || len(d.installed) == 0 {
		return false, nil
	}
	argv := []string{"rpm", "-q", "--whatprovides", spec}
	if root := d.p.Str("installroot"); root != "/" {
		argv = append(argv, "--root", path.Clean(root))
	}
	out, err := programs.Run(ctx, d.sys, target.Command{Argv: argv, Env: programs.C})
	return out.RC == 0, err
}

package packaging

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/download"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.apt", Check: module.Full, Diff: module.Full, Run: runApt,
	Args: module.Args{
		{Name: "package", Aliases: []string{"pkg", "name"}, Type: module.List, Elements: module.Str, Help: "Packages, also name=version, with * in both."},
		{Name: "state", Default: "present", Choices: []string{"absent", "build-dep", "fixed", "latest", "present"}, Help: "What is wanted of them."},
		{Name: "update_cache", Aliases: []string{"update-cache"}, Type: module.Bool, Help: "Read the lists of packages again first."},
		{Name: "update_cache_retries", Type: module.Int, Default: 5, Help: "How often that is tried."},
		{Name: "update_cache_retry_max_delay", Type: module.Int, Default: 12, Help: "The longest pause between two tries, in seconds."},
		{Name: "cache_valid_time", Type: module.Int, Default: 0, Help: "Seconds for which the lists are good enough."},
		{Name: "purge", Type: module.Bool, Default: false, Help: "Remove configuration files, too."},
		{Name: "default_release", Aliases: []string{"default-release"}, Help: "The release that is taken from."},
		{Name: "install_recommends", Aliases: []string{"install-recommends"}, Type: module.Bool, Help: "Install what is recommended, too."},
		{Name: "force", Type: module.Bool, Default: false, Help: "--force-yes, and --force-all for a file."},
		{Name: "clean", Type: module.Bool, Default: false, Help: "Remove all package files that were fetched."},
		{Name: "autoclean", Type: module.Bool, Default: false, Help: "Remove package files that can't be fetched any more."},
		{Name: "autoremove", Type: module.Bool, Default: false, Help: "Remove packages that nothing needs any more."},
		{Name: "allow_unauthenticated", Aliases: []string{"allow-unauthenticated"}, Type: module.Bool, Default: false, Help: "Take packages that are not signed."},
		{Name: "allow_downgrade", Aliases: []string{"allow-downgrade", "allow_downgrades", "allow-downgrades"}, Type: module.Bool, Default: false, Help: "Take an older version."},
		{Name: "allow_change_held_packages", Type: module.Bool, Default: false, Help: "Change packages that are on hold."},
		{Name: "upgrade", Default: "no", Choices: []string{"dist", "full", "no", "safe", "yes"}, Help: "Upgrade all packages."},
		{Name: "dpkg_options", Default: "force-confdef,force-confold", Help: "Options of dpkg, with commas between."},
		{Name: "deb", Type: module.Path, More: download.IsAddress, Help: "A package file on the target, or an address that the target fetches it from; several with commas."},
		{Name: "only_upgrade", Type: module.Bool, Default: false, Help: "Only upgrade what is installed."},
		{Name: "fail_on_autoremove", Type: module.Bool, Default: false, Help: "Fail when something would be removed."},
		{Name: "policy_rc_d", Type: module.Int, Help: "What policy-rc.d answers while packages are installed; 101 starts no services."},
		{Name: "force_apt_get", Type: module.Bool, Default: false, Help: "Upgrade by apt-get where aptitude is installed."},
		{Name: "lock_timeout", Type: module.Int, Default: 60, Help: "Seconds to wait for another package manager."},
		{Name: "auto_install_module_deps", Type: module.Bool, Default: true, Help: "Nothing has to be installed for this module."},
	},
	Rules: module.Rules{
		MutuallyExclusive: [][]string{{"deb", "package", "upgrade"}},
		RequiredOneOf:     [][]string{{"autoremove", "deb", "package", "update_cache", "upgrade"}},
	},
	Doc: module.Doc{
		Short: "Install, upgrade and remove packages of Debian and its kin.",
		Notes: []string{
			"What is installed and can be is asked of dpkg-query and apt-cache: python3-apt is not needed.",
		},
		Examples: "- ansible.builtin.apt:\n    name: [nginx, curl]\n    update_cache: true\n    cache_valid_time: 3600\n",
		Returns: []module.Return{
			{Name: "cache_updated", Type: "bool", When: "packages were asked for", Help: "Whether the lists were read again."},
			{Name: "cache_update_time", Type: "int", When: "packages were asked for", Help: "When that was last done, in seconds since 1970."},
			{Name: "stdout", Type: "str", When: "something was done", Help: "What apt-get wrote."},
		},
	},
})

// apt is one call.
type apt struct {
	sys     target.System
	p       *module.Params
	updated bool
}

func runApt(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	a := &apt{sys: sys, p: p}
	if p.Str("upgrade") == "no" && !p.Bool("clean") {
		p.Show("upgrade", value.None)
	}
	return programs.Answer(a.run(ctx))
}

func (a *apt) run(ctx context.Context) (module.Result, error) {
	if _, err := programs.Find(a.sys, "apt-get"); err != nil {
		return module.Result{}, err
	}
	if a.p.Bool("clean") {
		return a.clean(ctx)
	}
	names := a.names()
	if err := a.update(ctx); err != nil {
		return module.Result{}, err
	}
	deb, upgrade, state := a.p.Str("deb"), a.p.Str("upgrade"), a.p.Str("state")
	all := state == "latest" && len(names) == 1 && names[0] == "*"
	if (a.p.Has("update_cache") && a.p.Bool("update_cache") || a.p.Int("cache_valid_time") > 0) && deb == "" && upgrade == "no" && len(names) == 0 && !a.p.Bool("autoremove") && !a.p.Bool("autoclean") {
		return a.withCache(module.Result{Changed: a.updated}), nil
	}
	switch {
	case upgrade != "no" && upgrade != "":
		return a.upgrade(ctx, upgrade)
	case deb != "":
		return a.installFiles(ctx, strings.Split(deb, ","))
	case all:
		return a.upgrade(ctx, "full")
	case len(names) == 0 && a.p.Bool("autoclean"):
		return a.tidy(ctx, "autoclean")
	case len(names) == 0 && a.p.Bool("autoremove"):
		return a.tidy(ctx, "autoremove")
	case state == "absent":
		return a.remove(ctx, names)
	}
	return a.install(ctx, names)
}

// names are the packages: commas separate them, too.
func (a *apt) names() []string {
	var out []string
	for _, n := range a.p.Strs("package") {
		for _, part := range strings.Split(n, ",") {
			out = append(out, strings.TrimSpace(part))
		}
	}
	return out
}

// withCache adds what is known of the lists.
func (a *apt) withCache(r module.Result) module.Result {
	var when int64
	if t, ok := a.updateTime(); ok {
		when = t.Unix()
	}
	return r.With("cache_updated", a.updated).With("cache_update_time", when)
}

// options are apt-get's before all others.
func (a *apt) options() []string {
	var out []string
	for _, o := range strings.Split(a.p.Str("dpkg_options"), ",") {
		if o = strings.TrimSpace(o); o != "" {
			out = append(out, "-o", "Dpkg::Options::=--"+o)
		}
	}
	return append(out, "-o", "DPkg::Lock::Timeout="+value.NewInt(a.p.Int("lock_timeout")).String())
}

// command is a command line in which empty words keep their place when it is shown, as Ansible shows it. Packages are in
// single quotes.
type command []string

// flag adds an option if it is wanted.
func (c command) flag(wanted bool, option string) command {
	if !wanted {
		option = ""
	}
	return append(c, option)
}

func (c command) argv() []string {
	var out []string
	for _, w := range c {
		if w = strings.Trim(w, "'"); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// String shows it as the shell command that Ansible makes of it.
func (c command) String() string {
	words := make([]string, len(c))
	for i, w := range c {
		if strings.HasPrefix(w, "Dpkg::Options::=") {
			w = `"` + w + `"`
		}
		words[i] = w
	}
	return strings.Join(words, " ")
}

// aptEnv keeps package scripts from asking questions.
var aptEnv = append([]string{"DEBIAN_FRONTEND=noninteractive", "DEBIAN_PRIORITY=critical"}, programs.C...)

// call runs a command, with policy-rc.d as it is wanted.
func (a *apt) call(ctx context.Context, c command) (_ programs.Out, err error) {
	undo, err := a.policyRC()
	if err != nil {
		return programs.Out{}, err
	}
	defer func() {
		if uerr := undo(); err == nil {
			err = uerr
		}
	}()
	return programs.Run(ctx, a.sys, target.Command{Argv: c.argv(), Env: aptEnv})
}

// failed is the result of a command that failed.
func failed(c command, out programs.Out) module.Result {
	return module.Fail("'%s' failed: %s", c, out.Stderr).With("stdout", out.Stdout).With("stderr", out.Stderr).With("rc", out.RC)
}

// succeeded is the result of a command that may have changed something.
func (a *apt) succeeded(out programs.Out, changed bool) module.Result {
	r := module.Result{Changed: changed}.With("stdout", out.Stdout).With("stderr", out.Stderr)
	r.Diff = value.NewDict()
	if a.p.Diff {
		r.Diff = value.DictOf("prepared", value.NewStr(plan(out.Stdout)))
	}
	return r
}

// plan is the part of apt-get's output that tells what will be done.
func plan(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	from, to := 0, len(lines)
	for i, l := range lines {
		if l == "Reading state information..." {
			from = i + 1
		}
		if counts().MatchString(l) {
			to = i + 1
			break
		}
	}
	return strings.Join(lines[min(from, to):to], "\n")
}

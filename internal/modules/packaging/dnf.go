package packaging

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.dnf", Redirects: []string{"ansible.builtin.yum"}, Check: module.Full, Diff: module.Full, Run: runDnf,
	Args: append(slices.Clone(dnfArgs), module.Arg{
		Name: "use_backend", Default: "auto", Choices: []string{"auto", "dnf", "yum", "yum4", "dnf4", "dnf5"}, Help: "The program, which the action chooses.",
	}),
	Rules: dnfRules,
	Doc: module.Doc{
		Short:    "Install, upgrade and remove packages of Fedora, RHEL and their kin.",
		Notes:    dnfNotes,
		Examples: "- ansible.builtin.dnf:\n    name: [nginx, /usr/bin/curl]\n    state: latest\n    enablerepo: epel\n",
		Returns:  dnfReturns,
	},
})

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.dnf5", Check: module.Full, Diff: module.Full, Run: runDnf5,
	Args:  append(slices.Clone(dnfArgs), module.Arg{Name: "auto_install_module_deps", Type: module.Bool, Default: true, Help: "Nothing has to be installed for this module."}),
	Rules: dnfRules,
	Doc: module.Doc{
		Short:    "Install, upgrade and remove packages by dnf5.",
		Notes:    dnfNotes,
		Examples: "- ansible.builtin.dnf5:\n    name: nginx\n",
		Returns:  dnfReturns,
	},
})

// dnfArgs are the arguments of both.
//
// Source: the documentation of ansible.builtin.dnf and dnf5.
var dnfArgs = module.Args{
	{Name: "allow_downgrade", Type: module.Bool, Default: false, Help: "Take an older version than the one that is installed."},
	{Name: "allowerasing", Type: module.Bool, Default: false, Help: "Remove packages that are in the way."},
	{Name: "autoremove", Type: module.Bool, Default: false, Help: "Remove packages that nothing needs any more."},
	{Name: "best", Type: module.Bool, Help: "Take the newest version or fail."},
	{Name: "bugfix", Type: module.Bool, Default: false, Help: "Of upgrades, those that mend faults."},
	{Name: "cacheonly", Type: module.Bool, Default: false, Help: "Fetch no metadata."},
	{Name: "conf_file", Help: "Another dnf.conf."},
	{Name: "disable_excludes", Help: "Whose excludes do not count: all, main, or a repository."},
	{Name: "disable_gpg_check", Type: module.Bool, Default: false, Help: "Take packages that are not signed."},
	{Name: "disable_plugin", Type: module.List, Elements: module.Str, Default: []string{}, Help: "Plugins of dnf that are not used."},
	{Name: "disablerepo", Type: module.List, Elements: module.Str, Default: []string{}, Help: "Repositories that are not used."},
	{Name: "download_dir", Help: "Where packages are fetched to, with download_only."},
	{Name: "download_only", Type: module.Bool, Default: false, Help: "Fetch packages, install nothing."},
	{Name: "enable_plugin", Type: module.List, Elements: module.Str, Default: []string{}, Help: "Plugins of dnf that are used."},
	{Name: "enablerepo", Type: module.List, Elements: module.Str, Default: []string{}, Help: "Repositories that are used though they are not enabled."},
	{Name: "exclude", Type: module.List, Elements: module.Str, Default: []string{}, Help: "Packages that are left alone."},
	{Name: "installroot", Default: "/", Help: "The root that is worked on."},
	{Name: "install_repoquery", Type: module.Bool, Default: true, RemovedInVersion: "2.20", RemovedCollection: "ansible.builtin", Help: "Does nothing."},
	{Name: "install_weak_deps", Type: module.Bool, Default: true, Help: "Install what is recommended, too."},
	{Name: "list", Help: "Change nothing but list: installed, updates, available, repos, or a package."},
	{Name: "name", Aliases: []string{"pkg"}, Type: module.List, Elements: module.Str, Default: []string{}, Help: "Packages, also name-version, name >= version, files, addresses, @group."},
	{Name: "nobest", Type: module.Bool, Help: "Take an older version where the newest can't be had."},
	{Name: "releasever", Help: "Another release of the distribution."},
	{Name: "security", Type: module.Bool, Default: false, Help: "Of upgrades, those that are about security."},
	{Name: "skip_broken", Type: module.Bool, Default: false, Help: "Leave out what can't be had or installed."},
	{Name: "sslverify", Type: module.Bool, Default: true, Help: "Check the certificates of repositories."},
	{Name: "state", Choices: []string{"absent", "installed", "latest", "present", "removed"}, Help: "What is wanted of the packages."},
	{Name: "update_cache", Aliases: []string{"expire-cache"}, Type: module.Bool, Default: false, Help: "Fetch the metadata again."},
	{Name: "update_only", Type: module.Bool, Default: false, Help: "With latest: install nothing new."},
	{Name: "validate_certs", Type: module.Bool, Default: true, Help: "Check the certificate of a server of packages."},
	{Name: "lock_timeout", Type: module.Int, Default: 30, Help: "Seconds to wait for another dnf."},
}

var dnfRules = module.Rules{
	MutuallyExclusive: [][]string{{"name", "list"}, {"best", "nobest"}},
	RequiredOneOf:     [][]string{{"name", "list", "update_cache"}},
}

var (
	dnfNotes = []string{
		"The distribution's dnf does the work and tells what it did; python3-dnf is not needed.",
		"With autoremove beside names, what is no longer needed is removed in a second transaction.",
	}
	dnfReturns = []module.Return{
		{Name: "results", Type: "list", When: "success", Help: "What was installed and removed, or was to be in check mode."},
		{Name: "failures", Type: "list", When: "failure", Help: "What could not be found."},
		{Name: "rc", Type: "int", When: "always", Help: "0, or 1 for a failure."},
	}
)

// dnf is one call.
type dnf struct {
	sys       target.System
	p         *module.Params
	program   string // "dnf" or "dnf5"
	five      bool
	installed []rpmPackage
	lines     []string // what the results tell besides packages
}

// runDnf runs dnf, or dnf5 where it stands under that name: the action has chosen between them.
func runDnf(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	d := &dnf{sys: sys, p: p, program: "dnf"}
	if file, err := sys.LookPath("dnf5", "/usr/bin"); err == nil {
		d.five = sys.Realpath("/usr/bin/dnf") == sys.Realpath(file)
	}
	return programs.Answer(d.run(ctx))
}

func runDnf5(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	d := &dnf{sys: sys, p: p, program: "dnf5", five: true}
	return programs.Answer(d.run(ctx))
}

func (d *dnf) run(ctx context.Context) (module.Result, error) {
	if _, err := programs.Find(d.sys, d.program); err != nil {
		return module.Result{}, err
	}
	if d.p.Str("list") != "" {
		return d.list(ctx)
	}
	names, state := d.names(), d.state()
	if d.p.Bool("autoremove") && state != "absent" {
		return module.Fail("Autoremove should be used alone or with state=absent").With("results", []string{}), nil
	}
	if d.p.Bool("update_cache") && len(names) == 0 {
		r, err := d.command(ctx, "makecache")
		if err != nil || r.failed() {
			return d.failure(r, nil), err
		}
		return module.Result{Msg: "Cache updated"}.With("results", []string{}).With("rc", 0), nil
	}
	var err error
	if d.installed, err = installedPackages(ctx, d.sys, d.p.Str("installroot")); err != nil {
		return module.Result{}, err
	}
	if names, err = d.groupIDs(ctx, names); err != nil {
		return module.Result{}, err
	}
	switch state {
	case "absent":
		return d.remove(ctx, names)
	case "latest":
		if slices.Contains(names, "*") {
			return d.transaction(ctx, d.upgradeVerb(), nil)
		}
		return d.latest(ctx, names)
	}
	return d.present(ctx, names)
}

// names are the packages: commas separate them, too.
func (d *dnf) names() []string {
	var out []string
	for _, n := range d.p.Strs("name") {
		for _, part := range strings.Split(n, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

func (d *dnf) state() string {
	switch s := d.p.Str("state"); {
	case s == "installed":
		return "present"
	case s == "removed", s == "" && d.p.Bool("autoremove"):
		return "absent"
	case s == "":
		return "present"
	default:
		return s
	}
}

// present installs what is not there.
func (d *dnf) present(ctx context.Context, names []string) (module.Result, error) {
	var missing []string
	for _, n := range names {
		switch {
		case isRPMFile(n):
			if err := d.checkFile(n); err != nil {
				return module.Result{}, err
			}
			d.note("Installed " + n)
			if there, err := d.fileInstalled(ctx, n); err != nil || there {
				if err != nil {
					return module.Result{}, err
				}
				continue
			}
			missing = append(missing, n)
		default:
			there, err := d.has(ctx, n)
			if err != nil {
				return module.Result{}, err
			}
			if !there {
				missing = append(missing, n)
			}
		}
	}
	if len(missing) == 0 {
		return d.nothing(), nil
	}
	return d.transaction(ctx, []string{"install"}, missing)
}

// latest upgrades what is there and installs the rest.
func (d *dnf) latest(ctx context.Context, names []string) (module.Result, error) {
	var there, missing []string
	for _, n := range names {
		if isRPMFile(n) {
			if err := d.checkFile(n); err != nil {
				return module.Result{}, err
			}
			d.note("Installed " + n)
			missing = append(missing, n)
			continue
		}
		is := !strings.HasPrefix(n, "@") && namedBy(d.installed, n) != nil
		switch {
		case is:
			there = append(there, n)
		case d.p.Bool("update_only"):
			d.lines = append(d.lines, "Packages providing "+n+" not installed due to update_only specified")
		default:
			missing = append(missing, n)
		}
	}
	switch {
	case len(there)+len(missing) == 0:
		return d.nothing(), nil
	case len(missing) == 0:
		return d.transaction(ctx, d.upgradeVerb(), there)
	}
	return d.transaction(ctx, []string{"install"}, append(missing, there...))
}

// upgradeVerb is the command that upgrades, with what kind of upgrades is wanted.
func (d *dnf) upgradeVerb() []string {
	verb := []string{"upgrade"}
	for _, kind := range []string{"bugfix", "security"} {
		if d.p.Bool(kind) {
			if verb[0] = "upgrade-minimal"; d.five {
				verb = []string{"upgrade", "--minimal"}
			}
		}
	}
	for _, kind := range []string{"bugfix", "security"} {
		if d.p.Bool(kind) {
			verb = append(verb, "--"+kind)
		}
	}
	return verb
}

// remove removes what is there.
func (d *dnf) remove(ctx context.Context, names []string) (module.Result, error) {
	var there []string
	for _, n := range names {
		if strings.HasPrefix(n, "@") || namedBy(d.installed, n) != nil {
			there = append(there, n)
			continue
		}
		provided, err := d.provided(ctx, n)
		if err != nil {
			return module.Result{}, err
		}
		if provided && d.five {
			owners, err := d.providers(ctx, n)
			if err != nil {
				return module.Result{}, err
			}
			there = append(there, owners...)
		} else if provided {
			there = append(there, n)
		} else {
			d.note("No match for argument: " + n)
		}
	}
	auto := d.p.Bool("autoremove")
	if !auto {
		if len(there) == 0 {
			return d.nothing(), nil
		}
		return d.transaction(ctx, []string{"remove", "--setopt=clean_requirements_on_remove=False"}, there)
	}
	if len(there) == 0 {
		return d.transaction(ctx, []string{"autoremove"}, nil)
	}
	r, err := d.transaction(ctx, []string{"remove", "--setopt=clean_requirements_on_remove=True"}, there)
	if err != nil || r.Failed || d.p.Check {
		return r, err
	}
	first := resultLines(r)
	d.lines = nil
	r2, err := d.transaction(ctx, []string{"autoremove"}, nil)
	if err != nil || r2.Failed {
		return r2, err
	}
	return r.With("results", append(first, resultLines(r2)...)), nil
}

// nothing is the result when there is nothing to do.
func (d *dnf) nothing() module.Result {
	r := module.Result{Msg: "Nothing to do"}
	if d.five && len(d.lines) > 0 {
		r = module.Result{HasMsg: true}
	}
	return r.With("results", append([]string{}, d.lines...)).With("rc", 0)
}

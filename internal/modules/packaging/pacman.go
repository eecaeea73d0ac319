package packaging

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
	Name: "community.general.pacman", Redirects: []string{"ansible.builtin.pacman"}, Check: module.Full, Diff: module.Full, Run: runPacman,
	Args: module.Args{
		{Name: "name", Aliases: []string{"pkg", "package"}, Type: module.List, Elements: module.Str, Help: "Packages, groups, or files of packages."},
		{Name: "state", Default: "present", Choices: []string{"present", "installed", "latest", "absent", "removed"}, Help: "What is wanted of them."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Remove without looking at what needs it; read the lists again in any case."},
		{Name: "remove_nosave", Type: module.Bool, Default: false, Help: "Remove changed configuration, too."},
		{Name: "executable", Default: "pacman", Help: "The program."},
		{Name: "extra_args", Default: "", Help: "Further options of the program."},
		{Name: "upgrade", Type: module.Bool, Help: "Upgrade the whole system."},
		{Name: "upgrade_extra_args", Default: "", Help: "Further options of that."},
		{Name: "update_cache", Type: module.Bool, Help: "Read the lists of packages again first."},
		{Name: "update_cache_extra_args", Default: "", Help: "Further options of that."},
		{Name: "reason", Choices: []string{"explicit", "dependency"}, Help: "Why they are said to be installed."},
		{Name: "reason_for", Default: "new", Choices: []string{"new", "all"}, Help: "Whether that is said of what was there, too."},
	},
	Rules: module.Rules{
		RequiredOneOf:     [][]string{{"name", "update_cache", "upgrade"}},
		MutuallyExclusive: [][]string{{"name", "upgrade"}},
	},
	Doc: module.Doc{
		Short:    "Install, upgrade and remove packages of Arch Linux.",
		Examples: "- community.general.pacman:\n    name: [nginx, base-devel]\n    update_cache: true\n",
		Returns: []module.Return{
			{Name: "packages", Type: "list", When: "name or upgrade", Help: "What was changed."},
			{Name: "cache_updated", Type: "bool", When: "update_cache", Help: "Whether the lists are new."},
			{Name: "stdout", Type: "str", When: "something was done", Help: "What pacman wrote."},
		},
	},
})

// pacman is one call.
type pacman struct {
	sys       target.System
	p         *module.Params
	extra     map[string][]string // of the arguments *extra_args
	installed map[string]string   // name -> version
	reason    map[string]string
	r         module.Result
	msgs      []string
	stdout    []string
}

func runPacman(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	pm := &pacman{sys: sys, p: p, extra: map[string][]string{}}
	for _, name := range []string{"extra_args", "upgrade_extra_args", "update_cache_extra_args"} {
		words, err := shellwords.Split(p.Str(name))
		if err != nil {
			return module.Fail("%s: %v", name, err), nil
		}
		pm.extra[name] = words
		p.Show(name, module.V(append([]string{}, words...)))
	}
	return programs.Answer(pm.run(ctx))
}

func (pm *pacman) run(ctx context.Context) (module.Result, error) {
	if _, err := programs.Find(pm.sys, pm.p.Str("executable")); err != nil {
		return module.Result{}, err
	}
	var err error
	if pm.p.Bool("update_cache") {
		err = pm.refresh(ctx)
	}
	names := slices.DeleteFunc(slices.Clone(pm.p.Strs("name")), func(n string) bool { return n == "" })
	if err == nil && pm.p.Bool("upgrade") {
		err = pm.upgrade(ctx)
	}
	if err == nil && pm.p.Has("name") {
		if err = pm.inventory(ctx); err == nil {
			if s := pm.p.Str("state"); s == "absent" || s == "removed" {
				err = pm.remove(ctx, names)
			} else {
				err = pm.install(ctx, names, s == "latest")
			}
		}
	}
	if err != nil {
		return module.Result{}, err
	}
	pm.r.Msg, pm.r.HasMsg = strings.Join(pm.msgs, "\n"), true
	if len(pm.stdout) > 0 {
		pm.r.Set("stdout", strings.Join(pm.stdout, "\n"))
	}
	return pm.r, nil
}

// call runs pacman.
func (pm *pacman) call(ctx context.Context, args ...string) (programs.Out, error) {
	return programs.Run(ctx, pm.sys, target.Command{Argv: append([]string{pm.p.Str("executable")}, args...), Env: programs.C})
}

// must is call, of which a failure is told with a message.
func (pm *pacman) must(ctx context.Context, msg string, args ...string) (programs.Out, error) {
	out, err := pm.call(ctx, args...)
	if err != nil || out.RC == 0 {
		return out, err
	}
	file, _ := programs.Find(pm.sys, pm.p.Str("executable")) // it was just run
	f := programs.Fail("%s", msg)
	f.Result.Set("cmd", append([]string{file}, args...)).Set("stderr", out.Stderr)
	if out.Stdout != "" {
		f.Result.Set("stdout", out.Stdout)
	}
	return out, f
}

// pairs reads lines of two words.
func pairs(text string) map[string]string {
	out := map[string]string{}
	for _, l := range strings.Split(text, "\n") {
		if f := strings.Fields(l); len(f) >= 2 {
			out[f[0]] = f[1]
		}
	}
	return out
}

// inventory asks what is installed, and why.
func (pm *pacman) inventory(ctx context.Context) error {
	out, err := pm.must(ctx, "failed to list the installed packages", "--query")
	if err != nil {
		return err
	}
	pm.installed, pm.reason = pairs(out.Stdout), map[string]string{}
	out, err = pm.call(ctx, "--query", "--explicit")
	if err != nil {
		return err
	}
	explicit := pairs(out.Stdout)
	for name := range pm.installed {
		if pm.reason[name] = "dependency"; explicit[name] != "" {
			pm.reason[name] = "explicit"
		}
	}
	return nil
}

// refresh reads the lists of packages again.
func (pm *pacman) refresh(ctx context.Context) error {
	if pm.p.Check {
		pm.r.Changed = true
		pm.r.Set("cache_updated", true)
		pm.msgs = append(pm.msgs, "Would have updated the package db")
		return nil
	}
	before, err := pm.call(ctx, "--sync", "--list")
	if err != nil {
		return err
	}
	args := []string{"--sync", "--refresh"}
	if pm.p.Bool("force") {
		args = append(args, "--refresh")
	}
	out, err := pm.must(ctx, "could not update package db", append(args, pm.extra["update_cache_extra_args"]...)...)
	if err != nil {
		return err
	}
	after, err := pm.call(ctx, "--sync", "--list")
	if err != nil {
		return err
	}
	fresh := pm.p.Bool("force") || before.Stdout != after.Stdout
	pm.r.Changed = fresh
	pm.r.Set("cache_updated", fresh)
	pm.msgs = append(pm.msgs, "Updated package db")
	pm.stdout = append(pm.stdout, out.Stdout)
	return nil
}

// upgrades are the packages that the lists have newer ones of: name, old and new version.
func (pm *pacman) upgrades(ctx context.Context) ([][3]string, error) {
	out, err := pm.call(ctx, "--query", "--upgrades")
	if err != nil {
		return nil, err
	}
	var list [][3]string
	for _, l := range strings.Split(out.Stdout, "\n") {
		if f := strings.Fields(l); len(f) == 4 && f[2] == "->" { // what is to be ignored has a word more
			list = append(list, [3]string{f[0], f[1], f[3]})
		}
	}
	return list, nil
}

// upgrade upgrades the system.
func (pm *pacman) upgrade(ctx context.Context) error {
	list, err := pm.upgrades(ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		pm.msgs = append(pm.msgs, "Nothing to upgrade")
		return nil
	}
	var names []string
	var before, after strings.Builder
	for _, u := range list {
		names = append(names, u[0])
		fmt.Fprintf(&before, "%s-%s\n", u[0], u[1])
		fmt.Fprintf(&after, "%s-%s\n", u[0], u[2])
	}
	pm.r.Changed = true
	pm.r.Set("packages", names)
	pm.r.Diff = module.Diff{Before: before.String(), After: after.String()}.Value()
	if pm.p.Check {
		pm.msgs = append(pm.msgs, fmt.Sprintf("%d packages would have been upgraded", len(list)))
		return nil
	}
	args := append([]string{"--sync", "--sysupgrade", "--quiet", "--noconfirm"}, pm.extra["upgrade_extra_args"]...)
	out, err := pm.must(ctx, "Could not upgrade", args...)
	pm.msgs = append(pm.msgs, "System upgraded")
	pm.stdout = append(pm.stdout, out.Stdout)
	return err
}

package packaging

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.general.zypper", Redirects: []string{"ansible.builtin.zypper"}, Check: module.Full, Diff: module.Full, Run: runZypper,
	Args: module.Args{
		{Name: "name", Aliases: []string{"pkg"}, Type: module.List, Elements: module.Str, Required: true, Help: "Packages, also name=version, files, addresses; -name removes, * with latest is all."},
		{Name: "state", Default: "present", Choices: []string{"absent", "installed", "latest", "present", "removed", "dist-upgrade"}, Help: "What is wanted of them."},
		{Name: "type", Default: "package", Choices: []string{"package", "patch", "pattern", "product", "srcpackage", "application"}, Help: "What they are."},
		{Name: "extra_args_precommand", Help: "Options before the command."},
		{Name: "disable_gpg_check", Type: module.Bool, Default: false, Help: "Check no signatures."},
		{Name: "disable_recommends", Type: module.Bool, Default: true, Help: "Install nothing that is only recommended."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Install again, older ones too."},
		{Name: "force_resolution", Type: module.Bool, Default: false, Help: "Let zypper choose how to solve conflicts."},
		{Name: "update_cache", Aliases: []string{"refresh"}, Type: module.Bool, Default: false, Help: "Read the repositories again first."},
		{Name: "oldpackage", Type: module.Bool, Default: false, Help: "Take older versions."},
		{Name: "extra_args", Help: "Options after the command."},
		{Name: "allow_vendor_change", Type: module.Bool, Default: false, Help: "Of dist-upgrade: take packages of another vendor."},
		{Name: "replacefiles", Type: module.Bool, Default: false, Help: "Replace files of other packages."},
		{Name: "clean_deps", Type: module.Bool, Default: false, Help: "Remove what the removed needed, too."},
		{Name: "simple_errors", Type: module.Bool, Default: false, Help: "Tell only zypper's messages of an error."},
		{Name: "quiet", Type: module.Bool, Default: true, Help: "Let zypper tell less."},
		{Name: "skip_post_errors", Type: module.Bool, Default: false, Help: "Take failed scripts of packages for success."},
	},
	Doc: module.Doc{
		Short:    "Install, upgrade and remove packages of SUSE.",
		Examples: "- community.general.zypper:\n    name: nginx\n    state: latest\n    update_cache: true\n",
		Returns: []module.Return{
			{Name: "cmd", Type: "list", When: "zypper was asked to change something", Help: "The command."},
			{Name: "rc", Type: "int", When: "always", Help: "Its exit code."},
		},
	},
})

// zypper is one call.
type zypper struct {
	sys target.System
	p   *module.Params
}

func runZypper(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	z := &zypper{sys, p}
	return programs.Answer(z.run(ctx))
}

func (z *zypper) run(ctx context.Context) (module.Result, error) {
	names := slices.DeleteFunc(slices.Clone(z.p.Strs("name")), func(n string) bool { return n == "" })
	state := z.p.Str("state")
	r := module.Result{}.With("name", names).With("state", state).With("update_cache", z.p.Bool("update_cache")).With("rc", 0)
	if z.p.Bool("update_cache") && !z.p.Check {
		if _, _, err := z.zypper(ctx, z.global(), "refresh"); err != nil {
			return r, err
		}
	}
	var args []string
	var err error
	switch {
	case len(names) == 0:
		return r, nil
	case state == "dist-upgrade":
		args = z.verb("dist-upgrade")
		if z.p.Bool("allow_vendor_change") {
			args = append(args, "--allow-vendor-change")
		}
	case names[0] == "*" && len(names) == 1:
		if state != "latest" {
			return module.Fail("name \"*\" is for the states latest and dist-upgrade"), nil
		}
		args = z.verb("update")
	case state == "absent" || state == "removed":
		args, err = z.remove(ctx, names)
	default:
		args, err = z.install(ctx, names, state == "latest")
	}
	if err != nil || args == nil {
		return r, err
	}
	return z.change(ctx, r, args)
}

// global are the options before the command.
func (z *zypper) global() []string {
	out := []string{"--non-interactive", "--xmlout"}
	if z.p.Bool("quiet") {
		out = append(out, "--quiet")
	}
	if pre := z.p.Str("extra_args_precommand"); pre != "" {
		words, _ := shellwords.Split(pre) // as far as they can be read
		out = append(out, words...)
	}
	if z.p.Bool("disable_gpg_check") {
		out = append(out, "--no-gpg-checks")
	}
	return out
}

// verb is a command with the options that it takes from the arguments.
func (z *zypper) verb(name string) []string {
	out := []string{name}
	if name != "dist-upgrade" {
		out = append(out, "--type", z.p.Str("type"))
	}
	if extra := z.p.Str("extra_args"); extra != "" {
		words, _ := shellwords.Split(extra) // as far as they can be read
		out = append(out, words...)
	}
	flag := func(wanted bool, option string) {
		if wanted {
			out = append(out, option)
		}
	}
	flag(z.p.Check && name != "search", "--dry-run")
	switch name {
	case "remove":
		flag(z.p.Bool("clean_deps"), "--clean-deps")
	case "install", "update", "dist-upgrade":
		out = append(out, "--auto-agree-with-licenses")
		flag(z.p.Bool("disable_recommends"), "--no-recommends")
		flag(z.p.Bool("force"), "--force")
		flag(z.p.Bool("force_resolution"), "--force-resolution")
		flag(z.p.Bool("oldpackage"), "--oldpackage")
		flag(z.p.Bool("replacefiles"), "--replacefiles")
	}
	return out
}

// withVersion is a name with a version behind it.
var withVersion = lazyregexp.New(`^(.*?)(~=|>=|<=|=|>|<)(.*)$`)

// install gives the arguments that install packages; nil when all that are named without a version are there.
func (z *zypper) install(ctx context.Context, names []string, latest bool) ([]string, error) {
	var plain, packages, files []string
	versions := false
	for _, n := range names {
		bare := strings.TrimLeft(n, "+-")
		switch {
		case strings.Contains(n, "://") || strings.HasSuffix(n, ".rpm"):
			files = append(files, n)
		case strings.HasPrefix(n, "-"):
			plain = append(plain, bare)
			packages = append(packages, n)
		case withVersion().MatchString(bare):
			versions = true
			packages = append(packages, "+"+bare)
		default:
			plain = append(plain, bare)
			packages = append(packages, "+"+bare)
		}
	}
	if !latest && len(plain) > 0 {
		have, err := z.installed(ctx, plain)
		if err != nil {
			return nil, err
		}
		packages = slices.DeleteFunc(packages, func(n string) bool { return slices.Contains(have, n[1:]) != strings.HasPrefix(n, "-") })
	}
	if len(packages)+len(files) == 0 {
		return nil, nil
	}
	args := z.verb("install")
	if versions && !z.p.Bool("oldpackage") {
		z.p.Show("oldpackage", value.True)
		at := len(args)
		if z.p.Bool("replacefiles") {
			at--
		}
		args = slices.Insert(args, at, "--oldpackage")
	}
	return append(append(append(args, "--"), packages...), files...), nil
}

// remove gives the arguments that remove packages; nil when none is there.
func (z *zypper) remove(ctx context.Context, names []string) ([]string, error) {
	var bare []string
	for _, n := range names {
		if strings.Contains(n, "://") || strings.HasSuffix(n, ".rpm") {
			return nil, programs.Fail("Can not remove packages via URL.")
		}
		n = strings.TrimLeft(n, "+-")
		if m := withVersion().FindStringSubmatch(n); m != nil {
			n = m[1]
		}
		bare = append(bare, n)
	}
	have, err := z.installed(ctx, bare)
	if err != nil {
		return nil, err
	}
	bare = slices.DeleteFunc(bare, func(n string) bool { return !slices.Contains(have, n) })
	if len(bare) == 0 {
		return nil, nil
	}
	return append(z.verb("remove"), bare...), nil
}

// installed gives those of the names that are installed.
func (z *zypper) installed(ctx context.Context, names []string) ([]string, error) {
	args := append(z.verb("search"), "--match-exact", "--details", "--installed-only")
	doc, _, err := z.zypper(ctx, append(z.global(), "--disable-repositories"), append(args, names...)...)
	if err != nil {
		return nil, err
	}
	var have []string
	for _, s := range doc.found {
		have = append(have, s.name)
	}
	return have, nil
}

// change runs a command that may change something.
func (z *zypper) change(ctx context.Context, r module.Result, args []string) (module.Result, error) {
	doc, out, err := z.zypper(ctx, z.global(), args...)
	if err != nil {
		return r, err
	}
	r = r.With("cmd", out.argv).With("rc", out.RC)
	text := doc.summary()
	if r.Changed = text != ""; r.Changed {
		r.Set("stdout", out.Stdout).Set("stderr", out.Stderr)
		if z.p.Diff {
			r.Diff = module.Diff{Prepared: text}.Value()
		}
	}
	return r, nil
}

// zypperOut is a run of zypper.
type zypperOut struct {
	programs.Out
	argv []string
}

// zypper runs the program and reads its answer. An exit code that is no success is a *programs.Failed.
func (z *zypper) zypper(ctx context.Context, global []string, args ...string) (zypperDoc, zypperOut, error) {
	argv := append(append([]string{"zypper"}, global...), args...)
	out, err := programs.Run(ctx, z.sys, target.Command{Argv: argv, Env: programs.C})
	if err != nil {
		return zypperDoc{}, zypperOut{}, err
	}
	argv[0], _ = programs.Find(z.sys, "zypper") // it was just run
	doc := readZypper(out.Stdout)
	ok := out.RC == 0 || slices.Contains([]int{100, 101, 102, 103, 106}, out.RC) || out.RC == 107 && z.p.Bool("skip_post_errors") ||
		out.RC == 104 && args[0] == "search"
	if ok {
		return doc, zypperOut{out, argv}, nil
	}
	msg := fmt.Sprintf("Zypper run command failed with return code %d.", out.RC)
	if text := doc.errors(); text != "" && (out.RC == 104 || z.p.Bool("simple_errors")) {
		msg = text
	}
	f := programs.Fail("%s", msg)
	f.Result.Set("cmd", argv).Set("rc", out.RC).Set("stdout", out.Stdout).Set("stderr", out.Stderr)
	return doc, zypperOut{}, f
}

// zypperDoc is what zypper answers with --xmlout.
type zypperDoc struct {
	problems []string // messages about what went wrong
	found    []zypperPackage
	parts    []zypperPart // of the summary
}

type zypperPart struct {
	name     string
	packages []zypperPackage
}

type zypperPackage struct{ name, edition, old string }

// readZypper reads an answer; what can't be read tells of no change.
func readZypper(answer string) (d zypperDoc) {
	inside := map[string]bool{}
	for _, t := range zypperTags(answer) {
		switch {
		case t.name == "solvable-list", t.name == "install-summary":
			inside[t.name] = !t.end
		case t.end:
		case t.name == "message" && t.attrs["type"] == "error":
			d.problems = append(d.problems, strings.TrimSpace(t.text))
		case t.name == "solvable":
			p := zypperPackage{t.attrs["name"], t.attrs["edition"], t.attrs["edition-old"]}
			if inside["solvable-list"] {
				d.found = append(d.found, p)
			} else if n := len(d.parts); inside["install-summary"] && n > 0 {
				d.parts[n-1].packages = append(d.parts[n-1].packages, p)
			}
		case zypperVerbs[t.name] != "":
			d.parts = append(d.parts, zypperPart{name: t.name})
		}
	}
	return d
}

// errors are the messages about what went wrong.
func (d *zypperDoc) errors() string { return strings.Join(d.problems, "\n") }

// zypperVerbs are the parts of the summary and what they are called.
var zypperVerbs = map[string]string{
	"to-install": "installed", "to-upgrade": "upgraded", "to-upgrade-change-arch": "upgraded", "to-downgrade": "downgraded",
	"to-downgrade-change-arch": "downgraded", "to-reinstall": "reinstalled", "to-remove": "removed", "to-change-arch": "changed",
}

// summary tells what was, or would be, changed; "" is nothing.
func (d *zypperDoc) summary() string {
	var b strings.Builder
	for _, part := range d.parts {
		verb := zypperVerbs[part.name]
		if verb == "" || len(part.packages) == 0 {
			continue
		}
		var names []string
		for _, p := range part.packages {
			if p.old != "" {
				p.name += " (" + p.old + " => " + p.edition + ")"
			}
			names = append(names, p.name)
		}
		fmt.Fprintf(&b, "%s: %s\n", verb, strings.Join(names, ", "))
	}
	return b.String()
}

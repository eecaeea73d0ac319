package languages

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.general.npm", Redirects: []string{"ansible.builtin.npm"}, Check: module.Full, Run: runNpm,
	Args: module.Args{
		{Name: "name", Help: "The package; without one, all that the project needs."},
		{Name: "path", Type: module.Path, Help: "The folder of the project."},
		{Name: "version", Help: "The version that is wanted."},
		{Name: "production", Type: module.Bool, Default: false, Help: "Leave out what is for development."},
		{Name: "executable", Type: module.Path, Help: "The program."},
		{Name: "registry", Help: "Where packages are fetched."},
		{Name: "state", Default: "present", Choices: []string{"present", "absent", "latest"}, Help: "What is wanted of the package."},
		{Name: "ignore_scripts", Type: module.Bool, Default: false, Help: "Run no scripts of packages."},
		{Name: "unsafe_perm", Type: module.Bool, Default: false, Help: "Run scripts as this user."},
		{Name: "ci", Type: module.Bool, Default: false, Help: "Install just what the lock file names."},
		{Name: "global", Type: module.Bool, Default: false, Help: "Install for all projects."},
		{Name: "no_optional", Type: module.Bool, Default: false, Help: "Leave out what is optional."},
		{Name: "no_bin_links", Type: module.Bool, Default: false, Help: "Make no links to programs."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Let npm fetch again what it has."},
	},
	Rules: module.Rules{RequiredIf: []module.RequiredIf{{Name: "state", Is: "absent", Then: []string{"name"}}}},
	Doc: module.Doc{
		Short:    "Install packages of Node.js.",
		Examples: "- community.general.npm:\n    path: /srv/app\n    production: true\n",
	},
})

// npm is one call.
type npm struct {
	sys  target.System
	p    *module.Params
	want string // name, or name@version
}

func runNpm(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	n := &npm{sys: sys, p: p, want: p.Str("name")}
	if v := p.Str("version"); v != "" && n.want != "" {
		n.want += "@" + v
	}
	return programs.Answer(n.run(ctx))
}

func (n *npm) run(ctx context.Context) (module.Result, error) {
	p, name := n.p, n.p.Str("name")
	if p.Str("path") == "" && !p.Bool("global") {
		return module.Fail("path must be specified when not using global"), nil
	}
	if p.Bool("ci") {
		_, err := n.call(ctx, false, "ci")
		return module.Result{Changed: true}, err
	}
	installed, missing, err := n.list(ctx)
	if err != nil {
		return module.Result{}, err
	}
	switch p.Str("state") {
	case "absent":
		if !slices.Contains(installed, name) {
			return module.Result{}, nil
		}
		_, err := n.call(ctx, false, "uninstall", name)
		return module.Result{Changed: true}, err
	case "latest":
		outdated, err := n.outdated(ctx)
		if err != nil {
			return module.Result{}, err
		}
		switch {
		case len(missing) > 0:
			err = n.install(ctx)
		case len(outdated) > 0:
			args := []string{"update"}
			if name != "" {
				args = append(args, name)
			}
			_, err = n.call(ctx, false, args...)
		default:
			return module.Result{}, nil
		}
		return module.Result{Changed: true}, err
	}
	if len(missing) == 0 {
		return module.Result{}, nil
	}
	return module.Result{Changed: true}, n.install(ctx)
}

func (n *npm) install(ctx context.Context) error {
	args := []string{"install"}
	if n.want != "" {
		args = append(args, n.want)
	}
	_, err := n.call(ctx, false, args...)
	return err
}

// call runs npm in the folder of the project. query says that it changes nothing: it is run in check mode too, and its exit
// code does not count.
func (n *npm) call(ctx context.Context, query bool, args ...string) (programs.Out, error) {
	p := n.p
	if p.Check && !query {
		return programs.Out{}, nil
	}
	program := p.Str("executable")
	if program == "" {
		program = "npm"
	}
	argv, rest := []string{program}, args
	// options stand between the command and what it is about, as Ansible's module puts them
	command := 1
	if query {
		command = len(args)
	}
	argv = append(argv, rest[:command]...)
	flag := func(name, option string) {
		if p.Bool(name) {
			argv = append(argv, option)
		}
	}
	flag("global", "--global")
	if !query {
		flag("production", "--production")
	}
	flag("ignore_scripts", "--ignore-scripts")
	flag("unsafe_perm", "--unsafe-perm")
	argv = append(argv, rest[command:]...)
	if r := p.Str("registry"); r != "" {
		argv = append(argv, "--registry", r)
	}
	flag("no_optional", "--no-optional")
	flag("no_bin_links", "--no-bin-links")
	flag("force", "--force")
	dir, err := n.folder()
	if err != nil {
		return programs.Out{}, err
	}
	out, err := programs.Run(ctx, n.sys, target.Command{Argv: argv, Dir: dir})
	if err != nil || out.RC == 0 || query {
		return out, err
	}
	argv[0], _ = programs.Find(n.sys, program) // it was just run
	f := programs.Fail("%s", strings.TrimRight(out.Stderr, "\r\n"))
	f.Result.Set("cmd", strings.Join(argv, " ")).Set("rc", out.RC).Set("stdout", out.Stdout).Set("stderr", out.Stderr)
	return out, f
}

// folder is where npm runs; it is made when it is not there.
func (n *npm) folder() (string, error) {
	dir := n.p.Str("path")
	if dir == "" {
		return "", nil
	}
	info, err := n.sys.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return "", programs.Fail("path %s is not a directory", dir)
	case err == nil:
		return dir, nil
	}
	made := dir
	var missing []string
	for err != nil && made != "/" {
		missing = append(missing, made)
		made = made[:max(1, strings.LastIndexByte(made, '/'))]
		_, err = n.sys.Stat(made)
	}
	slices.Reverse(missing)
	for _, d := range missing {
		if err := n.sys.Mkdir(d, 0o777); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// list tells which packages are installed, and which the project needs, or the call asks for, that are not.
func (n *npm) list(ctx context.Context) (installed, missing []string, err error) {
	out, err := n.call(ctx, true, "list", "--json", "--long")
	if err != nil {
		return nil, nil, err
	}
	var answer struct {
		Dependencies map[string]struct {
			Version string
			Missing bool
			Invalid any
		}
	}
	if err := json.Unmarshal([]byte(out.Stdout), &answer); err != nil {
		return nil, nil, programs.Fail("Failed to parse NPM output with error %v", err)
	}
	name, version := n.p.Str("name"), n.p.Str("version")
	for _, dep := range slices.Sorted(maps.Keys(answer.Dependencies)) {
		d := answer.Dependencies[dep]
		if d.Missing || d.Invalid != nil && d.Invalid != false && d.Invalid != "" {
			missing = append(missing, dep)
			continue
		}
		installed = append(installed, dep)
		if version != "" && dep == name && d.Version != version {
			missing = append(missing, dep)
		}
	}
	if name != "" && !slices.Contains(installed, name) && !slices.Contains(missing, name) {
		missing = append(missing, name)
	}
	return installed, missing, nil
}

// outdated tells for which packages there are newer versions.
func (n *npm) outdated(ctx context.Context) ([]string, error) {
	args := []string{"outdated"}
	if name := n.p.Str("name"); name != "" {
		args = append(args, name)
	}
	out, err := n.call(ctx, true, args...)
	var names []string
	for _, l := range strings.Split(out.Stdout, "\n") {
		if l != "" && !strings.HasPrefix(l, "Package ") {
			names = append(names, strings.Fields(l)[0])
		}
	}
	return names, err
}

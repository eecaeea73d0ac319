package languages

import (
	"context"
	"path"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.pip", Check: module.Full, Run: runPip,
	Args: module.Args{
		{Name: "name", Type: module.List, Elements: module.Str, Help: "Packages of Python, also with versions, addresses and files."},
		{Name: "version", Help: "The version of the one package."},
		{Name: "requirements", Help: "A file of requirements on the target."},
		{Name: "virtualenv", Type: module.Path, Help: "The virtual environment to work in; it is made when it is not there."},
		{Name: "virtualenv_site_packages", Type: module.Bool, Default: false, Help: "A new environment sees the system's packages."},
		{Name: "virtualenv_command", Type: module.Path, Default: "virtualenv", Help: "What makes a virtual environment."},
		{Name: "virtualenv_python", Help: "The interpreter of a new environment."},
		{Name: "state", Default: "present", Choices: []string{"present", "absent", "latest", "forcereinstall"}, Help: "What is wanted."},
		{Name: "extra_args", Help: "Further arguments of pip."},
		{Name: "editable", Type: module.Bool, Default: false, Help: "Install as editable (-e)."},
		{Name: "chdir", Type: module.Path, Help: "The folder to run pip in."},
		{Name: "executable", Type: module.Path, Help: "The pip to use."},
		{Name: "umask", Help: "The mask for new files, octal."},
		{Name: "break_system_packages", Type: module.Bool, Default: false, Help: "Write into an environment that the system's package manager owns."},
	},
	Rules: module.Rules{
		RequiredOneOf:     [][]string{{"name", "requirements"}},
		MutuallyExclusive: [][]string{{"name", "requirements"}, {"executable", "virtualenv"}},
	},
	Doc: module.Doc{
		Short:    "Install and remove packages of Python.",
		Notes:    []string{"Drives the target's pip; without executable and virtualenv that of python3."},
		Examples: "- ansible.builtin.pip:\n    name: requests\n    virtualenv: /opt/app\n    virtualenv_command: python3 -m venv\n",
		Returns:  []module.Return{{Name: "cmd", Type: "list", When: "success", Help: "The command that was run."}},
	},
})

// pip is one call.
type pip struct {
	sys            target.System
	p              *module.Params
	command        []string
	names          []string
	env            []string
	umask          *uint32
	stdout, stderr string
}

func runPip(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	v := &pip{sys: sys, p: p, names: joinSpecs(p.Strs("name"))}
	if p.Bool("break_system_packages") {
		v.env = append(v.env, "PIP_BREAK_SYSTEM_PACKAGES=1")
	}
	r, err := v.run(ctx)
	return programs.Answer(r, err)
}

// joinSpecs puts together what was cut at the commas of a version: "foo>=1", "<2" is one package.
func joinSpecs(list []string) []string {
	var out []string
	for _, n := range list {
		if len(out) > 0 && n != "" && strings.ContainsRune("<>=!~", rune(n[0])) {
			out[len(out)-1] += "," + n
			continue
		}
		out = append(out, n)
	}
	return out
}

func (v *pip) run(ctx context.Context) (module.Result, error) {
	p, state := v.p, v.p.Str("state")
	if p.Has("umask") {
		n, err := strconv.ParseUint(p.Str("umask"), 8, 12)
		if err != nil {
			return module.Fail("umask must be an octal integer").With("details", "invalid literal for int() with base 8: '"+p.Str("umask")+"'"), nil
		}
		mask := uint32(n)
		v.umask = &mask
	}
	switch {
	case state == "latest" && p.Has("version"):
		return module.Fail("version is incompatible with state=latest"), nil
	case p.Has("version") && len(v.names) > 1:
		return module.Fail("'version' argument is ambiguous when installing multiple package distributions. Please specify version restrictions next to each package in 'name' argument."), nil
	}
	made := false
	if env := p.Str("virtualenv"); env != "" {
		var err error
		if made, err = v.environment(ctx, env); err != nil {
			return module.Result{}, err
		}
		if made && p.Check {
			return module.Result{Changed: true}, nil
		}
	}
	var err error
	if v.command, err = v.find(); err != nil {
		return module.Result{}, err
	}
	if len(v.names) == 0 && !p.Has("requirements") && p.Has("name") {
		p.Warn("No valid name or requirements file found.")
		return module.Result{Changed: made}, nil
	}
	if p.Check {
		return v.check(ctx)
	}
	return v.work(ctx, made)
}

// find gives the command of pip.
func (v *pip) find() ([]string, error) {
	if e := v.p.Str("executable"); e != "" {
		if path.IsAbs(e) {
			return []string{e}, nil
		}
		file, err := v.sys.LookPath(e)
		if err != nil {
			return nil, programs.Fail("Unable to find any of %s to use.  pip needs to be installed.", e)
		}
		return []string{file}, nil
	}
	if env := v.p.Str("virtualenv"); env != "" {
		for _, n := range []string{"pip3", "pip"} {
			if f := path.Join(env, "bin", n); v.sys.Access(f, 1) {
				return []string{f}, nil
			}
		}
		return nil, programs.Fail("Unable to find pip in the virtualenv, %s, under any of these names: pip3, pip. Make sure pip is present in the virtualenv.", env)
	}
	python, err := v.sys.LookPath("python3")
	if err == nil && programs.Has(v.sys, "pip3") {
		return []string{python, "-m", "pip"}, nil
	}
	if file, err := v.sys.LookPath("pip"); err == nil {
		return []string{file}, nil
	}
	return nil, programs.Fail("Unable to find any of pip3, pip to use.  pip needs to be installed.")
}

// environment makes a virtual environment, unless it is there; in check mode it only tells.
func (v *pip) environment(ctx context.Context, env string) (bool, error) {
	if _, err := v.sys.Stat(path.Join(env, "bin", "activate")); err == nil {
		return false, nil
	}
	if v.p.Check {
		return true, nil
	}
	argv, err := shellwords.Split(v.p.Str("virtualenv_command"))
	if err != nil || len(argv) == 0 {
		return false, programs.Fail("virtualenv_command is no command: %s", v.p.Str("virtualenv_command"))
	}
	venv := len(argv) > 2 && argv[1] == "-m" && argv[2] == "venv" || strings.Contains(path.Base(argv[0]), "pyvenv")
	if v.p.Bool("virtualenv_site_packages") {
		argv = append(argv, "--system-site-packages")
	}
	switch {
	case v.p.Has("virtualenv_python") && venv:
		return false, programs.Fail("virtualenv_python should not be used when using the venv module or pyvenv as virtualenv_command")
	case v.p.Has("virtualenv_python"):
		argv = append(argv, "-p"+v.p.Str("virtualenv_python"))
	}
	out, err := v.exec(ctx, append(argv, env))
	if err != nil {
		return false, err
	}
	if out.RC != 0 {
		return false, v.failed(append(argv, env), out)
	}
	v.stdout, v.stderr = out.Stdout, out.Stderr
	return true, nil
}

func (v *pip) exec(ctx context.Context, argv []string) (programs.Out, error) {
	dir := v.p.Str("chdir")
	if dir == "" && v.p.Has("virtualenv") {
		dir = v.sys.TempDir()
	}
	return programs.Run(ctx, v.sys, target.Command{Argv: argv, Dir: dir, Env: v.env, Umask: v.umask})
}

func (v *pip) failed(argv []string, out programs.Out) error {
	msg, stdout, stderr := "", v.stdout+out.Stdout, v.stderr+out.Stderr
	if stdout != "" {
		msg = "stdout: " + stdout
	}
	if stderr != "" {
		msg += "\n:stderr: " + stderr
	}
	return &programs.Failed{Result: module.Fail("%s", msg).With("cmd", argv)}
}

// words are the packages for pip.
func (v *pip) words() []string {
	var out []string
	for _, n := range v.names {
		if version := v.p.Str("version"); version != "" {
			if !strings.ContainsRune("<>=!~", rune(version[0])) {
				version = "==" + version
			}
			n += version
		}
		out = append(out, n)
	}
	return out
}

// freeze lists what is installed.
func (v *pip) freeze(ctx context.Context) (argv []string, out programs.Out, err error) {
	argv = append(append(argv, v.command...), "list", "--format=freeze")
	out, err = programs.Run(ctx, v.sys, target.Command{Argv: argv, Env: append(v.env, programs.C...)})
	return argv, out, err
}

// check tells what would change, as far as it can be known without pip's looking for packages.
func (v *pip) check(ctx context.Context) (module.Result, error) {
	if v.p.Has("extra_args") || v.p.Has("requirements") || v.p.Str("state") == "latest" || len(v.names) == 0 {
		return module.Result{Changed: true}, nil
	}
	argv, out, err := v.freeze(ctx)
	if err != nil {
		return module.Result{}, err
	}
	have := map[string]string{}
	for line := range strings.Lines(out.Stdout) {
		if name, version, ok := strings.Cut(strings.TrimSpace(line), "=="); ok {
			have[pyName(name)] = version
		}
	}
	changed := v.p.Str("state") == "forcereinstall"
	for _, w := range v.words() {
		m := requirement().FindStringSubmatch(w)
		if m == nil {
			changed = true
			continue
		}
		version, there := have[pyName(m[1])]
		if v.p.Str("state") == "absent" {
			changed = changed || there
		} else {
			changed = changed || !there || m[2] != "" && m[2] != "=="+version
		}
	}
	return module.Result{Changed: changed}.With("cmd", strings.Join(argv, " ")).With("stdout", out.Stdout).With("stderr", out.Stderr), nil
}

var requirement = lazyregexp.New(`^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*([<>=!~].*)?$`)

// pyName writes a name as PEP 503 does: "Foo.Bar_x" is "foo-bar-x".
func pyName(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "-", ".", "-").Replace(name))
}

func (v *pip) work(ctx context.Context, made bool) (module.Result, error) {
	p, state := v.p, v.p.Str("state")
	argv := append([]string(nil), v.command...)
	argv = append(argv, map[string][]string{
		"present": {"install"}, "absent": {"uninstall", "-y"}, "latest": {"install", "-U"}, "forcereinstall": {"install", "-U", "--force-reinstall"},
	}[state]...)
	if p.Has("extra_args") {
		extra, err := shellwords.Split(p.Str("extra_args"))
		if err != nil {
			return module.Fail("extra_args: %v", err), nil
		}
		argv = append(argv, extra...)
	}
	before := ""
	if p.Has("requirements") {
		argv = append(argv, "-r", p.Str("requirements"))
		_, out, err := v.freeze(ctx)
		if err != nil {
			return module.Result{}, err
		}
		before = out.Stdout
	} else if p.Bool("editable") {
		argv = append(argv, "-e")
	}
	argv = append(argv, v.words()...)
	out, err := v.exec(ctx, argv)
	if err != nil {
		return module.Result{}, err
	}
	gone := out.RC == 1 && state == "absent" && (strings.Contains(out.Stdout, "not installed") || strings.Contains(out.Stderr, "not installed"))
	if out.RC != 0 && !gone {
		return module.Result{}, v.failed(argv, out)
	}
	changed := strings.Contains(out.Stdout, "Successfully installed")
	switch {
	case state == "absent":
		changed = strings.Contains(out.Stdout, "Successfully uninstalled")
	case p.Has("requirements"):
		_, after, err := v.freeze(ctx)
		if err != nil {
			return module.Result{}, err
		}
		changed = before != after.Stdout
	}
	r := module.Result{Changed: changed || made}
	r.Set("cmd", argv).Set("state", state).Set("requirements", p.Value("requirements")).Set("version", p.Value("version")).Set("virtualenv", p.Value("virtualenv"))
	r.Set("name", value.Value(value.None))
	if p.Has("name") {
		r.Set("name", p.Strs("name"))
	}
	r.Set("stdout", v.stdout+out.Stdout).Set("stderr", v.stderr+out.Stderr)
	return r, nil
}

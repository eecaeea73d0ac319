package languages

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.general.composer", Redirects: []string{"ansible.builtin.composer"}, Check: module.Full, Run: runComposer,
	Args: module.Args{
		{Name: "command", Default: "install", Help: "The command of composer."},
		{Name: "arguments", Default: "", Help: "Its arguments."},
		{Name: "executable", Aliases: []string{"php_path"}, Type: module.Path, Help: "The program php."},
		{Name: "working_dir", Type: module.Path, Help: "The folder of the project."},
		{Name: "global_command", Type: module.Bool, Default: false, Help: "Work on what is installed for all projects."},
		{Name: "prefer_source", Type: module.Bool, Default: false, Help: "Take packages from their sources."},
		{Name: "prefer_dist", Type: module.Bool, Default: false, Help: "Take packages as archives."},
		{Name: "no_dev", Type: module.Bool, Default: true, Help: "Leave out what is for development."},
		{Name: "no_scripts", Type: module.Bool, Default: false, Help: "Run no scripts of the project."},
		{Name: "no_plugins", Type: module.Bool, Default: false, Help: "Use no plugins."},
		{Name: "apcu_autoloader", Type: module.Bool, Default: false, Help: "Let APCu keep which classes there are."},
		{Name: "optimize_autoloader", Type: module.Bool, Default: true, Help: "Make a list of all classes."},
		{Name: "classmap_authoritative", Type: module.Bool, Default: false, Help: "Take classes from that list alone."},
		{Name: "ignore_platform_reqs", Type: module.Bool, Default: false, Help: "Do not ask whether PHP and its extensions fit."},
		{Name: "composer_executable", Type: module.Path, Help: "The program composer."},
	},
	Rules: module.Rules{RequiredIf: []module.RequiredIf{{Name: "global_command", Is: false, Then: []string{"working_dir"}}}},
	Doc: module.Doc{
		Short:    "Install the dependencies of a PHP project.",
		Examples: "- community.general.composer:\n    command: install\n    working_dir: /srv/app\n",
		Returns:  []module.Return{{Name: "stdout", Type: "str", When: "always", Help: "What composer wrote."}},
	},
})

// composerOptions are the options for arguments that are true, in the order in which they are given.
var composerOptions = [][2]string{
	{"prefer_source", "prefer-source"},
	{"prefer_dist", "prefer-dist"},
	{"no_dev", "no-dev"},
	{"no_scripts", "no-scripts"},
	{"no_plugins", "no-plugins"},
	{"apcu_autoloader", "apcu-autoloader"},
	{"optimize_autoloader", "optimize-autoloader"},
	{"classmap_authoritative", "classmap-authoritative"},
	{"ignore_platform_reqs", "ignore-platform-reqs"},
}

func runComposer(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	c := &composer{sys: sys, p: p}
	return programs.Answer(c.run(ctx))
}

// composer is one call.
type composer struct {
	sys target.System
	p   *module.Params
	php []string // php and composer
}

func (c *composer) run(ctx context.Context) (module.Result, error) {
	if len(strings.Fields(c.p.Str("command"))) != 1 {
		return module.Fail("Use the 'arguments' param for passing arguments with the 'command'"), nil
	}
	for _, name := range [][2]string{{"executable", "php"}, {"composer_executable", "composer"}} {
		file := c.p.Str(name[0])
		if file == "" {
			var err error
			if file, err = programs.Find(c.sys, name[1]); err != nil {
				return module.Result{}, err
			}
		}
		c.php = append(c.php, file)
	}
	known, err := c.options(ctx)
	if err != nil {
		return module.Result{}, err
	}
	var opts []string
	add := func(name string) {
		if known[name] {
			opts = append(opts, "--"+name)
		}
	}
	for _, name := range []string{"no-ansi", "no-interaction", "no-progress"} {
		add(name)
	}
	for _, o := range composerOptions {
		if c.p.Bool(o[0]) {
			add(o[1])
		}
	}
	if c.p.Check {
		if !known["dry-run"] {
			return module.Result{Skipped: true, Msg: "command '" + c.p.Str("command") + "' does not support check mode, skipping"}, nil
		}
		opts = append(opts, "--dry-run")
	}
	args, err := shellwords.Split(c.p.Str("arguments"))
	if err != nil {
		return module.Fail("arguments: %v", err), nil
	}
	out, err := c.call(ctx, []string{c.p.Str("command")}, opts, args)
	if err != nil {
		return module.Result{}, err
	}
	if out.RC != 0 {
		return module.Fail("%s", oneLine(out.Stderr)).With("stdout", out.Stderr), nil
	}
	all := out.Stdout + out.Stderr
	changed := !strings.Contains(all, "Nothing to install") && !strings.Contains(all, "Nothing to modify")
	return module.Result{Changed: changed, Msg: oneLine(all), HasMsg: true}.With("stdout", all), nil
}

// oneLine puts a text into one line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// call runs a command of composer with its options and arguments.
func (c *composer) call(ctx context.Context, command, opts, args []string) (programs.Out, error) {
	argv := append([]string{}, c.php...)
	if c.p.Bool("global_command") {
		argv = append(argv, "global")
	}
	argv = append(append(argv, command...), opts...)
	if !c.p.Bool("global_command") {
		argv = append(argv, "--working-dir", c.p.Str("working_dir"))
	}
	return programs.Run(ctx, c.sys, target.Command{Argv: append(argv, args...), Env: programs.C})
}

// options asks which options the command has.
func (c *composer) options(ctx context.Context) (map[string]bool, error) {
	out, err := c.call(ctx, []string{"help", c.p.Str("command")}, nil, []string{"--no-interaction", "--format=json"})
	if err != nil {
		return nil, err
	}
	if out.RC != 0 {
		return nil, programs.Fail("%s", oneLine(out.Stderr))
	}
	var help struct {
		Definition struct{ Options map[string]json.RawMessage }
	}
	if err := json.Unmarshal([]byte(out.Stdout[max(0, strings.IndexByte(out.Stdout, '{')):]), &help); err != nil {
		return nil, programs.Fail("composer does not tell the options of %s: %v", c.p.Str("command"), err)
	}
	known := map[string]bool{}
	for name := range help.Definition.Options {
		known[name] = true
	}
	return known, nil
}

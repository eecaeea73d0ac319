package system

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.general.make", Redirects: []string{"ansible.builtin.make"}, Check: module.Full, Run: runMake,
	Args: module.Args{
		{Name: "target", Help: "What to make; the first of the file otherwise."},
		{Name: "targets", Type: module.List, Elements: module.Str, Help: "Several of them."},
		{Name: "params", Type: module.Dict, Help: "Variables of make; one without a value is a word of the command line."},
		{Name: "chdir", Type: module.Path, Required: true, Help: "The folder to make it in."},
		{Name: "file", Type: module.Path, Help: "The file in place of Makefile."},
		{Name: "make", Type: module.Path, Help: "The program; gmake or make otherwise."},
		{Name: "jobs", Type: module.Int, Help: "How much is done at a time."},
	},
	Rules: module.Rules{MutuallyExclusive: [][]string{{"target", "targets"}}},
	Doc: module.Doc{
		Short:    "Run make, if what is to be made is not up to date.",
		Notes:    []string{"A folder that is not there is an error; Ansible's module works in its own folder then."},
		Examples: "- community.general.make:\n    chdir: /usr/src/app\n    target: install\n    params:\n      PREFIX: /usr/local\n",
		Returns:  []module.Return{{Name: "command", Type: "str", When: "success", Help: "The command line."}, {Name: "stdout", Type: "str", When: "always", Help: "What make wrote."}},
	},
})

func runMake(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	r, err := runMakeOn(ctx, sys, p)
	return programs.Answer(r, err)
}

func runMakeOn(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	prog := p.Str("make")
	if prog == "" {
		var err error
		if prog, err = programs.Find(sys, "gmake"); err != nil {
			if prog, err = programs.Find(sys, "make"); err != nil {
				return module.Result{}, err
			}
		}
	}
	dir := p.Str("chdir")
	if info, err := sys.Stat(dir); err != nil || !info.IsDir() {
		return module.Result{}, programs.Fail("chdir: %s is not a folder", dir)
	}
	argv := makeArgv(prog, p)
	asked, err := makeIn(ctx, sys, dir, append([]string{prog, "-q"}, argv[1:]...))
	if err != nil {
		return module.Result{}, err
	}
	r := module.Result{Changed: asked.RC != 0}
	stdout, stderr := asked.Stdout, asked.Stderr
	switch {
	case p.Check:
		stdout, stderr = "", ""
	case asked.RC != 0:
		out, err := makeIn(ctx, sys, dir, argv)
		if err != nil {
			return r, err
		}
		if out.RC != 0 {
			return r, &programs.Failed{Result: module.Fail("%s", strings.TrimRight(out.Stderr, "\r\n")).With("rc", out.RC).With("cmd", shellwords.Join(argv)).
				With("stdout", out.Stdout).With("stderr", out.Stderr)}
		}
		stdout, stderr = out.Stdout, out.Stderr
	}
	r.Set("stdout", strings.TrimSpace(stdout)).Set("stderr", strings.TrimSpace(stderr)).Set("command", shellwords.Join(argv))
	for _, name := range []string{"target", "targets", "params", "chdir", "file", "jobs"} {
		r.Set(name, p.Value(name))
	}
	return r, nil
}

func makeArgv(prog string, p *module.Params) []string {
	argv := []string{prog}
	if p.Has("jobs") {
		n, _ := value.Text(p.Value("jobs")) // a number
		argv = append(argv, "-j", n)
	}
	if p.Has("file") {
		argv = append(argv, "-f", p.Str("file"))
	}
	if p.Has("target") {
		argv = append(argv, p.Str("target"))
	}
	argv = append(argv, p.Strs("targets")...)
	if d := p.Dict("params"); d != nil {
		for it := d.Iterate(); it.Next(); {
			name, _ := value.Text(it.Key())
			if v := it.Stored(); v != value.None {
				text, _ := value.Text(v)
				name += "=" + text
			}
			argv = append(argv, name)
		}
	}
	return argv
}

func makeIn(ctx context.Context, sys target.System, dir string, argv []string) (programs.Out, error) {
	_, err := sys.Stat(argv[0]) // is a path
	var exit target.Exit
	if err == nil {
		exit, err = sys.Run(ctx, target.Command{Argv: argv, Dir: dir})
	}
	if ctx.Err() != nil {
		return programs.Out{}, ctx.Err()
	}
	if err != nil {
		return programs.Out{}, &programs.Failed{Result: fileattr.CommandError(shellwords.Join(argv), err).Result(sys)}
	}
	return programs.Out{RC: exit.Code, Stdout: string(exit.Stdout), Stderr: string(exit.Stderr)}, nil
}

package commands

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/glob"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var commandArgs = module.Args{
	{Name: "_raw_params", Help: "The command line in free form."},
	{Name: "_uses_shell", Type: module.Bool, Default: false, Help: "Run it with a shell; the module shell sets it."},
	{Name: "cmd", Help: "The command line."},
	{Name: "argv", Type: module.List, Help: "Program and arguments, taken as they are."},
	{Name: "chdir", Type: module.Path, Help: "The directory to run it in."},
	{Name: "creates", Type: module.Path, Help: "A file or pattern; where it exists the command is not run."},
	{Name: "removes", Type: module.Path, Help: "A file or pattern; where it does not exist the command is not run."},
	{Name: "executable", Help: "The shell, an absolute path; of shell alone."},
	{Name: "stdin", Help: "The input of the command."},
	{Name: "stdin_add_newline", Type: module.Bool, Default: true, Help: "End the input with a newline."},
	{Name: "strip_empty_ends", Type: module.Bool, Default: true, Help: "Strip empty lines from the end of the outputs."},
	{Name: "expand_argument_vars", Type: module.Bool, Default: true, Help: "Expand $NAME and a leading ~ in arguments; a shell does so itself."},
}

var commandRules = module.Rules{
	RequiredOneOf:     [][]string{{"_raw_params", "cmd", "argv"}},
	MutuallyExclusive: [][]string{{"_raw_params", "cmd", "argv"}},
}

var commandReturns = []module.Return{
	{Name: "cmd", Type: "raw", When: "always", Help: "The command: a text with a shell, else a list."},
	{Name: "rc", Type: "int", When: "always", Help: "The exit code; minus the signal's number if one ended it."},
	{Name: "stdout", Type: "str", When: "always", Help: "The output; stdout_lines has it by lines."},
	{Name: "stderr", Type: "str", When: "always", Help: "The error output; stderr_lines has it by lines."},
	{Name: "start", Type: "str", When: "it was run", Help: "When it began; end and delta tell when it ended and how long it took."},
}

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.command", Called: "ansible.legacy.command", Check: module.Partial, Run: runCommand, Args: commandArgs, Rules: commandRules,
	Doc: module.Doc{
		Short:    "Run a program, without a shell.",
		Examples: "- ansible.builtin.command: /usr/bin/make-database db_user db_name\n  args:\n    creates: /path/to/database\n",
		Returns:  commandReturns,
	},
})

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.shell", Called: "ansible.legacy.command", Check: module.Partial, Run: runShell, Args: commandArgs, Rules: commandRules,
	Doc: module.Doc{
		Short:    "Run a command line with a shell.",
		Examples: "- ansible.builtin.shell: somescript.sh >> somelog.txt\n  args:\n    chdir: somedir/\n",
		Returns:  commandReturns,
	},
})

func runCommand(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	return execute(ctx, sys, p, p.Bool("_uses_shell"))
}

func runShell(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	p.Show("_uses_shell", value.True)
	return execute(ctx, sys, p, true)
}

// call is one call of command or shell.
type call struct {
	sys   target.System
	p     *module.Params
	shell bool
	line  string   // the command line, with a shell
	argv  []string // program and arguments, without
	r     module.Result
}

func execute(ctx context.Context, sys target.System, p *module.Params, shell bool) (module.Result, error) {
	c := &call{sys: sys, p: p, shell: shell}
	if failed, ok := c.read(); !ok {
		return failed, nil
	}
	c.r.Set("stdout", "").Set("stderr", "").Set("rc", nil).Set("cmd", c.cmd())
	c.r.Set("start", nil).Set("end", nil).Set("delta", nil)
	c.r.HasMsg = true
	if dir := p.Str("chdir"); dir != "" {
		if info, err := sys.Stat(dir); err != nil || !info.IsDir() || !sys.Access(dir, 1) {
			c.r.Failed, c.r.Msg = true, "Unable to change directory before execution."
			c.r.Cause = fileattr.PyError(noFolder(err, info), dir)
			return c.r, nil
		}
		c.sys = sys.In(dir, nil)
	}
	if c.notNeeded() {
		return c.r, nil
	}
	if p.Check {
		c.r.Msg = "Command would have run if not in check mode"
		c.r.Set("rc", 0)
		// only where creates or removes was looked at is it known that something would happen
		c.r.Changed = p.Has("creates") || p.Has("removes")
		c.r.Skipped = !c.r.Changed
		return c.r, nil
	}
	return c.run(ctx)
}

// read takes the command from the arguments.
func (c *call) read() (module.Result, bool) {
	switch {
	case c.p.Has("argv"):
		c.argv = c.p.Strs("argv")
		if c.shell {
			c.line = strings.Join(c.argv, " ")
		}
		return module.Result{}, true
	case c.p.Has("cmd"):
		c.line = c.p.Str("cmd")
	default:
		c.line = c.p.Str("_raw_params")
	}
	if c.p.Has("executable") && !c.shell {
		c.p.Warn(fmt.Sprintf("As of Ansible 2.4, the parameter 'executable' is no longer supported with the 'command' module. Not using '%s'.", c.p.Str("executable")))
	}
	if strings.TrimSpace(c.line) == "" {
		if c.p.Check {
			return module.Result{}, true
		}
		return module.Fail("Argument 'args' to run_command must be list or string").With("cmd", nil).With("rc", 257), false
	}
	if c.shell {
		return module.Result{}, true
	}
	var err error
	if c.argv, err = shellwords.Split(c.line); err != nil {
		return module.Raise(err.Error()), false
	}
	return module.Result{}, true
}

// cmd is the result's cmd.
func (c *call) cmd() any {
	switch {
	case c.argv != nil:
		return c.argv
	case strings.TrimSpace(c.line) == "":
		return nil
	}
	return c.line
}

// notNeeded looks at creates and removes.
func (c *call) notNeeded() bool {
	would := "Did"
	if c.p.Check {
		would = "Would"
	}
	skip := func(format, name string) bool {
		why := fmt.Sprintf(format, "'"+name+"'")
		c.r.Msg = fmt.Sprintf("%s not run command since %s", would, why)
		c.r.Set("stdout", fmt.Sprintf("skipped, since "+format, name)).Set("rc", 0)
		return true
	}
	if name := c.p.Str("creates"); name != "" && c.matches(name) {
		return skip("%s exists", name)
	}
	if name := c.p.Str("removes"); name != "" && !c.matches(name) {
		return skip("%s does not exist", name)
	}
	return false
}

// matches reports whether there is a file that a pattern matches, from the directory of the command.
func (c *call) matches(pattern string) bool {
	return len(glob.Files(c.sys, pattern)) > 0
}

// run runs the command and tells what came of it.
func (c *call) run(ctx context.Context) (module.Result, error) {
	cmd := target.Command{Argv: c.argv}
	name := strings.Join(quoted(c.argv), " ")
	switch {
	case c.shell:
		sh := "/bin/sh"
		if c.p.Has("executable") {
			sh = c.p.Str("executable")
		}
		cmd.Argv = []string{sh, "-c", c.line}
		name = strings.Join(quoted(cmd.Argv), " ")
		if !c.p.Has("executable") {
			name = c.line
		}
	case c.p.Bool("expand_argument_vars"):
		cmd.Argv = c.expand()
	}
	if c.p.Has("stdin") {
		text := c.p.Str("stdin")
		if c.p.Bool("stdin_add_newline") && !strings.HasSuffix(text, "\n") && text != "" {
			text += "\n"
		}
		cmd.Stdin = strings.NewReader(text)
	}
	start := c.sys.Now()
	exit, err := c.sys.Run(ctx, cmd)
	if ctx.Err() != nil {
		return module.Result{}, ctx.Err()
	}
	if err != nil {
		failed := fileattr.CommandError(name, err).Result(c.sys)
		if len(cmd.Argv) > 0 {
			failed.Cause = fileattr.PyError(err, cmd.Argv[0])
		}
		return failed, nil
	}
	end := c.sys.Now()
	c.r.Changed = true
	c.r.Set("rc", exit.Code).Set("stdout", c.output(exit.Stdout)).Set("stderr", c.output(exit.Stderr))
	const layout = "2006-01-02 15:04:05.000000"
	c.r.Set("start", start.Format(layout)).Set("end", end.Format(layout)).Set("delta", delta(end.Sub(start)))
	if exit.Code != 0 {
		c.r.Failed, c.r.Msg = true, "non-zero return code"
	}
	return c.r, nil
}

// expand gives the arguments with "~" and "$NAME" replaced, and so the program.
func (c *call) expand() []string {
	env := module.EnvOf(c.sys)
	out := make([]string, len(c.argv))
	for i, a := range c.argv {
		out[i] = module.ExpandUser(module.ExpandVars(a, env), env)
	}
	return out
}

func quoted(argv []string) []string {
	out := make([]string, len(argv))
	for i, a := range argv {
		out[i] = shellwords.Quote(a)
	}
	return out
}

// output is what a result shows of an output. Empty lines at its end go, unless they are wanted.
func (c *call) output(b []byte) string {
	s := string(b)
	if c.p.Bool("strip_empty_ends") {
		s = strings.TrimRight(s, "\r\n")
	}
	return s
}

// delta writes a duration as Python's timedelta does: "0:00:00.004213", "1 day, 0:00:01".
func delta(d time.Duration) string {
	d = d.Round(time.Microsecond)
	days := d / (24 * time.Hour)
	d -= days * 24 * time.Hour
	s := fmt.Sprintf("%d:%02d:%02d", d/time.Hour, d/time.Minute%60, d/time.Second%60)
	if us := d % time.Second / time.Microsecond; us != 0 {
		s += fmt.Sprintf(".%06d", us)
	}
	switch {
	case days == 1:
		return "1 day, " + s
	case days > 1:
		return fmt.Sprintf("%d days, %s", days, s)
	}
	return s
}

// noFolder says why a folder is none to run a command in, from what stat told.
func noFolder(err error, info target.Info) error {
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return syscall.ENOTDIR
	}
	return syscall.EACCES
}

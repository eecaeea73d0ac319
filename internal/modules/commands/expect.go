package commands

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.expect", Check: module.None, Run: runExpect,
	Args: module.Args{
		{Name: "command", Required: true, Help: "The command line; no shell reads it."},
		{Name: "chdir", Type: module.Path, Help: "The directory to run it in."},
		{Name: "creates", Type: module.Path, Help: "A file; where it exists the command is not run."},
		{Name: "removes", Type: module.Path, Help: "A file; where it does not exist the command is not run."},
		{Name: "responses", Type: module.Dict, Required: true, Help: "What to answer by the prompt, a Python regular expression: a text each time, or a list for one time after another."},
		{Name: "timeout", Type: module.Raw, Default: 30, Help: "Seconds to wait for each prompt; null waits for ever."},
		{Name: "echo", Type: module.Bool, Default: false, Help: "Show the answers in the output."},
	},
	Doc: module.Doc{
		Short:    "Run a program on a terminal and answer what it asks.",
		Notes:    []string{"The result's invocation, which -vvv shows, has the prompts, not the answers.", "No Python is needed, and no pexpect."},
		Examples: "- ansible.builtin.expect:\n    command: passwd alice\n    responses:\n      (?i)password: \"{{ vault_password }}\"\n  no_log: true\n",
		Returns: []module.Return{
			{Name: "cmd", Type: "str", When: "always", Help: "The command line."},
			{Name: "rc", Type: "int", When: "always", Help: "The exit code; null when no prompt came in time or a signal ended it."},
			{Name: "stdout", Type: "str", When: "always", Help: "What the terminal showed."},
			{Name: "start", Type: "str", When: "it was run", Help: "When it began; end and delta tell when it ended and how long it took."},
		},
	},
})

func runExpect(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	hideAnswers(p)
	timeout, failed := promptTimeout(p)
	if failed != nil {
		return *failed, nil
	}
	prompts, err := readPrompts(p.Dict("responses"))
	if err != nil {
		return module.Raise(err.Error()), nil
	}
	line := p.Str("command")
	if strings.TrimSpace(line) == "" {
		return module.Fail("no command given").With("rc", 256), nil
	}
	if dir := p.Str("chdir"); dir != "" {
		if info, err := sys.Stat(dir); err != nil || !info.IsDir() || !sys.Access(dir, 1) {
			return module.Raise(fmt.Sprintf("%s: '%s'", fileattr.PyError(noFolder(err, info)), dir)), nil
		}
		sys = sys.In(dir, nil)
	}
	skip := func(format, name string) (module.Result, error) {
		var r module.Result
		r.Set("cmd", line).Set("stdout", "skipped, since "+fmt.Sprintf(format, name)).Set("rc", 0)
		return r, nil
	}
	if name := p.Str("creates"); name != "" && exists(sys, name) {
		return skip("%s exists", name)
	}
	if name := p.Str("removes"); name != "" && !exists(sys, name) {
		return skip("%s does not exist", name)
	}
	argv, err := shellwords.Split(line)
	if err != nil {
		return module.Raise(err.Error()), nil
	}
	start := sys.Now()
	term, err := sys.Spawn(ctx, target.Command{Argv: argv}, p.Bool("echo"))
	if err != nil {
		return cantSpawn(ctx, argv[0], err)
	}
	c := &conversation{term: term, sys: sys, prompts: prompts, timeout: timeout}
	failed, err = c.talk(ctx)
	running := c.late || failed != nil || err != nil
	code, cerr := term.Close()
	switch {
	case ctx.Err() != nil:
		return module.Result{}, ctx.Err()
	case err != nil:
		return module.Result{}, err
	case cerr != nil:
		return module.Result{}, cerr
	case failed != nil:
		return *failed, nil
	}
	return c.result(line, start, code, running), nil
}

// result tells how the program ended. One that was ended before its time, or by a signal, has no exit code, and in Ansible's
// words took too long.
func (c *conversation) result(line string, start time.Time, code int, running bool) module.Result {
	const layout = "2006-01-02 15:04:05.000000"
	end := c.sys.Now()
	r := module.Result{Changed: true}
	r.Set("cmd", line).Set("stdout", strings.TrimRight(string(c.shown), "\r\n"))
	r.Set("start", start.Format(layout)).Set("end", end.Format(layout)).Set("delta", delta(end.Sub(start)))
	switch {
	case running || code < 0:
		r.Set("rc", nil)
		r.Failed, r.Msg = true, "command exceeded timeout"
	case code != 0:
		r.Failed, r.Msg = true, "non-zero return code"
		fallthrough
	default:
		r.Set("rc", code)
	}
	return r
}

func exists(sys target.System, name string) bool {
	_, err := sys.Stat(name)
	return err == nil
}

// cantSpawn is what comes of a program that could not be started.
func cantSpawn(ctx context.Context, name string, err error) (module.Result, error) {
	if ctx.Err() != nil {
		return module.Result{}, ctx.Err()
	}
	var pe *fs.PathError
	if errors.As(err, &pe) && pe.Op == "exec" && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)) {
		return module.Fail("The command was not found or was not executable: %s.", name), nil
	}
	return module.Raise(err.Error()), nil
}

// hideAnswers keeps the answers, which are secrets most of the time, out of invocation.
func hideAnswers(p *module.Params) {
	shown := value.NewDict()
	for it := p.Dict("responses").Iterate(); it.Next(); {
		hidden := value.Value(value.NewStr(module.Hidden))
		if l, ok := it.Stored().(*value.List); ok {
			list := value.NewList()
			for range l.Stored() {
				list.Append(hidden)
			}
			hidden = list
		}
		_ = shown.Set(it.Key(), hidden) // the key is that of a dict
	}
	p.Show("responses", shown)
}

// promptTimeout reads the argument timeout. One that is not positive stands for the default, as in pexpect.
func promptTimeout(p *module.Params) (time.Duration, *module.Result) {
	v := p.Value("timeout")
	if v == value.None {
		return -1, nil
	}
	n, err := module.ToInt(v)
	if err != nil {
		r := module.Fail("argument 'timeout' is of type %s and we were unable to convert to int: %v", pyClass(v), err)
		return 0, &r
	}
	if n < 0 {
		n = 30
	}
	return time.Duration(n) * time.Second, nil
}

func pyClass(v value.Value) string { return "<class '" + v.Type() + "'>" }

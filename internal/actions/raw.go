package actions

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.raw", Run: runRaw, Page: &module.Def{
	Check: module.None,
	Args: module.Args{
		{Name: "free_form", Required: true, Help: "The line; it is written as the text of the task."},
		{Name: "executable", Help: "The shell, /bin/sh otherwise."},
	},
	Doc: module.Doc{
		Short:    "Run a line with a shell on a target that need not be able to run modules.",
		Examples: "- ansible.builtin.raw: test -e /etc/alpine-release\n  changed_when: false\n",
		Returns:  []module.Return{{Name: "rc", Type: "int", When: "always", Help: "The exit code."}, {Name: "stdout", Type: "str", When: "always", Help: "What it wrote."}, {Name: "stderr", Type: "str", When: "always", Help: "What it wrote as errors."}},
	},
}})

// runRaw runs a line with a shell on the target. The task's environment does not reach it, as in Ansible.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/raw_module.html
func runRaw(ctx context.Context, c *Call) (*result.Result, error) {
	if c.Check {
		return skipped(), nil
	}
	line, isStr := c.Args.Stored("_raw_params").(value.Str)
	if _, has := c.Args.Stored("executable").(value.Str); !isStr && has {
		line = value.NewStr("") // the shell alone has nothing to do
	} else if !isStr || line.String() == "" {
		return nil, c.raise("'NoneType' object is not iterable")
	}
	for it := c.Args.Iterate(); it.Next(); {
		if key, _ := value.Text(it.Key()); key != "_raw_params" && key != "executable" {
			return nil, c.raise("raw does not take the argument %s", key)
		}
	}
	r, err := c.shell(ctx, c.Bare(), line.String(), text(c.Args, "executable"))
	if err == nil && len(c.Environ) > 0 {
		const text = "raw module does not support the environment keyword"
		r.Warnings = append(r.Warnings, result.Warning{Text: text})
		r.Values.SetStr("warnings", value.NewList(value.NewStr(text)))
	}
	return r, err
}

// skipped is the result of an action that does nothing in check mode.
func skipped() *result.Result {
	return &result.Result{Status: result.Skipped, Values: value.DictOf("changed", value.False, "failed", value.False)}
}

// skippedFor is the result of an action that gives up with a reason: it has no key "failed".
func skippedFor(format string, args ...any) *result.Result {
	return &result.Result{Status: result.Skipped, Values: value.DictOf("changed", value.False, "msg", value.NewStr(fmt.Sprintf(format, args...)))}
}

// shell runs a line with a shell on host and gives what raw and script return; executable is the shell, "" is /bin/sh.
func (c *Call) shell(ctx context.Context, host Host, line, executable string) (*result.Result, error) {
	if executable == "" {
		executable = "/bin/sh"
	}
	direct, err := host.Shell(ctx, quote(executable)+" -c "+quote(line), nil)
	if err != nil {
		return nil, err
	}
	if direct != nil {
		return c.shellResult(int64(direct.Code), string(direct.Stdout), string(direct.Stderr)), nil
	}
	ran, err := host.Exec(ctx, "ansible.legacy.command", value.DictOf(
		"argv", module.V([]string{executable, "-c", line}), "strip_empty_ends", value.False, "expand_argument_vars", value.False,
	), nil)
	if err != nil {
		return nil, err
	}
	rc, _ := ran.Get("rc").(value.Int)
	stdout, stderr := textOf(ran.Get("stdout")), textOf(ran.Get("stderr"))
	code, _ := rc.Int64()
	if ran.Cause != "" { // the shell itself is not there
		code, stderr = 127, ran.Cause+"\n"
	}
	return c.shellResult(code, stdout, stderr), nil
}

// shellResult is what raw and script return.
func (c *Call) shellResult(code int64, stdout, stderr string) *result.Result {
	r := &result.Result{Changed: true, Values: value.DictOf(
		"changed", value.True, "rc", value.NewInt(code),
		"stdout", value.NewStr(stdout), "stdout_lines", module.V(lines(stdout)),
		"stderr", value.NewStr(stderr), "stderr_lines", module.V(lines(stderr)),
	)}
	if code != 0 {
		const msg = "non-zero return code"
		r.Status, r.Fault = result.Failed, failure("Action failed", msg, c.Pos)
		r.Values.SetStr("msg", value.NewStr(msg))
	}
	return r
}

func textOf(v value.Value) string {
	s, _ := v.(value.Str)
	return s.String()
}

// lines are the lines of an output, as Python splits them.
func lines(s string) []string {
	if s == "" {
		return []string{}
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

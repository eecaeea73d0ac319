package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
)

// runAnsiblePlaybook is the program called as ansible-playbook: Ansible's command line and output, nothing masked. The options
// that apply has mean the same; those that it lacks are refused.
func runAnsiblePlaybook(ctx context.Context, env *Env, args []string) error {
	p, done, err := readDropIn(env, "ansible-playbook", true, args)
	if done || err != nil {
		return err
	}
	if p.has("forks") && strings.TrimLeft(p.str("forks"), "0") == "" || strings.HasPrefix(p.str("forks"), "-") {
		return tellUsage(env, p.fail("The number of processes (--forks) must be >= 1"))
	}
	for _, path := range p.args {
		if err := playbookFile(env, path); err != nil {
			return tellError(env, true, err)
		}
	}
	o, err := runOptionsOf(ctx, p)
	if err != nil {
		return tellError(env, true, err)
	}
	return runPlaybooks(ctx, env, runRequest{
		playbooks: p.args, inventories: p.list("inventory"), deprecated: p.deprecated, options: o, dropIn: true, connects: !o.list.any(),
	})
}

// playbookFile refuses what is no playbook, in Ansible's words.
func playbookFile(env *Env, path string) error {
	at := path
	if !strings.HasPrefix(at, "/") {
		at = env.Dir + "/" + at
	}
	info, err := os.Stat(at)
	switch {
	case err != nil:
		return withCode(ExitError, fmt.Errorf("the playbook: %s could not be found", path))
	case !info.Mode().IsRegular() && info.Mode()&os.ModeNamedPipe == 0:
		return withCode(ExitError, fmt.Errorf("the playbook: %s does not appear to be a file", path))
	}
	return nil
}

// ownOptions are those of Ansible's command lines that are not runOptions.
var ownOptions = map[string]bool{"inventory": true, "help": true, "version": true}

// runOptionsOf makes runOptions of a line of Ansible's, through the flags that all commands that run something have: an option
// of the line that is not among them, nor named by more, is refused.
func runOptionsOf(ctx context.Context, p *parsedLine, more ...string) (o runOptions, err error) {
	flags := runFlags(&o)
	known := flagSet(flags)
	var argv []string
	for key, values := range p.values {
		opt, ok := known[key]
		switch {
		case ownOptions[key] || slices.Contains(more, key):
			continue
		case !ok:
			e := &diag.Error{Msg: fmt.Sprintf("the option --%s is not supported by the native engine", key)}
			return o, withCode(ExitUsage, e.Hint("leave it out, or use Ansible's own %s for this", p.prog))
		}
		for _, v := range values {
			if opt.takes {
				v = opt.word + "=" + v
			} else {
				v = opt.word
			}
			argv = append(argv, v)
		}
	}
	app := &cli.App{
		Name: p.prog, Flags: flags, Writer: io.Discard, ErrWriter: io.Discard, HideHelp: true, HideVersion: true,
		DisableSliceFlagSeparator: true, ExitErrHandler: func(*cli.Context, error) {}, OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			o.collect(c)
			return nil
		},
	}
	return o, app.RunContext(ctx, append([]string{p.prog}, argv...))
}

package cli

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
)

// runAnsiblePlaybook is the program called as ansible-playbook: Ansible's output, nothing masked. Of its options those of
// apply are there; any other is refused.
func runAnsiblePlaybook(ctx context.Context, env *Env, args []string) error {
	var o runOptions
	app := &cli.App{
		Name:      "ansible-playbook",
		Usage:     "run Ansible playbooks natively",
		UsageText: "ansible-playbook [options] PLAYBOOK [PLAYBOOK ...]",
		Flags: append([]cli.Flag{
			&cli.StringSliceFlag{Name: "inventory", Aliases: []string{"i"}, Usage: "`INVENTORY`: a path, or hosts with commas between"},
		}, runFlags(&o)...),
		Reader: env.Stdin, Writer: env.Stdout, ErrWriter: env.Stderr,
		UseShortOptionHandling: true, DisableSliceFlagSeparator: true, HideHelpCommand: true, HideVersion: true,
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   usageError,
		Action: func(c *cli.Context) error {
			if c.Args().Len() == 0 {
				return withCode(ExitUsage, (&diag.Error{Msg: "no playbook is named", Cause: errNoPlaybook}).Hint("ansible-playbook --help tells how"))
			}
			o.collect(c)
			return runPlaybooks(c.Context, env, runRequest{
				playbooks: c.Args().Slice(), inventories: c.StringSlice("inventory"), options: o, dropIn: true,
			})
		},
	}
	argv, err := orderArgs(app, args)
	if err != nil {
		return withCode(ExitUsage, err)
	}
	return app.RunContext(ctx, append([]string{app.Name}, argv...))
}

var errNoPlaybook = errors.New("no playbook")

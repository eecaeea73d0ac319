package cli

import (
	"context"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/record"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

var noPos source.Pos

// applyOptions are the options of apply; those that ansible-playbook has mean the same.
type applyOptions struct {
	inventory string
	resume    string // the run to go on with, "" for none
	run       runOptions
}

const applyHelp = `Runs playbooks/site.yml on an inventory with the native engine: no Python, here or on the target.
Where a task needs what only the real ansible-playbook can do and that is installed, it is given the run; --engine says otherwise.

The kit (playbooks, roles, templates, inventories) is the working directory where that has playbooks/site.yml,
else the one that is built into the program.

An inventory is named by its folder below inventories/, or given as a path. Vaulted values are decrypted when they
are used, and never written anywhere but into the files that the playbook renders. Whatever came out of a vault is
masked in all output.

EXAMPLES
   Try it here, without root, Docker or network, into ./.demo:
      kimai-ansible apply -i demo
   See what would change on production, then do it:
      kimai-ansible apply -i prod --ask-vault-pass --check --diff
      kimai-ansible apply -i prod --ask-vault-pass
   In CI, with the password in a file, only the parts that concern NGINX:
      kimai-ansible apply -i prod --vault-password-file "$RUNNER_TEMP/vault-password" --tags nginx
   For a program that reads along, and a report for CI:
      kimai-ansible apply -i prod --output jsonl --output junit=report.xml
   The run failed, or the machine went down: mend the cause, then go on where it ended:
      kimai-ansible apply --resume
   With the real ansible-playbook, where it is installed:
      kimai-ansible apply -i prod --engine ansible
   Start the stack, with another version of Kimai:
      kimai-ansible apply -i demo -e kimai_start=true -e kimai_compose_version=2.64.0

EXIT STATUS
   0  all went well          4  a host could not be reached, or a file could not be read
   1  an error               99 interrupted
   2  a host failed, or an option is wrong`

// applyCommand is `kimai-ansible apply`.
func applyCommand(env *Env) *cli.Command {
	var o applyOptions
	return &cli.Command{
		Name:        "apply",
		Usage:       "run the kit's playbook on an inventory",
		UsageText:   "kimai-ansible apply -i NAME|PATH [options]",
		Description: applyHelp,
		Flags: append([]cli.Flag{
			&cli.StringFlag{
				Name: "inventory", Aliases: []string{"i"}, Destination: &o.inventory,
				Usage: "the inventory: `NAME|PATH`, a folder of inventories/ or a path, or hosts with commas between",
			},
			outputFlag(), engineFlag(&o.run.engine), resumeFlag(&o.resume),
			&cli.BoolFlag{Name: "no-record", Destination: &o.run.noRecord, Usage: "keep no record of what was done, for --resume"},
		}, runFlags(&o.run)...),
		OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return withCode(ExitUsage, unexpectedArgs(c))
			}
			var earlier *record.Earlier
			if o.resume != "" {
				var err error
				if earlier, err = resumable(env, o.resume); err != nil {
					return err
				}
				defer earlier.Close()
				if o.run.changed, err = takeOver(c, earlier.Header()); err != nil {
					return err
				}
				if err := notResumed(o.run); err != nil {
					return err
				}
			}
			if o.inventory == "" {
				return withCode(ExitUsage, (&diag.Error{Msg: "no inventory is named"}).Hint("apply -i demo takes the demo's; -i NAME one of inventories/NAME, -i PATH your own"))
			}
			o.run.collect(c)
			o.run.outputs = c.StringSlice("output")
			o.run.args = keptArgs(c)
			return runApply(c.Context, env, o, earlier)
		},
	}
}

// runApply runs the kit's playbook; earlier is the record of the run to go on with, nil for none.
func runApply(ctx context.Context, env *Env, o applyOptions, earlier *record.Earlier) error {
	k, err := findKit(env)
	if err != nil {
		return err
	}
	inventory, err := k.inventory(env, o.inventory)
	if err != nil {
		return withCode(ExitError, err)
	}
	return runPlaybooks(ctx, env, runRequest{
		kit:         k,
		playbooks:   []string{filepath.Join(k.dir, sitePlaybook)},
		inventories: []string{inventory},
		demo:        inventory == filepath.Join(k.dir, "inventories", "demo"),
		options:     o.run,
		resumes:     earlier,
	})
}

package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
)

// runOptions are the options of everything that runs playbooks, as ansible-playbook has them.
type runOptions struct {
	limit, tags, skipTags []string
	extraVars             []string
	check, diff           bool
	passwordFiles         []string
	vaultIDs              []string
	askVaultPass          bool
	forks                 int
	verbosity             int
	forceHandlers         bool
	showSecrets           bool
	outputs               []string // of --output
	engine                string   // of --engine: native, ansible or auto
	flushCache, step      bool
	startAt               string
	noRecord              bool
	args                  []string // the options as the record of the run keeps them
	changed               []string // those that are not as they were in the run that goes on
	list                  listOptions
	connectionOptions
}

// listOptions ask for a list instead of a run.
type listOptions struct{ hosts, tasks, tags, syntax bool }

// any reports whether a list is asked for.
func (l listOptions) any() bool { return l.hosts || l.tasks || l.tags || l.syntax }

// runFlags are the flags of runOptions. Repeated ones are read by collect.
func runFlags(o *runOptions) []cli.Flag {
	return append(connectionFlags(&o.connectionOptions), []cli.Flag{
		&cli.StringSliceFlag{Name: "limit", Aliases: []string{"l"}, Usage: "only these `HOSTS` of the inventory, a host pattern"},
		&cli.StringSliceFlag{Name: "tags", Aliases: []string{"t"}, Usage: "only tasks with one of these `TAGS`"},
		&cli.StringSliceFlag{Name: "skip-tags", Usage: "no tasks with one of these `TAGS`"},
		&cli.StringSliceFlag{Name: "extra-vars", Aliases: []string{"e"}, Usage: "`VARIABLES` that come before all others: name=value, JSON, YAML or @FILE"},
		&cli.BoolFlag{Name: "check", Aliases: []string{"C"}, Destination: &o.check, Usage: "change nothing, tell what would change"},
		&cli.BoolFlag{Name: "diff", Aliases: []string{"D"}, Destination: &o.diff, Usage: "show how files and templates change"},
		&cli.StringSliceFlag{Name: "vault-password-file", Aliases: []string{"vault-pass-file"}, Usage: "take the vault password from `FILE`, or from what it prints when it is executable"},
		&cli.StringSliceFlag{Name: "vault-id", Usage: "a vault id and where its password comes from, `LABEL@SOURCE`: a file, a script, prompt, env:NAME, fd:N, hcv:PATH#KEY"},
		&cli.BoolFlag{Name: "ask-vault-password", Aliases: []string{"ask-vault-pass", "J"}, Destination: &o.askVaultPass, Usage: "ask for the vault password"},
		&cli.IntFlag{Name: "forks", Aliases: []string{"f"}, Destination: &o.forks, Usage: "work on at most `N` hosts at once"},
		&cli.BoolFlag{Name: "force-handlers", Destination: &o.forceHandlers, Usage: "run notified handlers even on hosts that failed"},
		&cli.BoolFlag{Name: "list-hosts", Destination: &o.list.hosts, Usage: "list the hosts, run nothing"},
		&cli.BoolFlag{Name: "list-tasks", Destination: &o.list.tasks, Usage: "list the tasks, run nothing"},
		&cli.BoolFlag{Name: "list-tags", Destination: &o.list.tags, Usage: "list the tags, run nothing"},
		&cli.BoolFlag{Name: "syntax-check", Destination: &o.list.syntax, Usage: "read the playbook, run nothing"},
		&cli.StringFlag{Name: "start-at-task", Destination: &o.startAt, Usage: "begin with the first task of this `NAME`, or that it matches as a pattern"},
		&cli.BoolFlag{Name: "step", Destination: &o.step, Usage: "ask before each task"},
		&cli.BoolFlag{Name: "flush-cache", Destination: &o.flushCache, Usage: "forget the cached facts of all hosts first"},
		&cli.BoolFlag{Name: "show-secrets", Destination: &o.showSecrets, Usage: "do not mask what came out of a vault"},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Count: &o.verbosity, Usage: "tell more; -vvv tells most"},
	}...)
}

// collect reads the options that may be given several times.
func (o *runOptions) collect(c *cli.Context) {
	o.limit, o.tags, o.skipTags = last(c.StringSlice("limit")), c.StringSlice("tags"), c.StringSlice("skip-tags")
	o.extraVars, o.passwordFiles, o.vaultIDs = c.StringSlice("extra-vars"), c.StringSlice("vault-password-file"), c.StringSlice("vault-id")
}

// unexpectedArgs refuses positional arguments of a command that takes none.
func unexpectedArgs(c *cli.Context) error {
	e := &diag.Error{Msg: fmt.Sprintf("%s takes no argument %q", c.Command.FullName(), c.Args().First())}
	return e.Hint("%s %s --help tells the options", c.App.Name, c.Command.FullName())
}

// Package cli is the command line: a file for each command (flags, an options struct, a run function), the order of
// argv, the exit codes, and the wiring of the rooms into a run. Only cmd/kimai-ansible imports it.
package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/tunnel"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// coreVersion is the release of ansible-core whose behaviour the program follows.
const coreVersion = "2.19.11"

// ProcessEnv gives the Env of the running process.
func ProcessEnv() *Env {
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	return &Env{
		Name: filepath.Base(os.Args[0]), Args: os.Args[1:], Environ: os.Environ(), Dir: dir,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now,
		Version: Version{Program: buildVersion(), Core: coreVersion},
	}
}

func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// Main runs the command that env.Name and env.Args ask for and returns the exit code.
func Main(ctx context.Context, env *Env) int {
	if env.Name == server.Name { // where no agent is built in, this program serves as one
		return server.Main(modules.All(), env.Args, env.Stdin, env.Stdout, env.Stderr)
	}
	if len(env.Args) > 0 && env.Args[0] == tunnel.Word { // rsync starts this program in place of ssh
		return remoteShell(env)
	}
	var err error
	switch env.Name {
	case "ansible-vault":
		err = runAnsibleVault(ctx, env, env.Args)
	case "ansible-playbook":
		err = runAnsiblePlaybook(ctx, env, env.Args)
	default:
		if p := programOf(env.Name); p != nil && p.name == env.Name {
			err = p.run(ctx, env, env.Args, true)
			break
		}
		err = runKimai(ctx, env)
	}
	code := exitCode(err)
	if err != nil && err.Error() != "" {
		fmt.Fprintf(env.Stderr, "kimai-ansible: %s", diag.Detail(err))
	}
	return code
}

func runKimai(ctx context.Context, env *Env) error {
	if len(env.Args) > 0 {
		if p := programOf(env.Args[0]); p != nil && p.word == env.Args[0] {
			return p.run(ctx, env, env.Args[1:], false)
		}
	}
	app := kimaiApp(env)
	args := env.Args
	if len(args) > 0 && args[0] == "help" { // what people type first
		args = append(slices.Clone(args[1:]), "--help")
	}
	argv, err := orderArgs(app, args)
	if err != nil {
		return withCode(ExitUsage, err)
	}
	return app.RunContext(ctx, append([]string{app.Name}, argv...))
}

// kimaiApp is the command line of kimai-ansible: a line for each command.
func kimaiApp(env *Env) *cli.App {
	commands := []*cli.Command{
		applyCommand(env), checkPlaybookCommand(env),
		templateCommand(env),
		vaultCommand(env),
	}
	for i := range programs {
		commands = append(commands, programs[i].command(env))
	}
	return &cli.App{
		Name:                      "kimai-ansible",
		Usage:                     "run Ansible playbooks natively, keep Ansible Vault secrets, deploy Kimai",
		Commands:                  commands,
		Version:                   env.Version.Program,
		Reader:                    env.Stdin,
		Writer:                    env.Stdout,
		ErrWriter:                 env.Stderr,
		UseShortOptionHandling:    true,
		DisableSliceFlagSeparator: true,
		HideHelpCommand:           true,
		ExitErrHandler:            func(*cli.Context, error) {}, // the exit code is Main's
		OnUsageError:              usageError,
		Action:                    func(c *cli.Context) error { return cli.ShowAppHelp(c) },
	}
}

// usageError makes what the flag parser found wrong an error with exit code 2 and a hint.
func usageError(c *cli.Context, err error, _ bool) error {
	name := strings.TrimSpace(c.App.Name + " " + c.Command.FullName())
	return withCode(ExitUsage, (&diag.Error{Msg: err.Error(), Cause: err}).Hint("%s --help tells the options", name))
}

// noCommand is the error of a word where a command should stand.
func noCommand(word string, commands []*cli.Command) error {
	var names []string
	for _, c := range commands {
		names = append(names, c.Names()...)
	}
	e := &diag.Error{Msg: fmt.Sprintf("no command %q", word)}
	if word == "version" {
		return e.Hint("kimai-ansible --version tells it")
	}
	if near := diag.Nearest(word, names); near != "" {
		return e.Hint("did you mean %q?", near)
	}
	return e.Hint("there are: %s", strings.Join(names, ", "))
}

// EndAtOnce kills what the run has started on this machine and returns the exit code of a run that is interrupted.
func EndAtOnce() int {
	target.KillRunning()
	return ExitInterrupted
}

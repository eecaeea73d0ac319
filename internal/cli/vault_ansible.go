package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/cli/ansiblehelp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
)

// vaultExitInterrupted is what a shell sees of ansible-vault after Ctrl-C, which ends it by the signal.
const vaultExitInterrupted = 130

var ansibleVaultActions = []string{"create", "decrypt", "edit", "view", "encrypt", "encrypt_string", "rekey"}

// vaultHelp gives the help of ansible-vault, or of one of its actions.
func vaultHelp(action string) string {
	text, _ := ansiblehelp.Of(strings.TrimSpace("ansible-vault " + action))
	return text
}

// runAnsibleVault is the program when it is called ansible-vault: that command's line, messages and exit codes. It
// prints what went wrong itself; the error only carries the exit code.
func runAnsibleVault(ctx context.Context, env *Env, args []string) error {
	opts, done, err := parseAnsibleVault(env, args)
	var usage *usageErr
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(env.Stderr, "%s\n \n%s", usage.Error(), vaultHelp(""))
		return &CodeError{Code: ExitUsage}
	case done:
		return nil
	}
	s, err := newVaultSession(env, opts)
	if err != nil {
		var found *diag.Error
		text := err.Error()
		if errors.As(err, &found) { // the first of them, and the text names the file itself
			text = found.Msg
		}
		fmt.Fprintf(env.Stderr, "ERROR: %s\n", text)
		return &CodeError{Code: vaultExitOptions}
	}
	defer s.loader.Close()
	if err = s.run(ctx); err == nil {
		return nil
	}
	text, code := ansibleText(err)
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		text, code = "User interrupted execution", vaultExitInterrupted
	}
	fmt.Fprintln(env.Stderr, s.paint("[ERROR]: "+text, "red"))
	return &CodeError{Code: code}
}

// run does the action of the command line.
func (s *vaultSession) run(ctx context.Context) error {
	switch s.opts.action {
	case "create":
		return s.create(ctx)
	case "decrypt":
		return s.decryptFiles(ctx)
	case "edit":
		return s.edit(ctx)
	case "view":
		return s.view(ctx)
	case "encrypt":
		return s.encryptFiles(ctx)
	case "encrypt_string":
		return s.encryptStrings(ctx)
	}
	return s.rekey(ctx)
}

// parseAnsibleVault reads the command line. done says that help or version was asked for and given.
func parseAnsibleVault(env *Env, args []string) (opts vaultOptions, done bool, err error) {
	opts.dropIn = true
	var help string
	want := func(text string) func(string) {
		return func(string) {
			if help == "" {
				help = text
			}
		}
	}
	top := &argParser{prog: "ansible-vault", usage: usageOf(vaultHelp(""))}
	top.options = []*argOption{
		{names: []string{"-h", "--help"}, set: want(vaultHelp(""))},
		{names: []string{"--version"}, set: want(env.vaultVersionText(nil))},
		{names: []string{"-v", "--verbose"}}, // before the action it has no effect, in ansible-vault too
	}
	top.action = func(name string, rest []string) ([]string, error) {
		if help != "" {
			return nil, nil
		}
		if !slices.Contains(ansibleVaultActions, name) {
			return nil, top.fail("argument action: invalid choice: %s (choose from create, decrypt, edit, view, encrypt, encrypt_string, rekey)", pythonQuote(name))
		}
		opts.action = name
		sub := actionParser(&opts, want(vaultHelp(name)))
		err := sub.parse(rest)
		opts.args = sub.positional
		return sub.extra, err
	}
	err = top.parse(args)
	switch {
	case help != "": // argparse gives it as soon as it meets the option
		fmt.Fprint(env.Stdout, help)
		return opts, true, nil
	case err != nil:
		return opts, false, err
	case opts.action == "":
		return opts, false, top.fail("the following arguments are required: action")
	case len(top.extra) > 0:
		return opts, false, top.fail("unrecognized arguments: %s", joinArgs(top.extra))
	}
	return opts, false, nil
}

func joinArgs(args []string) string {
	text := ""
	for i, a := range args {
		if i > 0 {
			text += " "
		}
		text += a
	}
	return text
}

// actionParser knows the options of an action, in the order of its usage.
func actionParser(o *vaultOptions, help func(string)) *argParser {
	text := vaultHelp(o.action)
	set := func(p *string) func(string) { return func(v string) { *p = v } }
	add := func(p *[]string) func(string) { return func(v string) { *p = append(*p, v) } }
	on := func(p *bool) func(string) { return func(string) { *p = true } }

	helpOpt := &argOption{names: []string{"-h", "--help"}, set: help}
	id := &argOption{names: []string{"--vault-id"}, value: true, set: add(&o.vaultIDs)}
	ask := &argOption{names: []string{"-J", "--ask-vault-password", "--ask-vault-pass"}, set: on(&o.ask), without: []string{"--vault-password-file"}}
	file := &argOption{names: []string{"--vault-password-file", "--vault-pass-file"}, value: true, set: add(&o.passwordFiles), without: []string{"-J"}}
	verbose := &argOption{names: []string{"-v", "--verbose"}, set: func(string) { o.verbosity++ }}
	encryptID := &argOption{names: []string{"--encrypt-vault-id"}, value: true, set: set(&o.encryptID)}
	output := &argOption{names: []string{"--output"}, value: true, set: set(&o.output)}

	p := &argParser{prog: "ansible-vault " + o.action, usage: usageOf(text), options: []*argOption{helpOpt}}
	with := func(more ...*argOption) *argParser {
		p.options = append(p.options, more...)
		return p
	}
	switch o.action {
	case "create":
		return with(encryptID, id, ask, file, verbose, &argOption{names: []string{"--skip-tty-check"}, set: on(&o.skipTTYCheck)})
	case "decrypt":
		return with(output, id, ask, file, verbose)
	case "edit":
		return with(encryptID, id, ask, file, verbose)
	case "view":
		return with(id, ask, file, verbose)
	case "encrypt":
		return with(id, ask, file, verbose, output, encryptID)
	case "encrypt_string":
		return with(id, ask, file, verbose, output, encryptID,
			&argOption{names: []string{"-p", "--prompt"}, set: on(&o.prompt)},
			&argOption{names: []string{"--show-input"}, set: on(&o.showInput)},
			&argOption{names: []string{"-n", "--name"}, value: true, set: add(&o.names)},
			&argOption{names: []string{"--stdin-name"}, value: true, set: func(v string) { o.stdinName, o.hasStdinName = v, true }})
	}
	return with(id, ask, file, verbose, encryptID,
		&argOption{names: []string{"--new-vault-password-file"}, value: true, set: set(&o.newPasswordFile), without: []string{"--new-vault-id"}},
		&argOption{names: []string{"--new-vault-id"}, value: true, set: set(&o.newID), without: []string{"--new-vault-password-file"}})
}

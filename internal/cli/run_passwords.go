package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

// connectionOptions are the options that say how hosts are reached, and as whom.
type connectionOptions struct {
	connection, user         string
	privateKey               string
	commonArgs, extraArgs    string // of ssh
	timeout                  int
	become                   bool
	becomeMethod, becomeUser string
	askPass, askBecomePass   bool
	passFile, becomePassFile string
	agentCache               string
}

// connectionFlags are the flags of connectionOptions.
func connectionFlags(o *connectionOptions) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "connection", Aliases: []string{"c"}, Destination: &o.connection, Usage: "how hosts are reached where they don't say: `KIND` is ssh, local, docker, podman, kubectl"},
		&cli.StringFlag{Name: "user", Aliases: []string{"u"}, Destination: &o.user, Usage: "log in as `USER`"},
		&cli.StringFlag{Name: "private-key", Aliases: []string{"key-file"}, Destination: &o.privateKey, Usage: "log in with the private key in `FILE`"},
		&cli.StringFlag{Name: "ssh-common-args", Destination: &o.commonArgs, Usage: "`OPTIONS` of ssh, such as -o ProxyJump=HOST"},
		&cli.StringFlag{Name: "ssh-extra-args", Destination: &o.extraArgs, Usage: "further `OPTIONS` of ssh"},
		&cli.IntFlag{Name: "timeout", Aliases: []string{"T"}, Destination: &o.timeout, Usage: "give a host so many `SECONDS` to be reached"},
		&cli.BoolFlag{Name: "ask-pass", Aliases: []string{"k"}, Destination: &o.askPass, Usage: "ask for the password of logins"},
		&cli.StringFlag{Name: "connection-password-file", Aliases: []string{"conn-pass-file"}, Destination: &o.passFile, Usage: "take the password of logins from `FILE`, or from what it prints when it is executable"},
		&cli.BoolFlag{Name: "become", Aliases: []string{"b"}, Destination: &o.become, Usage: "run tasks as another user, where they don't say"},
		&cli.StringFlag{Name: "become-method", Destination: &o.becomeMethod, Usage: "become another user by `METHOD`: sudo, su, doas"},
		&cli.StringFlag{Name: "become-user", Destination: &o.becomeUser, Usage: "become `USER`"},
		&cli.BoolFlag{Name: "ask-become-pass", Aliases: []string{"K"}, Destination: &o.askBecomePass, Usage: "ask for the password that becoming another user takes"},
		&cli.StringFlag{Name: "become-password-file", Aliases: []string{"become-pass-file"}, Destination: &o.becomePassFile, Usage: "take that password from `FILE`, or from what it prints when it is executable"},
		&cli.StringFlag{Name: "agent-cache", Destination: &o.agentCache, Value: "on", Usage: "`on|off`: whether the agent's program stays in the cache folder of hosts"},
	}
}

// connectionOption gives what an option of the command line says, by its long name.
func (o *connectionOptions) connectionOption(name string) string {
	switch name {
	case "user":
		return o.user
	case "private-key":
		return o.privateKey
	case "ssh-common-args":
		return o.commonArgs
	case "ssh-extra-args":
		return o.extraArgs
	case "timeout":
		if o.timeout > 0 {
			return fmt.Sprint(o.timeout)
		}
	}
	return ""
}

// check refuses options that don't go together.
func (o *connectionOptions) check() error {
	refuse := func(format string, args ...any) error {
		return withCode(ExitUsage, &diag.Error{Msg: fmt.Sprintf(format, args...)})
	}
	switch {
	case o.agentCache != "on" && o.agentCache != "off":
		return refuse("--agent-cache is on or off, not %q", o.agentCache)
	case o.askPass && o.passFile != "":
		return refuse("argument --connection-password-file/--conn-pass-file: not allowed with argument -k/--ask-pass")
	case o.askBecomePass && o.becomePassFile != "":
		return refuse("argument --become-password-file/--become-pass-file: not allowed with argument -K/--ask-become-pass")
	}
	return nil
}

// hostPasswords are the password of logins and what sudo and the others are told, where no variable says another one; nil where
// there is none.
type hostPasswords struct{ login, become *secret.String }

// askPasswords gets the passwords of logins and of becoming another user, as the options and settings want them.
func (r *run) askPasswords(ctx context.Context) (p hostPasswords, err error) {
	o, set := r.req.options.connectionOptions, r.settings
	if err := o.check(); err != nil {
		return p, err
	}
	if o.passFile == "" && !o.askPass {
		o.passFile = set.Path("CONNECTION_PASSWORD_FILE")
	}
	if o.becomePassFile == "" && !o.askBecomePass {
		o.becomePassFile = set.Path("BECOME_PASSWORD_FILE")
	}
	if p.login, err = r.passwordOf(ctx, o.askPass || set.Bool("DEFAULT_ASK_PASS") && o.passFile == "", "SSH password: ", o.passFile); err != nil {
		return p, err
	}
	question := "BECOME password: "
	if !set.Bool("AGNOSTIC_BECOME_PROMPT") {
		question = "SUDO password: "
	}
	if p.login != nil {
		question = question[:len(question)-2] + "[defaults to SSH password]: "
	}
	ask := o.askBecomePass || set.Bool("DEFAULT_BECOME_ASK_PASS") && o.becomePassFile == ""
	if p.become, err = r.passwordOf(ctx, ask, question, o.becomePassFile); err != nil {
		return p, err
	}
	if ask && p.become.Reveal() == "" {
		p.become = p.login
	}
	return p, nil
}

// passwordOf asks for a password, or reads it from a file; nil when neither is wanted.
func (r *run) passwordOf(ctx context.Context, ask bool, question, file string) (*secret.String, error) {
	env := r.env
	prompter := &term.Prompter{In: env.Stdin, Err: env.Stderr, NoTTY: env.StdinFile() == nil}
	var text string
	switch {
	case ask:
		answer, err := prompter.Secret(ctx, question)
		if err != nil {
			return nil, withCode(ExitError, err)
		}
		text = answer
	case file != "":
		path := r.settings.Expand(file)
		if _, err := os.Stat(r.abs(path)); errors.Is(err, fs.ErrNotExist) {
			return nil, withCode(ExitError, fmt.Errorf("The password file %s was not found", r.abs(path))) //nolint:staticcheck // ansible-core's words
		}
		loader := &vault.Loader{
			Dir: env.Dir, Environ: env.Environ, Expand: r.settings.Expand, Ask: prompter.Secret, Stdin: env.Stdin, Stderr: env.Stderr,
			Warn: r.warn, Strict: !r.req.dropIn,
		}
		got, err := loader.LoadOne(ctx, vault.Spec{ID: "password", Source: file}, false)
		if err != nil {
			return nil, withCode(ExitError, err)
		}
		text = string(got.Reveal())
	default:
		return nil, nil
	}
	r.redactor.Add("a password of hosts", text)
	s := secret.New(text)
	return &s, nil
}

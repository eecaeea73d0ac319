package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

func vaultEncryptStringCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "encrypt_string", Aliases: []string{"encrypt-string"}, Usage: "encrypt strings as !vault values to be put into YAML", ArgsUsage: "[STRING...]",
		Description: "Prints each string as a !vault value. Without a STRING, or with -, stdin is encrypted. What stands on the command line\n" +
			"can be seen by other users of the machine and stays in the shell's history: better use --prompt or stdin, or\n" +
			"`kimai-ansible vault set`, which puts the value into the file.",
		Flags: append(append(append(vaultSecretFlags(), vaultEncryptFlags()...), vaultOutputFlags()...),
			&cli.BoolFlag{Name: "prompt", Aliases: []string{"p"}, Usage: "ask for the string"},
			&cli.BoolFlag{Name: "show-input", Usage: "show what is typed when asked for the string"},
			&cli.StringSliceFlag{Name: "name", Aliases: []string{"n"}, Usage: "`NAME` of the variable; may be given several times"},
			&cli.StringFlag{Name: "stdin-name", Usage: "`NAME` of the variable that comes from stdin"}),
		Action: func(c *cli.Context) error { return runVaultEncryptString(c.Context, env, vaultOptionsOf(c)) },
	}
}

// runVaultEncryptString is `kimai-ansible vault encrypt_string`.
func runVaultEncryptString(ctx context.Context, env *Env, opts vaultOptions) error {
	return runVault(ctx, env, opts, (*vaultSession).encryptStrings)
}

// A plainString is a string to encrypt.
type plainString struct {
	name string
	text []byte
	from string // where it comes from, in ansible-vault's words
}

func (s *vaultSession) encryptStrings(ctx context.Context) error {
	secrets, err := s.secrets(ctx, true)
	if err != nil {
		return err
	}
	secret, err := s.encryptSecret(secrets)
	if err != nil {
		return err
	}
	strs, err := s.stringsToEncrypt(ctx)
	if err != nil {
		return err
	}
	var out, about bytes.Buffer
	for i, p := range strs {
		text, err := s.encrypt(p.text, secret, "")
		if err != nil {
			return err
		}
		clear(p.text)
		out.Write(inlineVault(p.name, text))
		switch {
		case len(strs) == 1:
		case p.name != "":
			fmt.Fprintf(&about, "# The encrypted version of variable (\"%s\", the string #%d from %s).\n", p.name, i+1, p.from)
		default:
			fmt.Fprintf(&about, "# The encrypted version of the string #%d from %s.)\n", i+1, p.from)
		}
	}
	if s.opts.output != "" && s.opts.output != "-" {
		if err := s.put("", s.opts.output, out.Bytes(), nil, vault.Replacement{}); err != nil {
			return err
		}
		_, err := s.env.Stderr.Write(about.Bytes())
		return err
	}
	_, _ = s.env.Stderr.Write(about.Bytes())
	s.out = out
	return s.finish("Encryption successful")
}

// inlineVault gives a vault as a value in YAML: 10 blanks before each line, as ansible-vault does it.
func inlineVault(name string, text []byte) []byte {
	var b bytes.Buffer
	if name != "" {
		b.WriteString(name + ": ")
	}
	b.WriteString("!vault |\n")
	for line := range bytes.Lines(text) {
		b.WriteString(strings.Repeat(" ", 10))
		b.Write(line)
	}
	return b.Bytes()
}

// stringsToEncrypt collects the strings: asked for, from stdin, from the command line, in this order.
func (s *vaultSession) stringsToEncrypt(ctx context.Context) ([]plainString, error) {
	args := slices.DeleteFunc(slices.Clone(s.opts.args), func(a string) bool { return a == "-" })
	var strs []plainString
	if s.opts.prompt {
		p, err := s.askString(ctx)
		if err != nil {
			return nil, err
		}
		strs = append(strs, p)
	}
	fromStdin := len(args) < len(s.opts.args) || s.opts.hasStdinName || len(args) == 0 && !s.opts.prompt
	if fromStdin {
		if term.Is(s.env.Stdout) {
			fmt.Fprintln(s.env.Stderr, "Reading plaintext input from stdin. (ctrl-d to end input, twice if your content does not already have a newline)")
		}
		text, err := io.ReadAll(s.env.Stdin)
		if err != nil {
			return nil, plainFailure(fmt.Errorf("reading stdin: %w", err))
		}
		if len(text) == 0 {
			return nil, usageFailure("stdin was empty, not encrypting")
		}
		strs = append(strs, plainString{s.opts.stdinName, text, "stdin"})
	}
	names := s.opts.names
	if len(names) > 0 && len(args) > len(names) {
		fmt.Fprintf(s.env.Stderr, "The number of --name options do not match the number of args.\n"+
			"The last named variable will be \"%s\". The rest will not have names.\n", names[len(names)-1])
	}
	for i, arg := range args {
		if arg == "" {
			return nil, usageFailure("The plaintext provided from the command line args was empty, not encrypting")
		}
		p := plainString{"", []byte(arg), "the command line args"}
		if i < len(names) {
			p.name = names[i]
		}
		strs = append(strs, p)
	}
	return strs, nil
}

// askString asks for a name and a string.
func (s *vaultSession) askString(ctx context.Context) (plainString, error) {
	fmt.Fprint(s.env.Stdout, "Variable name (enter for no name): ")
	name, err := term.ReadLine(s.env.Stdin)
	if err != nil {
		return plainString{}, noAnswerFailure(err)
	}
	var text string
	if s.opts.showInput {
		fmt.Fprint(s.env.Stdout, "String to encrypt:")
		text, err = term.ReadLine(s.env.Stdin)
	} else {
		text, err = s.loader.Ask(ctx, "String to encrypt (hidden): ")
	}
	if err != nil {
		return plainString{}, noAnswerFailure(err)
	}
	if text == "" {
		return plainString{}, usageFailure("The plaintext provided from the prompt was empty, not encrypting")
	}
	return plainString{name, []byte(text), "the interactive prompt"}, nil
}

func noAnswerFailure(err error) error {
	return &vaultFailure{
		err:     (&diag.Error{Msg: err.Error(), Cause: err}).Hint("--prompt needs a terminal"),
		ansible: "Unexpected Exception, this is probably a bug: EOF when reading a line", code: ExitUnexpected,
	}
}

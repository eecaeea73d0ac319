package cli

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

func vaultGetCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "get", Usage: "print one value of a YAML file, decrypted", ArgsUsage: "FILE PATH",
		Description: "Prints the value at PATH, which may be a !vault value, one of a file that is encrypted as a whole, or plain. Exactly\n" +
			"its bytes are printed; a line end is added on a terminal only. A path is written as a.b[0].\"key.with.dots\".",
		Flags:  vaultSecretFlags(),
		Action: func(c *cli.Context) error { return runVaultGet(c.Context, env, vaultOptionsOf(c)) },
	}
}

// runVaultGet is `kimai-ansible vault get`.
func runVaultGet(ctx context.Context, env *Env, opts vaultOptions) error {
	return runVault(ctx, env, opts, (*vaultSession).get)
}

func (s *vaultSession) get(ctx context.Context) error {
	file, path, err := s.fileAndPath()
	if err != nil {
		return err
	}
	text, err := s.read(file)
	if err != nil {
		return err
	}
	in, _, err := s.inlineOf(ctx, text, file)
	if err != nil {
		return err
	}
	v, err := in.Find(path)
	if err != nil {
		return err
	}
	out := []byte(v.Value)
	if vault.IsVault(v) {
		if err := s.openOnce(ctx); err != nil {
			return err
		}
		if out, _, err = s.ring.OpenScalar(v); err != nil {
			return err
		}
		defer clear(out)
	}
	if _, err := s.env.Stdout.Write(out); err != nil {
		return plainFailure(fmt.Errorf("writing to stdout: %w", err))
	}
	if term.Is(s.env.Stdout) {
		fmt.Fprintln(s.env.Stdout)
	}
	return nil
}

// fileAndPath reads the two arguments of get and set.
func (s *vaultSession) fileAndPath() (string, yaml.Path, error) {
	if len(s.opts.args) != 2 {
		return "", nil, usageFailure("a file and a path are needed, as in: kimai-ansible vault %s group_vars/all/vars.yml db.password", s.opts.action)
	}
	path, err := yaml.ParsePath(s.opts.args[1])
	if err != nil {
		return "", nil, usageFailure("%v", err)
	}
	return s.opts.args[0], path, nil
}

// openOnce makes the keyring when it is first needed: a plain value needs no password.
func (s *vaultSession) openOnce(ctx context.Context) error {
	if s.ring != nil {
		return nil
	}
	return s.open(ctx)
}

// whole is a file that is encrypted as a whole, with the secret that opened it.
type whole struct {
	secret *vault.Secret
	label  string
}

// inlineOf finds the values in a file, which is decrypted first when it is a vault as a whole; the second result is then
// not nil.
func (s *vaultSession) inlineOf(ctx context.Context, text []byte, file string) (*vault.Inline, *whole, error) {
	f := source.NewFile(file, string(text))
	var w *whole
	if isVault(text) {
		if err := s.openOnce(ctx); err != nil {
			return nil, nil, err
		}
		plaintext, secret, err := s.decrypt(text, file, file)
		if err != nil {
			return nil, nil, err
		}
		_, label, _, err := s.editSecret(text, secret)
		if err != nil {
			return nil, nil, err
		}
		f, w = source.NewSensitiveFile(file, string(plaintext)), &whole{secret: secret, label: label}
		clear(plaintext)
	}
	in, err := vault.ReadInline(f)
	return in, w, err
}

package cli

import (
	"context"

	"github.com/urfave/cli/v2"
)

func vaultViewCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "view", Usage: "show a vault file, or the secrets within a YAML file", ArgsUsage: "FILE...",
		Description: "Shows what is in a file that is encrypted as a whole, in a pager when stdout is a terminal. In a YAML file with\n" +
			"!vault values each of them is shown decrypted in its place. Nothing is written to any disk.",
		Flags:  vaultSecretFlags(),
		Action: func(c *cli.Context) error { return runVaultView(c.Context, env, vaultOptionsOf(c)) },
	}
}

// runVaultView is `kimai-ansible vault view`.
func runVaultView(ctx context.Context, env *Env, opts vaultOptions) error {
	return runVault(ctx, env, opts, (*vaultSession).view)
}

func (s *vaultSession) view(ctx context.Context) error {
	if !s.opts.dropIn && len(s.opts.args) == 0 {
		return usageFailure("no file to view")
	}
	if err := s.mustExist(); err != nil {
		return err
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	for _, path := range s.opts.args {
		text, err := s.read(path)
		if err != nil {
			return err
		}
		plaintext, err := s.viewed(text, path)
		if err != nil {
			return err
		}
		err = s.page(ctx, plaintext)
		clear(plaintext)
		if err != nil {
			return err
		}
	}
	return nil
}

// viewed gives what is shown for a file.
func (s *vaultSession) viewed(text []byte, path string) ([]byte, error) {
	if s.inline(text) {
		return s.viewInline(text, path)
	}
	plaintext, _, err := s.decrypt(text, path, path)
	return plaintext, err
}

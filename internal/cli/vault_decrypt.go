package cli

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

func vaultDecryptCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "decrypt", Usage: "decrypt files, the secrets within YAML files, or stdin", ArgsUsage: "[FILE...]",
		Description: "Writes the plaintext in the place of each file, readable by its owner only. In a YAML file the !vault values are\n" +
			"replaced by their plaintext and every other byte stays. Without a file, or with -, stdin is decrypted to stdout.",
		Flags:  append(vaultSecretFlags(), vaultOutputFlags()...),
		Action: func(c *cli.Context) error { return runVaultDecrypt(c.Context, env, vaultOptionsOf(c)) },
	}
}

// runVaultDecrypt is `kimai-ansible vault decrypt`.
func runVaultDecrypt(ctx context.Context, env *Env, opts vaultOptions) error {
	return runVault(ctx, env, opts, (*vaultSession).decryptFiles)
}

func (s *vaultSession) decryptFiles(ctx context.Context) error {
	if err := s.oneOutput(); err != nil {
		return err
	}
	if err := s.mustExist(); err != nil {
		return err
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	files := s.opts.args
	if len(files) == 0 {
		s.announce("Reading ciphertext input from stdin")
		files = []string{"-"}
	}
	for _, path := range files {
		text, err := s.read(path)
		if err != nil {
			return err
		}
		plaintext, err := s.decrypted(text, path)
		if err != nil {
			return err
		}
		// plaintext is for the owner's eyes, whoever could read the ciphertext
		err = s.put(path, s.opts.output, plaintext, text, vault.Replacement{Drop: 0o077})
		clear(plaintext)
		if err != nil {
			return err
		}
	}
	return s.finish("Decryption successful")
}

func (s *vaultSession) decrypted(text []byte, path string) ([]byte, error) {
	if s.inline(text) {
		return s.decryptInline(text, path)
	}
	plaintext, _, err := s.decrypt(text, path, s.realPath(path))
	return plaintext, err
}

package cli

import (
	"bytes"
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

func vaultEncryptCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "encrypt", Usage: "encrypt files, or stdin", ArgsUsage: "[FILE...]",
		Description: "Encrypts each file in its place; it keeps mode and owner. Without a file, or with -, stdin is encrypted to stdout.",
		Flags:       append(append(vaultSecretFlags(), vaultEncryptFlags()...), vaultOutputFlags()...),
		Action:      func(c *cli.Context) error { return runVaultEncrypt(c.Context, env, vaultOptionsOf(c)) },
	}
}

// runVaultEncrypt is `kimai-ansible vault encrypt`.
func runVaultEncrypt(ctx context.Context, env *Env, opts vaultOptions) error {
	return runVault(ctx, env, opts, (*vaultSession).encryptFiles)
}

func (s *vaultSession) encryptFiles(ctx context.Context) error {
	if err := s.oneOutput(); err != nil {
		return err
	}
	if err := s.mustExist(); err != nil {
		return err
	}
	secrets, err := s.secrets(ctx, true)
	if err != nil {
		return err
	}
	secret, err := s.encryptSecret(secrets)
	if err != nil {
		return err
	}
	files := s.opts.args
	if len(files) == 0 {
		s.announce("Reading plaintext input from stdin")
		files = []string{"-"}
	}
	for _, path := range files {
		plaintext, err := s.read(path)
		if err != nil {
			return err
		}
		if vaultfmt.IsEncrypted(plaintext) {
			return s.already(path)
		}
		text, err := s.encrypt(plaintext, secret, "")
		if err != nil {
			return err
		}
		if err := s.put(path, s.opts.output, text, plaintext, putEncrypted(secret, plaintext)); err != nil {
			return err
		}
		clear(plaintext)
	}
	return s.finish("Encryption successful")
}

// announce tells a person at a terminal that the program waits for stdin.
func (s *vaultSession) announce(text string) {
	if term.Is(s.env.Stdin) {
		fmt.Fprintln(s.env.Stderr, text)
	}
}

func (s *vaultSession) oneOutput() error {
	if s.opts.output != "" && len(s.opts.args) > 1 {
		return usageFailure("At most one input file may be used with the --output option")
	}
	return nil
}

// putEncrypted describes a file of ciphertext: it must decrypt to plaintext again before it takes the old one's place.
func putEncrypted(secret *vault.Secret, plaintext []byte) vault.Replacement {
	return vault.Replacement{Verify: func(written []byte) error {
		e, err := vaultfmt.ParseLenient(written)
		if err != nil {
			return err
		}
		password := secret.Reveal()
		defer clear(password)
		again, err := e.Decrypt(password)
		if err != nil {
			return err
		}
		defer clear(again)
		if !bytes.Equal(again, plaintext) {
			return fmt.Errorf("it decrypts to something else")
		}
		return nil
	}}
}

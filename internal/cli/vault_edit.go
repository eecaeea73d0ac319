package cli

import (
	"bytes"
	"context"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

func vaultEditCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "edit", Usage: "change a vault file, or the secrets within a YAML file, in an editor", ArgsUsage: "FILE...",
		Description: "Opens $EDITOR on the plaintext, which is held in memory only and never reaches a disk. In a YAML file each !vault\n" +
			"value is shown as `!vault-plain VALUE`: what carries this tag afterwards is encrypted. A value that was not changed keeps\n" +
			"its ciphertext, a file in which nothing was changed is not written.",
		Flags:  append(vaultSecretFlags(), vaultEncryptFlags()...),
		Action: func(c *cli.Context) error { return runVaultEdit(c.Context, env, vaultOptionsOf(c)) },
	}
}

// runVaultEdit is `kimai-ansible vault edit`.
func runVaultEdit(ctx context.Context, env *Env, opts vaultOptions) error {
	return runVault(ctx, env, opts, (*vaultSession).edit)
}

func (s *vaultSession) edit(ctx context.Context) error {
	if !s.opts.dropIn && len(s.opts.args) == 0 {
		return usageFailure("no file to edit")
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
		if s.inline(text) {
			err = s.editInline(ctx, text, path)
		} else {
			err = s.editFile(ctx, text, path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *vaultSession) editFile(ctx context.Context, text []byte, path string) error {
	plaintext, secret, err := s.decrypt(text, path, s.realPath(path))
	if err != nil {
		return err
	}
	defer clear(plaintext)
	edited, err := s.editor().Edit(ctx, path, plaintext)
	if err != nil {
		return editFailure(err)
	}
	defer clear(edited)
	secret, label, change, err := s.editSecret(text, secret)
	if err != nil {
		return err
	}
	if bytes.Equal(edited, plaintext) && !change {
		return nil
	}
	fresh, err := s.encrypt(edited, secret, label)
	if err != nil {
		return err
	}
	return s.put(path, "", fresh, text, putEncrypted(secret, edited))
}

// editSecret gives what an edited vault is encrypted with: the secret that opened it and its old label, unless
// kimai-ansible is told another vault id (ansible-vault takes that option and does nothing with it).
func (s *vaultSession) editSecret(text []byte, opened *vault.Secret) (secret *vault.Secret, label string, change bool, err error) {
	e, err := vaultfmt.ParseLenient(text)
	if err != nil {
		return nil, "", false, plainFailure(err)
	}
	label = e.Label
	if label == "" {
		label = vault.DefaultID
	}
	if s.opts.dropIn || s.opts.encryptID == "" {
		return opened, label, false, nil
	}
	secret, err = s.encryptSecret(s.ring.Secrets())
	if err != nil {
		return nil, "", false, err
	}
	return secret, secret.ID, secret != opened || secret.ID != label, nil
}

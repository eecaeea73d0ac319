package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

func vaultRekeyCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "rekey", Usage: "give files, or the secrets within YAML files, a new password", ArgsUsage: "FILE...",
		Description: "Decrypts with the passwords given and encrypts with a new one, which is asked for when it is not named. No file is\n" +
			"changed before all of them could be decrypted. In a YAML file the !vault values are replaced and every other byte stays.",
		Flags: append(append(vaultSecretFlags(), vaultEncryptFlags()...),
			&cli.StringFlag{Name: "new-vault-id", Usage: "vault `[ID@]SOURCE` of the new password"},
			&cli.StringFlag{Name: "new-vault-password-file", Usage: "`FILE` with the new password, or a script that prints it"}),
		Action: func(c *cli.Context) error { return runVaultRekey(c.Context, env, vaultOptionsOf(c)) },
	}
}

// runVaultRekey is `kimai-ansible vault rekey`.
func runVaultRekey(ctx context.Context, env *Env, opts vaultOptions) error {
	return runVault(ctx, env, opts, (*vaultSession).rekey)
}

// A rekeyed file waits for all others to be ready.
type rekeyed struct {
	path      string
	old, text []byte
	check     vault.Replacement
}

func (s *vaultSession) rekey(ctx context.Context) error {
	switch {
	case s.opts.newID != "" && s.opts.newPasswordFile != "":
		return usageFailure("--new-vault-password-file is not allowed with --new-vault-id")
	case !s.opts.dropIn && len(s.opts.args) == 0:
		return usageFailure("no file to rekey")
	}
	if err := s.mustExist(); err != nil {
		return err
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	secret, err := s.newSecret(ctx)
	if err != nil {
		return err
	}
	var ready []rekeyed
	for _, path := range s.opts.args {
		r, err := s.rekeyFile(path, secret)
		if err != nil {
			return err
		}
		if s.opts.dropIn { // file by file, as ansible-vault does it
			if err := s.putRekeyed(r); err != nil {
				return err
			}
			continue
		}
		ready = append(ready, r)
	}
	for i, r := range ready {
		if err := s.putRekeyed(r); err != nil {
			return fmt.Errorf("%d of %d files have the new password: %w", i, len(ready), err)
		}
	}
	fmt.Fprintln(s.env.Stderr, "Rekey successful")
	return nil
}

func (s *vaultSession) putRekeyed(r rekeyed) error { return s.put(r.path, "", r.text, r.old, r.check) }

func (s *vaultSession) rekeyFile(path string, secret *vault.Secret) (rekeyed, error) {
	if path == "-" || s.opts.dropIn && !exists(s.abs(path)) {
		err := &os.PathError{Op: "stat", Path: s.abs(path), Err: os.ErrNotExist}
		return rekeyed{}, noFileFailure(s.abs(path), err)
	}
	text, err := s.read(path)
	if err != nil {
		return rekeyed{}, err
	}
	if s.inline(text) {
		return s.rekeyInline(text, path, secret)
	}
	plaintext, _, err := s.decrypt(text, path, s.realPath(path))
	if err != nil {
		return rekeyed{}, err
	}
	fresh, err := s.encrypt(plaintext, secret, "")
	if err != nil {
		return rekeyed{}, err
	}
	return rekeyed{path: path, old: text, text: fresh, check: putEncrypted(secret, plaintext)}, nil
}

// noFileFailure is for what ansible-vault rekey ends on as an unexpected exception.
func noFileFailure(path string, err error) error {
	f := readFailure(path, err).(*vaultFailure)
	f.ansible = fmt.Sprintf("Unexpected Exception, this is probably a bug: [Errno 2] No such file or directory: %s", pythonQuote(path))
	f.code = ExitUnexpected
	return f
}

// newSecret gets the password to encrypt with. ansible-vault adds the settings' password file to the ones that are
// named; kimai-ansible takes exactly what is named, or asks.
func (s *vaultSession) newSecret(ctx context.Context) (*vault.Secret, error) {
	id := s.settings.String("DEFAULT_VAULT_IDENTITY")
	request := vault.Request{DefaultID: id, Ask: s.opts.ask && (s.opts.dropIn || s.opts.newID == "" && s.opts.newPasswordFile == ""), AutoPrompt: true}
	if s.opts.newID != "" {
		request.IDs = []string{s.opts.newID}
	}
	if s.opts.newPasswordFile != "" {
		request.PasswordFiles = s.absAll([]string{s.opts.newPasswordFile})
	}
	if s.opts.dropIn {
		request.SettingFile = s.settings.Path("DEFAULT_VAULT_PASSWORD_FILE")
	}
	specs := request.Specs()
	s.specs = append(s.specs, specs...)
	secrets, err := s.loader.Load(ctx, specs, true)
	if err != nil {
		return nil, loadFailure(err)
	}
	if s.opts.dropIn && s.opts.encryptID == "" && s.settings.String("DEFAULT_VAULT_ENCRYPT_IDENTITY") == "" {
		return secrets[0], nil // the one that was named, although the settings' one is there as well
	}
	return s.encryptSecret(secrets)
}

// realPath gives the path with symbolic links followed, as ansible-vault names a file that it changes.
func (s *vaultSession) realPath(path string) string {
	if path == "-" {
		return path
	}
	if real, err := filepath.EvalSymlinks(s.abs(path)); err == nil {
		return real
	}
	return s.abs(path)
}

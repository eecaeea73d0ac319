package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

func vaultCreateCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "create", Usage: "make a new vault file in an editor", ArgsUsage: "FILE",
		Description: "Opens $EDITOR on an empty file in memory and writes what was entered, encrypted, to FILE, with mode 0600.",
		Flags: append(append(vaultSecretFlags(), vaultEncryptFlags()...),
			&cli.BoolFlag{Name: "skip-tty-check", Usage: "start the editor although there is no terminal"}),
		Action: func(c *cli.Context) error { return runVaultCreate(c.Context, env, vaultOptionsOf(c)) },
	}
}

// runVaultCreate is `kimai-ansible vault create`.
func runVaultCreate(ctx context.Context, env *Env, opts vaultOptions) error {
	return runVault(ctx, env, opts, (*vaultSession).create)
}

func (s *vaultSession) create(ctx context.Context) error {
	secrets, err := s.secrets(ctx, true)
	if err != nil {
		return err
	}
	secret, err := s.encryptSecret(secrets)
	if err != nil {
		return err
	}
	if len(s.opts.args) != 1 {
		return usageFailure("ansible-vault create can take only one filename argument")
	}
	if !term.Is(s.env.Stdout) && !s.opts.skipTTYCheck {
		return usageFailure("not a tty, editor cannot be opened")
	}
	path := s.opts.args[0]
	if exists(s.abs(path)) {
		d := &diag.Error{Pos: source.At(source.NewFile(path, ""), 0, 0), Msg: "exists already"}
		return &vaultFailure{err: d.Hint("kimai-ansible vault edit changes it"), ansible: path + " exists, please use 'edit' instead", code: vaultExitError}
	}
	if dir := filepath.Dir(path); !exists(s.abs(dir)) {
		s.warn(dir + " does not exist, creating...")
		if err := os.MkdirAll(s.abs(dir), 0o700); err != nil {
			return writeFailure(s.abs(path), err)
		}
	}
	plaintext, err := s.editor().Edit(ctx, path, nil)
	if err != nil {
		return editFailure(err)
	}
	defer clear(plaintext)
	text, err := s.encrypt(plaintext, secret, "")
	if err != nil {
		return err
	}
	return s.put(path, "", text, nil, putEncrypted(secret, plaintext))
}

// editor gives the editor of the settings ($EDITOR, else vi).
func (s *vaultSession) editor() *vault.Editor {
	e := &vault.Editor{
		Command: s.settings.String("EDITOR"), Environ: vault.WithoutSources(s.env.Environ, s.specs), Dir: s.env.Dir,
		Roots: vault.ScratchRoots(s.env.LookupEnv), Stdin: s.env.Stdin, Stdout: s.env.Stdout, Stderr: s.env.Stderr,
	}
	if !s.opts.dropIn {
		e.Warn = s.warn
	}
	return e
}

// editFailure is for an editing that came to nothing.
func editFailure(err error) error {
	var ended *vault.SignalError
	var gone *vault.NoFileError
	var path *os.PathError
	switch {
	case errors.As(err, &gone) && errors.As(err, &path):
		f := readFailure(path.Path, path).(*vaultFailure)
		f.err = &diag.Error{Msg: "nothing was changed: " + gone.Error(), Cause: err}
		return f
	case errors.As(err, &ended):
		return &vaultFailure{err: fmt.Errorf("nothing was changed: %w", err), ansible: "User interrupted execution", code: vaultExitInterrupted}
	case errors.Is(err, vault.ErrNoMemory):
		d := &diag.Error{Msg: err.Error(), Cause: err}
		return plainFailure(d.Hint("plaintext is only ever edited in memory: mount a tmpfs at /dev/shm or set XDG_RUNTIME_DIR"))
	}
	return plainFailure(err)
}

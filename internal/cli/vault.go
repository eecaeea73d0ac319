package cli

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"
)

// vaultCommand is `kimai-ansible vault`: all of ansible-vault, and the secrets within YAML files.
func vaultCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "vault", Usage: "read and write Ansible Vault secrets: whole files, and !vault values within YAML files",
		Description: "Passwords come from --vault-id, --vault-password-file, --ask-vault-password, from the variables\n" +
			"ANSIBLE_VAULT_PASSWORD_FILE, ANSIBLE_VAULT_IDENTITY_LIST and their like, or from ansible.cfg, as with ansible-vault. A\n" +
			"password may also come from a variable (env:NAME), an open file descriptor (fd:N) or HashiCorp Vault (hcv:secret/data/ansible#password).\n\n" +
			"Examples:\n" +
			"   kimai-ansible vault view group_vars/all/vault.yml\n" +
			"   kimai-ansible vault get group_vars/all/vars.yml db.password\n" +
			"   kimai-ansible vault set --generate 32 group_vars/all/vars.yml db.password\n" +
			"   kimai-ansible vault rekey --new-vault-id prod@new.txt group_vars/all/*.yml",
		HideHelpCommand: true,
		Subcommands: []*cli.Command{
			vaultAuditCommand(env), vaultCreateCommand(env), vaultDecryptCommand(env), vaultEditCommand(env), vaultEncryptCommand(env),
			vaultEncryptStringCommand(env), vaultGetCommand(env), vaultGitMergeCommand(env), vaultGitSetupCommand(env), vaultGitTextconvCommand(env), vaultHistoryCommand(env),
			vaultRekeyCommand(env), vaultRenewCommand(env), vaultRotateCommand(env), vaultSetCommand(env), vaultViewCommand(env),
		},
		Action: func(c *cli.Context) error { return cli.ShowSubcommandHelp(c) },
	}
}

// runVault makes a session for one of kimai-ansible's vault commands and runs it.
func runVault(ctx context.Context, env *Env, opts vaultOptions, run func(*vaultSession, context.Context) error) error {
	s, err := newVaultSession(env, opts)
	if err != nil {
		return err
	}
	defer s.loader.Close()
	err = run(s, ctx)
	var f *vaultFailure
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &f) && f.usage:
		return withCode(ExitUsage, err)
	case errors.As(err, &f) && f.code == vaultExitInterrupted:
		return withCode(ExitInterrupted, err)
	}
	return err
}

package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/locate"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/merge"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// vaultGitTextconvCommand is what git calls for a diff, once vault git-setup has told it so.
func vaultGitTextconvCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "git-textconv", Usage: "print a file with its secrets decrypted, for git diff", ArgsUsage: "FILE", Hidden: true,
		Description: "Prints FILE decrypted, or with its !vault values decrypted in their places. What no password opens stays encrypted.",
		Flags:       vaultSecretFlags(),
		Action: func(c *cli.Context) error {
			return runVault(c.Context, env, vaultOptionsOf(c), (*vaultSession).gitTextconv)
		},
	}
}

// vaultGitMergeCommand is what git calls for a merge, once vault git-setup has told it so.
func vaultGitMergeCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "git-merge", Usage: "merge three versions of a file with secrets, for git merge", ArgsUsage: "BASE OURS THEIRS", Hidden: true,
		Description: "Writes to OURS what comes of the three versions. Ends with 1 when there are conflicts.",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "path", Usage: "the `NAME` of the file in the repository, for messages"},
			&cli.IntFlag{Name: "marker-size", Usage: "the length of conflict markers, `N` characters"},
		}, vaultSecretFlags()...),
		Action: func(c *cli.Context) error {
			name, size := c.String("path"), c.Int("marker-size")
			return runVault(c.Context, env, vaultOptionsOf(c), func(s *vaultSession, ctx context.Context) error {
				return s.gitMerge(ctx, name, size)
			})
		},
	}
}

// openQuietly makes the keyring without asking anybody: git calls for each file.
func (s *vaultSession) openQuietly(ctx context.Context) error {
	request, err := s.request()
	if err != nil {
		return err
	}
	request.AutoPrompt, request.Ask = false, false
	s.specs = request.Specs()
	s.loader.Ask = nil
	var secrets []*vault.Secret
	if len(s.specs) > 0 {
		if secrets, err = s.loader.Load(ctx, s.specs, false); err != nil {
			s.warn(err.Error()) // what can't be opened stays encrypted
		}
	}
	s.ring = vault.NewKeyring(vault.Distinct(secrets))
	s.ring.Strict = s.settings.Bool("DEFAULT_VAULT_ID_MATCH")
	return nil
}

func (s *vaultSession) gitTextconv(ctx context.Context) error {
	if len(s.opts.args) != 1 {
		return usageFailure("git-textconv takes one file")
	}
	text, err := s.read(s.opts.args[0])
	if err != nil {
		return err
	}
	if vault.HasInline(text) || isVault(text) {
		if err := s.openQuietly(ctx); err != nil {
			return err
		}
		text = s.readable(text)
	}
	s.out.Write(text)
	return s.finish("")
}

// readable gives a text with what can be opened decrypted.
func (s *vaultSession) readable(text []byte) []byte {
	t, err := locate.Scan(source.NewSensitiveFile("", string(text)), locate.Unknown)
	if err != nil || t == nil {
		return text
	}
	var edits []yaml.Edit
	for _, v := range t.Values {
		plaintext, _, err := s.ring.OpenWith(v.Vault, v.Pos)
		switch {
		case err != nil:
		case v.Scalar == nil && bytes.IndexByte(plaintext, 0) >= 0:
			return []byte(fmt.Sprintf("binary content, %d bytes, encrypted for vault id %s\n%s", len(plaintext), v.Label, text))
		case v.Scalar == nil:
			return s.readable(plaintext)
		default:
			edits = append(edits, vault.Replace(*v.Scalar, t.Src, v.Scalar.Tag, string(plaintext)))
		}
	}
	return []byte(yaml.Apply(string(text), edits...))
}

func (s *vaultSession) gitMerge(ctx context.Context, name string, markerSize int) error {
	if len(s.opts.args) != 3 {
		return withCode(gitMergeFailed, usageFailure("git-merge takes three files"))
	}
	var texts [3][]byte
	for i, path := range s.opts.args {
		text, err := s.read(path)
		if err != nil {
			return withCode(gitMergeFailed, err)
		}
		texts[i] = text
	}
	if err := s.openQuietly(ctx); err != nil {
		return withCode(gitMergeFailed, err)
	}
	if name == "" {
		name = s.opts.args[1]
	}
	m := &merge.Merger{Ring: s.ring, Dir: s.env.Dir, Environ: vault.WithoutSources(s.env.Environ, s.specs), MarkerSize: markerSize}
	result, err := m.Merge(ctx, merge.Versions{Name: name, Base: texts[0], Ours: texts[1], Theirs: texts[2]})
	if err != nil {
		return withCode(gitMergeFailed, err)
	}
	// git's own temporary file, which exists only for this; what is in it was as secret in the work tree
	if err := os.WriteFile(s.abs(s.opts.args[1]), result.Text, 0o600); err != nil {
		return withCode(gitMergeFailed, writeFailure(s.opts.args[1], err))
	}
	if len(result.Conflicts) > 0 {
		fmt.Fprintln(s.env.Stderr, strings.Join(result.Conflicts, "\n"))
		return &CodeError{Code: gitMergeConflict}
	}
	return nil
}

// The exit codes that git expects of a merge driver: conflicts, or above 128 that it could not merge at all.
const (
	gitMergeConflict = 1
	gitMergeFailed   = 129
)

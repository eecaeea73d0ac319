package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

func vaultSetCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "set", Usage: "encrypt one value into a YAML file", ArgsUsage: "FILE PATH",
		Description: "Encrypts a new value for PATH, as a !vault value, or within a file that is encrypted as a whole. The value is asked for on\n" +
			"a terminal, else read from stdin (one line end at its end is dropped), or generated. A key that is not there is added to\n" +
			"its mapping. Every other byte of the file stays; a value that is the same already keeps its ciphertext.",
		Flags: append(append(vaultSecretFlags(), vaultEncryptFlags()...),
			&cli.IntFlag{Name: "generate", Usage: "make up a random value of `N` characters (letters, digits, - and _); it is not shown"},
			&cli.BoolFlag{Name: "prompt", Aliases: []string{"p"}, Usage: "ask for the value although stdin is no terminal"}),
		Action: func(c *cli.Context) error {
			opts := vaultOptionsOf(c)
			opts.hasGenerate = c.IsSet("generate")
			return runVaultSet(c.Context, env, opts)
		},
	}
}

// runVaultSet is `kimai-ansible vault set`.
func runVaultSet(ctx context.Context, env *Env, opts vaultOptions) error {
	return runVault(ctx, env, opts, (*vaultSession).set)
}

func (s *vaultSession) set(ctx context.Context) error {
	file, path, err := s.fileAndPath()
	switch {
	case err != nil:
		return err
	case len(path) == 0:
		return usageFailure("the path . is the whole file; kimai-ansible vault encrypt encrypts it")
	case s.opts.hasGenerate && s.opts.prompt:
		return usageFailure("--generate and --prompt do not go together")
	case file == "-":
		return usageFailure("vault set changes a file, not stdin")
	}
	text, err := s.read(file)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = nil, nil // a new file
	}
	if err != nil {
		return err
	}
	in, w, err := s.inlineOf(ctx, text, file)
	if err != nil {
		return err
	}
	plaintext, err := s.newValue(ctx, path)
	if err != nil {
		return err
	}
	defer clear(plaintext)
	if w != nil {
		return s.setWithin(in, w, file, path, text, plaintext)
	}
	return s.setInline(ctx, in, file, path, text, plaintext)
}

// newValue gets the value: generated, asked for, or from stdin.
func (s *vaultSession) newValue(ctx context.Context, path yaml.Path) ([]byte, error) {
	switch {
	case s.opts.hasGenerate:
		p, err := vault.Generate(s.opts.generate)
		if err != nil {
			return nil, usageFailure("%v", err)
		}
		return p, nil
	case s.opts.prompt || term.Is(s.env.Stdin):
		var first string
		for _, q := range []string{"New value of %s (hidden): ", "Confirm new value of %s: "} {
			answer, err := s.loader.Ask(ctx, fmt.Sprintf(q, path))
			switch {
			case err != nil:
				return nil, noAnswerFailure(err)
			case answer == "":
				return nil, usageFailure("the value is empty")
			case first != "" && answer != first:
				return nil, usageFailure("the values do not match")
			}
			first = answer
		}
		return []byte(first), nil
	}
	p, err := io.ReadAll(s.env.Stdin)
	if err != nil {
		return nil, plainFailure(fmt.Errorf("reading stdin: %w", err))
	}
	p = bytes.TrimSuffix(bytes.TrimSuffix(p, []byte("\n")), []byte("\r"))
	if len(p) == 0 {
		return nil, usageFailure("stdin was empty, there is no value to set")
	}
	return p, nil
}

// setInline puts a !vault value into a plain file.
func (s *vaultSession) setInline(ctx context.Context, in *vault.Inline, file string, path yaml.Path, text, plaintext []byte) error {
	old, err := in.Find(path)
	there := err == nil
	if there && vault.IsVault(old) {
		same, err := s.sameAlready(ctx, old, plaintext)
		if err != nil || same {
			return err
		}
	}
	secret, label, err := s.setSecret(ctx, old, there)
	if err != nil {
		return err
	}
	cipher, err := s.encrypt(plaintext, secret, label)
	if err != nil {
		return err
	}
	var edit yaml.Edit
	if there {
		tag := vault.Tag
		if vault.IsVault(old) {
			tag = old.Tag
		}
		edit = vault.Replace(old, in.File, tag, asEnded(old, cipher))
	} else if edit, err = in.Insert(path, func(indent int) string { return blockVault(cipher, indent) }); err != nil {
		return err
	}
	fresh := []byte(yaml.Apply(string(text), edit))
	now := []vault.Sealed{{Doc: old.Doc, Path: path, Plaintext: plaintext, Secret: secret}}
	verify := func(written []byte) error { return in.Verify(written, now, nil) }
	if err := verify(fresh); err != nil {
		return inlineFailure(file, err)
	}
	return s.put(file, "", fresh, orNil(text), vault.Replacement{Verify: verify})
}

// orNil keeps a file that was not there from being compared.
func orNil(text []byte) []byte {
	if len(text) == 0 {
		return nil
	}
	return text
}

// blockVault gives a vault as a value behind "key: ".
func blockVault(cipher []byte, indent int) string {
	var b strings.Builder
	b.WriteString(vault.Tag + " |\n")
	for line := range bytes.Lines(cipher) {
		b.WriteString(strings.Repeat(" ", indent))
		b.Write(line)
	}
	return b.String()
}

// sameAlready reports whether a vault holds the plaintext already, and with the vault id that is asked for. A vault that
// no password opens may be set anew.
func (s *vaultSession) sameAlready(ctx context.Context, old yaml.Scalar, plaintext []byte) (bool, error) {
	if err := s.openOnce(ctx); err != nil {
		return false, err
	}
	before, _, err := s.ring.OpenScalar(old)
	if err != nil {
		if errors.Is(err, vaultfmt.ErrNoMatch) || errors.Is(err, vaultfmt.ErrMalformed) {
			s.warn(fmt.Sprintf("the old value of %s could not be decrypted, it is replaced", old.Path))
			return false, nil
		}
		return false, err
	}
	defer clear(before)
	return bytes.Equal(before, plaintext) && (s.opts.encryptID == "" || s.opts.encryptID == vault.Label(old)), nil
}

// setSecret chooses what a value is encrypted with: what --encrypt-vault-id says, else the secret with the label of the
// old value, else the only one there is.
func (s *vaultSession) setSecret(ctx context.Context, old yaml.Scalar, there bool) (*vault.Secret, string, error) {
	if s.ring == nil {
		secrets, err := s.secrets(ctx, true)
		if err != nil {
			return nil, "", err
		}
		s.ring = vault.NewKeyring(secrets)
	}
	if s.opts.encryptID == "" && there && vault.IsVault(old) {
		label := vault.Label(old)
		if _, secret, err := s.ring.OpenScalar(old); err == nil {
			return secret, label, nil
		}
		for _, secret := range s.ring.Secrets() {
			if secret.ID == label {
				return secret, label, nil
			}
		}
	}
	secret, err := s.encryptSecret(s.ring.Secrets())
	if err != nil {
		return nil, "", err
	}
	return secret, secret.ID, nil
}

// setWithin changes a value in a file that is encrypted as a whole.
func (s *vaultSession) setWithin(in *vault.Inline, w *whole, file string, path yaml.Path, text, plaintext []byte) error {
	old, err := in.Find(path)
	var edit yaml.Edit
	switch {
	case err == nil && vault.IsVault(old):
		return plainFailure((&diag.Error{Msg: fmt.Sprintf("%s is a !vault value within an encrypted file", path)}).Hint("decrypt one of the two first"))
	case err == nil && old.Value == string(plaintext) && s.opts.encryptID == "":
		return nil
	case err == nil:
		edit = vault.Replace(old, in.File, "", string(plaintext))
	default:
		if edit, err = in.Insert(path, func(int) string { return quoteYAML(string(plaintext)) + "\n" }); err != nil {
			return err
		}
	}
	fresh := []byte(yaml.Apply(in.File.Text(), edit))
	defer clear(fresh)
	if err := in.Verify(fresh, nil, []vault.Sealed{{Doc: old.Doc, Path: path, Plaintext: plaintext}}); err != nil {
		return inlineFailure(file, err)
	}
	secret, label := w.secret, w.label
	if s.opts.encryptID != "" {
		if secret, err = s.encryptSecret(s.ring.Secrets()); err != nil {
			return err
		}
		label = secret.ID
	}
	cipher, err := s.encrypt(fresh, secret, label)
	if err != nil {
		return err
	}
	return s.put(file, "", cipher, text, putEncrypted(secret, fresh))
}

// quoteYAML writes a text in double quotes, as YAML reads it.
func quoteYAML(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// isVault reports whether a text is a vault as a whole.
func isVault(text []byte) bool { return vaultfmt.IsEncrypted(text) }

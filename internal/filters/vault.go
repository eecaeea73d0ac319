package filters

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

var (
	_ = All.Add(Def{
		Name: "ansible.builtin.vault", Keeps: true, Func: doVault,
		Sig: "do_vault(data, secret, salt=None, vault_id='filter_default', wrap_object=False, vaultid=None)",
	})
	_ = All.Add(Def{Name: "ansible.builtin.unvault", Keeps: true, Func: doUnvault, Sig: "do_unvault(vault, secret, vault_id='filter_default', vaultid=None)"})
)

// wrapped is an encrypted text that opens by itself, what wrap_object asks for.
type wrapped struct {
	text  string
	plain value.Value
}

var (
	_ value.Deferred    = (*wrapped)(nil)
	_ yaml.Ciphertexter = (*wrapped)(nil)
)

// Type returns "str": that is what it resolves to.
func (*wrapped) Type() string { return "str" }

// Resolve gives the plaintext.
func (w *wrapped) Resolve() (value.Value, error) { return w.plain, nil }

// Ciphertext gives the vault.
func (w *wrapped) Ciphertext() string { return w.text }

func doVault(c *Call) (value.Value, error) {
	secret, ok := strOf(c.Get("secret"))
	if !ok {
		return nil, fail("Secret passed is required to be a string, instead we got %s.", className(c.Get("secret")))
	}
	var data []byte
	switch x := c.First().(type) {
	case value.Str:
		data = []byte(x.String())
	case value.Bytes:
		data = x.Bytes()
	default:
		return nil, fail("Can only vault strings, instead we got %s.", className(x))
	}
	label, err := c.Text(vaultIDArgument(c))
	if err != nil {
		return nil, err
	}
	var e *vaultfmt.Envelope
	if c.IsNone("salt") {
		e, err = vaultfmt.Encrypt(data, []byte(secret), label)
	} else {
		var salt []byte
		if salt, err = bytesOf(c.Get("salt")); err != nil {
			return nil, err
		}
		e, err = vaultfmt.EncryptWithSalt(data, []byte(secret), salt, label)
	}
	if err != nil {
		return nil, fail("Unable to encrypt: %s", err)
	}
	text, err := e.MarshalText()
	if err != nil {
		return nil, fail("Unable to encrypt: %s", err)
	}
	wrap, err := c.Truth("wrap_object")
	if err != nil {
		return nil, err
	}
	if wrap {
		return &wrapped{text: string(text), plain: value.NewMarkedStr(string(data), value.Marks{Secret: true})}, nil
	}
	return str(string(text)), nil
}

// vaultIDArgument names the argument that counts: vaultid is the old name of vault_id.
func vaultIDArgument(c *Call) string {
	if c.IsNone("vaultid") {
		return "vault_id"
	}
	return "vaultid"
}

func doUnvault(c *Call) (value.Value, error) {
	secret, ok := strOf(c.Get("secret"))
	if !ok {
		return nil, fail("Secret passed is required to be as string, instead we got %s.", className(c.Get("secret")))
	}
	text, ok := strOf(c.First())
	if !ok {
		return nil, fail("Vault should be in the form of a string, instead we got %s.", className(c.First()))
	}
	if !vaultfmt.IsEncrypted([]byte(text)) {
		return c.First(), nil
	}
	e, err := vaultfmt.ParseLenient([]byte(text))
	if err != nil {
		return nil, fail("Unable to decrypt: %s", malformed(text))
	}
	plain, _, err := vaultfmt.Open(e, []byte(secret))
	if errors.Is(err, vaultfmt.ErrNoMatch) || errors.Is(err, vaultfmt.ErrPadding) {
		return nil, fail("Unable to decrypt: Decryption failed (no vault secrets were found that could decrypt).")
	}
	if err != nil {
		return nil, fail("Unable to decrypt: %s", err)
	}
	return value.NewMarkedStr(string(plain), value.Marks{Secret: true}), nil
}

// malformed says what is wrong with a vault that can't be read as Ansible does. It tells nothing of the content.
func malformed(vault string) string {
	header, body, _ := strings.Cut(vault, "\n")
	parts := strings.Split(strings.TrimSpace(header), ";")
	if len(parts) < 3 {
		return "Vault envelope format error: list index out of range"
	}
	if cipher := strings.TrimSpace(parts[2]); cipher != "AES256" {
		return "Cipher '" + cipher + "' could not be found."
	}
	digits := strings.Join(strings.Fields(body), "")
	inner, err := hex.DecodeString(digits)
	switch {
	case errors.Is(err, hex.ErrLength) || len(digits)%2 != 0:
		return "Vault format unhexlify error: Odd-length string"
	case err != nil:
		return "Vault format unhexlify error: Non-hexadecimal digit found"
	}
	fields := strings.SplitN(string(inner), "\n", 3)
	if len(fields) < 3 {
		return fmt.Sprintf("Vault vaulttext format error: not enough values to unpack (expected 3, got %d)", len(fields))
	}
	for _, f := range fields {
		if _, err := hex.DecodeString(f); err != nil && len(f)%2 == 0 {
			return "Vault vaulttext format error: Non-hexadecimal digit found"
		} else if err != nil {
			return "Vault vaulttext format error: Odd-length string"
		}
	}
	return "Decryption failed (no vault secrets were found that could decrypt)."
}

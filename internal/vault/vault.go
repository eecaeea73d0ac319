// Package vault knows which password opens which vault: where vault secrets come from (files, scripts, prompts,
// variables), Ansible's rules for choosing among several vault ids, values that are decrypted when they are needed, and
// how a vaulted file or value is replaced without losing anything. The file format itself is package vaultfmt.
//
// The way: [Specs] are collected from the command line and the settings, a [Loader] gets the secrets, a [Keyring] opens
// texts with them. Source of the rules: Ansible's page "Protecting sensitive data with Ansible vault", and what
// ansible-core 2.19 does.
package vault

import (
	"crypto/subtle"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
)

// DefaultID is the vault id of a secret that was given without one.
const DefaultID = "default"

// A Secret is a password with its vault id.
type Secret struct {
	ID     string // the vault id label
	Origin string // where it comes from, for messages: "file /x/pw", "prompt", "script /x/pw.sh"

	password secret.String
}

// NewSecret gives a secret. Blanks and line ends around the password are taken away, as Ansible does it.
func NewSecret(id, origin, password string) *Secret {
	return &Secret{ID: id, Origin: origin, password: secret.New(trimPassword(password))}
}

// String names the secret as ansible-core's -vvvv does, without the password.
func (s *Secret) String() string {
	if path, ok := strings.CutPrefix(s.Origin, "file "); ok {
		return "FileVaultSecret(filename=" + pythonString(path) + ")"
	}
	return "secret from " + s.Origin
}

// Reveal returns the password as bytes.
func (s *Secret) Reveal() []byte { return []byte(s.password.Reveal()) }

// trimPassword takes away what Python's bytes.strip() does.
func trimPassword(p string) string { return strings.Trim(p, " \t\n\r\v\f") }

// A Spec names a source of a secret.
type Spec struct {
	ID     string // the vault id label
	Source string // a path, "prompt", "prompt_ask_vault_pass", "env:NAME", "fd:N", "hcv:PATH#KEY"
	// NamedID is false when the user wrote no label; Ansible calls a client script without --vault-id's value then.
	NamedID bool
}

// ParseSpec reads what stands after --vault-id: [label@]source. Without a label the vault id is defaultID.
func ParseSpec(text, defaultID string) Spec {
	label, source, ok := strings.Cut(text, "@")
	switch {
	case !ok:
		return Spec{ID: defaultID, Source: text}
	case label == "":
		return Spec{ID: defaultID, Source: source}
	}
	return Spec{ID: label, Source: source, NamedID: true}
}

// Text gives the source as it is written on a command line.
func (s Spec) Text() string {
	if s.NamedID {
		return s.ID + "@" + s.Source
	}
	return s.Source
}

// Request is what the command line and the settings say about where secrets come from.
type Request struct {
	IDs           []string // --vault-id, after the settings' vault_identity_list
	PasswordFiles []string // --vault-password-file
	Ask           bool     // --ask-vault-password
	SettingFile   string   // the setting vault_password_file
	DefaultID     string   // the setting vault_identity; "" is "default"
	AutoPrompt    bool     // ask when nothing else is named
}

// Specs gives the sources in Ansible's order: the vault ids, the password files, the question, the file of the settings.
func (r Request) Specs() []Spec {
	id := r.DefaultID
	if id == "" {
		id = DefaultID
	}
	var specs []Spec
	for _, text := range r.IDs {
		specs = append(specs, ParseSpec(text, id))
	}
	for _, path := range r.PasswordFiles {
		specs = append(specs, Spec{ID: id, Source: path, NamedID: true})
	}
	if r.Ask || r.AutoPrompt && len(specs) == 0 && r.SettingFile == "" {
		specs = append(specs, Spec{ID: id, Source: sourceAskPass, NamedID: true})
	}
	if r.SettingFile != "" {
		specs = append(specs, Spec{ID: id, Source: r.SettingFile, NamedID: true})
	}
	return specs
}

// Same reports whether two secrets have the same password, whatever their vault ids.
func (s *Secret) Same(o *Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.password.Reveal()), []byte(o.password.Reveal())) == 1
}

// Distinct gives the secrets without the ones that stand twice, with the same vault id and the same password, such as a
// password file that is named by the settings and by an option.
func Distinct(secrets []*Secret) []*Secret {
	var out []*Secret
	for _, s := range secrets {
		if !slices.ContainsFunc(out, func(o *Secret) bool { return o.ID == s.ID && o.Same(s) }) {
			out = append(out, s)
		}
	}
	return out
}

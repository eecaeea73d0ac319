package vault

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// A Keyring opens vaults with a set of secrets. It may be used by several goroutines once its fields are set.
type Keyring struct {
	// Strict is Ansible's setting vault_id_match: only secrets of the very vault id are tried.
	Strict bool
	// OnOpen is called with each plaintext as soon as it is there, so that it can be masked in all output; pos is where
	// the vault stands. It must be safe for several goroutines.
	OnOpen func(plaintext []byte, pos source.Pos)
	// Trace tells what is done, for -vvvv and more; nil tells nobody.
	Trace func(level int, text string)

	secrets []*Secret
}

// NewKeyring gives a keyring with the secrets, which are tried in their order.
func NewKeyring(secrets []*Secret) *Keyring { return &Keyring{secrets: secrets} }

// Secrets returns the secrets in their order.
func (k *Keyring) Secrets() []*Secret { return k.secrets }

// IDs returns the vault ids of the secrets in their order, one that stands twice twice.
func (k *Keyring) IDs() []string {
	ids := make([]string, len(k.secrets))
	for i, s := range k.secrets {
		ids[i] = s.ID
	}
	return ids
}

// Open decrypts a vault: first with the secrets whose vault id is the label in its header, then, unless Strict, with
// all the others. where is its position, for messages. It returns the plaintext and the vault id of the secret that
// fits. Every error is an *[OpenError].
func (k *Keyring) Open(text []byte, where source.Pos) (plaintext []byte, id string, err error) {
	plaintext, s, err := k.open(text, where)
	if err != nil {
		return nil, "", err
	}
	return plaintext, s.ID, nil
}

// OpenWith is Open that returns the secret itself.
func (k *Keyring) OpenWith(text []byte, where source.Pos) (plaintext []byte, s *Secret, err error) {
	return k.open(text, where)
}

func (k *Keyring) open(text []byte, where source.Pos) ([]byte, *Secret, error) {
	e, err := vaultfmt.ParseLenient(text)
	if err != nil {
		return nil, nil, &OpenError{Pos: where, Cause: err}
	}
	label := e.Label
	if label == "" {
		label = DefaultID
	}
	fail := &OpenError{Pos: where, Label: label, Cause: vaultfmt.ErrNoMatch, Known: k.IDs()}
	k.trace(5, "Found a vault_id (%s) in the vaulttext", label)
	if !slices.Contains(fail.Known, label) {
		k.trace(5, "Found a vault_id (%s) in the vault text, but we do not have a associated secret (--vault-id)", label)
	}
	for _, s := range k.order(label) {
		k.trace(5, "Trying to use vault secret=(%s) id=%s to decrypt None", s, s.ID)
		k.trace(4, "Trying secret %s for vault_id=%s", s, s.ID)
		fail.Tried = append(fail.Tried, s.ID)
		password := s.Reveal()
		plaintext, err := e.Decrypt(password)
		clear(password)
		switch {
		case err == nil:
			k.trace(5, "Decrypt successful with secret=%s and vault_id=%s", s, s.ID)
			if k.OnOpen != nil {
				k.OnOpen(plaintext, where)
			}
			return plaintext, s, nil
		case !errors.Is(err, vaultfmt.ErrMAC):
			fail.Cause = err
			return nil, nil, fail
		}
		k.trace(5, "Tried to use the vault secret (%s) to decrypt (None) but it failed. Error: HMAC verification failed: Signature did not match digest.", s.ID)
	}
	return nil, nil, fail
}

func (k *Keyring) trace(level int, format string, args ...any) {
	if k.Trace != nil {
		k.Trace(level, fmt.Sprintf(format, args...))
	}
}

// order gives the secrets to try for a label.
func (k *Keyring) order(label string) []*Secret {
	first := make([]*Secret, 0, len(k.secrets))
	var rest []*Secret
	for _, s := range k.secrets {
		if s.ID == label {
			first = append(first, s)
		} else {
			rest = append(rest, s)
		}
	}
	if k.Strict {
		return first
	}
	return append(first, rest...)
}

// EncryptSecret chooses the secret to encrypt with: the one with the vault id wanted, or the only one there is. It
// returns an *[EncryptIDError] otherwise.
func EncryptSecret(secrets []*Secret, wanted string) (*Secret, error) {
	var ids []string
	for _, s := range secrets {
		if wanted != "" && s.ID == wanted {
			return s, nil
		}
		ids = append(ids, s.ID)
	}
	if wanted == "" && len(secrets) == 1 {
		return secrets[0], nil
	}
	return nil, &EncryptIDError{Wanted: wanted, Known: ids}
}

// An EncryptIDError says that it is not clear which secret to encrypt with.
type EncryptIDError struct {
	Wanted string // the vault id asked for, "" when none was
	Known  []string
}

// Error gives ansible-core's text.
func (e *EncryptIDError) Error() string {
	if e.Wanted != "" {
		quoted := make([]string, len(e.Known))
		for i, id := range e.Known {
			quoted[i] = pythonString(id)
		}
		return "Did not find a match for --encrypt-vault-id=" + e.Wanted + " in the known vault-ids [" + strings.Join(quoted, ", ") + "]"
	}
	if len(e.Known) == 0 {
		return "A vault password is required to use Ansible's Vault"
	}
	return "The vault-ids " + strings.Join(e.Known, ",") + " are available to encrypt. Specify the vault-id to encrypt with --encrypt-vault-id"
}

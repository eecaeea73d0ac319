package vault

import (
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// A Value is an inline vault, `!vault`, that is decrypted when it is first needed, once in a run however many hosts
// read it. What it gives is a str marked secret and not trusted: ansible-core 2.19 does not evaluate templates within
// an inline vault.
type Value struct {
	text string
	pos  source.Pos
	key  string
	ring *Keyring

	once sync.Once
	got  value.Value
	err  error
}

var _ value.Deferred = (*Value)(nil)

// Value gives a deferred value for the text of a vault at pos. key is its path within the file, "" when it is not
// known. Nothing is decrypted yet.
func (k *Keyring) Value(text string, pos source.Pos, key string) *Value {
	return &Value{text: text, pos: pos, key: key, ring: k}
}

// Hook is Value in the form that a YAML reader calls for `!vault`.
func (k *Keyring) Hook(text string, pos source.Pos) (value.Value, error) {
	return k.Value(text, pos, ""), nil
}

// Type returns "str": that is what it becomes.
func (*Value) Type() string { return "str" }

// Resolve decrypts the value, at the first call only. The error is an *[OpenError].
func (v *Value) Resolve() (value.Value, error) {
	v.once.Do(func() {
		plaintext, _, err := v.ring.Open([]byte(v.text), v.pos)
		if oe, ok := err.(*OpenError); ok {
			oe.Key = v.key
			v.err = oe
			return
		}
		v.got = value.NewMarkedStr(string(plaintext), value.Marks{Origin: v.pos, Secret: true})
		clear(plaintext)
	})
	return v.got, v.err
}

// Pos returns where the value stands.
func (v *Value) Pos() source.Pos { return v.pos }

// Ciphertext returns the vault as it stands in the file, without its indentation.
func (v *Value) Ciphertext() string { return v.text }

// OpenFile decrypts a file that is a vault as a whole: the result has the same name, and its lines are never shown. A
// file that is no vault is returned as it is. The error is an *[OpenError].
func (k *Keyring) OpenFile(f *source.File) (*source.File, error) {
	if !strings.HasPrefix(f.Text(), vaultfmt.Header) {
		return f, nil
	}
	plaintext, _, err := k.Open([]byte(f.Text()), source.At(f, 0, 0))
	if err != nil {
		return nil, err
	}
	defer clear(plaintext)
	return source.NewSensitiveFile(f.Name(), string(plaintext)), nil
}

package vaultfmt

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"sync/atomic"
)

const (
	// SaltSize is the size of the salt that is written, in bytes. Read are others too: ansible-vault writes what its
	// setting vault_encrypt_salt says.
	SaltSize = 32

	ivSize = 16
)

// A Key is what a secret and a salt give: the AES-256 key, the MAC key and the first counter block. It lets a caller
// separate the costly derivation from what is done with it, as in rotating many secrets on all cores.
//
// A Key encrypts one plaintext at most: two plaintexts under one key reveal each other ([EncryptWithKey]). It may be
// used by several goroutines, but not while Wipe runs. It never prints itself.
type Key struct {
	salt   []byte
	cipher [sha256.Size]byte
	mac    [sha256.Size]byte
	iv     [ivSize]byte
	state  atomic.Int32
}

// States of a Key.
const (
	keyNone  int32 = iota // never derived, or wiped
	keyFresh              // may encrypt
	keyUsed               // has encrypted or decrypted, so it must not encrypt (again)
)

// DeriveKey computes the key that a secret (a password as bytes, without a line end) and a salt give: 80 bytes of
// PBKDF2-HMAC-SHA256 (RFC 8018) with 10,000 iterations. It copies the salt. Call [Key.Wipe] when done.
func DeriveKey(secret, salt []byte) *Key {
	k := new(Key)
	d := newKDF(secret)
	defer d.wipe()
	k.deriveMAC(d, salt)
	k.deriveRest(d, salt)
	k.state.Store(keyFresh)
	return k
}

// NewKey derives a key for encrypting, with a random salt of [SaltSize] bytes. It refuses an empty secret
// ([ErrEmptySecret]).
func NewKey(secret []byte) (*Key, error) {
	if len(secret) == 0 {
		return nil, ErrEmptySecret
	}
	var salt [SaltSize]byte
	rand.Read(salt[:]) // never returns an error: crypto/rand
	return DeriveKey(secret, salt[:]), nil
}

// deriveMAC derives the MAC key alone, which is the second block.
func (k *Key) deriveMAC(d kdf, salt []byte) { d.block(&k.mac, 2, salt, iterations) }

// deriveRest derives the others.
func (k *Key) deriveRest(d kdf, salt []byte) {
	k.salt = bytes.Clone(salt)
	d.block(&k.cipher, 1, salt, iterations)
	var third [sha256.Size]byte
	d.block(&third, 3, salt, iterations)
	copy(k.iv[:], third[:])
	clear(third[:])
}

// Salt returns a copy of the salt that the key was derived with.
func (k *Key) Salt() []byte { return bytes.Clone(k.salt) }

// Wipe overwrites the key. It can't encrypt or decrypt any more.
func (k *Key) Wipe() {
	k.state.Store(keyNone)
	clear(k.cipher[:])
	clear(k.mac[:])
	clear(k.iv[:])
}

// Format prints a placeholder under every verb of fmt.
func (k *Key) Format(s fmt.State, _ rune) { io.WriteString(s, "vaultfmt.Key(********)") }

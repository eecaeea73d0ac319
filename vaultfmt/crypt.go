package vaultfmt

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
)

// Encrypt makes a vault of plaintext under secret (a password as bytes, without a line end), with a random salt. The
// label is the vault id that is noted in the header: with "" or "default" the vault gets version 1.1 and no label, as
// ansible-vault does it, with another one version 1.2.
//
// It returns [ErrEmptySecret], or a [*LabelError] for a label that can't stand in a header.
func Encrypt(plaintext, secret []byte, label string) (*Envelope, error) {
	if err := checkLabel(label); err != nil {
		return nil, err
	}
	k, err := NewKey(secret)
	if err != nil {
		return nil, err
	}
	defer k.Wipe()
	return EncryptWithKey(plaintext, k, label)
}

// EncryptWithSalt is [Encrypt] with a salt chosen by the caller, of one byte or more.
//
// It is dangerous: secret and salt together decide the keystream, so two plaintexts encrypted with the same secret and
// salt give away the xor of both to everybody who has the two vaults, without any password, and with one plaintext
// known, the other is. It exists only for a drop-in of ansible-vault that obeys the setting vault_encrypt_salt. All
// others use Encrypt.
//
// It returns an error that is [ErrMalformed] for an empty salt, else those of Encrypt.
func EncryptWithSalt(plaintext, secret, salt []byte, label string) (*Envelope, error) {
	if err := checkLabel(label); err != nil {
		return nil, err
	}
	if len(secret) == 0 {
		return nil, ErrEmptySecret
	}
	if len(salt) == 0 {
		return nil, fmt.Errorf("%w: empty salt", ErrMalformed)
	}
	k := DeriveKey(secret, salt)
	defer k.Wipe()
	return EncryptWithKey(plaintext, k, label)
}

// EncryptWithKey makes a vault with a key that was derived before: [Encrypt] in two steps, the first of which is
// [NewKey]. A key encrypts once, and only if it has not decrypted, because a second plaintext under the same key would
// reveal both; after that it returns [ErrKeySpent]. It may still decrypt, to verify what was written.
//
// The label is as in Encrypt, and so is [*LabelError].
func EncryptWithKey(plaintext []byte, k *Key, label string) (*Envelope, error) {
	if err := checkLabel(label); err != nil {
		return nil, err
	}
	if !k.state.CompareAndSwap(keyFresh, keyUsed) {
		return nil, ErrKeySpent
	}
	e := &Envelope{Version: version11, Cipher: cipherAES256, Salt: k.Salt()}
	if label != "" && label != defaultLabel {
		e.Version, e.Label = version12, label
	}
	pad := aes.BlockSize - len(plaintext)%aes.BlockSize
	buf := make([]byte, len(plaintext)+pad)
	for i := copy(buf, plaintext); i < len(buf); i++ {
		buf[i] = byte(pad)
	}
	k.xor(buf)
	e.Ciphertext = buf
	e.MAC = k.macOf(buf)
	return e, nil
}

// Matches reports whether the secret is the one that the vault was encrypted with. It costs a third of [Envelope.Decrypt]
// and decrypts nothing.
func (e *Envelope) Matches(secret []byte) bool {
	d := newKDF(secret)
	defer d.wipe()
	k := new(Key)
	defer k.Wipe()
	k.deriveMAC(d, e.Salt)
	return e.verify(k)
}

// Decrypt gives the plaintext. A wrong secret is found with a third of the work.
//
// It returns [ErrMAC] for a wrong secret or changed data, [ErrPadding] for a plaintext that is badly padded, and a
// [*HeaderError] if Cipher is not AES256.
func (e *Envelope) Decrypt(secret []byte) ([]byte, error) {
	if e.Cipher != cipherAES256 {
		return nil, &HeaderError{Field: "cipher", Value: e.Cipher}
	}
	d := newKDF(secret)
	defer d.wipe()
	k := new(Key)
	defer k.Wipe()
	k.deriveMAC(d, e.Salt)
	if !e.verify(k) {
		return nil, ErrMAC
	}
	k.deriveRest(d, e.Salt)
	return e.decrypt(k)
}

// DecryptWithKey is [Envelope.Decrypt] with a key that was derived before, with [DeriveKey] and the envelope's salt. A
// key of another salt gives [ErrMAC], a wiped one [ErrKeySpent]. The key can't encrypt afterwards.
func (e *Envelope) DecryptWithKey(k *Key) ([]byte, error) {
	if e.Cipher != cipherAES256 {
		return nil, &HeaderError{Field: "cipher", Value: e.Cipher}
	}
	if k.state.Load() == keyNone {
		return nil, ErrKeySpent
	}
	if !bytes.Equal(k.salt, e.Salt) || !e.verify(k) {
		return nil, ErrMAC
	}
	k.state.CompareAndSwap(keyFresh, keyUsed)
	return e.decrypt(k)
}

// decrypt does so after the MAC was verified.
func (e *Envelope) decrypt(k *Key) ([]byte, error) {
	buf := bytes.Clone(e.Ciphertext)
	k.xor(buf)
	return unpad(buf)
}

// Open decrypts with the first of the secrets that fits and returns its index. A secret that does not fit costs a third
// of a key derivation.
//
// It returns -1 and [ErrNoMatch] if none fits, and the index with [ErrPadding] if one fits but the plaintext is badly
// padded. A cipher other than AES256 is a [*HeaderError].
func Open(e *Envelope, secrets ...[]byte) (plaintext []byte, which int, err error) {
	for i, secret := range secrets {
		plaintext, err = e.Decrypt(secret)
		switch err {
		case ErrMAC:
			continue
		case nil, ErrPadding:
			return plaintext, i, err
		}
		return nil, -1, err
	}
	return nil, -1, fmt.Errorf("%w (%d tried)", ErrNoMatch, len(secrets))
}

// verify compares the MAC in constant time.
func (e *Envelope) verify(k *Key) bool {
	return subtle.ConstantTimeCompare(k.macOf(e.Ciphertext), e.MAC) == 1
}

// macOf gives the HMAC-SHA256 of the ciphertext; the format authenticates nothing else.
func (k *Key) macOf(ciphertext []byte) []byte {
	h := hmac.New(sha256.New, k.mac[:])
	h.Write(ciphertext)
	return h.Sum(nil)
}

// xor applies the keystream, AES-256 in counter mode, in place.
func (k *Key) xor(buf []byte) {
	block, err := aes.NewCipher(k.cipher[:])
	if err != nil {
		panic("vaultfmt: " + err.Error()) // the size of the key is right
	}
	cipher.NewCTR(block, k.iv[:]).XORKeyStream(buf, buf)
}

// unpad takes the padding off (PKCS #7, RFC 5652, 6.3): 1 to 16 bytes, each of which is their number. Where it is wrong
// the plaintext is overwritten. It need not be constant-time, since the MAC was right before.
func unpad(b []byte) ([]byte, error) {
	n := len(b) - paddingLen(b)
	if n == len(b) {
		clear(b)
		return nil, ErrPadding
	}
	return b[:n:n], nil
}

// paddingLen gives 0 for a wrong padding.
func paddingLen(b []byte) int {
	if len(b) == 0 || len(b)%aes.BlockSize != 0 {
		return 0
	}
	pad := b[len(b)-1]
	if pad == 0 || pad > aes.BlockSize {
		return 0
	}
	for _, c := range b[len(b)-int(pad):] {
		if c != pad {
			return 0
		}
	}
	return int(pad)
}

package crypt

import (
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/blowfish" //lint:ignore SA1019 bcrypt is made of it
)

var bcrypt64 = base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").WithPadding(base64.NoPadding)

// Bcrypt is the bcrypt of OpenBSD: ident is "2a", "2b" or "2y", the salt's 22 characters are of its own base64, rounds is the
// logarithm of how often the key is stretched, 4 to 31. Of the secret 72 bytes count.
func Bcrypt(secret, salt, ident string, rounds int) string {
	raw, _ := bcrypt64.DecodeString(salt) // the alphabet was checked; only the unused bits of the end may be set
	salt = bcrypt64.EncodeToString(raw)
	key := []byte(secret)
	if len(key) > 72 {
		key = key[:72]
	}
	key = append(key, 0)
	sum := []byte("OrpheanBeholderScryDoubt")
	c, err := blowfish.NewSaltedCipher(key, raw)
	if err != nil {
		panic("bcrypt: " + err.Error()) // the key has 1 to 73 bytes
	}
	for range 1 << rounds {
		blowfish.ExpandKey(key, c)
		blowfish.ExpandKey(raw, c)
	}
	for i := 0; i < len(sum); i += 8 {
		for range 64 {
			c.Encrypt(sum[i:i+8], sum[i:i+8])
		}
	}
	return fmt.Sprintf("$%s$%02d$%s%s", ident, rounds, salt, bcrypt64.EncodeToString(sum[:23]))
}

package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

const (
	defaultPassword = "pw"
	head11          = "$ANSIBLE_VAULT;1.1;AES256\n"
)

// A sealed vault, before it is written in hexadecimal.
type sealed struct{ salt, mac, ciphertext []byte }

// keys gives cipher key, MAC key and first counter.
func keys(password string, salt []byte) []byte {
	key, err := pbkdf2.Key(sha256.New, password, salt, 10000, 80)
	if err != nil {
		panic(err)
	}
	return key
}

// seal encrypts an already padded plaintext.
func seal(padded, password string, salt []byte) sealed {
	key := keys(password, salt)
	block, err := aes.NewCipher(key[:32])
	if err != nil {
		panic(err)
	}
	s := sealed{salt: salt, ciphertext: []byte(padded)}
	cipher.NewCTR(block, key[64:]).XORKeyStream(s.ciphertext, s.ciphertext)
	s.mac = macOf(key, s.ciphertext)
	return s
}

func macOf(key, ciphertext []byte) []byte {
	h := hmac.New(sha256.New, key[32:64])
	h.Write(ciphertext)
	return h.Sum(nil)
}

func pad(plaintext string) string {
	n := 16 - len(plaintext)%16
	return plaintext + strings.Repeat(string(rune(n)), n)
}

// saltOf gives 32 bytes that differ from name to name.
func saltOf(name string) []byte {
	s := sha256.Sum256([]byte("vault vector " + name))
	return s[:]
}

// inner gives the three lines that the body holds.
func (s sealed) inner() string {
	return hex.EncodeToString(s.salt) + "\n" + hex.EncodeToString(s.mac) + "\n" + hex.EncodeToString(s.ciphertext)
}

// body writes bytes as hexadecimal digits in lines.
func body(inner string, width int) string {
	digits := hex.EncodeToString([]byte(inner))
	var b strings.Builder
	for len(digits) > 0 {
		n := min(width, len(digits))
		b.WriteString(digits[:n] + "\n")
		digits = digits[n:]
	}
	return b.String()
}

// vault gives an ordinary vault, complete but for the header.
func vault(name, plaintext, password string) string {
	return body(seal(pad(plaintext), password, saltOf(name)).inner(), 80)
}

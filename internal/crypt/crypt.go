// Package crypt makes the hashes of passwords that crypt(3) and Apache's htpasswd know, for filters and modules. It knows
// nothing of who asks: which schemes there are, and with which defaults, is told there.
package crypt

import (
	"crypto/rand"
	"strings"
)

// Alphabet are the characters of salts and hashes, in the order of their values.
const Alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// Salt gives n random characters of Alphabet.
func Salt(n int) (string, error) {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	for i := range b {
		b[i] = Alphabet[b[i]&63]
	}
	return string(b), nil
}

// encode24 writes three bytes as n characters, from the lowest bits on.
func encode24(b *strings.Builder, high, mid, low byte, n int) {
	v := uint(high)<<16 | uint(mid)<<8 | uint(low)
	for range n {
		b.WriteByte(Alphabet[v&63])
		v >>= 6
	}
}

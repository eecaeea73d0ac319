package crypt

import (
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"strings"
)

// The SHA-crypt of "Unix crypt using SHA-256 and SHA-512" (Ulrich Drepper).

// repeated gives the first n bytes of b written again and again.
func repeated(b []byte, n int) []byte {
	out := make([]byte, 0, n+len(b))
	for len(out) < n {
		out = append(out, b...)
	}
	return out[:n]
}

func shaCrypt(newHash func() hash.Hash, secret, salt string, rounds int) []byte {
	key := []byte(secret)
	h := newHash()
	h.Write([]byte(secret + salt + secret))
	b := h.Sum(nil)
	h.Reset()
	h.Write([]byte(secret + salt))
	h.Write(repeated(b, len(key)))
	for n := len(key); n > 0; n >>= 1 {
		if n&1 != 0 {
			h.Write(b)
		} else {
			h.Write(key)
		}
	}
	a := h.Sum(nil)
	h.Reset()
	for range key {
		h.Write(key)
	}
	p := repeated(h.Sum(nil), len(key))
	h.Reset()
	for range 16 + int(a[0]) {
		h.Write([]byte(salt))
	}
	s := repeated(h.Sum(nil), len(salt))
	c := a
	for i := range rounds {
		h.Reset()
		if i&1 != 0 {
			h.Write(p)
		} else {
			h.Write(c)
		}
		if i%3 != 0 {
			h.Write(s)
		}
		if i%7 != 0 {
			h.Write(p)
		}
		if i&1 != 0 {
			h.Write(c)
		} else {
			h.Write(p)
		}
		c = h.Sum(c[:0])
	}
	return c
}

// SHA256 gives "$5$…": a salt of up to 16 characters of Alphabet, 1000 to 999999999 rounds.
func SHA256(secret, salt string, rounds int) string {
	c := shaCrypt(sha256.New, secret, salt, rounds)
	var b strings.Builder
	b.WriteString("$5$" + roundsText(rounds) + salt + "$")
	x, y, z := 0, 10, 20
	for range 10 { // the three places rotate and move on
		encode24(&b, c[x], c[y], c[z], 4)
		x, y, z = z+1, x+1, y+1
	}
	encode24(&b, 0, c[31], c[30], 3)
	return b.String()
}

// SHA512 gives "$6$…": a salt of up to 16 characters of Alphabet, 1000 to 999999999 rounds.
func SHA512(secret, salt string, rounds int) string {
	c := shaCrypt(sha512.New, secret, salt, rounds)
	var b strings.Builder
	b.WriteString("$6$" + roundsText(rounds) + salt + "$")
	x, y, z := 0, 21, 42
	for range 21 {
		encode24(&b, c[x], c[y], c[z], 4)
		x, y, z = y+1, z+1, x+1
	}
	encode24(&b, 0, 0, c[63], 2)
	return b.String()
}

// roundsText tells the rounds where they are not those that are meant when nothing is told.
func roundsText(rounds int) string {
	if rounds == 5000 {
		return ""
	}
	return fmt.Sprintf("rounds=%d$", rounds)
}

package crypt

import (
	"crypto/md5"
	"strings"
)

// MD5 gives the MD5-crypt of FreeBSD, "$1$…": a salt of up to 8 characters of Alphabet.
func MD5(secret, salt string) string { return md5Crypt("$1$", secret, salt) }

// APR1 gives the same as Apache has it, "$apr1$…".
func APR1(secret, salt string) string { return md5Crypt("$apr1$", secret, salt) }

func md5Crypt(magic, secret, salt string) string {
	key := []byte(secret)
	h := md5.New()
	h.Write([]byte(secret + salt + secret))
	b := h.Sum(nil)
	h.Reset()
	h.Write([]byte(secret + magic + salt))
	h.Write(repeated(b, len(key)))
	for n := len(key); n > 0; n >>= 1 {
		if n&1 != 0 {
			h.Write([]byte{0})
		} else {
			h.Write(key[:1])
		}
	}
	c := h.Sum(nil)
	for i := range 1000 {
		h.Reset()
		if i&1 != 0 {
			h.Write(key)
		} else {
			h.Write(c)
		}
		if i%3 != 0 {
			h.Write([]byte(salt))
		}
		if i%7 != 0 {
			h.Write(key)
		}
		if i&1 != 0 {
			h.Write(c)
		} else {
			h.Write(key)
		}
		c = h.Sum(c[:0])
	}
	var out strings.Builder
	out.WriteString(magic + salt + "$")
	for _, p := range [][3]int{{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}} {
		encode24(&out, c[p[0]], c[p[1]], c[p[2]], 4)
	}
	encode24(&out, 0, 0, c[11], 2)
	return out.String()
}

package vault

import (
	"crypto/rand"
	"errors"
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// Generate gives a random password of n characters, 6 bits each, out of letters, digits, "-" and "_", which need no
// quoting in YAML, in a shell or in a URL. It begins and ends with a letter or digit. n is 8 to 4096.
func Generate(n int) ([]byte, error) {
	if n < 8 || n > 4096 {
		return nil, errors.New("the length of a generated value is 8 to 4096 characters")
	}
	out := make([]byte, n)
	for {
		rand.Read(out) // never returns an error: crypto/rand
		for i, c := range out {
			out[i] = alphabet[c&63]
		}
		if isAlnum(out[0]) && isAlnum(out[n-1]) {
			return out, nil
		}
	}
}

func isAlnum(c byte) bool { return c != '-' && c != '_' }

package vault

import (
	"crypto/rand"
	"errors"
	"strings"
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

// GenerateFrom gives a random value of n characters out of an alphabet of ASCII characters, of which it has 2 or more,
// none twice. n is 4 to 4096.
func GenerateFrom(alphabet string, n int) ([]byte, error) {
	switch {
	case n < 4 || n > 4096:
		return nil, errors.New("the length of a generated value is 4 to 4096 characters")
	case len(alphabet) < 2:
		return nil, errors.New("an alphabet has two characters or more")
	}
	for i := range len(alphabet) {
		if c := alphabet[i]; c < ' ' || c > '~' || strings.IndexByte(alphabet[:i], c) >= 0 {
			return nil, errors.New("an alphabet has printable ASCII characters, none of them twice")
		}
	}
	out := make([]byte, 0, n)
	fair := 256 - 256%len(alphabet) // from here on some characters would come more often
	var one [1]byte
	for len(out) < n {
		rand.Read(one[:]) // never returns an error: crypto/rand
		if int(one[0]) < fair {
			out = append(out, alphabet[int(one[0])%len(alphabet)])
		}
	}
	return out, nil
}

func isAlnum(c byte) bool { return c != '-' && c != '_' }

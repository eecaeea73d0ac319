package crypt_test

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/crypt"
)

// TestAsPasslib holds the hashes against those of passlib 1.7.4.
func TestAsPasslib(t *testing.T) {
	f, err := os.Open("testdata/passlib.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		var kind, secret, salt, want string
		var rounds int
		if err := json.Unmarshal(lines.Bytes(), &[]any{&kind, &secret, &salt, &rounds, &want}); err != nil {
			t.Fatal(err)
		}
		got := ""
		switch kind {
		case "des":
			got = crypt.DES(secret, salt)
		case "apr1":
			got = crypt.APR1(secret, salt)
		case "md5":
			got = crypt.MD5(secret, salt)
		case "sha256":
			got = crypt.SHA256(secret, salt, rounds)
		case "sha512":
			got = crypt.SHA512(secret, salt, rounds)
		case "bcrypt":
			got = crypt.Bcrypt(secret, salt, "2b", rounds)
		}
		if got != want {
			t.Errorf("%s of %q with %q: %s, want %s", kind, secret, salt, got, want)
		}
	}
	if n < 60 {
		t.Errorf("only %d hashes", n)
	}
}

func TestSalt(t *testing.T) {
	a, err := crypt.Salt(16)
	b, _ := crypt.Salt(16)
	if err != nil || len(a) != 16 || a == b {
		t.Errorf("%q, %q, %v", a, b, err)
	}
}

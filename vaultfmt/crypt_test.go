package vaultfmt_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

func mustEncrypt(t testing.TB, plaintext, secret, label string) *vaultfmt.Envelope {
	t.Helper()
	e, err := vaultfmt.Encrypt([]byte(plaintext), []byte(secret), label)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEncryptSaltIsRandom(t *testing.T) {
	a, b := mustEncrypt(t, "text", "pw", ""), mustEncrypt(t, "text", "pw", "")
	if len(a.Salt) != vaultfmt.SaltSize || bytes.Equal(a.Salt, b.Salt) || bytes.Equal(a.Ciphertext, b.Ciphertext) {
		t.Errorf("salts %x and %x", a.Salt, b.Salt)
	}
}

func TestEncryptLeavesPlaintext(t *testing.T) {
	backing := []byte("plaintext and what stands behind it")
	vaultfmt.Encrypt(backing[:9], []byte("pw"), "")
	if string(backing) != "plaintext and what stands behind it" {
		t.Errorf("changed to %q", backing)
	}
}

// TestEncryptWithSaltGivesTheVectors prints again what ansible-vault was shown to read.
func TestEncryptWithSaltGivesTheVectors(t *testing.T) {
	same := 0
	for name, v := range loadVectors(t) {
		if v.header["expect"] != "success" || !bytes.HasSuffix(v.text, []byte("\n")) || name == "changed-label" {
			continue
		}
		e, err := vaultfmt.Parse(v.text)
		if err != nil {
			t.Fatal(name, err)
		}
		plaintext, err := e.Decrypt(v.password(t))
		if err != nil {
			t.Fatal(name, err)
		}
		again, err := vaultfmt.EncryptWithSalt(plaintext, v.password(t), e.Salt, e.Label)
		if err != nil {
			t.Fatal(name, err)
		}
		if again.Label == "" && e.Label == "default" {
			continue // written as version 1.1
		}
		if text, err := again.MarshalText(); err != nil || !bytes.Equal(text, v.text) {
			t.Errorf("%s: got %q, %v", name, text, err)
		}
		same++
	}
	if same < 30 {
		t.Errorf("only %d vectors compared", same)
	}
}

func TestEncryptRefuses(t *testing.T) {
	labels := map[string]string{
		"semicolon": "a;b", "line end": "a\nb", "CR": "a\r", "tab": "a\tb", "escape": "\x1b[0m", "delete": "a\x7f",
		"blank before": " a", "blank after": "a ", "only a blank": " ", "not ASCII": "pröd", "not UTF-8": "\xff",
	}
	for name, label := range labels {
		t.Run(name, func(t *testing.T) {
			_, err := vaultfmt.Encrypt([]byte("text"), []byte("pw"), label)
			var le *vaultfmt.LabelError
			if !errors.As(err, &le) || le.Label != label || !errors.Is(err, vaultfmt.ErrLabel) {
				t.Errorf("got %v", err)
			}
			if _, err := vaultfmt.EncryptWithSalt([]byte("text"), []byte("pw"), []byte("salt"), label); !errors.Is(err, vaultfmt.ErrLabel) {
				t.Errorf("with a salt: got %v", err)
			}
		})
	}
	if _, err := vaultfmt.Encrypt(nil, nil, ""); !errors.Is(err, vaultfmt.ErrEmptySecret) {
		t.Errorf("empty secret: got %v", err)
	}
	if _, err := vaultfmt.EncryptWithSalt(nil, nil, []byte("salt"), ""); !errors.Is(err, vaultfmt.ErrEmptySecret) {
		t.Errorf("empty secret with a salt: got %v", err)
	}
	if _, err := vaultfmt.EncryptWithSalt(nil, []byte("pw"), nil, ""); !errors.Is(err, vaultfmt.ErrMalformed) {
		t.Errorf("empty salt: got %v", err)
	}
}

func TestOpen(t *testing.T) {
	e := mustEncrypt(t, "text", "right", "")
	cases := map[string]struct {
		secrets []string
		which   int
		err     error
	}{
		"first":       {[]string{"right", "wrong"}, 0, nil},
		"last":        {[]string{"wrong", "", "right"}, 2, nil},
		"twice":       {[]string{"wrong", "right", "right"}, 1, nil},
		"none fits":   {[]string{"wrong", "Right"}, -1, vaultfmt.ErrNoMatch},
		"none at all": {nil, -1, vaultfmt.ErrNoMatch},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var secrets [][]byte
			for _, s := range c.secrets {
				secrets = append(secrets, []byte(s))
			}
			plaintext, which, err := vaultfmt.Open(e, secrets...)
			if which != c.which || !errors.Is(err, c.err) || (err == nil) != (string(plaintext) == "text") {
				t.Errorf("got %q, %d, %v", plaintext, which, err)
			}
		})
	}
}

func TestOpenBadPadding(t *testing.T) {
	v := loadVectors(t)["padding-17"]
	e, err := vaultfmt.Parse(v.text)
	if err != nil {
		t.Fatal(err)
	}
	plaintext, which, err := vaultfmt.Open(e, []byte("wrong"), v.password(t))
	if plaintext != nil || which != 1 || !errors.Is(err, vaultfmt.ErrPadding) {
		t.Errorf("got %q, %d, %v", plaintext, which, err)
	}
}

func TestOtherCipherIsNotDecrypted(t *testing.T) {
	e := mustEncrypt(t, "text", "pw", "")
	k := vaultfmt.DeriveKey([]byte("pw"), e.Salt)
	e.Cipher = "AES128"
	if _, err := e.Decrypt([]byte("pw")); !errors.Is(err, vaultfmt.ErrUnsupportedCipher) {
		t.Errorf("Decrypt: %v", err)
	}
	if _, err := e.DecryptWithKey(k); !errors.Is(err, vaultfmt.ErrUnsupportedCipher) {
		t.Errorf("DecryptWithKey: %v", err)
	}
	if _, which, err := vaultfmt.Open(e, []byte("pw")); which != -1 || !errors.Is(err, vaultfmt.ErrUnsupportedCipher) {
		t.Errorf("Open: %d, %v", which, err)
	}
}

func TestKeyEncryptsOnce(t *testing.T) {
	k, err := vaultfmt.NewKey([]byte("pw"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := vaultfmt.EncryptWithKey([]byte("text"), k, "prod")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := e.DecryptWithKey(k); err != nil || string(got) != "text" {
		t.Errorf("verifying: %q, %v", got, err)
	}
	if got, err := e.Decrypt([]byte("pw")); err != nil || string(got) != "text" {
		t.Errorf("with the secret: %q, %v", got, err)
	}
	if _, err := vaultfmt.EncryptWithKey([]byte("more"), k, ""); !errors.Is(err, vaultfmt.ErrKeySpent) {
		t.Errorf("a second plaintext: %v", err)
	}
	k.Wipe()
	if _, err := e.DecryptWithKey(k); !errors.Is(err, vaultfmt.ErrKeySpent) {
		t.Errorf("after Wipe: %v", err)
	}
	if _, err := vaultfmt.NewKey(nil); !errors.Is(err, vaultfmt.ErrEmptySecret) {
		t.Errorf("empty secret: %v", err)
	}
}

func TestKeyThatDecryptedDoesNotEncrypt(t *testing.T) {
	e := mustEncrypt(t, "text", "pw", "")
	k := vaultfmt.DeriveKey([]byte("pw"), e.Salt)
	if got, err := e.DecryptWithKey(k); err != nil || string(got) != "text" {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := vaultfmt.EncryptWithKey([]byte("other"), k, ""); !errors.Is(err, vaultfmt.ErrKeySpent) {
		t.Errorf("got %v", err)
	}
	other := mustEncrypt(t, "text", "pw", "")
	if _, err := other.DecryptWithKey(k); !errors.Is(err, vaultfmt.ErrMAC) {
		t.Errorf("a key of another salt: %v", err)
	}
}

func TestZeroKey(t *testing.T) {
	var k vaultfmt.Key
	if _, err := vaultfmt.EncryptWithKey([]byte("text"), &k, ""); !errors.Is(err, vaultfmt.ErrKeySpent) {
		t.Errorf("a Key that nobody derived encrypts: %v", err)
	}
}

// TestNothingSecretIsPrinted looks for the secret and the plaintext in every error and in a printed key; the vectors
// with bad padding have the plaintext at hand when they fail.
func TestNothingSecretIsPrinted(t *testing.T) {
	const canary = "CANARY-7f3a"
	var texts []string
	say := func(err error) {
		if err == nil {
			t.Error("no error")
			return
		}
		texts = append(texts, err.Error(), fmt.Sprintf("%+v %#v", err, err))
	}
	e := mustEncrypt(t, canary, "pw", "")
	_, err := e.Decrypt([]byte(canary))
	say(err)
	_, _, err = vaultfmt.Open(e, []byte(canary), []byte(canary))
	say(err)
	_, err = vaultfmt.Encrypt([]byte(canary), []byte(canary), ";")
	say(err)
	_, err = vaultfmt.Parse([]byte(vaultfmt.Header + ";1.1;AES256\n" + canary + "\n"))
	say(err)
	_, err = vaultfmt.ParseLenient([]byte(vaultfmt.Header + ";1.1;AES256\n" + canary + "\n"))
	say(err)
	_, err = vaultfmt.Parse([]byte(canary))
	say(err)

	k := vaultfmt.DeriveKey([]byte(canary), []byte("salt"))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		if got := fmt.Sprintf(verb, k); got != "vaultfmt.Key(********)" {
			t.Errorf("%s prints a key as %s", verb, got)
		}
	}
	if b, err := json.Marshal(map[string]any{"key": k}); err != nil || string(b) != `{"key":{}}` {
		t.Errorf("a key in JSON: %s, %v", b, err)
	}
	for _, text := range texts {
		if strings.Contains(text, canary) {
			t.Errorf("an error says %q", text)
		}
	}
}

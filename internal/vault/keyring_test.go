package vault_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

func seal(t *testing.T, plaintext, password, label string) string {
	t.Helper()
	e, err := vaultfmt.Encrypt([]byte(plaintext), []byte(password), label)
	if err != nil {
		t.Fatal(err)
	}
	text, err := e.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func ring(pairs ...string) *vault.Keyring {
	var secrets []*vault.Secret
	for _, p := range pairs {
		id, password, _ := strings.Cut(p, "=")
		secrets = append(secrets, vault.NewSecret(id, "test", password))
	}
	return vault.NewKeyring(secrets)
}

func TestOpen(t *testing.T) {
	tests := []struct {
		name, label string
		secrets     []string
		strict      bool
		id, err     string
	}{
		{"only one", "", []string{"default=pw"}, false, "default", ""},
		{"the label's first", "prod", []string{"dev=pw", "prod=pw"}, false, "prod", ""},
		{"label is a hint", "prod", []string{"dev=pw"}, false, "dev", ""},
		{"second of one id", "prod", []string{"prod=no", "prod=pw"}, false, "prod", ""},
		{"strict fits", "prod", []string{"dev=no", "prod=pw"}, true, "prod", ""},
		{"strict", "prod", []string{"dev=pw"}, true, "", `f.yml:3: cannot decrypt the vault: no password for vault id "prod", given are "dev"`},
		{"strict and no label", "", []string{"dev=pw"}, true, "", `no password for vault id "default", given are "dev"`},
		{"wrong", "prod", []string{"prod=no"}, false, "", `f.yml:3: cannot decrypt the vault: wrong password for vault id "prod" (tried: prod)`},
		{"no such id", "prod", []string{"dev=no", "default=no"}, false, "", `cannot decrypt the vault: no password for vault id "prod", and those of "dev", "default" do not fit`},
		{"none", "prod", nil, false, "", `cannot decrypt the vault (vault id "prod"): no vault password is given`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := ring(tt.secrets...)
			k.Strict = tt.strict
			pos := source.At(source.NewFile("f.yml", ""), 3, 0)
			plaintext, id, err := k.Open([]byte(seal(t, "hello", "pw", tt.label)), pos)
			if tt.err == "" {
				if err != nil || string(plaintext) != "hello" || id != tt.id {
					t.Errorf("%q, %q, %v", plaintext, id, err)
				}
				return
			}
			var found *diag.Error
			if !errors.Is(err, vaultfmt.ErrNoMatch) || !errors.As(err, &found) || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got  %v\nwant %s", err, tt.err)
			}
		})
	}
}

func TestOpenMalformed(t *testing.T) {
	good := seal(t, "hello", "pw", "")
	tests := []struct {
		name, text string
		is         error
		want       string
	}{
		{"no vault", "hello", vaultfmt.ErrNotVault, "is not encrypted"},
		{"cut off", good[:200], vaultfmt.ErrMalformed, "cannot read the vault: malformed vault: "},
		{"other cipher", strings.Replace(good, "AES256", "AES", 1), vaultfmt.ErrUnsupportedCipher, `unsupported vault cipher "AES"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := ring("default=pw").Open([]byte(tt.text), source.Pos{})
			if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestValueDecryptsOnce(t *testing.T) {
	k := ring("default=pw")
	var mu sync.Mutex
	opened := 0
	k.OnOpen = func(plaintext []byte, _ source.Pos) {
		mu.Lock()
		defer mu.Unlock()
		opened++
	}
	v := k.Value(seal(t, "{{ 1+1 }}", "pw", ""), source.Pos{}, "a.b")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			got, err := v.Resolve()
			s, ok := got.(value.Str)
			if err != nil || !ok || s.String() != "{{ 1+1 }}" {
				t.Errorf("%v, %v", got, err)
				return
			}
			if m := value.MarksOf(s); !m.Secret || m.Trusted {
				t.Errorf("marks %+v", m)
			}
		})
	}
	wg.Wait()
	if opened != 1 {
		t.Errorf("opened %d times", opened)
	}
}

func TestValueNamesItsKey(t *testing.T) {
	_, err := ring("default=no").Value(seal(t, "x", "pw", ""), source.At(source.NewFile("f.yml", ""), 2, 5), "db.password").Resolve()
	if want := `f.yml:2:5: cannot decrypt the value of "db.password": wrong password for vault id "default" (tried: default)`; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestOpenFile(t *testing.T) {
	f, err := ring("default=pw").OpenFile(source.NewFile("v.yml", seal(t, "a: secret\n", "pw", "")))
	if err != nil || f.Text() != "a: secret\n" || !f.Sensitive() || f.Name() != "v.yml" {
		t.Errorf("%+v, %v", f, err)
	}
	plain := source.NewFile("p.yml", "a: 1\n")
	if f, err := ring().OpenFile(plain); err != nil || f != plain {
		t.Errorf("a plain file: %v, %v", f, err)
	}
}

func TestEncryptSecret(t *testing.T) {
	two := ring("prod=a", "dev=b").Secrets()
	tests := []struct {
		name    string
		secrets []*vault.Secret
		wanted  string
		id, err string
	}{
		{"only one", two[:1], "", "prod", ""},
		{"by id", two, "dev", "dev", ""},
		{"unclear", two, "", "", "The vault-ids prod,dev are available to encrypt. Specify the vault-id to encrypt with --encrypt-vault-id"},
		{"unknown", two, "nix", "", "Did not find a match for --encrypt-vault-id=nix in the known vault-ids ['prod', 'dev']"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := vault.EncryptSecret(tt.secrets, tt.wanted)
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || s.ID != tt.id {
				t.Errorf("%v, %v", s, err)
			}
		})
	}
}

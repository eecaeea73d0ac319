package vaultfmt_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// ansibleVault runs the real ansible-vault in dir: the command in ANSIBLE_VAULT_ORACLE, else the program of that name.
func ansibleVault(t *testing.T, dir string, args ...string) {
	t.Helper()
	argv := strings.Fields(os.Getenv("ANSIBLE_VAULT_ORACLE"))
	if len(argv) == 0 {
		argv = []string{"ansible-vault"}
	}
	path := needs.Program(t, argv[0], "the comparison with the real ansible-vault")
	cmd := exec.Command(path, append(argv[1:len(argv):len(argv)], args...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C.UTF-8") // it does not start in a locale that is not there
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ansible-vault %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// TestAnsibleVault writes vaults for the real ansible-vault, and reads what it wrote.
func TestAnsibleVault(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real ansible-vault, half a second a call")
	}
	megabyte := make([]byte, 1<<20)
	rand.NewChaCha8([32]byte{}).Read(megabyte)
	cases := map[string]struct {
		plaintext []byte
		secret    string
		label     string
	}{
		"text":                 {[]byte("hello\n"), "pw", ""},
		"empty":                {nil, "pw", ""},
		"megabyte and label":   {megabyte, "pw", "prod"},
		"password not UTF-8":   {[]byte("\xff\x00\r\n"), "\xff\xfe\x80\xe4", "a b_c-d.e"},
		"password of 65 bytes": {[]byte("sixteen letters!"), strings.Repeat("k", 65), "default"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put := func(name string, b []byte) {
				t.Helper()
				if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			get := func(name string) []byte {
				t.Helper()
				b, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			id := c.label
			if id == "" {
				id = "default"
			}
			e, err := vaultfmt.Encrypt(c.plaintext, []byte(c.secret), c.label)
			if err != nil {
				t.Fatal(err)
			}
			ours, err := e.MarshalText()
			if err != nil {
				t.Fatal(err)
			}
			put("password", []byte(c.secret))
			put("plain", c.plaintext)
			put("ours", ours)
			ansibleVault(t, dir, "decrypt", "--vault-id", id+"@password", "--output", "opened", "ours")
			if got := get("opened"); !bytes.Equal(got, c.plaintext) {
				t.Errorf("ansible-vault decrypts to %.40q", got)
			}

			ansibleVault(t, dir, "encrypt", "--vault-id", id+"@password", "--encrypt-vault-id", id, "--output", "theirs", "plain")
			theirs := get("theirs")
			p, err := vaultfmt.Parse(theirs)
			if err != nil {
				t.Fatal(err)
			}
			if p.Version != e.Version || p.Label != e.Label {
				t.Errorf("ansible-vault writes version %s, label %q; we %s, %q", p.Version, p.Label, e.Version, e.Label)
			}
			if got, err := p.Decrypt([]byte(c.secret)); err != nil || !bytes.Equal(got, c.plaintext) {
				t.Errorf("we decrypt to %.40q, %v", got, err)
			}
			if printed, err := p.MarshalText(); err != nil || !bytes.Equal(printed, theirs) {
				t.Errorf("printed again as %.200q, %v", printed, err)
			}
		})
	}
}

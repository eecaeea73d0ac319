package vaultfmt_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// TestSecondReader runs the reader in Python that was written from docs/vault-format.md over the vectors. That it can
// fail is shown first, with a vector that says something wrong.
func TestSecondReader(t *testing.T) {
	if testing.Short() {
		t.Skip("runs Python")
	}
	const script = "testdata/strict_reader.py"
	needs.That(t, exec.Command("python3", "-c", "import cryptography").Run() == nil, "python3 with the package cryptography")
	wrong := filepath.Join(t.TempDir(), "wrong.vector")
	text := "expect: success\npassword: PW\npayload: 00\n\n" + recorded
	if err := os.WriteFile(wrong, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("python3", script, wrong).CombinedOutput(); err == nil || !strings.Contains(string(out), "wrong-password, expected success") {
		t.Fatalf("a wrong vector gives %s, %v", out, err)
	}
	files, err := filepath.Glob("testdata/vectors/*.vector")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("python3", append([]string{script}, files...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestEncryptWithSaltAsAnsible compares with what ansible-vault 2.19.11 wrote with ANSIBLE_VAULT_ENCRYPT_SALT=sält.
func TestEncryptWithSaltAsAnsible(t *testing.T) {
	const want = `$ANSIBLE_VAULT;1.2;AES256;prod
373363336134366337340a3437623633333666333663333934353963383466323864373965633666
31343437663561333561626265343136373131386338623132373337656662323739350a34333936
39316365323134346232613564663361613835356662646163626231
`
	e, err := vaultfmt.EncryptWithSalt([]byte("hello\n"), []byte("pw"), []byte("sält"), "prod")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := e.MarshalText(); err != nil || !bytes.Equal(got, []byte(want)) {
		t.Errorf("got %s, %v", got, err)
	}
}

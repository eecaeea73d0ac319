package crypto_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/crypto"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

func TestFaults(t *testing.T) {
	key := map[string]string{"k": newKey(t)}
	with := func(name, text string) map[string]string { return map[string]string{"k": key["k"], name: text} }
	const dhparam = "#!/bin/sh\nsleep 0.01; printf '%s\\n' '-----BEGIN DH PARAMETERS-----' 'MEYCQQDYn0p+4H0tF7kZ2sZt2jZcWYQ0y8mcBbnJvGGO0mFq' '-----END DH PARAMETERS-----'\n"
	moduletest.RunFaults(t, &crypto.Set, modules.Find, []moduletest.Fault{
		{Name: "openssl_privatekey", Module: "openssl_privatekey", Args: `{"path": "@W@/k", "type": "Ed25519", "force": true, "backup": true}`, Files: key},
		{Name: "openssl_privatekey, new", Module: "openssl_privatekey", Args: `{"path": "@W@/n", "type": "Ed25519", "mode": "0640"}`},
		{Name: "openssl_publickey", Module: "openssl_publickey", Args: `{"path": "@W@/p", "privatekey_path": "@W@/k", "force": true, "backup": true}`, Files: with("p", "old\n")},
		{Name: "openssl_csr", Module: "openssl_csr", Args: `{"path": "@W@/c", "privatekey_path": "@W@/k", "common_name": "a", "backup": true, "force": true}`, Files: with("c", "old\n")},
		{Name: "openssl_csr, new", Module: "openssl_csr", Args: `{"path": "@W@/c", "privatekey_path": "@W@/k", "common_name": "a"}`, Files: key},
		{Name: "openssl_dhparam", Module: "openssl_dhparam", Args: `{"path": "@W@/d", "size": 512, "backup": true}`, Files: map[string]string{"d": "old\n", "openssl": dhparam}, Setup: []string{"mkdir bin; mv openssl bin; chmod 755 bin/openssl"}, Env: map[string]string{"PATH": "@W@/bin:/usr/bin:/bin"}},
		{Name: "x509_certificate", Module: "community.crypto.x509_certificate", Args: `{"path": "@W@/x", "privatekey_path": "@W@/k", "provider": "selfsigned", "backup": true, "force": true}`, Files: with("x", "old\n")},
		{Name: "openssh_keypair", Module: "openssh_keypair", Args: `{"path": "@W@/s", "type": "ed25519"}`},
		{Name: "openssh_keypair, new key", Module: "openssh_keypair", Args: `{"path": "@W@/k", "type": "ed25519", "force": true, "comment": "c"}`, Files: with("k.pub", "ssh-ed25519 "+strings.Repeat("A", 68)+"\n")},
	}, map[string]string{
		"openssl_csr_pipe":        "it gives back what it makes",
		"openssl_privatekey_info": "it reads",
		"x509_certificate_info":   "it reads",
	})
}

func newKey(t *testing.T) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: b}))
}

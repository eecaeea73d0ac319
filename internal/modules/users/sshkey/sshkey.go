// Package sshkey makes the SSH keys of users that are encrypted with a passphrase, which no program gets to see.
package sshkey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/users"
)

func init() { users.SecretKey = secretKey }

// secretKey makes a key pair: see users.SecretKey.
func secretKey(kind string, bits int, comment, passphrase string) (private, public []byte, err error) {
	key, err := newKey(kind, bits)
	if err != nil {
		return nil, nil, err
	}
	block, err := ssh.MarshalPrivateKeyWithPassphrase(key, comment, []byte(passphrase))
	if err != nil {
		return nil, nil, err
	}
	half, err := ssh.NewPublicKey(key.(crypto.Signer).Public())
	if err != nil {
		return nil, nil, err
	}
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(half))) + " " + comment + "\n"
	return pem.EncodeToMemory(block), []byte(line), nil
}

// newKey makes a key of a kind that ssh-keygen(1) has; 0 bits is its default.
func newKey(kind string, bits int) (crypto.PrivateKey, error) {
	switch kind {
	case "rsa":
		if bits == 0 {
			bits = 3072
		}
		return rsa.GenerateKey(rand.Reader, bits)
	case "ecdsa":
		curve, ok := map[int]elliptic.Curve{0: elliptic.P256(), 256: elliptic.P256(), 384: elliptic.P384(), 521: elliptic.P521()}[bits]
		if !ok {
			return nil, fmt.Errorf("invalid ECDSA key length: valid lengths are 256, 384 or 521 bits")
		}
		return ecdsa.GenerateKey(curve, rand.Reader)
	case "ed25519":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return nil, fmt.Errorf("unknown key type %s", kind)
}

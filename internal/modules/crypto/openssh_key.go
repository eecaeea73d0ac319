package crypto

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/pem"
	"errors"

	"golang.org/x/crypto/ssh"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
)

// sshKey is a private key as it stands in a file.
type sshKey struct {
	key       crypto.PrivateKey
	format    string // ssh, pkcs1 or pkcs8
	encrypted bool
}

// readSSHKey reads a private key. One that is encrypted needs its passphrase; one that is not needs none.
func readSSHKey(b []byte, passphrase string) (*sshKey, error) {
	block, _ := pem.Decode(b)
	if block == nil || block.Type != "OPENSSH PRIVATE KEY" {
		f, err := parseKey(b, passphrase, "")
		if err != nil {
			return nil, err
		}
		if passphrase != "" && !f.encrypted {
			return nil, errNeedsPassphrase
		}
		return &sshKey{f.key, string(f.format), f.encrypted}, nil
	}
	key, err := ssh.ParseRawPrivateKey(b)
	var missing *ssh.PassphraseMissingError
	encrypted := errors.As(err, &missing)
	switch {
	case encrypted && passphrase != "":
		key, err = ssh.ParseRawPrivateKeyWithPassphrase(b, []byte(passphrase))
	case err == nil && passphrase != "":
		err = errNeedsPassphrase
	}
	if err != nil {
		return nil, err
	}
	if k, ok := key.(*ed25519.PrivateKey); ok {
		key = *k
	}
	return &sshKey{key, "ssh", encrypted}, nil
}

// sshBits is the size of a key as ssh-keygen tells it.
func sshBits(key crypto.PrivateKey) int {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return k.N.BitLen()
	case *ecdsa.PrivateKey:
		return k.Params().BitSize
	}
	return 256
}

// sshKind is the kind of a key by the module's names.
func sshKind(key crypto.PrivateKey) string {
	switch key.(type) {
	case *rsa.PrivateKey:
		return "rsa"
	case *ecdsa.PrivateKey:
		return "ecdsa"
	}
	return "ed25519"
}

// mustGenerate decides whether new keys are made. Source: the documentation of the argument regenerate.
func (k *keypair) mustGenerate(readErr error) (bool, error) {
	mode := k.p.Str("regenerate")
	if k.old == nil || k.p.Bool("force") || mode == "always" {
		return true, nil
	}
	if readErr != nil {
		if mode == "full_idempotence" {
			return true, nil
		}
		return false, &fileattr.Failure{Msg: "Unable to read the key. The key is protected with a passphrase or broken." +
			generateHint + "`full_idempotence` or `always`, or with `force=true`."}
	}
	fits := sshKind(k.have.key) == k.kind && sshBits(k.have.key) == k.size
	if want := k.p.Str("private_key_format"); k.p.Str("backend") == "cryptography" && want != "auto" && want != k.have.format {
		fits = false
	}
	if mode == "never" || fits {
		return false, nil
	}
	if mode == "fail" {
		return false, &fileattr.Failure{Msg: "Key has wrong type and/or size." + generateHint + "`partial_idempotence`, `full_idempotence` or `always`, or with `force=true`."}
	}
	return true, nil
}

// generate makes new keys and writes both files.
func (k *keypair) generate() error {
	k.r.Changed = true
	if k.p.Check {
		return nil
	}
	kind := map[string]string{"rsa": "RSA", "ecdsa": "ECC", "ed25519": "Ed25519"}[k.kind]
	key, err := newKey(kind, k.size, map[int]string{256: "secp256r1", 384: "secp384r1", 521: "secp521r1"}[k.size])
	if err != nil {
		return fail(err)
	}
	k.have.key, k.have.encrypted, k.have.format = key, k.p.Str("passphrase") != "", "ssh"
	if f := k.p.Str("private_key_format"); k.p.Str("backend") == "cryptography" && f != "auto" {
		k.have.format = f
	}
	if k.have.public, err = ssh.NewPublicKey(publicOf(key)); err != nil {
		return fail(err)
	}
	if err := k.savePrivate(k.p.Str("comment")); err != nil {
		return err
	}
	return k.publish(k.p.Str("comment"), true)
}

// savePrivate writes the private key in its format; OpenSSH's own holds the comment.
func (k *keypair) savePrivate(comment string) error {
	h := &k.have
	passphrase := ""
	if h.encrypted {
		passphrase = k.p.Str("passphrase")
	}
	var content []byte
	var err error
	if h.format != "ssh" {
		if content, err = formatKey(h.key, keyFormat(h.format), passphrase); err != nil {
			return fail(err)
		}
	} else {
		var b *pem.Block
		if passphrase == "" {
			b, err = ssh.MarshalPrivateKey(h.key, comment)
		} else {
			b, err = ssh.MarshalPrivateKeyWithPassphrase(h.key, comment, []byte(passphrase))
		}
		if err != nil {
			return fail(err)
		}
		content = pem.EncodeToMemory(b)
	}
	return k.write(content, 0o600)
}

// binary tells that Ansible's module would let ssh-keygen do the work: files are written as that does.
func (k *keypair) binary() bool {
	b := k.p.Str("backend")
	return b == "opensshbin" || b == "auto" && !k.p.Has("passphrase")
}

// publish writes the public key; generated says that the private one is new.
func (k *keypair) publish(comment string, generated bool) error {
	k.r.Changed = true
	if k.p.Check {
		return nil
	}
	line := ssh.MarshalAuthorizedKey(k.have.public)
	switch bare := bytes.TrimSuffix(line, []byte("\n")); {
	case comment != "":
		line = append(append(append(bare, ' '), comment...), '\n')
	case generated && k.binary(): // as ssh-keygen writes an empty comment
		line = append(bare, " \n"...)
	case generated:
		line = bare
	}
	pub := *k.file
	pub.path, pub.old = k.path+".pub", k.have.pub
	if err := pub.write(line, 0o644); err != nil {
		return err
	}
	k.have.pub, k.have.published, k.have.comment = line, true, comment
	return nil
}

// recomment writes another comment. ssh-keygen writes it into both files and turns a private key into OpenSSH's format for it.
func (k *keypair) recomment() error {
	k.r.Changed = true
	if k.p.Check {
		return nil
	}
	if k.binary() {
		k.have.format = "ssh"
		if err := k.savePrivate(k.p.Str("comment")); err != nil {
			return err
		}
	}
	return k.publish(k.p.Str("comment"), false)
}

// publicAttrs sets the attributes of the public file, which are those of the private one.
func (k *keypair) publicAttrs() error {
	pub := *k.file
	pub.path = k.path + ".pub"
	return pub.attrs()
}

// erase is state absent.
func (k *keypair) erase() error {
	if err := k.remove(); err != nil {
		return err
	}
	if k.have.pub == nil {
		return nil
	}
	changed := k.r.Changed
	pub := *k.file
	pub.path, pub.old = k.path+".pub", k.have.pub
	err := pub.remove()
	k.r.Changed = k.r.Changed || changed
	return err
}

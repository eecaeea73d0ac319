package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/crypto/ssh"
)

// keyFile is a private key, read once; one with a passphrase is unlocked when it is first needed.
type keyFile struct {
	path string
	o    *opener

	once   sync.Once
	text   []byte
	public ssh.PublicKey
	signer ssh.Signer // nil while it is locked
	err    error

	unlocking sync.Mutex
}

// keyFile gives the key in a file. Its error satisfies errors.Is with fs.ErrNotExist when there is none.
func (o *opener) keyFile(path string) *keyFile {
	o.mu.Lock()
	k := o.keys[path]
	if k == nil {
		k = &keyFile{path: path, o: o}
		o.keys[path] = k
	}
	o.mu.Unlock()
	k.once.Do(k.read)
	return k
}

func (k *keyFile) read() {
	info, err := os.Stat(k.path)
	if err != nil {
		k.err = err
		return
	}
	// OpenSSH refuses a private key that others can read, and so should users' trust in it
	if info.Mode().Perm()&0o077 != 0 && os.Getuid() == ownerOf(info) {
		k.err = fmt.Errorf("permissions %04o for '%s' are too open: chmod 600 it", info.Mode().Perm(), k.path)
		return
	}
	if k.text, k.err = os.ReadFile(k.path); k.err != nil {
		return
	}
	var locked *ssh.PassphraseMissingError
	switch k.signer, err = ssh.ParsePrivateKey(k.text); {
	case err == nil:
		k.public = k.signer.PublicKey()
	case errors.As(err, &locked):
		if k.public = locked.PublicKey; k.public == nil {
			k.public = readPublic(k.path + ".pub")
		}
		if k.public == nil {
			k.err = fmt.Errorf("%s has a passphrase and no %s.pub beside it: load it into ssh-agent", k.path, k.path)
		}
	default:
		k.err = words("Load key \"%s\": %w", k.path, err)
	}
}

// readPublic gives the public key in a file, nil when there is none.
func readPublic(path string) ssh.PublicKey {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil
	}
	return key
}

// unlock gives the signer, and asks for the passphrase where that is needed.
func (k *keyFile) unlock(ctx context.Context, p *plan) (ssh.Signer, error) {
	k.unlocking.Lock()
	defer k.unlocking.Unlock()
	if k.signer != nil {
		return k.signer, nil
	}
	p.wire.pause() // unlocking takes long, and so do people
	defer p.wire.next()
	if text := p.passphrase.Reveal(); text != "" {
		s, err := ssh.ParsePrivateKeyWithPassphrase(k.text, []byte(text))
		if err != nil {
			return nil, fmt.Errorf("the key %s can't be opened with private_key_passphrase", k.path)
		}
		k.signer = s
		return s, nil
	}
	if p.Ask == nil {
		return nil, fmt.Errorf("the key %s has a passphrase, and nobody can be asked: load it into ssh-agent", k.path)
	}
	k.o.asks.Lock()
	defer k.o.asks.Unlock()
	for range 3 {
		answer, err := p.Ask(ctx, fmt.Sprintf("Enter passphrase for key '%s': ", k.path), false)
		if err != nil {
			return nil, err
		}
		if k.signer, err = ssh.ParsePrivateKeyWithPassphrase(k.text, []byte(answer)); err == nil {
			return k.signer, nil
		}
		k.signer = nil
	}
	return nil, fmt.Errorf("the passphrase for the key %s is wrong", k.path)
}

// lockedKey is a signer that unlocks its key when a server has accepted the public one.
type lockedKey struct {
	ctx context.Context
	p   *plan
	k   *keyFile
}

var _ ssh.MultiAlgorithmSigner = (*lockedKey)(nil)

func (l *lockedKey) PublicKey() ssh.PublicKey { return l.k.public }

func (l *lockedKey) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return l.SignWithAlgorithm(rand, data, l.k.public.Type())
}

func (l *lockedKey) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	s, err := l.k.unlock(l.ctx, l.p)
	if err != nil {
		return nil, err
	}
	as, ok := s.(ssh.AlgorithmSigner)
	if !ok {
		return s.Sign(rand, data)
	}
	return as.SignWithAlgorithm(rand, data, algorithm)
}

func (l *lockedKey) Algorithms() []string {
	if l.k.public.Type() == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA}
	}
	return []string{l.k.public.Type()}
}

// identities gives the keys of a plan in files, in order. One that is named and can't be used is an error; the usual ones
// need not be there.
func (o *opener) identities(ctx context.Context, p *plan) ([]ssh.Signer, error) {
	var signers []ssh.Signer
	if text := p.key.Reveal(); text != "" {
		s, err := parseKey([]byte(text), p.passphrase.Reveal())
		if err != nil {
			return nil, err
		}
		signers = append(signers, s)
	}
	names := p.opts.all("IdentityFile")
	usual := len(names) == 0
	if usual {
		names = []string{"~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ed25519"}
	}
	for _, name := range names {
		if name == "none" {
			continue
		}
		path, err := p.file(name)
		if err != nil {
			return nil, fmt.Errorf("IdentityFile: %w", err)
		}
		k := o.keyFile(path)
		if errors.Is(k.err, fs.ErrNotExist) {
			if !usual && readPublic(path) == nil && readPublic(path+".pub") == nil {
				p.notes = append(p.notes, fmt.Sprintf("no such identity: %s: No such file or directory", name))
			}
			continue // the key may be in the agent, by its .pub file
		}
		if k.err != nil {
			if usual {
				continue
			}
			return nil, k.err
		}
		signer := k.signer
		if signer == nil {
			signer = &lockedKey{ctx: ctx, p: p, k: k}
		}
		if cert := certificateOf(signer, path+"-cert.pub"); cert != nil {
			signers = append(signers, cert)
		}
		signers = append(signers, signer)
	}
	return o.certificates(p, signers)
}

// parseKey reads a private key that a variable holds. Its errors don't show it.
func parseKey(text []byte, passphrase string) (ssh.Signer, error) {
	if !bytes.HasSuffix(text, []byte("\n")) {
		text = append(text, '\n')
	}
	s, err := ssh.ParsePrivateKey(text)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) && passphrase != "" {
		s, err = ssh.ParsePrivateKeyWithPassphrase(text, []byte(passphrase))
	}
	if err != nil {
		return nil, fmt.Errorf("ansible_private_key: %w", err)
	}
	return s, nil
}

// certificates puts those that CertificateFile names before the keys they are for.
func (o *opener) certificates(p *plan, signers []ssh.Signer) ([]ssh.Signer, error) {
	var first []ssh.Signer
	for _, name := range p.opts.all("CertificateFile") {
		path, err := p.file(name)
		if err != nil {
			return nil, fmt.Errorf("CertificateFile: %w", err)
		}
		for _, s := range signers {
			if cert := certificateOf(s, path); cert != nil {
				first = append(first, cert)
			}
		}
	}
	return append(first, signers...), nil
}

// certificateOf gives a key with its certificate, nil when the file holds none for it.
func certificateOf(key ssh.Signer, path string) ssh.Signer {
	cert, ok := readPublic(path).(*ssh.Certificate)
	if !ok || !bytes.Equal(cert.Key.Marshal(), key.PublicKey().Marshal()) {
		return nil
	}
	s, err := ssh.NewCertSigner(cert, key)
	if err != nil {
		return nil
	}
	return s
}

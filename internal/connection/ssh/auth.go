package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// login is the attempt to log in to one host.
type login struct {
	o       *opener
	ctx     context.Context
	p       *plan
	check   *checker
	agent   agent.ExtendedAgent
	tried   []string // methods, for the message
	refused error    // why a method could not be tried
	told    bool     // the password was given once
	allowed []string // the methods that the host takes, for the message
}

// methods are the ways to log in, in OpenSSH's order.
func (l *login) methods() []ssh.AuthMethod {
	all := map[string]ssh.AuthMethod{}
	order := []string{"publickey", "keyboard-interactive", "password"}
	if text := l.p.opts.first("PreferredAuthentications"); text != "" {
		order = strings.Split(text, ",")
	}
	if l.p.opts.is("PubkeyAuthentication", true) {
		all["publickey"] = ssh.PublicKeysCallback(l.signers)
	}
	if l.p.Password.Reveal() != "" {
		if l.p.opts.is("KbdInteractiveAuthentication", true) {
			all["keyboard-interactive"] = ssh.KeyboardInteractive(l.answer)
		}
		if l.p.opts.is("PasswordAuthentication", true) {
			all["password"] = ssh.PasswordCallback(l.password)
		}
	}
	var list []ssh.AuthMethod
	for _, name := range order {
		if m := all[name]; m != nil && !slices.Contains(l.tried, name) {
			list, l.tried = append(list, m), append(l.tried, name)
		}
	}
	return list
}

// password gives the password, once: a wrong one is not tried again, which might lock the account.
func (l *login) password() (string, error) {
	if l.check.suspect {
		return "", errors.New("the host's key has changed: no password is told to it")
	}
	l.told = true
	return l.p.Password.Reveal(), nil
}

// answer answers the questions of keyboard-interactive: those that don't echo want the password.
func (l *login) answer(_, _ string, questions []string, echos []bool) ([]string, error) {
	answers := make([]string, len(questions))
	for i := range questions {
		if echos[i] {
			return nil, fmt.Errorf("the host asks %q, which can't be answered", questions[i])
		}
		if l.told {
			return nil, errors.New("the host asks again: the password is wrong, or more than a password is wanted")
		}
		text, err := l.password()
		if err != nil {
			return nil, err
		}
		answers[i] = text
	}
	return answers, nil
}

// signers are the keys to offer: those of IdentityFile that the agent holds, the agent's others, those in files.
func (l *login) signers() ([]ssh.Signer, error) {
	files, err := l.o.identities(l.ctx, l.p)
	if err != nil {
		l.refused = err
		return nil, err
	}
	var named, others []ssh.Signer
	if l.agent != nil {
		held, err := l.agent.Signers()
		if err == nil {
			wanted := l.named(files)
			for _, s := range held {
				if slices.ContainsFunc(wanted, func(k ssh.PublicKey) bool { return same(k, s.PublicKey()) }) {
					named = append(named, s)
				} else if !l.p.opts.is("IdentitiesOnly", false) {
					others = append(others, s)
				}
			}
		}
	}
	files = slices.DeleteFunc(files, func(f ssh.Signer) bool {
		return slices.ContainsFunc(named, func(s ssh.Signer) bool { return same(s.PublicKey(), f.PublicKey()) })
	})
	all, err := l.accepted(slices.Concat(named, others, files))
	if err != nil {
		l.refused = err
	}
	return all, err
}

// named are the public keys that IdentityFile names.
func (l *login) named(files []ssh.Signer) []ssh.PublicKey {
	var keys []ssh.PublicKey
	for _, f := range files {
		keys = append(keys, f.PublicKey())
	}
	for _, name := range l.p.opts.all("IdentityFile") {
		path, err := l.p.file(name)
		if err != nil {
			continue
		}
		for _, p := range []string{path, path + ".pub"} {
			if k := readPublic(p); k != nil {
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// accepted restricts keys to the algorithms that PubkeyAcceptedAlgorithms allows.
func (l *login) accepted(signers []ssh.Signer) (out []ssh.Signer, err error) {
	supported := ssh.SupportedAlgorithms().PublicKeyAuths
	allowed := supported
	if text := l.p.opts.first("PubkeyAcceptedAlgorithms"); text != "" {
		if allowed, err = choose(text, supported, ssh.InsecureAlgorithms().PublicKeyAuths); err != nil {
			return nil, fmt.Errorf("PubkeyAcceptedAlgorithms: %w", err)
		}
	}
	for _, s := range signers {
		m, ok := s.(ssh.MultiAlgorithmSigner)
		if !ok {
			as, isAlgorithm := s.(ssh.AlgorithmSigner)
			if !isAlgorithm || s.PublicKey().Type() != ssh.KeyAlgoRSA {
				out = append(out, s)
				continue
			}
			if r, err := ssh.NewSignerWithAlgorithms(as, []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}); err == nil {
				m = r
			}
		}
		if m == nil {
			continue
		}
		list := slices.DeleteFunc(slices.Clone(m.Algorithms()), func(a string) bool { return !slices.Contains(allowed, a) })
		if len(list) == 0 {
			continue
		}
		if len(list) == len(m.Algorithms()) {
			out = append(out, m)
		} else if r, err := ssh.NewSignerWithAlgorithms(m, list); err == nil {
			out = append(out, r)
		}
	}
	return out, nil
}

func same(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

// openAgent connects to ssh-agent, where there is one: IdentityAgent, else SSH_AUTH_SOCK. path is its socket.
func (p *plan) openAgent() (a agent.ExtendedAgent, c net.Conn, path string) {
	path = p.opts.first("IdentityAgent")
	switch {
	case path == "none":
		return nil, nil, ""
	case path == "" || path == "SSH_AUTH_SOCK":
		path = p.env("SSH_AUTH_SOCK")
	case strings.HasPrefix(path, "$"):
		path = p.env(strings.Trim(path, "${}"))
	default:
		full, err := p.file(path)
		if err != nil {
			return nil, nil, ""
		}
		path = full
	}
	if path == "" {
		return nil, nil, ""
	}
	c, err := net.Dial("unix", path)
	if err != nil {
		return nil, nil, "" // a variable of an agent that has gone is no reason not to try other keys
	}
	return agent.NewClient(c), c, path
}

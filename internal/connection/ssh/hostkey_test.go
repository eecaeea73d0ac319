package ssh_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/ssh/sshtest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
)

func fingerprint(s *sshtest.Server) string { return gossh.FingerprintSHA256(s.HostKey.PublicKey()) }

func nameOf(s *sshtest.Server) string {
	return knownhosts.Normalize(net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)))
}

// knowing are options with a file of known hosts of its own.
func knowing(t *testing.T, s *sshtest.Server, text string) (o connection.Options, file string) {
	t.Helper()
	o, file = options(s), filepath.Join(needs.Folder(t), "folder", "known_hosts")
	if text != "" {
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		s.Write(file, text)
	}
	o.Settings["ssh_args"] = "-o GlobalKnownHostsFile=none -o UserKnownHostsFile=" + file
	return o, file
}

func TestUnknownHostKey(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{})
	for _, c := range []struct {
		name, args, checking string
		answers              []string
		in, learns, asks     bool
	}{
		{name: "nobody to ask"},
		{name: "yes", answers: []string{"yes"}, in: true, learns: true, asks: true},
		{name: "no", answers: []string{"no"}, asks: true},
		{name: "fingerprint", answers: []string{fingerprint(s)}, in: true, learns: true, asks: true},
		{name: "another fingerprint", answers: []string{"SHA256:AAAA"}, asks: true},
		{name: "StrictHostKeyChecking yes", args: "-o StrictHostKeyChecking=yes", answers: []string{"yes"}},
		{name: "StrictHostKeyChecking accept-new", args: "-o StrictHostKeyChecking=accept-new", in: true, learns: true},
		{name: "StrictHostKeyChecking no", args: "-o StrictHostKeyChecking=no", in: true, learns: true},
		{name: "host_key_checking False", checking: "False", in: true, learns: true},
		{name: "host_key_checking True", checking: "True"},
		{name: "hashed", args: "-o StrictHostKeyChecking=accept-new -o HashKnownHosts=yes", in: true, learns: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, file := knowing(t, s, "")
			o.Settings["ssh_args"] += " " + c.args + " -o HashKnownHosts=no"
			if c.checking != "" {
				o.Settings["host_key_checking"] = c.checking
			}
			var asked []string
			if c.answers != nil {
				o.Ask = answers(&asked, c.answers...)
			}
			if c.in {
				says(t, o, "true")
			} else if text := fails(t, o); !strings.Contains(text, "Host key verification failed") || !strings.Contains(text, fingerprint(s)) {
				t.Errorf("the fingerprint is not told: %s", text)
			}
			if (len(asked) > 0) != c.asks || c.asks && !strings.Contains(asked[0], fingerprint(s)) {
				t.Errorf("asked %q", asked)
			}
			text, _ := os.ReadFile(file)
			if (len(text) > 0) != c.learns {
				t.Fatalf("learned %q", text)
			}
			if !c.learns {
				return
			}
			if hashed := strings.HasPrefix(string(text), "|1|"); hashed != (c.name == "hashed") || !hashed && !strings.HasPrefix(string(text), nameOf(s)+" ") {
				t.Errorf("learned %q", text)
			}
			o.Settings["ssh_args"] += " -o StrictHostKeyChecking=yes"
			o.Ask = nil
			says(t, o, "true") // a new Type reads the file anew
		})
	}
}

// TestNotLearned: a key that no file took is as unknown to the next host as before.
func TestNotLearned(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{})
	one := sshType()
	o := options(s)
	o.Settings["ssh_args"] = "-o GlobalKnownHostsFile=none -o UserKnownHostsFile=/dev/null"
	lax := options(s)
	lax.Settings["ssh_args"] = o.Settings["ssh_args"] + " -o StrictHostKeyChecking=no"
	c, err := one.Open(t.Context(), lax)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if c, err := one.Open(t.Context(), o); err == nil {
		_ = c.Close()
		t.Error("what was not checked counts as known")
	}
}

func TestChangedHostKey(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{Config: "PasswordAuthentication yes\n"})
	other := sshtest.WriteKey(t, filepath.Join(needs.Folder(t), "other"), "")
	o, _ := knowing(t, s, knownhosts.Line([]string{nameOf(s)}, other.PublicKey())+"\n")
	for _, args := range []string{"", " -o StrictHostKeyChecking=accept-new", " -o StrictHostKeyChecking=yes"} {
		with := o
		with.Settings = map[string]string{"ssh_args": o.Settings["ssh_args"] + args, "private_key_file": s.Key}
		if text := fails(t, with); !strings.Contains(text, "has changed") || !strings.Contains(text, fingerprint(s)) || !strings.Contains(text, "ssh-keygen -R '"+nameOf(s)+"'") {
			t.Errorf("%s: %s", args, text)
		}
	}
	// StrictHostKeyChecking=no: a key may do, but no password is told, and no agent lent
	o.Settings["ssh_args"] += " -o StrictHostKeyChecking=no -o ForwardAgent=yes"
	o.Env = append(o.Env, "SSH_AUTH_SOCK="+serveAgent(t, agent.AddedKey{PrivateKey: newKey(t, "ed25519")}))
	if got := says(t, o, "echo a$SSH_AUTH_SOCK"); got != "a" {
		t.Errorf("the agent is lent to it: %s", got)
	}
	delete(o.Settings, "private_key_file")
	o.Password = secret.New(sshtest.Password)
	if text := fails(t, o); !strings.Contains(text, "the host's key has changed: no password is told to it") {
		t.Error(text)
	}
	if strings.Contains(s.Log(), "Failed password") {
		t.Error("the password was told")
	}
}

func TestKnownHostKey(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{})
	key := s.HostKey.PublicKey()
	other := sshtest.WriteKey(t, filepath.Join(needs.Folder(t), "other"), "").PublicKey()
	for _, c := range []struct {
		name, text, args, fails string
	}{
		{"by name and port", knownhosts.Line([]string{nameOf(s)}, key), "", ""},
		{"by name alone", knownhosts.Line([]string{"127.0.0.1"}, key), "", ""},
		{"hashed", knownhosts.Line([]string{knownhosts.HashHostname(nameOf(s))}, key), "", ""},
		{"hashed and changed", knownhosts.Line([]string{knownhosts.HashHostname(nameOf(s))}, other), "", "has changed"},
		{"other hosts and broken lines", "zork\n# comment\nother " + string(gossh.MarshalAuthorizedKey(other)) + knownhosts.Line([]string{nameOf(s)}, key), "", ""},
		{"two keys", knownhosts.Line([]string{nameOf(s)}, other) + "\n" + knownhosts.Line([]string{nameOf(s)}, key), "", ""},
		{"alias", knownhosts.Line([]string{"alias"}, key), "-o HostKeyAlias=alias", ""},
		{"alias that is not there", knownhosts.Line([]string{nameOf(s)}, key), "-o HostKeyAlias=alias", "not known"},
		{"revoked", knownhosts.Line([]string{nameOf(s)}, key) + "\n@revoked * " + string(gossh.MarshalAuthorizedKey(key)), "", "revoked"},
		{"algorithm", knownhosts.Line([]string{nameOf(s)}, key), "-o HostKeyAlgorithms=ssh-rsa", "no matching host key type found. Their offer: ssh-ed25519"},
		{"no such algorithm", knownhosts.Line([]string{nameOf(s)}, key), "-o HostKeyAlgorithms=zork", "names no algorithm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, _ := knowing(t, s, c.text+"\n")
			o.Settings["ssh_args"] += " -o StrictHostKeyChecking=yes " + c.args
			if c.fails == "" {
				says(t, o, "true")
			} else if text := fails(t, o); !strings.Contains(text, c.fails) {
				t.Error(text)
			}
		})
	}
	for _, args := range []string{"-o KexAlgorithms=curve25519-sha256 -c aes128-ctr -m hmac-sha2-512", "-o Ciphers=^chacha20*", "-o MACs=-*etm*"} {
		o := options(s)
		o.Settings["ssh_args"] += " " + args
		says(t, o, "true")
	}
	o := options(s)
	o.Settings["ssh_args"] += " -o Ciphers=arcfour128"
	if text := fails(t, o); !strings.Contains(text, "no matching cipher found") {
		t.Error(fmt.Sprint(text))
	}
}

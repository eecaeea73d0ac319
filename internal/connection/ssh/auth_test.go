package ssh_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/ssh"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/ssh/sshtest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
)

// says opens a connection and runs a command, whose output it gives.
func says(t testing.TB, o connection.Options, command string) string {
	t.Helper()
	out, err := connection.Run(context.Background(), open(t, o), command, nil)
	if err != nil || out.Code != 0 {
		t.Fatalf("%s: code %d, %v, %s", command, out.Code, err, out.Stderr)
	}
	return strings.TrimSpace(string(out.Stdout))
}

// fails opens a connection that must not come about, and gives the error's text.
func fails(t testing.TB, o connection.Options) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	c, err := ssh.Type().Open(ctx, o)
	if err == nil {
		_ = c.Close()
		t.Fatal("it was let in")
	}
	var lost *connection.Error
	if !errors.As(err, &lost) || lost.Op != "connect" {
		t.Fatalf("no failure of the connection: %v", err)
	}
	return lost.Err.Error()
}

// answers gives answers, and keeps the questions.
func answers(questions *[]string, list ...string) func(context.Context, string, bool) (string, error) {
	return func(_ context.Context, question string, _ bool) (string, error) {
		*questions = append(*questions, question)
		if len(list) == 0 {
			return "", errors.New("no answer")
		}
		answer := list[0]
		list = list[1:]
		return answer, nil
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// publicOf gives the public key of a private one in a file.
func publicOf(t *testing.T, path string) gossh.PublicKey {
	t.Helper()
	text, err := os.ReadFile(path + ".pub")
	if err == nil {
		key, _, _, _, err := gossh.ParseAuthorizedKey(text)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	signer, err := gossh.ParsePrivateKey([]byte(read(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	return signer.PublicKey()
}

func keygen(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ssh-keygen", args...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v, %s", err, out)
	}
}

func newKey(t *testing.T, kind string) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch kind {
	case "rsa":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ecdsa":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// passphrase is that of locked keys.
const passphrase = "locked-passphrase"

func TestKeys(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{})
	for _, kind := range []string{"rsa", "ecdsa", "ed25519"} {
		t.Run(kind, func(t *testing.T) {
			file := filepath.Join(needs.Folder(t), "key")
			s.Authorize("", sshtest.WriteKeyOf(t, file, "", newKey(t, kind)).PublicKey())
			o := options(s)
			o.Settings["private_key_file"] = file
			says(t, o, "true")
		})
	}
	locked := filepath.Join(needs.Folder(t), "locked")
	keygen(t, "-q", "-t", "ed25519", "-a", "1", "-N", passphrase, "-f", locked) // one round: it has to be quick
	s.Authorize("", publicOf(t, locked))
	text := read(t, locked)
	t.Run("locked", func(t *testing.T) {
		o := options(s)
		o.Settings["private_key_file"] = locked
		if text := fails(t, o); !strings.Contains(text, "has a passphrase, and nobody can be asked") || !strings.Contains(text, "Permission denied (publickey") {
			t.Errorf("nobody to ask: %q", text)
		}
		var asked []string
		o.Ask = answers(&asked, "wrong", passphrase)
		says(t, o, "true")
		if len(asked) != 2 || asked[0] != "Enter passphrase for key '"+locked+"': " {
			t.Errorf("asked %q", asked)
		}
		asked = nil
		o.Ask = answers(&asked, "wrong", "wrong", "wrong", "wrong")
		if text := fails(t, o); len(asked) != 3 || strings.Contains(text, "wrong'") {
			t.Errorf("asked %q: %q", asked, text)
		}
		o.Settings["ssh_args"] += " -o BatchMode=yes"
		asked = nil
		o.Ask = answers(&asked, passphrase)
		if fails(t, o); len(asked) > 0 {
			t.Errorf("asked in batch mode: %q", asked)
		}
	})
	t.Run("locked, with private_key_passphrase", func(t *testing.T) {
		o := options(s)
		o.Settings["private_key_file"] = locked
		o.Settings["private_key_passphrase"] = passphrase
		says(t, o, "true")
		o.Settings["private_key_passphrase"] = "wrong-" + passphrase
		if text := fails(t, o); strings.Contains(text, passphrase) {
			t.Errorf("the passphrase is in %q", text)
		}
	})
	t.Run("in a variable", func(t *testing.T) {
		o := options(s)
		delete(o.Settings, "private_key_file")
		o.Settings["private_key"], o.Settings["private_key_passphrase"] = text, passphrase
		says(t, o, "true")
		o.Settings["private_key"] = strings.Replace(text, "b3B", "b3C", 1)
		if said := fails(t, o); strings.Contains(said, "b3C") {
			t.Errorf("the key is in %q", said)
		}
	})
	t.Run("that others can read", func(t *testing.T) {
		o := options(s)
		if err := os.Chmod(s.Key, 0o644); err != nil {
			t.Fatal(err)
		}
		if text := fails(t, o); !strings.Contains(text, "are too open") {
			t.Error(text)
		}
		_ = os.Chmod(s.Key, 0o600)
	})
	t.Run("that is not there", func(t *testing.T) {
		o := options(s)
		o.Settings["private_key_file"] = s.Dir + "/nothing"
		if text := fails(t, o); text != "Failed to connect to the host via ssh: no such identity: "+s.Dir+"/nothing: No such file or directory\r\n"+s.User+"@127.0.0.1: Permission denied (publickey)." {
			t.Error(text)
		}
	})
	t.Run("usual places", func(t *testing.T) {
		o := options(s)
		delete(o.Settings, "private_key_file")
		home := needs.Folder(t)
		o.Env = append(o.Env, "HOME="+home)
		if err := os.Mkdir(home+"/.ssh", 0o700); err != nil {
			t.Fatal(err)
		}
		s.Authorize("", sshtest.WriteKey(t, home+"/.ssh/id_ed25519", "").PublicKey())
		says(t, o, "true")
	})
}

// certify makes a certificate for a key.
func certify(t *testing.T, authority gossh.Signer, key gossh.PublicKey, kind uint32, principals ...string) *gossh.Certificate {
	t.Helper()
	c := &gossh.Certificate{Key: key, CertType: kind, KeyId: "test", ValidPrincipals: principals, ValidBefore: gossh.CertTimeInfinity}
	c.Permissions.Extensions = map[string]string{"permit-pty": "", "permit-agent-forwarding": ""}
	if err := c.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	dir := needs.Folder(t)
	authority := sshtest.WriteKey(t, dir+"/ca", "")
	s := sshtest.Start(t, sshtest.Options{Config: "TrustedUserCAKeys " + dir + "/ca.pub\n"})
	for _, kind := range []string{"ed25519", "rsa", "ecdsa"} {
		key := sshtest.WriteKeyOf(t, dir+"/"+kind, "", newKey(t, kind))
		s.Write(dir+"/"+kind+"-cert.pub", string(gossh.MarshalAuthorizedKey(certify(t, authority, key.PublicKey(), gossh.UserCert, s.User))))
		o := options(s)
		o.Settings["private_key_file"] = dir + "/" + kind
		says(t, o, "true")
	}
	o := options(s)
	key := sshtest.WriteKey(t, dir+"/other", "")
	s.Write(dir+"/named.pub", string(gossh.MarshalAuthorizedKey(certify(t, authority, key.PublicKey(), gossh.UserCert, s.User))))
	o.Settings["private_key_file"] = dir + "/other"
	fails(t, o)
	o.Settings["ssh_args"] += " -o CertificateFile=" + dir + "/named.pub"
	says(t, o, "true")

	// the host's: its authority is known, not its key
	s.Write(s.Dir+"/host-cert.pub", string(gossh.MarshalAuthorizedKey(certify(t, authority, s.HostKey.PublicKey(), gossh.HostCert, "127.0.0.1"))))
	s.Write(s.Dir+"/by-authority", "@cert-authority * "+string(gossh.MarshalAuthorizedKey(authority.PublicKey())))
	withCert := sshtest.Start(t, sshtest.Options{Config: "HostKey " + s.Dir + "/host\nHostCertificate " + s.Dir + "/host-cert.pub\n"})
	o = options(withCert)
	o.Settings["ssh_args"] = "-o GlobalKnownHostsFile=none -o StrictHostKeyChecking=yes -o UserKnownHostsFile=" + s.Dir + "/by-authority"
	says(t, o, "true")
	o.Address = "localhost" // the certificate is for another name
	if text := fails(t, o); !strings.Contains(text, "ost key verification failed") {
		t.Error(text)
	}
}

// serveAgent serves an ssh-agent with some keys, and gives its socket.
func serveAgent(t *testing.T, keys ...agent.AddedKey) string {
	t.Helper()
	ring := agent.NewKeyring()
	for _, k := range keys {
		if err := ring.Add(k); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := os.MkdirTemp("/tmp", "agent-") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l, err := net.Listen("unix", dir+"/s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_ = agent.ServeAgent(ring, c)
				_ = c.Close()
			}()
		}
	}()
	return dir + "/s"
}

func TestAgent(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{})
	key, other := newKey(t, "rsa"), newKey(t, "ed25519")
	signer, err := gossh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	s.Authorize("", signer.PublicKey())
	socket := serveAgent(t, agent.AddedKey{PrivateKey: other}, agent.AddedKey{PrivateKey: key})
	o := options(s)
	delete(o.Settings, "private_key_file")
	o.Env = append(o.Env, "SSH_AUTH_SOCK="+socket)
	args := o.Settings["ssh_args"]
	t.Run("key", func(t *testing.T) {
		if got := says(t, o, "echo a$SSH_AUTH_SOCK"); got != "a" {
			t.Errorf("the agent is forwarded: %s", got)
		}
	})
	t.Run("IdentitiesOnly", func(t *testing.T) {
		o.Settings["ssh_args"] = args + " -o IdentitiesOnly=yes"
		fails(t, o)
		pub := filepath.Join(needs.Folder(t), "id")
		s.Write(pub+".pub", string(gossh.MarshalAuthorizedKey(signer.PublicKey())))
		o.Settings["private_key_file"] = pub
		says(t, o, "true")
		delete(o.Settings, "private_key_file")
	})
	t.Run("IdentityAgent", func(t *testing.T) {
		o.Settings["ssh_args"] = args + " -o IdentityAgent=none"
		fails(t, o)
	})
	t.Run("gone", func(t *testing.T) {
		o := options(s)
		o.Env = append(o.Env, "SSH_AUTH_SOCK=/nonexistent/agent")
		says(t, o, "true")
	})
	t.Run("forwarding", func(t *testing.T) {
		o.Settings["ssh_args"] = args + " -o ForwardAgent=yes"
		if got := says(t, o, "test -S $SSH_AUTH_SOCK && echo socket"); got != "socket" {
			t.Fatalf("no agent there: %q", got)
		}
		if got := says(t, o, "ssh-add -l | wc -l"); got != "2" {
			t.Errorf("%s keys are seen", got)
		}
	})
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, config string }{
		{"password", "PasswordAuthentication yes\n"},
		{"keyboard-interactive", "UsePAM yes\nKbdInteractiveAuthentication yes\n"},
		{"key and password", "PasswordAuthentication yes\nAuthenticationMethods publickey,password\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := sshtest.Start(t, sshtest.Options{Accounts: true, Config: c.config})
			o := options(s)
			if c.name != "key and password" {
				delete(o.Settings, "private_key_file")
			}
			o.Password = secret.New(sshtest.Password)
			if got := says(t, o, "id -un"); got != "alice" {
				t.Errorf("logged in as %q", got)
			}
			o.Password = secret.New("wrong")
			if text := fails(t, o); !strings.Contains(text, "alice@127.0.0.1: Permission denied (") {
				t.Error(text)
			}
			tried := func() int {
				return strings.Count(s.Log(), "Failed password") + strings.Count(s.Log(), "Failed keyboard-interactive/pam")
			}
			if waitFor(t, "the server to tell", func() bool { return tried() > 0 }); tried() != 1 {
				t.Errorf("a wrong password was tried %d times: %s", tried(), s.Log())
			}
			o.Settings["reconnection_retries"] = "3"
			if text := fails(t, o); !strings.Contains(text, "Skipping remaining 3 retries to prevent account lockout") {
				t.Error(text)
			}
			o.Password = secret.String{}
			if text := fails(t, o); !strings.Contains(text, "Permission denied") {
				t.Error(text)
			}
		})
	}
}

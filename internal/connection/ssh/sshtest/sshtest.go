// Package sshtest starts a real sshd for tests: on the loopback, with keys of its own, as the current user. The machine is
// not changed: accounts that a test needs are seen by this sshd alone.
package sshtest

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// Options are how a server is started.
type Options struct {
	// Config are further lines of sshd_config. They come first, and so count before those of this package.
	Config string
	// Accounts gives the server accounts of its own: alice, whose password is Password, beside root. It needs root and a
	// mount namespace.
	Accounts bool
	// Password is that of the accounts in place of the constant, for a test that looks for it where other tests may show theirs.
	Password string
	// Etc are further files below /etc that the server and its sessions see, with Accounts.
	Etc map[string]string
	// Setup is a line for /bin/sh that changes more of what the server sees, with Accounts; $1 is the server's folder.
	Setup string
}

// Password is the password of the accounts. It must be seen nowhere.
const Password = "canary-hunter22"

// T is what a test gives: a *testing.T does.
type T interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
	Cleanup(f func())
}

// Server is a running sshd.
type Server struct {
	Dir     string // of the server: temporary
	User    string // who may log in with Key
	Port    int
	HostKey ssh.Signer
	// Key is the file of a private key that opens the door.
	Key string
	// KnownHosts is a file that knows the server.
	KnownHosts string
	// Home is the home of sessions without accounts of their own, and alice's with them.
	Home string

	t      T
	o      Options
	cmd    *exec.Cmd
	ended  chan struct{}
	stderr *os.File
}

// Start starts a server that ends with the test.
func Start(t T, o Options) *Server {
	t.Helper()
	program := Program(t)
	if o.Accounts {
		needs.That(t, os.Getuid() == 0, "root, to make accounts")
		for _, tool := range []string{"unshare", "openssl"} {
			_, err := exec.LookPath(tool)
			needs.That(t, err == nil, tool)
		}
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	// not below the test's own folder: sudo and overlays are particular, and paths of sockets have to be short
	dir, err := os.MkdirTemp("/var/tmp", "kimai-sshd-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	_ = os.Chmod(dir, 0o755)
	s := &Server{t: t, o: o, Dir: dir, User: me.Username, Home: dir + "/home", Key: dir + "/id", KnownHosts: dir + "/known_hosts"}
	if os.Getuid() == 0 {
		_ = os.Mkdir("/run/sshd", 0o755) // where sshd of a package, started by no init, finds it missing
	}
	s.mkdir(s.Home)
	s.HostKey = WriteKey(t, dir+"/host", "")
	WriteKey(t, s.Key, "")
	s.must(os.Rename(s.Key+".pub", dir+"/authorized_keys"))
	if o.Accounts {
		s.User = "alice"
		s.accounts()
	}
	s.run(program)
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port))
	s.Write(s.KnownHosts, knownhosts.Line([]string{knownhosts.Normalize(address)}, s.HostKey.PublicKey())+"\n")
	return s
}

// Program is the path of sshd.
func Program(t T) string {
	t.Helper()
	for _, path := range []string{"sshd", "/usr/sbin/sshd"} {
		if program, err := exec.LookPath(path); err == nil {
			full, err := filepath.Abs(program) // sshd wants to be started so
			if err == nil {
				return full
			}
		}
	}
	needs.That(t, false, "sshd")
	return ""
}

func (s *Server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// Write writes a file that its owner alone may read.
func (s *Server) Write(path, text string) {
	s.t.Helper()
	s.must(os.WriteFile(path, []byte(text), 0o600))
}

// WriteKey makes an ed25519 key and writes it to path, and its public half beside it. passphrase locks it, "" does not.
func WriteKey(t T, path, passphrase string) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return WriteKeyOf(t, path, passphrase, key)
}

// WriteKeyOf is WriteKey for a key of any kind.
func WriteKeyOf(t T, path, passphrase string, key crypto.Signer) ssh.Signer {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	var block *pem.Block
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(key, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err == nil {
		err = os.WriteFile(path, pem.EncodeToMemory(block), 0o600)
	}
	if err == nil {
		err = os.WriteFile(path+".pub", ssh.MarshalAuthorizedKey(signer.PublicKey()), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// Authorize lets a key log in; prefix stands before it, as in authorized_keys.
func (s *Server) Authorize(prefix string, key ssh.PublicKey) {
	s.t.Helper()
	f, err := os.OpenFile(s.Dir+"/authorized_keys", os.O_APPEND|os.O_WRONLY, 0)
	s.must(err)
	_, err = f.WriteString(prefix + string(ssh.MarshalAuthorizedKey(key)))
	s.must(errors.Join(err, f.Close()))
}

// run starts the server on a free port.
func (s *Server) run(program string) {
	s.t.Helper()
	for range 10 { // somebody else may take the port in between
		l, err := net.Listen("tcp", "127.0.0.1:0")
		s.must(err)
		s.Port = l.Addr().(*net.TCPAddr).Port
		_ = l.Close()
		if s.start(program) {
			return
		}
	}
	s.t.Fatalf("sshd does not start: %s", s.Log())
}

// start starts the server on its port; it reports whether it listens there.
func (s *Server) start(program string) bool {
	s.t.Helper()
	config := s.o.Config + fmt.Sprintf(`
Port %d
ListenAddress 127.0.0.1
HostKey %s/host
AuthorizedKeysFile %s/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
MaxStartups 500
LogLevel VERBOSE
`, s.Port, s.Dir, s.Dir)
	if !s.o.Accounts {
		config += "SetEnv HOME=" + s.Home + "\n"
	}
	s.Write(s.Dir+"/sshd_config", config)
	args := []string{program, "-D", "-e", "-f", s.Dir + "/sshd_config"}
	if s.o.Accounts {
		args = []string{"/bin/sh", "-c", `mount -t overlay overlay -o lowerdir=/etc,upperdir="$1"/upper,workdir="$1"/work /etc || exit 1
for d in /run/sudo /var/lib/sudo; do [ ! -d $d ] || mount -t tmpfs -o mode=0711 none $d; done
` + s.o.Setup + `
shift; exec "$@"`, "x", s.Dir, program, "-D", "-e", "-f", s.Dir + "/sshd_config"}
		args = append([]string{"unshare", "-m"}, args...)
	}
	var err error
	s.stderr, err = os.OpenFile(s.Dir+"/log", os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	s.must(err)
	defer s.stderr.Close()
	s.cmd = exec.Command(args[0], args[1:]...)
	s.cmd.Stderr = s.stderr
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	s.must(s.cmd.Start())
	s.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) { _ = cmd.Wait(); close(ended) }(s.cmd, s.ended)
	s.t.Cleanup(s.Stop)
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port))
	for begin := time.Now(); time.Since(begin) < 20*time.Second; time.Sleep(10 * time.Millisecond) {
		if strings.Contains(s.Log(), "Server listening on 127.0.0.1 port "+strconv.Itoa(s.Port)) {
			return true
		}
		select {
		case <-s.ended:
			return false
		default:
		}
	}
	s.t.Fatalf("sshd does not listen on %s: %s", address, s.Log())
	return false
}

// accounts writes what the server sees of /etc.
func (s *Server) accounts() {
	s.t.Helper()
	openssl := exec.Command("openssl", "passwd", "-6", "-salt", "abcdefgh", "-stdin")
	openssl.Stdin = strings.NewReader(cmp.Or(s.o.Password, Password) + "\n")
	hash, err := openssl.Output()
	s.must(err)
	h := strings.TrimSpace(string(hash))
	files := map[string]string{
		"passwd": "root:x:0:0:root:" + s.Home + ":/bin/sh\nalice:x:20001:20001::" + s.Home + ":/bin/sh\nbob:x:20002:20002::/nonexistent:/bin/sh\n" +
			"sshd:x:20022:65534::/run/sshd:/usr/sbin/nologin\nnobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n",
		"shadow": "root:" + h + ":19000:0:99999:7:::\nalice:" + h + ":19000:0:99999:7:::\nbob:" + h + ":19000:0:99999:7:::\nsshd:*:19000:0:99999:7:::\n",
		"group":  "root:x:0:\nalice:x:20001:\nbob:x:20002:\nnogroup:x:65534:\n",
	}
	for name, text := range s.o.Etc {
		files[name] = text
	}
	for _, d := range []string{"upper", "work"} {
		s.mkdir(filepath.Join(s.Dir, d))
	}
	for name, text := range files {
		file := filepath.Join(s.Dir, "upper", name)
		s.mkdir(filepath.Dir(file))
		mode := os.FileMode(0o644)
		if name == "shadow" || name == "sudoers" || name == "doas.conf" {
			mode = 0o400
		}
		s.must(os.WriteFile(file, []byte(text), mode))
		s.must(os.Chmod(file, mode))
	}
	s.must(os.Chown(s.Home, 20001, 20001))
	s.must(os.Chmod(s.Dir+"/authorized_keys", 0o644))
}

// mkdir makes a folder that others can read, whatever the umask is.
func (s *Server) mkdir(dir string) {
	s.t.Helper()
	s.must(os.MkdirAll(dir, 0o755))
	s.must(os.Chmod(dir, 0o755))
}

// Stop ends the server, and with it every session.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	for _, pid := range s.sessions() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	_ = s.cmd.Process.Kill()
	<-s.ended
}

// StopListening ends the server and leaves the sessions.
func (s *Server) StopListening() {
	_ = s.cmd.Process.Kill()
	<-s.ended
}

// KillSessions ends the processes of sshd that serve sessions, as a crash would.
func (s *Server) KillSessions() {
	for _, pid := range s.sessions() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// Again starts the server anew, on the same port.
func (s *Server) Again() {
	s.t.Helper()
	if !s.start(Program(s.t)) {
		s.t.Fatalf("sshd does not start: %s", s.Log())
	}
}

// sessions are the processes below the server that are sshd themselves.
func (s *Server) sessions() []int {
	children := map[int][]int{}
	names := map[int]string{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
		pid, _ := strconv.Atoi(strings.TrimSpace(string(text[:open])))
		fields := strings.Fields(string(text[end+1:]))
		parent, _ := strconv.Atoi(fields[1])
		children[parent], names[pid] = append(children[parent], pid), string(text[open+1:end])
	}
	var list []int
	var walk func(pid int)
	walk = func(pid int) {
		for _, child := range children[pid] {
			if strings.HasPrefix(names[child], "sshd") {
				list = append(list, child)
				walk(child)
			}
		}
	}
	walk(s.cmd.Process.Pid)
	return list
}

// Log is what the server has said.
func (s *Server) Log() string {
	text, err := os.ReadFile(s.Dir + "/log")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

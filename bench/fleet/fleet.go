// Package fleet starts real OpenSSH servers on addresses of the loopback, 127.0.0.2 and on, and tells what they and all that
// was started over them took. Each address is a host with a home of its own; the account, the file system and the list of
// processes are those of the machine. A server listens on sixteen addresses at most: that is all that OpenSSH takes.
//
// A process of its own is the parent of the servers and adopts what sessions leave behind. That process is this program,
// called again: its main function calls Main first.
package fleet

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Host is one of the hosts.
type Host struct {
	Name, Addr string
	Port       int
	Home       string // of those who log in
}

// Fleet are running servers.
type Fleet struct {
	Hosts      []Host
	User       string // who may log in with Key
	Key        string // the file of a private key
	KnownHosts string // a file that knows all hosts

	hostKey ssh.PublicKey
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *json.Decoder
}

// Usage is what the servers took since they were started.
type Usage struct {
	CPU    time.Duration
	Memory int64 // the most that sessions had since Begin, in bytes: without the servers that only listen
	Left   int   // processes of sessions that had not ended when Usage gave up waiting for them
}

// perServer is the most addresses that an sshd listens on.
const perServer = 16

// Start starts servers for n hosts, with their files in the folder dir, whose path must be short and which others must not
// be able to write to.
func Start(dir string, n int) (*Fleet, error) {
	sshd, err := exec.LookPath("sshd")
	if err != nil {
		if sshd = "/usr/sbin/sshd"; !executable(sshd) {
			return nil, errors.New("no sshd is installed")
		}
	}
	me, err := user.Current()
	if err != nil {
		return nil, err
	}
	f := &Fleet{User: me.Username, Key: filepath.Join(dir, "id"), KnownHosts: filepath.Join(dir, "known_hosts")}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	hostKey := filepath.Join(dir, "host_key")
	public, err1 := writeKey(f.Key)
	known, err2 := writeKey(hostKey)
	err3 := os.Mkdir("/run/sshd", 0o755) // where sshd's unprivileged half lives; a package's script makes it otherwise
	if os.IsExist(err3) || os.Getuid() != 0 {
		err3 = nil
	}
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	f.hostKey = known
	var knownHosts strings.Builder
	for i := range n {
		h := Host{Name: fmt.Sprintf("h%03d", i+1), Addr: fmt.Sprintf("127.0.%d.%d", i/200, i%200+2), Port: port}
		h.Home = filepath.Join(dir, h.Name)
		if err := os.Mkdir(h.Home, 0o700); err != nil {
			return nil, err
		}
		fmt.Fprintln(&knownHosts, knownhosts.Line([]string{net.JoinHostPort(h.Addr, strconv.Itoa(port))}, known))
		f.Hosts = append(f.Hosts, h)
	}
	authorized := filepath.Join(dir, "authorized_keys")
	err = errors.Join(os.WriteFile(f.KnownHosts, []byte(knownHosts.String()), 0o600),
		os.WriteFile(authorized, ssh.MarshalAuthorizedKey(public), 0o600))
	if err != nil {
		return nil, err
	}
	var configs []string
	for at := 0; at < n; at += perServer {
		name := filepath.Join(dir, fmt.Sprintf("sshd_config%d", at/perServer))
		if err := os.WriteFile(name, []byte(config(f.Hosts[at:min(n, at+perServer)], hostKey, authorized)), 0o600); err != nil {
			return nil, err
		}
		configs = append(configs, name)
	}
	return f, f.start(dir, sshd, configs)
}

func executable(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode()&0o111 != 0
}

// config is the configuration of a server for some hosts: as installed, but for what many logins at once need.
func config(hosts []Host, hostKey, authorized string) string {
	var b strings.Builder
	for _, h := range hosts {
		fmt.Fprintf(&b, "ListenAddress %s\n", net.JoinHostPort(h.Addr, strconv.Itoa(h.Port)))
	}
	fmt.Fprintf(&b, `HostKey %s
AuthorizedKeysFile %s
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 1000:30:2000
MaxSessions 100
UseDNS no
PrintMotd no
LogLevel ERROR
Subsystem sftp internal-sftp
`, hostKey, authorized)
	for _, h := range hosts {
		fmt.Fprintf(&b, "Match LocalAddress %s\n  SetEnv HOME=%s BENCH_HOST=%s\n", h.Addr, h.Home, h.Name)
	}
	return b.String()
}

// freePort gives a port that is free on the first hosts' addresses, for all of them.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func writeKey(name string) (ssh.PublicKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
		return nil, err
	}
	return ssh.NewPublicKey(public)
}

// Know adds an address to KnownHosts, under which the hosts can be reached as well.
func (f *Fleet) Know(addr string) error {
	file, err := os.OpenFile(f.KnownHosts, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, knownhosts.Line([]string{addr}, f.hostKey))
	return errors.Join(err, file.Close())
}

// start starts the process that keeps the servers and waits until each answers.
func (f *Fleet) start(dir, sshd string, configs []string) (err error) {
	f.cmd = exec.Command("/proc/self/exe", append([]string{sshd}, configs...)...)
	f.cmd.Env = []string{mode + "=1", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	f.cmd.Dir = dir
	log, err := os.Create(filepath.Join(dir, "sshd.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	f.cmd.Stderr = log
	if f.in, err = f.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := f.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	f.out = json.NewDecoder(out)
	if err := f.cmd.Start(); err != nil {
		return err
	}
	for _, h := range f.Hosts {
		if err := answers(net.JoinHostPort(h.Addr, strconv.Itoa(h.Port))); err != nil {
			text, _ := os.ReadFile(filepath.Join(dir, "sshd.log"))
			return errors.Join(err, errors.New(string(text)), f.Stop())
		}
	}
	return nil
}

func answers(addr string) (err error) {
	for range 100 {
		var c net.Conn
		if c, err = net.Dial("tcp", addr); err == nil {
			_, err = bufio.NewReader(c).ReadString('\n')
			_ = c.Close()
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

// Keeper is the process below which the servers run, with all that is started over them.
func (f *Fleet) Keeper() int { return f.cmd.Process.Pid }

// Begin starts to watch the memory of sessions.
func (f *Fleet) Begin() error {
	_, err := f.ask("begin")
	return err
}

// Usage waits for all sessions to end, for three seconds at most, and tells what was used.
func (f *Fleet) Usage() (Usage, error) { return f.ask("usage") }

func (f *Fleet) ask(word string) (u Usage, err error) {
	if _, err := fmt.Fprintln(f.in, word); err != nil {
		return u, err
	}
	return u, f.out.Decode(&u)
}

// Stop ends the servers and what was started over them.
func (f *Fleet) Stop() error {
	return errors.Join(f.in.Close(), f.cmd.Wait())
}

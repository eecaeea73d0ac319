package ssh_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/ssh"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/ssh/sshtest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

func sshType() connection.Type { return ssh.Type() }

// listen serves connections on the loopback with serve, and gives the port.
func listen(t *testing.T, serve func(c net.Conn)) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
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
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// TestUnreachable: the words are OpenSSH's, as Ansible shows them.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := free.Addr().(*net.TCPAddr).Port
	_ = free.Close()
	silent := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	for _, c := range []struct {
		name    string
		address string
		args    string
		port    int
		want    string
	}{
		{"refused", "127.0.0.1", "", refused, fmt.Sprintf("ssh: connect to host 127.0.0.1 port %d: Connection refused", refused)},
		{"no such name", "no.such.host.invalid", "", 0, "ssh: Could not resolve hostname no.such.host.invalid: Name or service not known"},
		{"silent", "127.0.0.1", "", listen(t, silent), "Connection timed out during banner exchange\r\nConnection to 127.0.0.1 port PORT timed out"},
		{"silent after its version", "127.0.0.1", "", listen(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "SSH-2.0-x\r\n")
			silent(c)
		}), "Connection to 127.0.0.1 port PORT timed out"},
		{"closes", "127.0.0.1", "", listen(t, func(c net.Conn) { _, _ = bufio.NewReader(c).ReadString('\n') }), "Connection closed by 127.0.0.1 port PORT"},
		{"proxy command that fails", "127.0.0.1", "-o ProxyCommand=/bin/false", 0, "Connection closed by UNKNOWN port 65535"},
		{"proxy command that tells why", "127.0.0.1", `-o "ProxyCommand=echo no way to %h:%p >&2; false"`, 7, "no way to 127.0.0.1:7\nConnection closed by UNKNOWN port 65535"},
		{"jump host that is down", "127.0.0.1", fmt.Sprintf("-J 127.0.0.1:%d", refused), 0, fmt.Sprintf("jump host 127.0.0.1: ssh: connect to host 127.0.0.1 port %d: Connection refused", refused)},
		{"circle", "127.0.0.1", "-F " + circle(t), 0, "jump host b: jump host a: ProxyJump leads in a circle"},
		{"unknown option", "127.0.0.1", "-o Zork=yes", 0, "ssh_args: the keyword Zork of ssh is not supported"},
		{"tunnel", "127.0.0.1", "-L 80:x:80", 0, "ssh_args: the option -L of ssh is not supported"},
		{"configuration that is not there", "127.0.0.1", "-F /no/such/file", 0, "Can't open user config file /no/such/file: no such file or directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			limit := time.Minute
			if c.name == "closes" || strings.HasPrefix(c.name, "silent") {
				limit = time.Second // it is waited for
			}
			o := connection.Options{Host: "h", Address: c.address, Port: c.port, Timeout: limit, Env: []string{"HOME=/nonexistent", "PATH=" + os.Getenv("PATH")}, Settings: map[string]string{"ssh_args": c.args}}
			want := "Failed to connect to the host via ssh: " + strings.ReplaceAll(c.want, "PORT", strconv.Itoa(c.port))
			// the other words are those of a machine without a resolver
			if got := strings.ReplaceAll(fails(t, o), "Temporary failure in name resolution", "Name or service not known"); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// circle is a configuration in which two jump hosts lead to each other.
func circle(t *testing.T) string {
	t.Helper()
	file := filepath.Join(needs.Folder(t), "config")
	if err := os.WriteFile(file, []byte("Host a 127.0.0.1\n  ProxyJump b\nHost b\n  ProxyJump a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRetries(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{})
	var mu sync.Mutex
	tries := 0
	o := options(s)
	o.Port = listen(t, func(c net.Conn) {
		mu.Lock()
		tries++
		n := tries
		mu.Unlock()
		if n == 1 {
			_, _ = io.WriteString(c, "SSH-2.0-broken\r\nzork")
			return
		}
		through(c, s.Port)
	})
	o.Settings["ssh_args"] += " -o HostKeyAlias=alias -o StrictHostKeyChecking=accept-new"
	fails(t, o)
	mu.Lock()
	tries = 0
	mu.Unlock()
	o.Settings["reconnection_retries"] = "1"
	says(t, o, "true")
}

func nameAndPort(s *sshtest.Server) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port))
}

// through connects a stream with a port.
func through(c net.Conn, port int) {
	to, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(to, c)
		_ = to.Close()
	}()
	_, _ = io.Copy(c, to)
}

// TestMaxStartups: a host that refuses logins because too many are under way is tried again.
func TestMaxStartups(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{Config: "MaxStartups 1:100:1\n"})
	kind := sshType()
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			c, err := kind.Open(context.Background(), options(s))
			if err != nil {
				t.Error(err)
				return
			}
			_ = c.Close()
		})
	}
	all.Wait()
	if !strings.Contains(s.Log(), "drop connection") {
		t.Log("sshd refused none: the test shows nothing")
	}
}

// TestMaxSessions: where the host grants one session a connection, more connections are made, and closed again.
func TestMaxSessions(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{Config: "MaxSessions 1\n"})
	c := open(t, options(s))
	first, err := c.Start(t.Context(), "cat")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		out, err := connection.Run(t.Context(), c, "echo second", nil)
		if err != nil || string(out.Stdout) != "second\n" {
			t.Fatalf("%v, %q", err, out.Stdout)
		}
	}
	_, _ = io.WriteString(first.Stdin(), "still here")
	_ = first.Stdin().Close()
	text, _ := io.ReadAll(first.Stdout())
	_, _ = io.Copy(io.Discard, first.Stderr())
	if code, err := first.Wait(); code != 0 || err != nil || string(text) != "still here" {
		t.Errorf("%d, %v, %q", code, err, text)
	}
	if n := strings.Count(s.Log(), "Accepted publickey"); n > 3 {
		t.Errorf("%d connections were made", n)
	}

	none := sshtest.Start(t, sshtest.Options{Config: "MaxSessions 0\n"})
	if _, err := open(t, options(none)).Start(t.Context(), "true"); err == nil || !strings.Contains(err.Error(), "session open refused by peer") {
		t.Errorf("no sessions at all: %v", err)
	}
}

// jumping are options to reach a server through others.
func jumping(t *testing.T, s *sshtest.Server, hops ...*sshtest.Server) connection.Options {
	t.Helper()
	var names, known []string
	config := ""
	for _, h := range hops {
		names = append(names, fmt.Sprintf("%s@127.0.0.1:%d", h.User, h.Port))
		known = append(known, read(t, h.KnownHosts))
		s.Authorize("", publicOf(t, h.Key))
	}
	file := filepath.Join(needs.Folder(t), "config")
	config += "Host *\n  GlobalKnownHostsFile none\n  UserKnownHostsFile " + file + ".known\n"
	for _, h := range append(hops, s) {
		config += "  IdentityFile " + h.Key + "\n"
	}
	s.Write(file+".known", strings.Join(append(known, read(t, s.KnownHosts)), ""))
	s.Write(file, config)
	o := options(s)
	o.Settings = map[string]string{"ssh_args": "-F " + file, "ssh_common_args": "-o ProxyJump=" + strings.Join(names, ",")}
	return o
}

func TestJump(t *testing.T) {
	t.Parallel()
	s, a, b := sshtest.Start(t, sshtest.Options{}), sshtest.Start(t, sshtest.Options{}), sshtest.Start(t, sshtest.Options{})
	kind := sshType()
	o := jumping(t, s, a, b)
	var conns []connection.Conn
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			c, err := kind.Open(context.Background(), o)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
		})
	}
	all.Wait()
	for _, c := range conns {
		if out, err := connection.Run(t.Context(), c, "echo $SSH_CONNECTION", nil); err != nil || !strings.Contains(string(out.Stdout), strconv.Itoa(s.Port)) {
			t.Errorf("%v, %s", err, out.Stdout)
		}
	}
	for _, h := range []*sshtest.Server{a, b} {
		if n := strings.Count(h.Log(), "Accepted publickey"); n != 1 {
			t.Errorf("a jump host was logged in to %d times", n)
		}
	}
	for _, c := range conns {
		_ = c.Close()
	}
	for _, h := range []*sshtest.Server{b, a} {
		waitFor(t, "the jump host to be left", func() bool {
			return strings.Contains(h.Log(), "Connection closed by") || strings.Contains(h.Log(), "Disconnected from") || strings.Contains(h.Log(), "closed by user") || strings.Contains(h.Log(), "Connection reset by peer")
		})
	}
	// the last hop can't reach the host
	o.Port = 1
	if text := fails(t, o); !strings.Contains(text, "open failed: connect failed: Connection refused") {
		t.Error(text)
	}
}

func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 3000 {
		if is() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("waited in vain for %s", what)
}

func TestProxyCommand(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{})
	mark := filepath.Join(needs.Folder(t), "pid")
	o := options(s)
	o.Settings["ssh_args"] += fmt.Sprintf(` -o "ProxyCommand=sh -c 'echo $$ > %s; exec %s -i -f %s/sshd_config'"`, mark, sshtest.Program(t), s.Dir)
	c := open(t, o)
	out, err := connection.Run(t.Context(), c, "echo through", nil)
	if err != nil || string(out.Stdout) != "through\n" {
		t.Fatalf("%v, %q", err, out.Stdout)
	}
	_ = c.Close()
	pid := strings.TrimSpace(read(t, mark))
	waitFor(t, "the proxy command to end", func() bool {
		_, err := os.Stat("/proc/" + pid)
		return err != nil
	})
}

func TestConfig(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{Config: "AcceptEnv KIMAI_*\n"})
	dir := needs.Folder(t)
	s.Write(dir+"/more", fmt.Sprintf("Host web*\n  HostName 127.0.0.1\n  Port %d\n  SetEnv KIMAI_SET=set\n", s.Port))
	base := "UserKnownHostsFile " + s.KnownHosts + "\nGlobalKnownHostsFile none\nIdentityFile " + s.Key + "\nSendEnv KIMAI_SENT*\nUser " + s.User + "\n"
	for _, c := range []struct{ name, text string }{
		{"Include", "Include " + dir + "/more\nHost web1\n  ControlPath ~/x\nHost *\n" + base},
		{"Match host", "Match host web1\n  ControlPath ~/x\n  HostName 127.0.0.1\n  Port " + strconv.Itoa(s.Port) + "\n  SetEnv KIMAI_SET=set\nHost *\n" + base},
		{"Match originalhost, exec", "Match originalhost web1 exec true\n  HostName 127.0.0.1\n  Port " + strconv.Itoa(s.Port) + "\n  SetEnv KIMAI_SET=set\nMatch all\n" + base},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.Write(dir+"/config", c.text)
			o := connection.Options{Host: "h", Address: "web1", Timeout: 20 * time.Second, Env: []string{"HOME=" + dir, "KIMAI_SENT_1=sent", "PATH=" + os.Getenv("PATH")}, Settings: map[string]string{"ssh_args": "-F " + dir + "/config"}}
			var notes []string
			o.Note = func(text string) { notes = append(notes, text) }
			if got := says(t, o, "echo $KIMAI_SET $KIMAI_SENT_1"); got != "set sent" {
				t.Errorf("got %q", got)
			}
			want := ""
			if strings.Contains(c.text, "ControlPath") {
				want = "ControlPath of " + dir + "/config is ignored: a run has one connection to each host, and shares it by itself"
			}
			if got := strings.Join(notes, "\n"); got != want {
				t.Errorf("noted %q", got)
			}
		})
	}
}

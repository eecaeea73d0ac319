package client_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/become"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/local"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
)

// canary is the password of all accounts of a machine. It must be seen nowhere.
const canary = "canary-hunter22"

// machine is this machine with accounts and rights of its own: each command runs in a mount namespace of its own, where /etc is
// covered by a folder of the test's. The machine itself is not changed.
type machine struct {
	*local.Conn
	dir, user string
	hide      string // shell lines that change more of what is seen
}

// newMachine makes a machine whose commands user runs. etc are further files of /etc.
func newMachine(t *testing.T, user string, etc map[string]string) *machine {
	t.Helper()
	needs.That(t, os.Getuid() == 0, "root, to make a machine with accounts of its own")
	for _, tool := range []string{"unshare", "setpriv", "openssl"} {
		_, err := exec.LookPath(tool)
		needs.That(t, err == nil, tool)
	}
	dir, err := os.MkdirTemp("/var/tmp", "kimai-machine-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	hash, err := exec.Command("openssl", "passwd", "-6", "-salt", "abcdefgh", canary).Output()
	if err != nil {
		t.Fatal(err)
	}
	h := strings.TrimSpace(string(hash))
	files := map[string]string{
		"passwd": "root:x:0:0:root:/root:/bin/sh\nalice:x:20001:20001::" + dir + "/alice:/bin/sh\nbob:x:20002:20002::" + dir + "/bob:/bin/sh\nnobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n",
		"shadow": "root:" + h + ":19000:0:99999:7:::\nalice:" + h + ":19000:0:99999:7:::\nbob:" + h + ":19000:0:99999:7:::\n",
		"group":  "root:x:0:\nalice:x:20001:\nbob:x:20002:\nnogroup:x:65534:\n",
	}
	for name, text := range etc {
		files[name] = text
	}
	for _, d := range []string{"upper", "work", "alice", "bob"} {
		mkdir(t, filepath.Join(dir, d))
	}
	for i, u := range []string{"alice", "bob"} {
		if err := os.Chown(filepath.Join(dir, u), 20001+i, 20001+i); err != nil {
			t.Fatal(err)
		}
	}
	_ = os.Chmod(dir, 0o755)
	for name, text := range files {
		file := filepath.Join(dir, "upper", name)
		mkdir(t, filepath.Dir(file))
		mode := os.FileMode(0o644)
		if name == "shadow" || name == "sudoers" || name == "doas.conf" {
			mode = 0o400
		}
		if err := errors.Join(os.WriteFile(file, []byte(text), mode), os.Chmod(file, mode)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := local.Open(connection.Options{Host: "h", Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + dir + "/" + user, "USER=" + user}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &machine{Conn: c, dir: dir, user: user}
}

// mkdir makes a folder that others can read, whatever the umask is.
func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) line(command string) string {
	id := map[string]string{"alice": "20001", "bob": "20002", "root": "0"}[m.user]
	return fmt.Sprintf(`exec unshare -m /bin/sh -c 'mount -t overlay overlay -o lowerdir=/etc,upperdir="$1"/upper,workdir="$1"/work /etc || exit 1
for d in /run/sudo /var/lib/sudo; do [ ! -d $d ] || mount -t tmpfs -o mode=0711 none $d; done
%s
exec setpriv --reuid "$2" --regid "$2" --clear-groups /bin/sh -c "$3"' x %s %s %s`,
		m.hide, m.dir, id, become.Quote(command))
}

// Start starts a command as the machine's user.
func (m *machine) Start(ctx context.Context, command string) (connection.Process, error) {
	return m.Conn.Start(ctx, m.line(command))
}

// StartTerminal is Start with a terminal.
func (m *machine) StartTerminal(ctx context.Context, command string) (connection.Process, error) {
	return m.Conn.StartTerminal(ctx, m.line(command))
}

func as(method *become.Method, user, password string) *client.Become {
	return &client.Become{Method: method, Options: become.Options{User: user, Password: secret.New(password), HasPassword: password != ""}}
}

func flags(s string) *string { return &s }

func TestBecome(t *testing.T) {
	for _, c := range []struct {
		name    string
		program string
		etc     map[string]string
		how     *client.Become
		flags   *string
		want    string // what id -un says
		fails   string
	}{
		{"sudo without a password", "sudo", map[string]string{"sudoers": "alice ALL=(ALL) NOPASSWD: ALL\n"}, as(become.Sudo, "", ""), nil, "root", ""},
		{"sudo that does not ask", "sudo", map[string]string{"sudoers": "alice ALL=(ALL) NOPASSWD: ALL\n"}, as(become.Sudo, "", "unused"), nil, "root", ""},
		{"sudo to a plain user", "sudo", map[string]string{"sudoers": "alice ALL=(bob) NOPASSWD: ALL\n"}, as(become.Sudo, "bob", ""), nil, "bob", ""},
		{"sudo with a password", "sudo", map[string]string{"sudoers": "alice ALL=(ALL) ALL\n"}, as(become.Sudo, "", canary), nil, "root", ""},
		{"sudo, wrong password", "sudo", map[string]string{"sudoers": "alice ALL=(ALL) ALL\n"}, as(become.Sudo, "", "wrong"), nil, "", "Incorrect sudo password"},
		{"sudo, no password", "sudo", map[string]string{"sudoers": "alice ALL=(ALL) ALL\n"}, as(become.Sudo, "", ""), nil, "", "Missing sudo password"},
		{"sudo forbids", "sudo", map[string]string{"sudoers": "alice ALL=(bob) NOPASSWD: ALL\n"}, as(become.Sudo, "", canary), nil, "", "Premature end of stream waiting for become success."},
		{"sudo lectures", "sudo", map[string]string{"sudoers": "Defaults lecture=always\nalice ALL=(ALL) ALL\n"}, as(become.Sudo, "", canary), nil, "root", ""},
		{"requiretty", "sudo", map[string]string{"sudoers": "Defaults requiretty\nalice ALL=(ALL) NOPASSWD: ALL\n"}, as(become.Sudo, "", ""), nil, "root", ""},
		{"requiretty with a password", "sudo", map[string]string{"sudoers": "Defaults requiretty\nalice ALL=(ALL) ALL\n"}, as(become.Sudo, "", canary), nil, "root", ""},
		{"use_pty", "sudo", map[string]string{"sudoers": "Defaults use_pty, requiretty\nalice ALL=(ALL) ALL\n"}, as(become.Sudo, "", canary), nil, "root", ""},
		{"sudo without -S", "sudo", map[string]string{"sudoers": "alice ALL=(ALL) ALL\n"}, as(become.Sudo, "", canary), flags("-H"), "root", ""},
		{"unknown user", "sudo", map[string]string{"sudoers": "alice ALL=(ALL) NOPASSWD: ALL\n"}, as(become.Sudo, "zork", ""), nil, "", "unknown user"},
		{"su", "su", nil, as(become.Su, "root", canary), nil, "root", ""},
		{"su to a plain user", "su", nil, as(become.Su, "bob", canary), nil, "bob", ""},
		{"su, wrong password", "su", nil, as(become.Su, "root", "wrong"), nil, "", "Incorrect su password"},
		{"su, no password", "su", nil, as(become.Su, "root", ""), nil, "", "Missing su password"},
		{"doas without a password", "doas", map[string]string{"doas.conf": "permit nopass alice\n"}, as(become.Doas, "", ""), nil, "root", ""},
		{"doas with a password", "doas", map[string]string{"doas.conf": "permit alice\n"}, as(become.Doas, "", canary), nil, "root", ""},
		{"doas, wrong password", "doas", map[string]string{"doas.conf": "permit alice\n"}, as(become.Doas, "", "wrong"), nil, "", "Incorrect doas password"},
		{"doas, no password", "doas", map[string]string{"doas.conf": "permit alice\n"}, as(become.Doas, "", ""), nil, "", "Missing doas password"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := exec.LookPath(c.program)
			needs.That(t, err == nil, c.program)
			m := newMachine(t, "alice", c.etc)
			c.how.Options.Flags = c.flags
			begin := time.Now()
			r, err := client.Open(context.Background(), client.Options{Host: "h", Conn: m, Become: c.how, Timeout: 2 * time.Minute})
			if c.fails != "" {
				var told *become.Error
				if !errors.As(err, &told) || !strings.Contains(told.Msg, c.fails) {
					t.Errorf("got %v, want %s", err, c.fails)
				}
				if err != nil && strings.Contains(err.Error(), canary) {
					t.Error("the password is in the error")
				}
				if d := time.Since(begin); d > time.Minute {
					t.Errorf("told after %v", d)
				}
				clean(t, m)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := call(t, r, shell("id -un; tr '\\0' '\\n' < /proc/$PPID/cmdline; tr '\\0' '\\n' < /proc/$PPID/environ; env; cat"))
			out := text(got.Get("stdout"))
			if first, _, _ := strings.Cut(out, "\n"); first != c.want {
				t.Errorf("it runs as %q, not %s: %s", first, c.want, text(got.Dict()))
			}
			if strings.Contains(out, canary) {
				t.Error("the password is in the environment or the arguments of the agent")
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			clean(t, m)
		})
	}
}

// clean fails when a folder of an agent is left behind.
func clean(t *testing.T, m *machine) {
	t.Helper()
	for _, dir := range []string{"/tmp", "/var/tmp", "/dev/shm", m.dir + "/alice", m.dir + "/bob", "/root", "/run"} {
		left, _ := filepath.Glob(dir + "/.kimai-*")
		for range 2000 { // other tests run at the same time: their folders go as well, though not at once
			left = slices.DeleteFunc(left, func(name string) bool { _, err := os.Lstat(name); return err != nil })
			if len(left) == 0 {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

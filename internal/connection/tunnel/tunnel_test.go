package tunnel_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/local"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/tunnel"
)

// open gives a tunnel to this machine, and the arguments with which its shell is called.
func open(t *testing.T) (*tunnel.Tunnel, []string) {
	t.Helper()
	conn, err := local.Type.Open(t.Context(), connection.Options{Host: "h", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return over(t, conn)
}

func over(t *testing.T, conn connection.Conn) (*tunnel.Tunnel, []string) {
	t.Helper()
	tn, err := tunnel.Open(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	shell, err := tn.Shell("/self")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(shell)
	if len(words) != 3 || words[0] != "/self" || words[1] != tunnel.Word {
		t.Fatalf("the shell is %q", shell)
	}
	return tn, words[2:]
}

// call runs Main with an input, as a program of its own would be.
func call(t *testing.T, input string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	in, feed, _ := os.Pipe()
	out, outEnd, _ := os.Pipe()
	errs, errEnd, _ := os.Pipe()
	go func() {
		_, _ = io.WriteString(feed, input)
		feed.Close()
	}()
	read := func(r io.Reader) chan string {
		ch := make(chan string, 1)
		go func() {
			b, _ := io.ReadAll(r)
			ch <- string(b)
		}()
		return ch
	}
	o, e := read(out), read(errs)
	code = tunnel.Main(args, in, outEnd, errEnd)
	for _, f := range []*os.File{in, outEnd, errEnd} {
		f.Close()
	}
	return code, <-o, <-e
}

func TestTunnel(t *testing.T) {
	tn, args := open(t)
	defer tn.Close()
	long := strings.Repeat("0123456789", 100_000)
	for _, c := range []struct {
		name, input    string
		more           []string
		code           int
		stdout, stderr string
	}{
		{"input and output", long, []string{"host", "cat"}, 0, long, ""},
		{"an exit code and errors", "", []string{"host", "echo no >&2; exit 7"}, 7, "", "no\n"},
		{"options of ssh before the host", "", []string{"-l", "alice", "-4", "-p22", "host", "echo", "a", "'b  c'"}, 0, "a b  c\n", ""},
		{"a command that does not read", long, []string{"host", "true"}, 0, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := call(t, c.input, append(args, c.more...)...)
			if code != c.code || stdout != c.stdout || stderr != c.stderr {
				t.Errorf("code %d, %d bytes of output, errors %q", code, len(stdout), stderr)
			}
		})
	}
	if err := tn.Err(); err != nil {
		t.Error(err)
	}
}

func TestTunnelIsForThisUserAlone(t *testing.T) {
	tn, args := open(t)
	info, err := os.Stat(filepath.Dir(args[0]))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of the socket: %v, %v", info.Mode(), err)
	}
	if err := tn.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(args[0])); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of the socket is there after Close: %v", err)
	}
	if code, _, stderr := call(t, "", append(args, "host", "true")...); code != 255 || !strings.Contains(stderr, "kimai-ansible: ") {
		t.Errorf("code %d, %q", code, stderr)
	}
}

func TestMainRefusesWhatIsNoRequest(t *testing.T) {
	for _, args := range [][]string{nil, {"/nosuch"}, {"/nosuch", "host"}, {"/nosuch", "-l", "host"}} {
		if code, _, stderr := call(t, "", args...); code != 255 || stderr == "" {
			t.Errorf("%q: code %d, %q", args, code, stderr)
		}
	}
}

func TestCloseEndsCommands(t *testing.T) {
	tn, args := open(t)
	done := make(chan int, 1)
	go func() {
		code, _, _ := call(t, "", append(args, "host", "echo begun; sleep 60")...)
		done <- code
	}()
	time.Sleep(50 * time.Millisecond) // whether the command runs already or not, it has to end
	if err := tn.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case code := <-done:
		if code != 255 {
			t.Errorf("code %d", code)
		}
	case <-time.After(20 * time.Second):
		t.Error("the command goes on")
	}
}

// TestCloseWithoutARequest: who comes to the socket and says nothing holds nothing up.
func TestCloseWithoutARequest(t *testing.T) {
	tn, args := open(t)
	silent, err := net.Dial("unix", args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if code, _, stderr := call(t, "", append(args, "host", "true")...); code != 0 { // the silent one was taken before it
		t.Fatalf("code %d, %s", code, stderr)
	}
	closed := make(chan error, 1)
	go func() { closed <- tn.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("Close hangs")
	}
}

// lost is a connection that was lost.
type lost struct{ connection.Conn }

var errLost = &connection.Error{Host: "h", Op: "start", Err: errors.New("gone")}

func (lost) Start(context.Context, string) (connection.Process, error) { return nil, errLost }

func TestALostConnectionIsTold(t *testing.T) {
	tn, args := over(t, lost{})
	defer tn.Close()
	var want *connection.Error
	code, _, stderr := call(t, "", append(args, "host", "true")...)
	if code != 255 || !strings.Contains(stderr, "gone") || !errors.As(tn.Err(), &want) {
		t.Errorf("code %d, %q, %v", code, stderr, tn.Err())
	}
}

func TestShellOfAPlaceWithBlanks(t *testing.T) {
	tn, _ := open(t)
	defer tn.Close()
	if s, err := tn.Shell("/a b"); err == nil {
		t.Errorf("it is %q", s)
	}
}

// TestPlaces: a tunnel works wherever temporary files are to be.
func TestPlaces(t *testing.T) {
	for _, name := range []string{"with a blank", strings.Repeat("long", 25)} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), name)
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			t.Setenv("TMPDIR", dir)
			tn, args := open(t)
			defer tn.Close()
			if code, stdout, stderr := call(t, "", append(args, "host", "echo on")...); code != 0 || stdout != "on\n" {
				t.Errorf("code %d, %q, %s", code, stdout, stderr)
			}
		})
	}
}

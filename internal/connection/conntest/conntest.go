// Package conntest is the suite that every connection must pass.
package conntest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
)

// Setup is what the suite needs of a connection under test.
type Setup struct {
	// Open gives a connection to a host with /bin/sh and cat; the suite closes it.
	Open func(t *testing.T) connection.Conn
	// Dir is an empty directory on the host that may be written to.
	Dir string
}

// Run runs the suite.
func Run(t *testing.T, s Setup) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, s Setup, c connection.Conn)
	}{
		{"exit code and outputs", exitCode},
		{"signal", signal},
		{"input", input},
		{"large output on both", largeOutput},
		{"quoting", quoting},
		{"cancel kills the group", cancelKills},
		{"deadline before start", deadline},
		{"put and get", putGet},
		{"put keeps the old file on an error", putFails},
		{"get of nothing", getNothing},
		{"several at once", several},
		{"streams", streams},
		{"closed", closed},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := s.Open(t)
			defer conn.Close()
			c.test(t, s, conn)
		})
	}
}

func run(t *testing.T, c connection.Conn, cmd string, stdin io.Reader) connection.Output {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	out, err := connection.Run(ctx, c, cmd, stdin)
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	return out
}

func exitCode(t *testing.T, _ Setup, c connection.Conn) {
	for code := range 4 {
		out := run(t, c, fmt.Sprintf("echo out; echo err >&2; exit %d", code), nil)
		if out.Code != code || string(out.Stdout) != "out\n" || string(out.Stderr) != "err\n" {
			t.Errorf("exit %d: got %d, %q, %q", code, out.Code, out.Stdout, out.Stderr)
		}
	}
	if out := run(t, c, "no-such-program-anywhere", nil); out.Code != 127 {
		t.Errorf("a program that is not there: code %d, want 127", out.Code)
	}
}

func signal(t *testing.T, _ Setup, c connection.Conn) {
	if out := run(t, c, "kill -TERM $$", nil); out.Code != 128+15 {
		t.Errorf("code %d, want 143", out.Code)
	}
}

func input(t *testing.T, _ Setup, c connection.Conn) {
	if out := run(t, c, "cat", strings.NewReader("a\x00b\xffc")); string(out.Stdout) != "a\x00b\xffc" {
		t.Errorf("got %q", out.Stdout)
	}
	if out := run(t, c, "cat", nil); out.Code != 0 || len(out.Stdout) != 0 {
		t.Errorf("no input: %d, %q", out.Code, out.Stdout)
	}
	// a command that does not read its input must not hang or fail
	if out := run(t, c, "exit 3", bytes.NewReader(make([]byte, 1<<20))); out.Code != 3 {
		t.Errorf("input that nobody reads: code %d", out.Code)
	}
}

func largeOutput(t *testing.T, _ Setup, c connection.Conn) {
	out := run(t, c, "i=0; while [ $i -lt 2000 ]; do printf '%0500d' $i; printf '%0500d' $i >&2; i=$((i+1)); done", nil)
	if len(out.Stdout) != 1000000 || len(out.Stderr) != 1000000 {
		t.Errorf("got %d and %d bytes", len(out.Stdout), len(out.Stderr))
	}
}

func quoting(t *testing.T, _ Setup, c connection.Conn) {
	const text = `a 'b' "c" $HOME \d é *`
	cmd := "printf %s '" + strings.ReplaceAll(text, "'", `'"'"'`) + "'"
	if out := run(t, c, cmd, nil); string(out.Stdout) != text {
		t.Errorf("got %q, want %q", out.Stdout, text)
	}
}

func cancelKills(t *testing.T, s Setup, c connection.Conn) {
	ctx, cancel := context.WithCancel(context.Background())
	p, err := c.Start(ctx, "sleep 60 & echo $!; wait")
	if err != nil {
		t.Fatal(err)
	}
	pid := make([]byte, 20)
	n, err := p.Stdout().Read(pid)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	start := time.Now()
	_, _ = io.Copy(io.Discard, p.Stdout())
	_, _ = io.Copy(io.Discard, p.Stderr())
	if _, err := p.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("ended after %v", d)
	}
	for range 50 { // a zombie is gone as soon as it is reaped
		out := run(t, c, "cat /proc/"+strings.TrimSpace(string(pid[:n]))+"/stat 2>/dev/null", nil)
		if out.Code != 0 || strings.Contains(string(out.Stdout), ") Z ") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("a child outlived the command")
}

func deadline(t *testing.T, _ Setup, c connection.Conn) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Start(ctx, "true"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func putGet(t *testing.T, s Setup, c connection.Conn) {
	ctx := context.Background()
	big := make([]byte, 3<<20)
	_, _ = rand.Read(big)
	for name, content := range map[string][]byte{"plain": []byte("hello\n"), "a 'b' é": []byte("x"), "empty": {}, "big": big} {
		p := s.Dir + "/" + name
		if err := c.Put(ctx, bytes.NewReader(content), p, 0o640); err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := c.Get(ctx, p, &got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), content) {
			t.Errorf("%s: %d bytes came back of %d", name, got.Len(), len(content))
		}
	}
	out := run(t, c, "ls -ld '"+s.Dir+"/plain'", nil)
	if !strings.HasPrefix(string(out.Stdout), "-rw-r-----") {
		t.Errorf("mode: %s", out.Stdout)
	}
}

// brokenReader fails in the middle.
type brokenReader struct{ n int }

func (r *brokenReader) Read(b []byte) (int, error) {
	if r.n--; r.n < 0 {
		return 0, errors.New("broken")
	}
	return copy(b, "new"), nil
}

func putFails(t *testing.T, s Setup, c connection.Conn) {
	ctx, dir := context.Background(), s.Dir+"/fails"
	run(t, c, "mkdir '"+dir+"'", nil)
	if err := c.Put(ctx, strings.NewReader("old"), dir+"/f", 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Put(ctx, &brokenReader{3}, dir+"/f", 0o600); err == nil {
		t.Error("no error")
	}
	var got bytes.Buffer
	if err := c.Get(ctx, dir+"/f", &got); err != nil || got.String() != "old" {
		t.Errorf("%q, %v", got.String(), err)
	}
	if out := run(t, c, "ls -A '"+dir+"'", nil); string(out.Stdout) != "f\n" {
		t.Errorf("left behind: %q", out.Stdout)
	}
	var ce *connection.Error
	if err := c.Put(ctx, strings.NewReader("x"), s.Dir+"/no/such/f", 0o600); !errors.As(err, &ce) {
		t.Errorf("a directory that is not there: %v", err)
	}
}

func getNothing(t *testing.T, s Setup, c connection.Conn) {
	err := c.Get(context.Background(), s.Dir+"/nothing", io.Discard)
	var ce *connection.Error
	if !errors.As(err, &ce) || !errors.Is(err, connection.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func several(t *testing.T, _ Setup, c connection.Conn) {
	results := make(chan string, 8)
	for i := range 8 {
		go func() {
			out, err := connection.Run(context.Background(), c, fmt.Sprintf("echo %d", i), nil)
			results <- fmt.Sprintf("%s%v", strings.TrimSpace(string(out.Stdout)), err)
		}()
	}
	seen := map[string]bool{}
	for range 8 {
		seen[<-results] = true
	}
	for i := range 8 {
		if !seen[fmt.Sprintf("%d<nil>", i)] {
			t.Errorf("%d is missing in %v", i, seen)
		}
	}
}

// streams talks with a process, as the agent does.
func streams(t *testing.T, _ Setup, c connection.Conn) {
	p, err := c.Start(context.Background(), "while read line; do echo \"got $line\"; done; echo end")
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	for i := range 3 {
		if _, err := fmt.Fprintf(p.Stdin(), "%d\n", i); err != nil {
			t.Fatal(err)
		}
		n, err := p.Stdout().Read(buf)
		if want := fmt.Sprintf("got %d\n", i); err != nil || string(buf[:n]) != want {
			t.Fatalf("got %q, %v; want %q", buf[:n], err, want)
		}
	}
	_ = p.Stdin().Close()
	rest, err := io.ReadAll(p.Stdout())
	if err != nil || string(rest) != "end\n" {
		t.Errorf("%q, %v", rest, err)
	}
	_, _ = io.Copy(io.Discard, p.Stderr())
	if code, err := p.Wait(); code != 0 || err != nil {
		t.Errorf("%d, %v", code, err)
	}
}

func closed(t *testing.T, s Setup, c connection.Conn) {
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if _, err := c.Start(ctx, "true"); !errors.Is(err, connection.ErrClosed) {
		t.Errorf("Start: %v", err)
	}
	if err := c.Put(ctx, strings.NewReader(""), s.Dir+"/x", 0o600); !errors.Is(err, connection.ErrClosed) {
		t.Errorf("Put: %v", err)
	}
	if err := c.Get(ctx, s.Dir+"/x", io.Discard); !errors.Is(err, connection.ErrClosed) {
		t.Errorf("Get: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

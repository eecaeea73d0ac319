package local_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/conntest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/local"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

func TestLocal(t *testing.T) {
	conntest.Run(t, conntest.Setup{
		Open: func(t *testing.T) connection.Conn {
			c, err := local.Type.Open(context.Background(), connection.Options{Host: "localhost"})
			if err != nil {
				t.Fatal(err)
			}
			return c
		},
		Dir: t.TempDir(),
	})
}

func TestDir(t *testing.T) {
	dir := t.TempDir()
	c, err := local.Open(connection.Options{Host: "localhost", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	out, err := connection.Run(context.Background(), c, "pwd -P", nil)
	if err != nil || string(out.Stdout) == "" {
		t.Fatalf("%q, %v", out.Stdout, err)
	}
	if _, err := local.Open(connection.Options{Host: "localhost", Dir: dir + "/no"}); err == nil {
		t.Error("a directory that is not there was taken")
	}
}

// TestTerminal: programs see a terminal, and any bytes pass it unchanged in both directions.
func TestTerminal(t *testing.T) {
	c, err := local.Open(connection.Options{Host: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p, err := c.StartTerminal(context.Background(), "tty <&0 && exec cat")
	if err != nil {
		t.Fatal(err)
	}
	name := make([]byte, 100)
	if n, err := p.Stdout().Read(name); err != nil || !strings.HasPrefix(string(name[:n]), "/dev/pts/") {
		t.Fatalf("%q, %v", name[:n], err)
	}
	want := make([]byte, 256)
	for i := range want {
		want[i] = byte(i)
	}
	go func() { _, _ = p.Stdin().Write(want) }()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(p.Stdout(), got); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%q, %v", got, err)
	}
	_ = p.Stdin().Close()
	_, _ = io.Copy(io.Discard, p.Stdout())
	if code, err := p.Wait(); code != 128+1 || err != nil {
		t.Errorf("hung up: %d, %v", code, err)
	}
}

// TestKillLeavesNothingOpen: a command that is killed has ended, also when what it started in a session of its own holds its output open.
func TestKillLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	needs.Program(t, "setsid", "a process that leaves its group")
	c, err := local.Open(connection.Options{Host: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p, err := c.Start(ctx, "setsid sh -c 'echo $$; exec sleep 600' & wait")
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(p.Stdout())
	pid, err := out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	left, _ := strconv.Atoi(strings.TrimSpace(pid))
	defer func() { _ = syscall.Kill(left, syscall.SIGKILL) }()
	cancel()
	ended := make(chan error, 1)
	go func() {
		_, _ = io.Copy(io.Discard, out)
		_, _ = io.Copy(io.Discard, p.Stderr())
		_, err := p.Wait()
		ended <- err
	}()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("it is still being read")
	}
}

package client_test

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/wire"
)

// TestAgentStopped: an agent that was stopped for longer than it waits for a frame (a machine that was suspended, a clock that was set) does
// not take that for silence of the control node.
func TestAgentStopped(t *testing.T) {
	t.Parallel()
	cmd := &exec.Cmd{Path: "/proc/self/exe", Args: []string{server.Name, "serve", "MARK"}, Env: []string{"PATH=" + os.Getenv("PATH")}}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	out := bufio.NewReader(pipe)
	for {
		line, err := out.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, "MARK ready") {
			break
		}
	}
	const idle = 3
	l := wire.NewLink(out, in)
	hello := wire.Greeting{Version: wire.Version, Idle: idle}
	if err := l.SendMessage(wire.Hello, 0, hello.Encode()); err != nil {
		t.Fatal(err)
	}
	ping := func() {
		t.Helper()
		if err := l.Send(wire.Frame{Type: wire.Ping, Payload: []byte("x")}); err != nil {
			t.Fatal(err)
		}
		if f, err := l.Receive(); err != nil || f.Type != wire.Pong {
			t.Fatalf("%+v, %v", f, err)
		}
	}
	if _, err := l.Receive(); err != nil { // its greeting
		t.Fatal(err)
	}
	ping()
	_ = cmd.Process.Signal(syscall.SIGSTOP)
	time.Sleep((idle + 1) * time.Second)
	_ = cmd.Process.Signal(syscall.SIGCONT)
	for range 6 {
		time.Sleep(200 * time.Millisecond)
		ping()
	}
}

package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// proxyGrace is how long a proxy command has to end by itself when its streams are closed.
const proxyGrace = time.Second

// proxyCommand starts the command of ProxyCommand, whose stdin and stdout are the stream. said gives the end of what it wrote
// to stderr.
func (p *plan) proxyCommand(ctx context.Context, line string) (c net.Conn, release func(), said func() string, err error) {
	if line, err = expand(line, p.tokens()); err != nil {
		return nil, nil, nil, fmt.Errorf("ProxyCommand: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, nil, err
	}
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, nil, nil, fmt.Errorf("ProxyCommand: %w", err)
	}
	defer theirs.Close()
	c, err = net.FileConn(ours)
	_ = ours.Close() // FileConn has one of its own
	if err != nil {
		return nil, nil, nil, fmt.Errorf("ProxyCommand: %w", err)
	}
	stderr := &tail{}
	cmd := exec.Command("/bin/sh", "-c", "exec "+line) //nolint:gosec // it is the user's own
	cmd.Env, cmd.Dir = p.Env, p.Dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = proxyGrace
	if err := cmd.Start(); err != nil {
		_ = c.Close()
		return nil, nil, nil, fmt.Errorf("ProxyCommand: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // what it said tells more than its exit code
		close(ended)
	}()
	release = func() {
		select {
		case <-ended:
			return
		case <-time.After(proxyGrace):
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
	}
	said = func() string {
		select {
		case <-ended:
		case <-time.After(proxyGrace):
		}
		return stderr.String()
	}
	return c, release, said, nil
}

// socketPair makes two connected sockets.
func socketPair() (a, b *os.File, err error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	// the command's end blocks, as programs expect of their stdin
	if err := syscall.SetNonblock(fds[1], false); err != nil {
		return nil, nil, errors.Join(err, syscall.Close(fds[0]), syscall.Close(fds[1]))
	}
	return os.NewFile(uintptr(fds[0]), "proxy"), os.NewFile(uintptr(fds[1]), "proxy"), nil
}

// tail keeps the end of what is written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const tailLen = 2 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	if over := len(t.b) - tailLen; over > 0 {
		t.b = append([]byte(nil), t.b[over:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.b))
}

// Package container is what the connections into containers have in common: a program on the control node that runs a
// command in the container, with its streams. docker, podman and kubectl say what the program's line is.
//
// Such a program does not end the command when it is ended itself. So each command tells first, on stderr, which process
// it is, and is killed by a second one.
package container

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/local"
)

// Line gives the program and its arguments, up to where /bin/sh begins.
type Line func(tty bool) []string

// Conn is a connection into a container.
type Conn struct {
	host  string
	line  Line
	local *local.Conn

	mu      sync.Mutex
	running map[*process]bool
	closed  bool
}

var (
	_ connection.Conn      = (*Conn)(nil)
	_ connection.Terminals = (*Conn)(nil)
)

// Open looks whether a command can be run in the container.
func Open(ctx context.Context, o connection.Options, line Line) (*Conn, error) {
	l, err := local.Open(connection.Options{Host: o.Host, Env: o.Env})
	if err != nil {
		return nil, err
	}
	c := &Conn{host: o.Host, line: line, local: l, running: map[*process]bool{}}
	if o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Timeout)
		defer cancel()
	}
	_, err = connection.Run(ctx, c, ":", nil)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		err = &connection.Error{Host: o.Host, Op: "connect", Err: fmt.Errorf("%s did not answer for %v", line(false)[0], o.Timeout)}
	case errors.Is(err, ErrNoShell):
		err = nil // it is reached; what needs a shell fails
	}
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	return c, nil
}

// ErrNoShell says that there is no /bin/sh in the container.
var ErrNoShell = errors.New("the container has no /bin/sh")

// process is a command in the container.
type process struct {
	connection.Process
	c      *Conn
	ctx    context.Context
	mark   string
	stderr *io.PipeReader
	pid    chan string // takes the number of the process, or is closed when it never told one
	told   string      // what the program said instead
	ended  chan struct{}
	done   chan struct{} // closed when nobody watches over it any more
}

// Start starts a command in the container.
func (c *Conn) Start(ctx context.Context, command string) (connection.Process, error) {
	return c.start(ctx, command, false)
}

// StartTerminal starts a command with a terminal of the container.
func (c *Conn) StartTerminal(ctx context.Context, command string) (connection.Process, error) {
	return c.start(ctx, "stty raw -echo && "+command, true)
}

func (c *Conn) start(ctx context.Context, command string, tty bool) (connection.Process, error) {
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed {
		return nil, &connection.Error{Host: c.host, Op: "start", Err: connection.ErrClosed}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &process{c: c, ctx: ctx, mark: rand.Text(), pid: make(chan string, 1), ended: make(chan struct{}), done: make(chan struct{})}
	inner := command
	if !tty {
		inner = fmt.Sprintf(`echo "%s $$" >&2; exec /bin/sh -c %s`, p.mark, quote(command))
	}
	words := append(c.line(tty), "/bin/sh", "-c", inner)
	for i, w := range words {
		words[i] = quote(w)
	}
	line := "exec " + strings.Join(words, " ")
	var err error
	if tty {
		p.Process, err = c.local.StartTerminal(context.WithoutCancel(ctx), line)
		close(p.pid)
	} else {
		p.Process, err = c.local.Start(context.WithoutCancel(ctx), line)
	}
	if err != nil {
		return nil, err
	}
	var w *io.PipeWriter
	p.stderr, w = io.Pipe()
	if tty {
		_ = w.Close()
	} else {
		go p.splitErrors(w)
	}
	c.mu.Lock()
	c.running[p] = true
	c.mu.Unlock()
	go p.watch()
	return p, nil
}

// splitErrors takes the first line, which tells the number of the process, off its stderr.
func (p *process) splitErrors(w *io.PipeWriter) {
	defer w.Close()
	in := p.Process.Stderr()
	var first bytes.Buffer
	buf := make([]byte, 4096)
	for {
		n, err := in.Read(buf)
		first.Write(buf[:n])
		if at := bytes.Index(first.Bytes(), []byte(p.mark)); at >= 0 {
			if end := bytes.IndexByte(first.Bytes()[at:], '\n'); end >= 0 {
				text := first.Bytes()
				p.pid <- strings.TrimSpace(string(text[at+len(p.mark) : at+end]))
				_, _ = w.Write(append(bytes.Clone(text[:at]), text[at+end+1:]...)) // nobody reads it when the process is killed
				break
			}
		}
		if err != nil || first.Len() > 64<<10 {
			p.told = strings.TrimSpace(first.String())
			close(p.pid)
			_, _ = w.Write(first.Bytes())
			break
		}
	}
	if _, err := io.Copy(w, in); err != nil {
		_, _ = io.Copy(io.Discard, in)
	}
}

// Stderr is the command's, without the line that tells its number.
func (p *process) Stderr() io.Reader { return p.stderr }

// watch kills the command when its context, or the connection, ends first.
func (p *process) watch() {
	defer close(p.done)
	select {
	case <-p.ended:
		return
	case <-p.ctx.Done():
	}
	p.kill()
}

// kill ends the command in the container, and the program that stands for it here.
func (p *process) kill() {
	select {
	case pid := <-p.pid:
		if pid != "" {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			words := append(p.c.line(false), "/bin/sh", "-c",
				fmt.Sprintf("kill -TERM -%[1]s %[1]s; for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 -%[1]s || exit 0; sleep 0.2; done; kill -KILL -%[1]s %[1]s", pid))
			for i, w := range words {
				words[i] = quote(w)
			}
			_, _ = connection.Run(ctx, p.c.local, strings.Join(words, " "), nil) // it may have ended by itself
		}
	case <-time.After(2 * time.Second):
	}
	_ = p.Process.Stdin().Close()
	if k, ok := p.Process.(interface{ Kill() }); ok {
		k.Kill()
	}
}

// Wait waits for the end of the command.
func (p *process) Wait() (int, error) {
	code, err := p.Process.Wait()
	close(p.ended)
	<-p.done
	p.c.mu.Lock()
	delete(p.c.running, p)
	closed := p.c.closed
	p.c.mu.Unlock()
	switch {
	case p.ctx.Err() != nil:
		return 0, p.ctx.Err()
	case closed:
		return 0, &connection.Error{Host: p.c.host, Op: "wait", Err: connection.ErrClosed}
	case err != nil:
		return code, err
	case p.told != "" && code != 0:
		return code, p.refused(code)
	}
	return code, nil
}

// refused is the error of a command that was never started, with what the program said of it.
func (p *process) refused(code int) error {
	err := errors.New(p.told)
	if code == 126 || code == 127 || strings.Contains(p.told, "no such file or directory") && strings.Contains(p.told, "/bin/sh") {
		err = fmt.Errorf("%w: %s", ErrNoShell, p.told)
	}
	return &connection.Error{Host: p.c.host, Op: "start", Err: err}
}

// Put writes a file.
func (c *Conn) Put(ctx context.Context, r io.Reader, path string, perm uint32) error {
	return connection.ShellPut(ctx, c, c.host, r, path, perm)
}

// Get reads a file.
func (c *Conn) Get(ctx context.Context, path string, w io.Writer) error {
	return connection.ShellGet(ctx, c, c.host, path, w)
}

// Close ends every command that still runs.
func (c *Conn) Close() error {
	c.mu.Lock()
	c.closed = true
	var left []*process
	for p := range c.running {
		left = append(left, p)
	}
	c.mu.Unlock()
	var all sync.WaitGroup
	for _, p := range left {
		all.Go(p.kill)
	}
	all.Wait()
	return c.local.Close()
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'" }

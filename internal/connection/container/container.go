// Package container is what the connections into containers have in common: a program on the control node that runs a
// command in the container, with its streams. docker, podman and kubectl say what the program's line is.
//
// Such a program does not end the command when it is ended itself. So each command tells first, on stderr, which process
// it is, and is killed by a second one.
package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

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
	told   *connection.Told // nil with a terminal
	stderr io.Reader
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
	p := &process{c: c, ctx: ctx, stderr: strings.NewReader(""), ended: make(chan struct{}), done: make(chan struct{})}
	inner := command
	if !tty {
		p.told, inner = connection.NewTold(command)
	}
	words := append(c.line(tty), "/bin/sh", "-c", inner)
	for i, w := range words {
		words[i] = quote(w)
	}
	line := "exec " + strings.Join(words, " ")
	var err error
	if tty {
		p.Process, err = c.local.StartTerminal(context.WithoutCancel(ctx), line)
	} else {
		p.Process, err = c.local.Start(context.WithoutCancel(ctx), line)
	}
	if err != nil {
		return nil, err
	}
	if !tty {
		p.stderr = p.told.Stderr(p.Process.Stderr())
	}
	c.mu.Lock()
	c.running[p] = true
	c.mu.Unlock()
	go p.watch()
	return p, nil
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
	if p.told != nil {
		p.told.Kill(func(ctx context.Context, line string) error {
			words := append(p.c.line(false), "/bin/sh", "-c", line)
			for i, w := range words {
				words[i] = quote(w)
			}
			_, err := connection.Run(ctx, p.c.local, strings.Join(words, " "), nil)
			return err
		})
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
	case p.told != nil && p.told.Said() != "" && code != 0:
		return code, p.refused(code)
	}
	return code, nil
}

// refused is the error of a command that was never started, with what the program said of it.
func (p *process) refused(code int) error {
	err := errors.New(p.told.Said())
	if code == 126 || code == 127 || strings.Contains(p.told.Said(), "no such file or directory") && strings.Contains(p.told.Said(), "/bin/sh") {
		err = fmt.Errorf("%w: %s", ErrNoShell, p.told.Said())
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

// Package local is the connection to this very machine: commands are children of this process, files are its files.
// The executor runs native modules in this process and needs no connection for them; this one serves raw commands and
// modules that are not native.
package local

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
)

// Type is the kind "local". Of the options it uses Host, Dir and Env; Address, Port and User have no meaning here and are
// ignored, as Ansible's does.
var Type = connection.Type{Name: "local", Full: "ansible.builtin.local", Open: func(_ context.Context, o connection.Options) (connection.Conn, error) {
	return Open(o)
}}

// Conn is a connection to this machine.
type Conn struct {
	host, dir string
	env       []string        // nil is that of the process
	ctx       context.Context // of the connection: ends with Close
	cancel    context.CancelFunc
	running   sync.WaitGroup
}

var _ connection.Conn = (*Conn)(nil)

// Open gives a connection to this machine.
func Open(o connection.Options) (*Conn, error) {
	if o.Dir != "" {
		if info, err := os.Stat(o.Dir); err != nil || !info.IsDir() {
			return nil, &connection.Error{Host: o.Host, Op: "connect", Err: &fs.PathError{Op: "chdir", Path: o.Dir, Err: syscall.ENOTDIR}}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Conn{host: o.Host, dir: o.Dir, env: o.Env, ctx: ctx, cancel: cancel}, nil
}

func (c *Conn) fail(op string, err error) error {
	if c.ctx.Err() != nil {
		err = connection.ErrClosed
	}
	return &connection.Error{Host: c.host, Op: op, Err: err}
}

// killGrace is how long a process has between SIGTERM and SIGKILL.
const killGrace = 2 * time.Second

// process is a running command, the leader of a process group.
type process struct {
	cmd            *exec.Cmd
	ctx            context.Context
	stdin          io.WriteCloser
	stdout, stderr io.Reader
	ended          chan struct{} // closed when Wait has seen the end
	given          chan struct{} // closed when it was killed and is given up, as it does not end
	conn           *Conn
}

// Start starts a command with /bin/sh.
func (c *Conn) Start(ctx context.Context, command string) (connection.Process, error) {
	if c.ctx.Err() != nil {
		return nil, c.fail("start", connection.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	cmd := exec.Command("/bin/sh", "-c", command)
	cmd.Dir, cmd.Env = c.dir, c.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := &process{cmd: cmd, ctx: ctx, ended: make(chan struct{}), given: make(chan struct{}), conn: c}
	var err error
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, c.fail("start", err)
	}
	if p.stdout, err = cmd.StdoutPipe(); err != nil {
		return nil, c.fail("start", err)
	}
	if p.stderr, err = cmd.StderrPipe(); err != nil {
		return nil, c.fail("start", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, c.fail("start", err)
	}
	c.running.Add(1)
	go p.watch()
	return p, nil
}

// watch kills the process group when the context of the process or of the connection ends first.
func (p *process) watch() {
	defer p.conn.running.Done()
	select {
	case <-p.ended:
		return
	case <-p.ctx.Done():
	case <-p.conn.ctx.Done():
	}
	pid := p.cmd.Process.Pid
	_ = syscall.Kill(-pid, syscall.SIGTERM)
	over := p.over(killGrace)
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	if over {
		return
	}
	_ = p.stdin.Close() // what is another user's by now can't be killed: sudo, say
	if p.over(killGrace) {
		return
	}
	// what left the group may hold the outputs open
	for _, out := range []io.Reader{p.stdout, p.stderr} {
		if c, ok := out.(io.Closer); ok {
			_ = c.Close()
		}
	}
	close(p.given)
}

// over reports whether the end was seen within a time.
func (p *process) over(limit time.Duration) bool {
	select {
	case <-p.ended:
		return true
	case <-time.After(limit):
		return false
	}
}

func (p *process) Stdin() io.WriteCloser { return p.stdin }
func (p *process) Stdout() io.Reader     { return p.stdout }
func (p *process) Stderr() io.Reader     { return p.stderr }

// Wait waits for the end of the command.
func (p *process) Wait() (int, error) {
	waited := make(chan error, 1)
	go func() { waited <- p.cmd.Wait() }()
	var err error
	select {
	case err = <-waited:
	case <-p.given:
	}
	close(p.ended)
	if p.ctx.Err() != nil {
		return 0, p.ctx.Err()
	}
	if p.conn.ctx.Err() != nil {
		return 0, p.conn.fail("wait", connection.ErrClosed)
	}
	var ee *exec.ExitError
	if err != nil && !errors.As(err, &ee) {
		return 0, p.conn.fail("wait", err)
	}
	if ws, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal()), nil
	}
	return p.cmd.ProcessState.ExitCode(), nil
}

func (c *Conn) path(name string) string {
	if c.dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.dir, name)
}

// Put writes a file: first beside its place, then renamed.
func (c *Conn) Put(ctx context.Context, r io.Reader, name string, perm uint32) error {
	if c.ctx.Err() != nil {
		return c.fail("put", connection.ErrClosed)
	}
	name = c.path(name)
	f, err := os.CreateTemp(filepath.Dir(name), ".put*")
	if err != nil {
		return c.fail("put", err)
	}
	_, err = io.Copy(f, &reader{ctx, r})
	if err == nil {
		err = f.Chmod(fs.FileMode(perm & 0o777))
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return c.fail("put", err)
	}
	return nil
}

// Get copies a file into w.
func (c *Conn) Get(ctx context.Context, name string, w io.Writer) error {
	if c.ctx.Err() != nil {
		return c.fail("get", connection.ErrClosed)
	}
	f, err := os.Open(c.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return c.fail("get", errors.Join(connection.ErrNotFound, err))
	}
	if err != nil {
		return c.fail("get", err)
	}
	defer f.Close()
	if _, err := io.Copy(w, &reader{ctx, f}); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return c.fail("get", err)
	}
	return nil
}

// reader stops with a context.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r *reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}

// Close ends what still runs.
func (c *Conn) Close() error {
	c.cancel()
	c.running.Wait()
	return nil
}

// Kill ends the process and its group at once.
func (p *process) Kill() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }

package ssh

import (
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
)

// Conn is a connection to a host. It is more than one where the host grants no more sessions over one (MaxSessions in
// sshd_config(5)): as OpenSSH does, another is made then.
type Conn struct {
	o    *opener
	plan *plan
	env  []variable

	mu      sync.Mutex
	lines   []*line
	running map[*process]bool
	closed  bool
}

var (
	_ connection.Conn      = (*Conn)(nil)
	_ connection.Terminals = (*Conn)(nil)
)

// line is one of the connections to the host.
type line struct {
	*client
	sessions int // that are open
	most     int // that the host grants; 0 is not known
}

// variable is one of the environment of commands.
type variable struct{ Name, Value string }

func newConn(o *opener, p *plan, c *client) *Conn {
	return &Conn{o: o, plan: p, env: p.variables(), lines: []*line{{client: c}}, running: map[*process]bool{}}
}

// variables are those that SendEnv and SetEnv have sent along. What the host accepts of them is its own business.
func (p *plan) variables() []variable {
	var list []variable
	for _, text := range p.opts.all("SetEnv") {
		words, err := split(text)
		if err != nil {
			continue
		}
		for _, w := range words {
			if name, value, ok := strings.Cut(w, "="); ok {
				list = append(list, variable{name, value})
			}
		}
	}
	for _, text := range p.opts.all("SendEnv") {
		for _, pattern := range strings.Fields(text) {
			for _, one := range p.environ() {
				name, value, _ := strings.Cut(one, "=")
				if matched, _ := path.Match(pattern, name); matched {
					list = append(list, variable{name, value})
				}
			}
		}
	}
	return list
}

func (c *Conn) fail(op string, err error) error {
	return &connection.Error{Host: c.plan.Host, Op: op, Err: err}
}

func (c *Conn) lostOf(l *line, op string) error {
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed {
		return c.fail(op, connection.ErrClosed)
	}
	return c.fail(op, &Error{Err: l.lost()})
}

// Start starts a command with the account's login shell.
func (c *Conn) Start(ctx context.Context, command string) (connection.Process, error) {
	return c.start(ctx, command, false)
}

// StartTerminal starts a command with a raw terminal of the host.
func (c *Conn) StartTerminal(ctx context.Context, command string) (connection.Process, error) {
	return c.start(ctx, command, true)
}

func (c *Conn) start(ctx context.Context, command string, tty bool) (connection.Process, error) {
	l, channel, requests, err := c.session(ctx)
	if err != nil {
		return nil, err
	}
	p := &process{
		conn: c, line: l, ctx: ctx, channel: channel, stderr: channel.Stderr(), tty: tty, ended: make(chan struct{}), done: make(chan struct{}),
	}
	switch {
	case tty:
		p.stderr = strings.NewReader("")
	case !l.signals:
		p.telling, command = connection.NewTold(command)
		p.stderr = p.telling.Stderr(channel.Stderr())
	}
	go p.follow(requests)
	if err := p.begin(command); err != nil {
		p.drop()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, errRefused):
			return nil, c.fail("start", &Error{Err: err})
		}
		return nil, c.lostOf(l, "start")
	}
	c.mu.Lock()
	closed := c.closed
	if !closed {
		c.running[p] = true
	}
	c.mu.Unlock()
	if closed {
		p.drop()
		return nil, c.fail("start", connection.ErrClosed)
	}
	p.watch()
	return p, nil
}

// run runs a command to its end that nobody waits for otherwise, also while the connection is being closed. It does not wait
// longer than the context lets it.
func (c *Conn) run(ctx context.Context, command string) error {
	c.mu.Lock()
	lines := slices.Clone(c.lines)
	c.mu.Unlock()
	for _, l := range lines {
		channel, requests, err := l.open(ctx)
		if err != nil {
			continue // it has no room for one more
		}
		over := make(chan struct{})
		go func() {
			defer close(over)
			ssh.DiscardRequests(requests)
		}()
		go func() { _, _ = io.Copy(io.Discard, channel) }()
		go func() { _, _ = io.Copy(io.Discard, channel.Stderr()) }()
		asked := make(chan error, 1)
		go func() { // a host that has gone may not even take it
			_, err := channel.SendRequest("exec", false, ssh.Marshal(struct{ Command string }{command}))
			asked <- err
		}()
		select {
		case <-over:
			return <-asked
		case <-ctx.Done():
			go func() { _ = channel.Close() }()
			return ctx.Err()
		}
	}
	return c.fail("start", connection.ErrClosed)
}

// session opens a session over one of the connections.
func (c *Conn) session(ctx context.Context) (*line, ssh.Channel, <-chan *ssh.Request, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, nil, nil, err
		}
		l, err := c.reserve(ctx)
		if err != nil {
			return nil, nil, nil, err
		}
		channel, requests, err := l.open(ctx)
		if err == nil {
			return l, channel, requests, nil
		}
		c.mu.Lock()
		l.sessions--
		left := l.sessions
		var refused *ssh.OpenChannelError
		isRefused := errors.As(err, &refused)
		if isRefused {
			l.most = left
		}
		c.mu.Unlock()
		switch {
		case ctx.Err() != nil:
			return nil, nil, nil, ctx.Err()
		case !isRefused:
			return nil, nil, nil, c.lostOf(l, "start")
		case left == 0:
			return nil, nil, nil, c.fail("start", &Error{Err: errors.New("session open refused by peer: " + refused.Message)})
		}
	}
}

// open opens a session. It does not wait longer than the context lets it, nor beyond the end of the connection, which the
// library does where that comes while it asks; a channel that comes later is closed.
func (l *line) open(ctx context.Context) (ssh.Channel, <-chan *ssh.Request, error) {
	type opened struct {
		channel  ssh.Channel
		requests <-chan *ssh.Request
		err      error
	}
	done := make(chan opened, 1)
	go func() {
		channel, requests, err := l.OpenChannel("session", nil)
		done <- opened{channel, requests, err}
	}()
	var err error
	select {
	case o := <-done:
		return o.channel, o.requests, o.err
	case <-ctx.Done():
		err = ctx.Err()
	case <-l.ctx.Done():
		err = l.lost()
	}
	go func() {
		if o := <-done; o.err == nil {
			go ssh.DiscardRequests(o.requests)
			_ = o.channel.Close()
		}
	}()
	return nil, nil, err
}

// reserve gives a connection that has room for a session, and makes one where none has.
func (c *Conn) reserve(ctx context.Context) (*line, error) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil, c.fail("start", connection.ErrClosed)
	}
	for _, l := range c.lines {
		if l.most == 0 || l.sessions < l.most {
			l.sessions++
			c.mu.Unlock()
			return l, nil
		}
	}
	c.mu.Unlock()
	more, err := c.o.connect(ctx, c.plan)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, c.fail("start", &Error{Err: err})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		more.close()
		return nil, c.fail("start", connection.ErrClosed)
	}
	l := &line{client: more, sessions: 1}
	c.lines = append(c.lines, l)
	return l, nil
}

// leave tells that a session is over. A further connection that is not used any more is closed.
func (c *Conn) leave(p *process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.running, p)
	if p.line.sessions--; p.line.sessions > 0 || len(c.lines) == 1 || p.line == c.lines[0] {
		return
	}
	c.lines = slices.DeleteFunc(c.lines, func(l *line) bool { return l == p.line })
	go p.line.close()
}

// Put writes a file.
func (c *Conn) Put(ctx context.Context, r io.Reader, name string, perm uint32) error {
	return connection.ShellPut(ctx, c, c.plan.Host, r, name, perm)
}

// Get reads a file.
func (c *Conn) Get(ctx context.Context, name string, w io.Writer) error {
	return connection.ShellGet(ctx, c, c.plan.Host, name, w)
}

// Close ends every command that still runs, and the connection.
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
		p.cut.Store(true)
		all.Go(p.kill)
	}
	all.Wait()
	c.mu.Lock()
	lines := c.lines
	c.lines = nil
	c.mu.Unlock()
	for _, l := range lines {
		l.close()
	}
	return nil
}

// killGrace is how long a command has between SIGTERM and SIGKILL, and then to be gone.
const killGrace = 2 * time.Second

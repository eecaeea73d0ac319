package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/wire"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// Serve answers the calls of a control node that come from in with modules, until that ends: the connection is closed then. It
// stops whatever runs at that time, with all that it has started, and waits for it.
//
// The error says what ended the conversation, nil a control node that has gone.
func Serve(ctx context.Context, modules module.Union, in io.Reader, out io.Writer, sys target.System, g wire.Greeting) error {
	ctx, cancel := context.WithCancel(ctx)
	s := &session{link: wire.NewLink(in, out), widen: sync.OnceFunc(func() { widen(in) }), modules: modules, sys: sys, calls: map[uint32]*served{}, ctx: ctx}
	defer func() {
		cancel()
		s.ended(killTime)
	}()
	if err := s.link.SendMessage(wire.Hello, 0, g.Encode()); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- s.receive() }()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	// seconds are counted, not taken from a clock: tasks may set that, and while this program is stopped nothing can be heard
	heard, silent := s.heard.Load(), int64(0)
	for {
		select {
		case err := <-done:
			var bad *wire.ProtocolError
			if errors.As(err, &bad) {
				_ = s.link.Send(wire.Frame{Type: wire.Fault, Payload: []byte(bad.Msg)}) // it may have gone
				return err
			}
			return nil
		case <-tick.C:
			if now := s.heard.Load(); now != heard {
				heard, silent = now, 0
				continue
			}
			silent++
			if idle := s.idle.Load(); idle > 0 && silent > idle {
				return fmt.Errorf("nothing was heard of the control node for %d s", idle)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// killTime is how long calls that are stopped may take to end.
const killTime = 4 * time.Second

// session is a conversation with a control node.
type session struct {
	link    *wire.Link
	widen   func() // see there
	modules module.Union
	sys     target.System
	ctx     context.Context // of the conversation: ends with it
	idle    atomic.Int64    // seconds
	heard   atomic.Int64    // how many frames came

	mu      sync.Mutex
	calls   map[uint32]*served
	over    bool // no call begins any more
	running sync.WaitGroup
}

// served is a call that is being worked on.
type served struct {
	cancel context.CancelFunc
	inbox  *wire.Inbox     // of its content; nil until it is asked for
	sum    chan wire.Frame // takes the checksum of its content; nil where that was told
	outbox *wire.Outbox    // of the file that it sends; nil for modules
	over   chan struct{}   // closed when it has been answered, and what it waited for
	behind atomic.Bool     // another call waits for that
}

// telling is a machine on which a program starts when all results are on their way: the program may end the agent, or the host.
type telling struct {
	target.System
	flush func()
}

// In keeps telling.
func (t telling) In(dir string, env []string) target.System {
	return telling{t.System.In(dir, env), t.flush}
}

// Run tells first.
func (t telling) Run(ctx context.Context, c target.Command) (target.Exit, error) {
	t.flush()
	return t.System.Run(ctx, c)
}

// ended waits until no call is worked on any more, for at most d.
func (s *session) ended(d time.Duration) {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	all := make(chan struct{})
	go func() { s.running.Wait(); close(all) }()
	select {
	case <-all:
	case <-time.After(d):
	}
}

// receive takes frames until the control node has gone or breaks the protocol.
func (s *session) receive() error {
	first, err := s.link.Receive()
	if err != nil {
		return err
	}
	if first.Type != wire.Hello {
		return &wire.ProtocolError{Msg: "a conversation that does not begin with a greeting"}
	}
	g, err := wire.DecodeGreeting(first.Payload)
	if err != nil {
		return err
	}
	if g.Version != wire.Version {
		return &wire.ProtocolError{Msg: fmt.Sprintf("version %d of the protocol where %d is spoken", g.Version, wire.Version)}
	}
	s.link.Compress = g.Compress
	s.heard.Add(1)
	s.idle.Store(int64(g.Idle))
	for {
		f, err := s.link.Receive()
		if err != nil {
			return err
		}
		s.heard.Add(1)
		if err := s.handle(f); err != nil {
			return err
		}
	}
}

// handle takes one frame. It does not wait for calls.
func (s *session) handle(f wire.Frame) error {
	switch f.Type {
	case wire.Call:
		return s.start(f)
	case wire.Ping:
		return s.link.Send(wire.Frame{Type: wire.Pong, Payload: f.Payload})
	case wire.Pong:
		return nil
	case wire.Fault:
		return errors.New("the control node ended the conversation")
	}
	s.mu.Lock()
	c := s.calls[f.Stream]
	s.mu.Unlock()
	switch {
	case c == nil:
		return nil // it has just ended
	case f.Type == wire.Cancel:
		c.cancel()
		return nil
	case f.Type == wire.Data && c.inbox != nil:
		return c.inbox.Push(f)
	case f.Type == wire.SHA1 && c.sum != nil && len(c.sum) == 0:
		c.sum <- f
		return nil
	case (f.Type == wire.Window || f.Type == wire.Stop) && c.outbox != nil:
		return c.outbox.Handle(f)
	}
	return &wire.ProtocolError{Msg: fmt.Sprintf("a frame of kind %d that nobody waits for", f.Type)}
}

// start begins the work on a call.
func (s *session) start(f wire.Frame) error {
	q, err := wire.DecodeRequest(f.Payload)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(s.ctx)
	c := &served{cancel: cancel, over: make(chan struct{})}
	if q.Op == wire.ReadFile {
		c.outbox = wire.NewOutbox(s.link, f.Stream)
	} else if q.Content != nil && !q.Content.HasInline {
		c.inbox = wire.NewInbox(f.Stream, s.link.Send)
		if q.Content.SHA1 == "" {
			c.sum = make(chan wire.Frame, 1)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls[f.Stream] != nil {
		cancel()
		return &wire.ProtocolError{Msg: fmt.Sprintf("a second call %d", f.Stream)}
	}
	if s.over {
		cancel()
		return nil
	}
	before := s.calls[q.After]
	if before != nil {
		before.behind.Store(true)
	}
	s.calls[f.Stream] = c
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		defer cancel()
		s.answer(f.Stream, c, s.inTurn(ctx, f.Stream, c, before, q))
		if before != nil { // which may go on when this one was cancelled
			<-before.over
		}
		close(c.over)
	}()
	return nil
}

// inTurn does the work when the call before, if there is one, is over.
func (s *session) inTurn(ctx context.Context, id uint32, c, before *served, q *wire.Request) module.Result {
	if before != nil {
		select {
		case <-before.over:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			return module.Fail("%s was stopped: %v", q.Module, context.Cause(ctx))
		}
	}
	return s.work(ctx, id, c, q)
}

func (s *session) work(ctx context.Context, id uint32, c *served, q *wire.Request) module.Result {
	if q.Op == wire.ReadFile {
		return sendFile(ctx, s.modules, s.sys.In(q.Dir, q.Env), c.outbox, q)
	}
	call := Call{
		Module: q.Module, Args: q.Args, Check: q.Check, Diff: q.Diff, Verbose: q.Verbose, Unseen: q.Unseen,
		Dir: q.Dir, Env: q.Env, Async: q.Async, AsyncDir: q.AsyncDir,
	}
	if q.Content != nil {
		call.Content = s.content(ctx, id, c, q.Content)
	}
	if call.Async > 0 {
		return run(ctx, s.modules, s.sys, call)
	}
	return run(ctx, s.modules, telling{s.sys, s.link.Flush}, call)
}

// content is what a module sees of the file that goes along with its call: it is asked for when the module opens it.
func (s *session) content(callCtx context.Context, id uint32, c *served, sent *wire.Content) *module.Content {
	out := &module.Content{Size: sent.Size, SHA1: sent.SHA1, Label: sent.Label, Dynamic: sent.Dynamic}
	if sent.HasInline {
		out.Bytes = sent.Inline
		return out
	}
	out.Sum = func(ctx context.Context) (string, error) {
		if err := s.link.Send(wire.Frame{Type: wire.SHA1, Stream: id}); err != nil {
			return "", err
		}
		select {
		case f := <-c.sum:
			return f.Sum()
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
	out.Open = func(context.Context) (io.ReadCloser, error) {
		if err := s.link.Send(wire.Frame{Type: wire.Open, Stream: id}); err != nil {
			return nil, err
		}
		if sent.Size >= largeContent {
			s.widen()
		}
		context.AfterFunc(callCtx, func() { c.inbox.Fail(context.Canceled) })
		return c.inbox, nil
	}
	return out
}

// answer sends what came of a call, which is over then. What another call waits behind may be sent with what comes of that.
func (s *session) answer(id uint32, c *served, r module.Result) {
	msg, err := wire.EncodeResult(&r)
	if err == nil && len(msg) > wire.MaxMessage {
		err = wire.ErrTooLarge
	}
	if err != nil {
		r = module.Fail("the result can't be sent: %v", err)
		msg, _ = wire.EncodeResult(&r) // texts alone
	}
	s.mu.Lock()
	delete(s.calls, id)
	s.mu.Unlock()
	if s.ctx.Err() != nil { // it was stopped because the control node has gone
		return
	}
	send := s.link.SendMessage
	if c.behind.Load() {
		send = s.link.SendMessageSoon
	}
	_ = send(wire.Result, id, msg) // where it fails, receive ends as well
}

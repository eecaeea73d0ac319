package client

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

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/wire"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
)

// Remote has modules run by an agent on a target. Any number of calls may be under way at once.
type Remote struct {
	host     string
	link     *wire.Link
	proc     *started
	greeting wire.Greeting // the agent's

	mu    sync.Mutex
	calls map[uint32]*call
	last  uint32
	err   error // why the conversation is over
	over  chan struct{}

	heard  bool // a frame has come since the last beat
	silent int  // the beats in a row before which none had
	beat   *time.Timer

	quiet chan struct{} // closed while nobody reads what the agent says
}

var _ Client = (*Remote)(nil)

// call is a call under way.
type call struct {
	done    chan wire.Frame // takes the Result
	content *module.Content // what the agent may ask for
	outbox  *wire.Outbox    // sends it
	asked   bool            // the agent has asked for its checksum
	inbox   *wire.Inbox     // takes the file that the agent sends
	ctx     context.Context
	ended   context.CancelFunc // ends what still sends content; nil without content
}

// The times of a conversation: it has a beat. Where no frame came between two of them the agent is asked for one, and after mostSilent in a
// row it is lost. Beats are counted, not seconds: while this program is stopped, or its machine sleeps, there are none.
// Cancelled calls have cancelTime to end before the agent is given up.
const (
	beatTime   = 15 * time.Second
	mostSilent = 5
	cancelTime = 15 * time.Second
)

// idleTime is how long the agent waits for a frame before it ends.
const idleTime = 2 * mostSilent * beatTime

// nobody is the quiet of a conversation that nobody reads yet.
var nobody = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// newRemote begins the conversation with an agent that is ready.
func newRemote(host string, p *started, compress bool) (*Remote, error) {
	r := &Remote{
		host: host, proc: p, link: wire.NewLink(p.out, p.in), calls: map[uint32]*call{}, over: make(chan struct{}), quiet: nobody, heard: true,
	}
	r.link.Compress = compress
	hello := wire.Greeting{Version: wire.Version, Compress: compress, Idle: int(idleTime / time.Second)}
	if err := r.link.SendMessageSoon(wire.Hello, 0, hello.Encode()); err != nil { // with the first call
		return nil, r.lostError(err)
	}
	f, err := r.link.Receive()
	if err != nil {
		return nil, r.lostError(err)
	}
	if f.Type != wire.Hello {
		return nil, r.lostError(&wire.ProtocolError{Msg: "it does not begin with a greeting"})
	}
	if r.greeting, err = wire.DecodeGreeting(f.Payload); err != nil {
		return nil, r.lostError(err)
	}
	return r, nil
}

// run takes part in the conversation until it is over.
func (r *Remote) run() {
	r.quiet = make(chan struct{})
	r.mu.Lock()
	r.beat = time.AfterFunc(beatTime, r.heartbeat)
	r.mu.Unlock()
	go func() {
		for {
			f, err := r.link.Receive()
			if err == nil {
				err = r.handle(f)
			}
			if err != nil {
				close(r.quiet)
				r.end(r.lostError(err))
				return
			}
		}
	}()
}

// handle takes a frame of the agent. It does not wait for anything.
func (r *Remote) handle(f wire.Frame) error {
	r.mu.Lock()
	r.heard = true
	c := r.calls[f.Stream]
	if f.Type == wire.Result {
		delete(r.calls, f.Stream)
	}
	r.mu.Unlock()
	switch {
	case f.Type == wire.Pong:
		return nil
	case f.Type == wire.Ping:
		go func() { _ = r.link.Send(wire.Frame{Type: wire.Pong, Payload: f.Payload}) }()
		return nil
	case f.Type == wire.Fault:
		return &wire.ProtocolError{Msg: string(f.Payload)}
	case c == nil:
		if f.Type == wire.Result || f.Type == wire.Open {
			return &wire.ProtocolError{Msg: fmt.Sprintf("an answer to the call %d, which there is not", f.Stream)}
		}
		return nil
	case f.Type == wire.Result:
		c.end()
		c.done <- f
		return nil
	case f.Type == wire.SHA1 && c.content != nil && !c.asked:
		c.asked = true
		go r.tellSum(f.Stream, c)
		return nil
	case f.Type == wire.Open && c.content != nil && c.outbox == nil:
		c.outbox = wire.NewOutbox(r.link, f.Stream)
		go c.send()
		return nil
	case (f.Type == wire.Window || f.Type == wire.Stop) && c.outbox != nil:
		return c.outbox.Handle(f)
	case f.Type == wire.Data && c.inbox != nil:
		return c.inbox.Push(f)
	}
	return &wire.ProtocolError{Msg: fmt.Sprintf("a frame of kind %d that nobody waits for", f.Type)}
}

// end ends what is still done for a call that is over.
func (c *call) end() {
	if c.ended != nil {
		c.ended()
	}
}

// send sends the content of a call. What goes wrong with the content is told to the agent, whose module fails then.
func (c *call) send() {
	body, err := c.content.Reader(c.ctx)
	if err != nil {
		body = io.NopCloser(failing{err})
	}
	defer body.Close()
	_ = c.outbox.Copy(c.ctx, body)
}

// tellSum tells the agent the checksum of a call's content.
func (r *Remote) tellSum(stream uint32, c *call) {
	sum, err := c.content.Checksum(c.ctx)
	_ = r.link.Send(wire.SumFrame(stream, sum, err)) // where it fails, receiving ends as well
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// heartbeat asks the agent for a sign of life when it has been silent, and gives it up when it stays so.
func (r *Remote) heartbeat() {
	r.mu.Lock()
	if r.err != nil {
		r.mu.Unlock()
		return
	}
	r.beat.Reset(beatTime)
	if r.silent++; r.heard {
		r.heard, r.silent = false, 0
	}
	silent := r.silent
	r.mu.Unlock()
	switch {
	case silent >= mostSilent:
		r.end(r.lostError(fmt.Errorf("nothing was heard of the agent for %d s", int((mostSilent * beatTime).Seconds()))))
	case silent == 1:
		_ = r.link.Send(wire.Frame{Type: wire.Ping, Payload: []byte(rand.Text())}) // an error ends receiving as well
	}
}

// end makes the conversation be over: calls under way fail with err.
func (r *Remote) end(err error) {
	r.mu.Lock()
	first := r.err == nil
	if first {
		r.err = err
		if r.beat != nil {
			r.beat.Stop()
		}
	}
	calls := r.calls
	r.calls = map[uint32]*call{}
	r.mu.Unlock()
	for _, c := range calls {
		c.end()
		if c.inbox != nil {
			c.inbox.Fail(err)
		}
	}
	if first {
		close(r.over)
		r.proc.kill()
	}
}

// lostError is the error of a conversation that broke off: with what the agent said last, if it said anything.
func (r *Remote) lostError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		if lost := r.proc.lost(r.quiet); lost != nil {
			return lost
		}
		err = errors.New("the agent on the host has ended")
	}
	if said := strings.TrimSpace(r.proc.said()); said != "" {
		err = fmt.Errorf("%w: %s", err, said)
	}
	return &connection.Error{Host: r.host, Op: "agent", Err: err}
}

// Greeting is what the agent tells of itself and of the host.
func (r *Remote) Greeting() wire.Greeting { return r.greeting }

// Err is why the conversation is over, nil while it is not.
func (r *Remote) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Exec makes a call.
func (r *Remote) Exec(ctx context.Context, c Call) (module.Result, error) {
	q, out := request(c)
	return r.begin(ctx, q, out, c.Content, r.link.SendMessage).Wait(ctx)
}

// Begin makes a call that is worked on when after is over. What it sends may be held back for a moment.
func (r *Remote) Begin(ctx context.Context, c Call, after *Pending) *Pending {
	q, out := request(c)
	if after != nil {
		q.After = after.id
	}
	return r.begin(ctx, q, out, c.Content, r.link.SendMessageSoon)
}

// request is what a call says, and what is kept of it.
func request(c Call) (*wire.Request, *call) {
	return &wire.Request{
		Module: c.Module, Args: c.Args, Check: c.Check, Diff: c.Diff, Verbose: c.Verbose, Unseen: c.Unseen, Dir: c.Dir, Env: c.Env,
		Async: c.Async, AsyncDir: c.AsyncDir,
	}, &call{done: make(chan wire.Frame, 1), content: c.Content}
}

func (r *Remote) begin(ctx context.Context, q *wire.Request, out *call, content *module.Content, send sender) *Pending {
	out.ctx = ctx
	if content != nil {
		var err error
		if q.Content, err = describe(ctx, content); err != nil {
			return failed(module.Fail("%v", err))
		}
		out.ctx, out.ended = context.WithCancel(ctx)
	}
	return r.send(ctx, q, out, nil, send)
}

// describe is what a call tells of its content; a small one is in it.
func describe(ctx context.Context, c *module.Content) (*wire.Content, error) {
	d := &wire.Content{Size: c.Size, SHA1: c.SHA1, Label: c.Label, Dynamic: c.Dynamic}
	if c.Size > wire.InlineMax {
		return d, nil
	}
	d.HasInline = true
	if c.Bytes != nil {
		d.Inline = c.Bytes
		return d, nil
	}
	body, err := c.Reader(ctx)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	d.Inline, err = io.ReadAll(body)
	return d, err
}

// Fetch copies a file of the target into w, unless its SHA-1 is have.
func (r *Remote) Fetch(ctx context.Context, path, have string, w io.Writer) (module.Result, error) {
	out := &call{ctx: ctx, done: make(chan wire.Frame, 1)}
	copied := make(chan error, 1)
	res, err := r.send(ctx, &wire.Request{Op: wire.ReadFile, Path: path, Have: have}, out, func(id uint32) {
		out.inbox = wire.NewInbox(id, r.link.Send)
		go func() {
			_, err := io.Copy(w, out.inbox)
			_ = out.inbox.Close()
			copied <- err
		}()
	}, r.link.SendMessage).Wait(ctx)
	out.inbox.Fail(io.EOF) // there is no content when the call failed, or when we have it already
	if cerr := <-copied; err == nil && cerr != nil && !res.Failed {
		return module.Fail("writing what came of %s: %v", path, cerr), nil
	}
	return res, err
}

// sender is a way to send a message.
type sender func(t wire.Type, stream uint32, msg []byte) error

// Pending is a call under way.
type Pending struct {
	Size int // of the request, in bytes

	r   *Remote
	id  uint32
	c   *call
	res module.Result // when nothing was sent: r is nil
	err error
}

// failed is a call that could not be made.
func failed(res module.Result) *Pending { return &Pending{res: res} }

// send sends a request. begin is called with the stream's number before anything is sent.
func (r *Remote) send(ctx context.Context, q *wire.Request, c *call, begin func(uint32), send sender) *Pending {
	if begin == nil {
		begin = func(uint32) {}
	}
	msg, err := q.Encode()
	if err != nil {
		begin(0)
		c.end()
		return failed(module.Fail("%v", err))
	}
	r.mu.Lock()
	if r.err != nil {
		defer r.mu.Unlock()
		begin(0)
		c.end()
		return &Pending{err: r.err}
	}
	r.last++
	id := r.last
	r.calls[id] = c
	begin(id)
	r.mu.Unlock()
	if err := r.bounded(ctx, func() error { return send(wire.Call, id, msg) }); errors.Is(err, wire.ErrTooLarge) {
		r.forget(id)
		c.end()
		return failed(module.Fail("the arguments are too large to be sent"))
	} else if err != nil {
		r.end(r.lostError(err))
	}
	return &Pending{Size: len(msg), r: r, id: id, c: c}
}

// bounded sends. A host that takes nothing, long after ctx has ended, is given up: that ends the sending.
func (r *Remote) bounded(ctx context.Context, send func() error) error {
	sent := make(chan struct{})
	defer context.AfterFunc(ctx, func() {
		select {
		case <-sent:
		case <-r.over:
		case <-time.After(cancelTime):
			r.end(r.lostError(errors.New("the agent did not take that a task was cancelled")))
		}
	})()
	defer close(sent)
	return send()
}

// Wait gives what comes of the call. A context that ends cancels it: see Client.
func (p *Pending) Wait(ctx context.Context) (module.Result, error) {
	if p.r == nil {
		return p.res, p.err
	}
	res, err := p.r.await(ctx, p.id, p.c)
	server.AddLines(&res)
	return res, err
}

// await waits for the result of a call.
func (r *Remote) await(ctx context.Context, id uint32, c *call) (module.Result, error) {
	select {
	case f := <-c.done:
		return r.result(f)
	case <-r.over:
		return r.outcome(c)
	case <-ctx.Done():
	}
	_ = r.bounded(ctx, func() error { return r.link.Send(wire.Frame{Type: wire.Cancel, Stream: id}) })
	select {
	case f := <-c.done:
		return r.result(f)
	case <-r.over:
		return r.outcome(c)
	case <-time.After(cancelTime):
		r.end(r.lostError(errors.New("the agent did not stop a task that was cancelled")))
		return module.Result{}, r.Err()
	}
}

// outcome is what a call gives when the conversation is over: its result, if that came just before.
func (r *Remote) outcome(c *call) (module.Result, error) {
	select {
	case f := <-c.done:
		return r.result(f)
	default:
		return module.Result{}, r.Err()
	}
}

func (r *Remote) result(f wire.Frame) (module.Result, error) {
	res, err := wire.DecodeResult(f.Payload)
	if err != nil {
		r.end(r.lostError(err))
		return module.Result{}, r.Err()
	}
	return res, nil
}

func (r *Remote) forget(id uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.calls, id)
}

// Close ends the agent: it stops what still runs there, and goes.
func (r *Remote) Close() error {
	go func() { _ = r.proc.in.Close() }() // which a host may not take
	select {
	case <-r.over:
	case <-time.After(closeTime):
	}
	r.end(&connection.Error{Host: r.host, Op: "agent", Err: connection.ErrClosed})
	<-r.quiet // it was killed
	r.proc.wait()
	return nil
}

// closeTime is how long an agent may take to end by itself.
const closeTime = 6 * time.Second

// tail keeps the end of what is written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const tailLen = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	if over := len(t.b) - tailLen; over > 0 {
		t.b = bytes.Clone(t.b[over:])
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}

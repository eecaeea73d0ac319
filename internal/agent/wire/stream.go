package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"sync"
)

// Inbox is the receiving end of a content: a reader of what the other side sends, which holds at most Credit bytes. One
// goroutine reads, another one pushes what arrives.
type Inbox struct {
	send func(Frame) error
	id   uint32

	mu      sync.Mutex
	pieces  [][]byte
	room    int // bytes that may still be pushed
	taken   int // bytes read and not yet granted anew
	err     error
	closed  bool
	arrived chan struct{} // holds a token when something has come
}

var _ io.ReadCloser = (*Inbox)(nil)

// NewInbox makes the receiving end of a stream's content; send sends a frame back.
func NewInbox(stream uint32, send func(Frame) error) *Inbox {
	return &Inbox{send: send, id: stream, room: Credit, arrived: make(chan struct{}, 1)}
}

// Push puts a Data frame into the inbox. More than was granted, or anything after the end, is a *ProtocolError.
func (b *Inbox) Push(f Frame) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil && !b.closed {
		return broken("content after its end")
	}
	if len(f.Payload) > b.room {
		return broken("%d bytes of content where %d were granted", len(f.Payload), b.room)
	}
	if b.closed { // it was under way when the reader had enough
		return nil
	}
	switch {
	case f.Flags&Broken != 0:
		b.err = &SourceError{string(f.Payload)}
	case len(f.Payload) > 0:
		b.room -= len(f.Payload)
		b.pieces = append(b.pieces, f.Payload)
	}
	if f.Flags&End != 0 && b.err == nil {
		b.err = io.EOF
	}
	b.wake()
	return nil
}

// Fail makes reading end with err, after what has arrived.
func (b *Inbox) Fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
	b.wake()
}

func (b *Inbox) wake() {
	select {
	case b.arrived <- struct{}{}:
	default:
	}
}

// SourceError is why the other side could not read on in what it sends.
type SourceError struct{ Msg string }

// Error gives the other side's words.
func (e *SourceError) Error() string { return e.Msg }

// Read gives what has arrived, waiting for it if need be.
func (b *Inbox) Read(p []byte) (int, error) {
	for {
		n, grant, err := b.take(p)
		if grant > 0 {
			if err := b.grant(grant); err != nil {
				return n, err
			}
		}
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		<-b.arrived
	}
}

// take gives what is there, and how much to grant the sender anew.
func (b *Inbox) take(p []byte) (n, grant int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, 0, errClosed
	}
	for len(b.pieces) > 0 && n < len(p) {
		c := copy(p[n:], b.pieces[0])
		n += c
		if b.pieces[0] = b.pieces[0][c:]; len(b.pieces[0]) == 0 {
			b.pieces[0] = nil
			b.pieces = b.pieces[1:]
		}
	}
	if n == 0 {
		if b.err != nil {
			b.wake() // for the next Read
		}
		return 0, 0, b.err
	}
	return n, b.tookLocked(n), nil
}

var errClosed = errors.New("read of a closed content")

// took notes that n bytes were taken, and tells how many to grant the sender anew.
func (b *Inbox) took(n int) (grant int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tookLocked(n)
}

// tookLocked is took, while the mutex is held.
func (b *Inbox) tookLocked(n int) (grant int) {
	if b.taken += n; b.taken >= Credit/4 && b.err == nil {
		grant, b.taken = b.taken, 0
		b.room += grant
	}
	return grant
}

func (b *Inbox) grant(n int) error {
	return b.send(Frame{Window, 0, b.id, binary.BigEndian.AppendUint32(nil, uint32(n))})
}

// WriteTo writes all that arrives to w, without copying it. The error is that of Read or of w.
func (b *Inbox) WriteTo(w io.Writer) (n int64, err error) {
	for {
		piece, err := b.piece()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return n, err
		}
		wrote, werr := w.Write(piece)
		n += int64(wrote)
		grant := b.took(len(piece))
		recycle(piece)
		if werr == nil && grant > 0 {
			werr = b.grant(grant)
		}
		if werr != nil {
			return n, werr
		}
	}
}

// piece takes the next piece, waiting for it if need be.
func (b *Inbox) piece() ([]byte, error) {
	for {
		b.mu.Lock()
		switch {
		case b.closed:
			b.mu.Unlock()
			return nil, errClosed
		case len(b.pieces) > 0:
			p := b.pieces[0]
			b.pieces[0] = nil
			b.pieces = b.pieces[1:]
			b.mu.Unlock()
			return p, nil
		case b.err != nil:
			defer b.mu.Unlock()
			b.wake() // for the next one
			return nil, b.err
		}
		b.mu.Unlock()
		<-b.arrived
	}
}

// Close tells the sender to stop, if it has not come to its end. It drops what has arrived.
func (b *Inbox) Close() error {
	b.mu.Lock()
	open := b.err == nil && !b.closed
	b.closed, b.pieces = true, nil
	b.mu.Unlock()
	if !open {
		return nil
	}
	return b.send(Frame{Type: Stop, Stream: b.id})
}

// Outbox is the sending end of a content.
type Outbox struct {
	link *Link
	id   uint32

	mu      sync.Mutex
	credit  int
	stopped bool
	changed chan struct{} // holds a token when credit or stopped have changed
}

// NewOutbox makes the sending end of a stream's content.
func NewOutbox(l *Link, stream uint32) *Outbox {
	return &Outbox{link: l, id: stream, credit: Credit, changed: make(chan struct{}, 1)}
}

// Handle takes a Window or Stop frame of the receiver.
func (o *Outbox) Handle(f Frame) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if f.Type == Stop {
		o.stopped = true
	} else {
		if len(f.Payload) != 4 {
			return broken("a window of %d bytes", len(f.Payload))
		}
		n := binary.BigEndian.Uint32(f.Payload)
		if n > Credit || o.credit+int(n) > Credit {
			return broken("a window beyond %d bytes", Credit)
		}
		o.credit += int(n)
	}
	select {
	case o.changed <- struct{}{}:
	default:
	}
	return nil
}

var errStopped = errors.New("the receiver has had enough")

// take waits until n bytes may be sent.
func (o *Outbox) take(ctx context.Context, n int) error {
	for {
		o.mu.Lock()
		if o.stopped {
			o.mu.Unlock()
			return errStopped
		}
		if o.credit >= n {
			o.credit -= n
			o.mu.Unlock()
			return nil
		}
		o.mu.Unlock()
		select {
		case <-o.changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Copy sends all that r gives, and its end. An error of r is told to the receiver, and returned. When the receiver has
// had enough the rest is not read.
func (o *Outbox) Copy(ctx context.Context, r io.Reader) error {
	buf := make([]byte, chunk)
	misses, skip := 0, 0 // pieces in a row that compressing did not shrink, and pieces to send without trying
	for {
		err := o.take(ctx, len(buf))
		if errors.Is(err, errStopped) {
			return nil
		}
		if err != nil {
			return err
		}
		got, rerr := io.ReadFull(r, buf)
		o.giveBack(len(buf) - got)
		f := Frame{Data, 0, o.id, buf[:got]}
		if skip > 0 {
			skip--
		} else if o.link.Compress && got >= compressFrom {
			if small, ok := deflate(f.Payload); ok {
				f.Payload, f.Flags, misses = small, Deflated, 0
			} else if misses++; misses >= 2 {
				skip = 16 << min(misses, 6)
			}
		}
		switch {
		case errors.Is(rerr, io.EOF) || errors.Is(rerr, io.ErrUnexpectedEOF):
			f.Flags |= End
			return o.link.Send(f)
		case rerr != nil:
			return errors.Join(rerr, o.link.Send(Frame{Data, End | Broken, o.id, reason(rerr)}))
		}
		if err := o.link.Send(f); err != nil {
			return err
		}
	}
}

func (o *Outbox) giveBack(n int) {
	o.mu.Lock()
	o.credit += n
	o.mu.Unlock()
}

// SumFrame tells the checksum of a call's content, or why it can't be made.
func SumFrame(stream uint32, sum string, err error) Frame {
	if err != nil {
		return Frame{SHA1, Broken, stream, reason(err)}
	}
	return Frame{SHA1, 0, stream, []byte(sum)}
}

// Sum is what a SumFrame tells. The error is a *SourceError.
func (f Frame) Sum() (string, error) {
	if f.Flags&Broken != 0 {
		return "", &SourceError{string(f.Payload)}
	}
	return string(f.Payload), nil
}

// reason is an error as the other side is told it.
func reason(err error) []byte {
	text := err.Error()
	return []byte(text[:min(len(text), 1000)])
}

package wire

import (
	"bufio"
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"sync"
	"time"
)

// Link is one side of a conversation. Frames may be sent by several goroutines, which take turns frame by frame; one
// goroutine receives.
type Link struct {
	// Compress lets what is sent be compressed where that makes it smaller. What is received may be compressed always.
	Compress bool

	in *bufio.Reader

	mu    sync.Mutex // over out, buf and timer, held while frames are written
	out   io.Writer
	buf   []byte      // frames that wait for others to be written with
	timer *time.Timer // writes them; nil while there are none

	parts map[uint32]*part
	held  int // bytes in parts
}

// part is a message of which more is to come.
type part struct {
	t     Type
	flags byte
	b     []byte
}

// NewLink makes a conversation of a pair of streams.
func NewLink(in io.Reader, out io.Writer) *Link {
	return &Link{in: bufio.NewReaderSize(in, 4096), out: out, parts: map[uint32]*part{}}
}

// ErrTooLarge is the error of sending a message beyond MaxMessage. Nothing of it was sent.
var ErrTooLarge = errors.New("the message is too large for the agent's protocol")

// Frames that may wait are written with those that come after them, at the latest after soon, or when they are so many bytes.
const (
	soon     = 500 * time.Microsecond
	holdMost = 16 << 10
)

// smallBuf is the payload in bytes that an idle link keeps a buffer for.
const smallBuf = 4000

// largeBufs are buffers for frames of any size.
var largeBufs = sync.Pool{New: func() any {
	b := make([]byte, 0, headerLen+MaxPayload)
	return &b
}}

// Send sends a frame, and what waits to be sent.
func (l *Link) Send(f Frame) error { return l.put(f, false) }

// put sends a frame, now or soon.
func (l *Link) put(f Frame, wait bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buf == nil && len(f.Payload) > smallBuf {
		l.buf = (*largeBufs.Get().(*[]byte))[:0]
	}
	l.buf = AppendFrame(l.buf, f)
	if !wait || len(l.buf) >= holdMost {
		return l.flush()
	}
	if l.timer == nil {
		l.timer = time.AfterFunc(soon, l.Flush)
	}
	return nil
}

// Flush sends what waits to be sent.
func (l *Link) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.flush() // where it fails, receiving ends as well
}

// flush writes what waits. The mutex is held.
func (l *Link) flush() error {
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	if len(l.buf) == 0 {
		return nil
	}
	_, err := l.out.Write(l.buf)
	if l.buf = l.buf[:0]; cap(l.buf) > 2*smallBuf { // an idle link holds no large buffer
		large := l.buf
		largeBufs.Put(&large)
		l.buf = nil
	}
	return err
}

// SendMessage sends a message in as many frames as it takes.
func (l *Link) SendMessage(t Type, stream uint32, msg []byte) error {
	return l.message(t, stream, msg, false)
}

// SendMessageSoon is SendMessage of one that may wait a moment for others, to be written with them.
func (l *Link) SendMessageSoon(t Type, stream uint32, msg []byte) error {
	return l.message(t, stream, msg, true)
}

func (l *Link) message(t Type, stream uint32, msg []byte, wait bool) error {
	if len(msg) > MaxMessage {
		return ErrTooLarge
	}
	var flags byte
	if l.Compress && len(msg) >= compressFrom {
		if small, ok := deflate(msg); ok {
			msg, flags = small, Deflated
		}
	}
	for len(msg) > MaxPayload {
		if err := l.put(Frame{t, flags | More, stream, msg[:MaxPayload]}, wait); err != nil {
			return err
		}
		msg = msg[MaxPayload:]
	}
	return l.put(Frame{t, flags, stream, msg}, wait)
}

// Receive gives the next whole message, or the next frame of any other kind. Payloads are decompressed.
func (l *Link) Receive() (Frame, error) {
	for {
		f, err := ReadFrame(l.in)
		if err != nil {
			return f, err
		}
		if f.Type == Data {
			if f.Flags&Deflated != 0 {
				f.Payload, err = inflate(f.Payload, MaxPayload)
			}
			return f, err
		}
		if f.Type != Hello && f.Type != Call && f.Type != Result {
			return f, nil
		}
		whole, err := l.join(&f)
		if err != nil || whole {
			return f, err
		}
	}
}

// join adds a frame to its message and reports whether that is whole now: f is then all of it.
func (l *Link) join(f *Frame) (bool, error) {
	p := l.parts[f.Stream]
	if p != nil && (p.t != f.Type || p.flags != f.Flags&Deflated) {
		return false, broken("a message of kind %d goes on as one of kind %d", p.t, f.Type)
	}
	if f.Flags&More != 0 {
		if l.held += len(f.Payload); l.held > MaxMessage {
			return false, broken("messages of more than %d bytes", MaxMessage)
		}
		if p == nil {
			p = &part{t: f.Type, flags: f.Flags & Deflated}
			l.parts[f.Stream] = p
		}
		if len(f.Payload) == 0 || len(l.parts) > maxParts {
			return false, broken("a message in too many pieces")
		}
		p.b = append(p.b, f.Payload...)
		return false, nil
	}
	if p != nil {
		l.held -= len(p.b)
		delete(l.parts, f.Stream)
		f.Payload = append(p.b, f.Payload...)
	}
	if f.Flags&Deflated == 0 {
		return true, nil
	}
	var err error
	f.Payload, err = inflate(f.Payload, MaxMessage)
	return true, err
}

const (
	// compressFrom is the size in bytes from which compressing a message is tried.
	compressFrom = 1 << 10
	// maxParts bounds the messages that are incomplete at once.
	maxParts = 1024
)

var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(io.Discard, flate.BestSpeed) // the level is a valid one
	return w
}}

// deflate compresses b; ok is false when that saves less than a tenth.
func deflate(b []byte) (small []byte, ok bool) {
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	var out bytes.Buffer
	out.Grow(len(b) / 2)
	w.Reset(&out)
	_, _ = w.Write(b) // a buffer takes everything
	_ = w.Close()
	return out.Bytes(), out.Len() <= len(b)/10*9
}

var inflaters = sync.Pool{New: func() any { return flate.NewReader(bytes.NewReader(nil)) }}

// inflate decompresses b to at most limit bytes.
func inflate(b []byte, limit int64) ([]byte, error) {
	r := inflaters.Get().(io.Reader)
	defer inflaters.Put(r)
	if err := r.(flate.Resetter).Reset(bytes.NewReader(b), nil); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Grow(min(2*len(b), 64<<10))
	n, err := io.Copy(&out, io.LimitReader(r, limit+1))
	if err != nil {
		return nil, broken("compressed bytes: %v", err)
	}
	if n > limit {
		return nil, broken("compressed bytes that are more than %d", limit)
	}
	return out.Bytes(), nil
}

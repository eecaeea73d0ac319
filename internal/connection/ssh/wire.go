package ssh

import (
	"bytes"
	"net"
	"sync/atomic"
	"time"
)

// wire is the stream that the protocol runs over. It bounds how long each step of the handshake may take, whatever is below:
// a channel of a jump host knows no deadlines. And it looks at what comes first, to tell what the other side is.
type wire struct {
	net.Conn
	step    time.Duration // 0 is without bound
	limit   *time.Timer   // closes the stream; nil without bound
	late    atomic.Bool   // it was closed by limit
	release func()        // ends what is below, when the stream is closed
	closed  atomic.Bool

	// what the goroutine that reads owns
	head  []byte // what came first, until the version is whole
	ahead []byte // bytes that were read, and not yet given
	known bool   // nothing is looked at any more

	isSSH atomic.Bool  // the other side has told its version
	heard atomic.Int64 // how many bytes came
}

// headLen is how much of what comes first is looked at: a version takes up to 255 bytes (RFC 4253, 4.2), lines may be before.
const headLen = 2048

func newWire(c net.Conn, step time.Duration, release func()) *wire {
	w := &wire{Conn: c, step: step, release: release}
	if step > 0 {
		w.limit = time.AfterFunc(step, func() {
			w.late.Store(true)
			_ = w.Close()
		})
	}
	return w
}

// Read reads ahead while the version is read, which the library does byte by byte.
func (w *wire) Read(b []byte) (int, error) {
	if len(w.ahead) > 0 {
		n := copy(b, w.ahead)
		if w.ahead = w.ahead[n:]; len(w.ahead) == 0 {
			w.ahead = nil
		}
		return n, nil
	}
	if w.known {
		n, err := w.Conn.Read(b)
		w.heard.Add(int64(n))
		return n, err
	}
	buf := make([]byte, 256)
	n, err := w.Conn.Read(buf)
	w.heard.Add(int64(n))
	w.look(buf[:n])
	given := copy(b, buf[:n])
	if given < n {
		w.ahead = buf[given:n]
		err = nil // it comes again with the next Read
	}
	return given, err
}

// look looks for the version in what came.
func (w *wire) look(b []byte) {
	w.head = append(w.head, b...)
	at := 0
	if !bytes.HasPrefix(w.head, []byte("SSH-")) {
		at = bytes.Index(w.head, []byte("\nSSH-")) + 1
	}
	if at > 0 || bytes.HasPrefix(w.head, []byte("SSH-")) {
		w.isSSH.Store(true)
		w.known = bytes.IndexByte(w.head[at:], '\n') >= 0
	}
	if w.known = w.known || len(w.head) > headLen; w.known {
		w.head = nil
	}
}

// next begins another step of the handshake; pause lets somebody be asked meanwhile.
func (w *wire) next() { w.reset(w.step) }

func (w *wire) pause() { w.reset(time.Hour) }

func (w *wire) reset(d time.Duration) {
	if w.limit != nil && w.limit.Stop() {
		w.limit.Reset(d)
	}
}

// done ends the bounds. It reports whether that was in time.
func (w *wire) done() bool { return w.limit == nil || w.limit.Stop() }

// Close closes the stream and what is below.
func (w *wire) Close() error {
	if w.closed.Swap(true) {
		return nil
	}
	err := w.Conn.Close()
	if w.release != nil {
		w.release()
	}
	return err
}

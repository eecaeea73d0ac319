package ssh

import (
	"net"
	"sync"
	"time"
)

// gatherer is a stream that writes a packet at once which the library hands over in two parts: it fills a buffer of 4096 bytes, flushes it,
// and writes the rest of a larger packet past it. Each write over TCP is a segment that wakes the other side.
type gatherer struct {
	net.Conn

	mu    sync.Mutex
	part  []byte      // the first part of a packet, whose rest has not come
	timer *time.Timer // writes part, should it be a whole packet; nil before there was one
	err   error       // what went wrong when that was written
}

const (
	// firstPart is the size in bytes of what the library flushes when its buffer is full.
	firstPart = 4096
	// restTime is how long the rest of a packet may take: it comes at once, if there is any.
	restTime = time.Millisecond
)

// Write writes b, or keeps it until the rest of its packet comes.
func (g *gatherer) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return 0, g.err
	}
	if len(g.part) == 0 {
		if len(b) != firstPart {
			return g.Conn.Write(b)
		}
		g.part = append(g.part, b...)
		if g.timer == nil {
			g.timer = time.AfterFunc(restTime, g.flush)
		} else {
			g.timer.Reset(restTime)
		}
		return len(b), nil
	}
	g.timer.Stop()
	both := net.Buffers{g.part, b}
	n, err := both.WriteTo(g.Conn)
	n = max(0, n-int64(len(g.part)))
	g.part = g.part[:0]
	return int(n), err
}

// flush writes what waits for a rest that does not come.
func (g *gatherer) flush() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.part) > 0 {
		_, g.err = g.Conn.Write(g.part)
		g.part = g.part[:0]
	}
}

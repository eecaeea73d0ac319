package ssh

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// counted is a stream that keeps each write.
type counted struct {
	net.Conn
	mu     sync.Mutex
	writes [][]byte
	err    error
	wrote  chan struct{}
}

func (c *counted) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	c.writes = append(c.writes, bytes.Clone(b))
	if c.wrote != nil {
		c.wrote <- struct{}{}
	}
	return len(b), nil
}

func (c *counted) sizes() (out []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.writes {
		out = append(out, len(w))
	}
	return out
}

// TestGather: nothing is lost, nor comes in another order, whatever is written; a first part is held back until the rest comes.
func TestGather(t *testing.T) {
	c := &counted{}
	g := &gatherer{Conn: c}
	var want []byte
	for i, n := range []int{10, firstPart, 20_000, firstPart, firstPart, 1, firstPart - 1, firstPart, 0, 5} {
		b := bytes.Repeat([]byte{byte(i + 1)}, n)
		want = append(want, b...)
		if got, err := g.Write(b); got != n || err != nil {
			t.Fatalf("write %d: %d, %v", i, got, err)
		}
		if i == 1 && !slices.Equal(c.sizes(), []int{10}) {
			t.Errorf("the first part was not held back: %v", c.sizes())
		}
	}
	if got := bytes.Join(c.writes, nil); !bytes.Equal(got, want) {
		t.Errorf("%d bytes came, in %v; %d were written", len(got), c.sizes(), len(want))
	}
}

// TestGatherAlone: a packet that is as long as a first part is written though no rest comes.
func TestGatherAlone(t *testing.T) {
	c := &counted{wrote: make(chan struct{})}
	g := &gatherer{Conn: c}
	for range 2 {
		if _, err := g.Write(make([]byte, firstPart)); err != nil {
			t.Fatal(err)
		}
		select {
		case <-c.wrote:
		case <-time.After(10 * time.Second):
			t.Fatal("it was not written")
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if got := c.sizes(); !slices.Equal(got, []int{firstPart, firstPart}) {
		t.Errorf("written: %v", got)
	}
}

// TestGatherFails: what goes wrong behind the writer's back is told by the next write.
func TestGatherFails(t *testing.T) {
	c := &counted{err: errors.New("broken pipe")}
	g := &gatherer{Conn: c}
	if _, err := g.Write(make([]byte, firstPart)); err != nil {
		t.Fatal(err)
	}
	g.flush()
	if _, err := g.Write([]byte("x")); !errors.Is(err, c.err) {
		t.Errorf("got %v", err)
	}
}

// TestGatherTCP: over TCP the two parts of a packet are one write to the system.
func TestGatherTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	out, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	in, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	g := &gatherer{Conn: out}
	want := make([]byte, firstPart+10_000)
	for i := range want {
		want[i] = byte(i)
	}
	for _, part := range [][]byte{want[:firstPart], want[firstPart:]} {
		if n, err := g.Write(part); n != len(part) || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
	}
	got := make([]byte, 64<<10)
	_ = in.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, err := in.Read(got)
	if err != nil || !bytes.Equal(got[:n], want) {
		t.Errorf("the first read gives %d of %d bytes, %v", n, len(want), err)
	}
}

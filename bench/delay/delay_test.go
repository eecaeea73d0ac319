package delay_test

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/bench/delay"
)

// A connection takes a round trip, a question and its answer another one, and every byte arrives, with the end.
func TestTrips(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err == nil {
			_, _ = io.Copy(c, c)
			_ = c.Close()
		}
	}()
	const trip = 60 * time.Millisecond
	p, err := delay.Start("127.0.0.1", l.Addr().String(), trip)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	c, err := net.Dial("tcp", p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	for i, least := range []time.Duration{2 * trip, trip, trip} {
		began := time.Now()
		if _, err := c.Write([]byte("question\n")); err != nil {
			t.Fatal(err)
		}
		if line, err := r.ReadString('\n'); err != nil || line != "question\n" {
			t.Fatalf("got %q, %v", line, err)
		}
		if took := time.Since(began); took < least-5*time.Millisecond {
			t.Errorf("question %d took %v, less than %v", i, took, least)
		}
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		t.Errorf("at the end: %q, %v", rest, err)
	}
}

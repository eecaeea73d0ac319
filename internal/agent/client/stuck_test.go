package client_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/wire"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// TestStartHangs: a host that takes the login and then does not start what it is asked to is given up in time, and when the user has enough.
func TestStartHangs(t *testing.T) {
	hangs := func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	t.Run("cancelled", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			within(t, 2*time.Second, "Open", func() {
				if _, err := client.Open(ctx, client.Options{Host: "h", Conn: &fake{start: hangs}, Programs: fakeProgram}); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
			})
		})
	})
	t.Run("silent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			within(t, 61*time.Second, "Open", func() {
				_, err := client.Open(context.Background(), client.Options{Host: "h", Conn: &fake{start: hangs}, Programs: fakeProgram})
				var lost *connection.Error
				if !errors.As(err, &lost) || err.Error() != "h: agent: the host did not start a program within 60 s" {
					t.Errorf("got %v", err)
				}
			})
		})
	})
}

// TestCloseDeaf: an agent that does not end by itself is killed, while its frames are still being waited for.
func TestCloseDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openFake(t, &fake{deaf: true, agent: talk(func(*wire.Link, wire.Frame) {})})
		within(t, 10*time.Second, "Close", func() { _ = r.Close() })
	})
}

// TestCancelStuck: a call is cancelled though the host takes nothing any more.
func TestCancelStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openFake(t, &fake{agent: func(ctx context.Context, in io.Reader, out io.Writer) {
			l := wire.NewLink(in, out)
			g := wire.Greeting{Version: wire.Version, Sum: "fake"}
			_ = l.SendMessage(wire.Hello, 0, g.Encode())
			_, _ = wire.ReadFrame(in)
			<-ctx.Done() // it reads no more
		}})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		within(t, 20*time.Second, "Exec", func() {
			if _, err := r.Exec(ctx, client.Call{Module: "ping"}); err == nil {
				t.Error("no error")
			}
		})
		within(t, 10*time.Second, "Close", func() { _ = r.Close() })
	})
}

// closing is a content that tells when it was closed.
type closing struct {
	closed chan struct{}
}

func (c closing) Read(b []byte) (int, error) { return len(b), nil }

func (c closing) Close() error {
	close(c.closed)
	return nil
}

// TestContentEnds: the content of a call is closed when the call is over, also where the agent had not read all of it.
func TestContentEnds(t *testing.T) {
	for _, c := range []struct {
		name   string
		handle func(l *wire.Link, f wire.Frame)
	}{
		{"answered", func(l *wire.Link, f wire.Frame) {
			r := module.Fail("no")
			msg, _ := wire.EncodeResult(&r)
			_ = l.SendMessage(wire.Result, f.Stream, msg)
		}},
		{"lost", func(l *wire.Link, f wire.Frame) { _ = l.Send(wire.Frame{Type: wire.Fault, Payload: []byte("the end")}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := openFake(t, &fake{agent: talk(func(l *wire.Link, f wire.Frame) {
					switch f.Type {
					case wire.Call:
						_ = l.Send(wire.Frame{Type: wire.Open, Stream: f.Stream})
					case wire.Data:
						c.handle(l, f)
						c.handle = func(*wire.Link, wire.Frame) {}
					}
				})})
				body := closing{make(chan struct{})}
				_, _ = r.Exec(context.Background(), client.Call{
					Module: "copy", Args: value.DictOf("dest", value.NewStr("/x")),
					Content: &module.Content{Size: 1 << 30, SHA1: "x", Open: func(context.Context) (io.ReadCloser, error) { return body, nil }},
				})
				synctest.Wait()
				select {
				case <-body.closed:
				default:
					t.Error("the content is still open")
				}
				_ = r.Close()
			})
		})
	}
}

// TestSilence: an agent of which nothing is heard is lost after a while, one that answers is not.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openFake(t, &fake{agent: talk(func(l *wire.Link, f wire.Frame) {
			if f.Type == wire.Ping {
				_ = l.Send(wire.Frame{Type: wire.Pong, Payload: f.Payload})
			}
		})})
		time.Sleep(time.Hour)
		if err := r.Err(); err != nil {
			t.Errorf("one that answers: %v", err)
		}
		_ = r.Close()
		r = openFake(t, &fake{agent: talk(func(*wire.Link, wire.Frame) {})})
		begin := time.Now()
		_, err := r.Exec(context.Background(), client.Call{Module: "ping"})
		if d := time.Since(begin); err == nil || d < 75*time.Second || d > 95*time.Second {
			t.Errorf("one that does not: %v after %v", err, d)
		}
		_ = r.Close()
	})
}

// TestOthersTime: who waits for a connection that somebody else makes is not ended with that one.
func TestOthersTime(t *testing.T) {
	for _, c := range []struct{ name, first, second string }{{"the same agent", "a", "a"}, {"another agent", "a", "b"}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &client.Pool{}
				way := client.Way{Host: "h", Key: "h", Agent: client.Options{Programs: fakeProgram}}
				tries := 0
				way.Connect = func(ctx context.Context) (connection.Conn, error) {
					if tries++; tries == 1 {
						<-ctx.Done()
						return nil, ctx.Err()
					}
					return &fake{agent: talk(func(*wire.Link, wire.Frame) {})}, nil
				}
				hasty, cancel := context.WithTimeout(context.Background(), time.Second)
				defer cancel()
				first := make(chan error, 1)
				go func() {
					way := way
					way.AgentKey = c.first
					_, err := p.Get(hasty, way)
					first <- err
				}()
				synctest.Wait()
				way.AgentKey = c.second
				if _, err := p.Get(context.Background(), way); err != nil {
					t.Errorf("who has time: %v", err)
				}
				if err := <-first; !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("who had none: %v", err)
				}
				_ = p.Close()
			})
		})
	}
}

package ssh

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// mute is a connection that never answers who asks for a channel.
type mute struct{ ssh.Conn }

func (mute) OpenChannel(string, []byte) (ssh.Channel, <-chan *ssh.Request, error) { select {} }

// TestOpenOfTheDead: a session is not waited for when the connection has ended, or the context.
func TestOpenOfTheDead(t *testing.T) {
	t.Parallel()
	ended, end := context.WithCancelCause(context.Background())
	end(errors.New("over"))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name      string
		line, ctx context.Context
		want      string
	}{
		{"the connection has ended", ended, t.Context(), "Shared connection to h closed."},
		{"the context has", t.Context(), canceled, context.Canceled.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &line{client: &client{Client: &ssh.Client{Conn: mute{}}, name: "h", ctx: c.line}}
			told := make(chan error, 1)
			go func() {
				_, _, err := l.open(c.ctx)
				told <- err
			}()
			select {
			case err := <-told:
				if err == nil || err.Error() != c.want {
					t.Errorf("got %v, want %s", err, c.want)
				}
			case <-time.After(10 * time.Second):
				t.Error("it waits")
			}
		})
	}
}

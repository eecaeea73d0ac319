package server_test

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/wire"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// TestIdle: the agent ends when it has heard nothing for as long as the control node said, and not before.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, toAgent := io.Pipe()
		fromAgent, out := io.Pipe()
		over := make(chan error, 1)
		go func() {
			over <- server.Serve(context.Background(), modules.All(), in, out, &target.Memory{}, wire.Greeting{Version: wire.Version})
			_ = in.Close()
		}()
		go func() { _, _ = io.Copy(io.Discard, fromAgent) }()
		l := wire.NewLink(nil, toAgent)
		hello := wire.Greeting{Version: wire.Version, Idle: 150}
		_ = l.SendMessage(wire.Hello, 0, hello.Encode())
		for range 5 {
			time.Sleep(140 * time.Second)
			if err := l.Send(wire.Frame{Type: wire.Ping}); err != nil {
				t.Fatal(err)
			}
		}
		begin := time.Now()
		err := <-over
		if d := time.Since(begin); err == nil || d < 149*time.Second || d > 153*time.Second {
			t.Errorf("%v after %v", err, d)
		}
		_ = out.Close()
	})
}

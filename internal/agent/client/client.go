// Package client is what the executor calls to have a module run on a host: Exec, whichever way the host is reached.
// Local runs it in this process, on this machine. The agent on a remote host serves the same calls through the same
// interface.
package client

import (
	"context"
	"io"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// Call is one call of a module: see server.Call.
type Call = server.Call

// Client has modules run on one host. It may be used by several goroutines at once.
type Client interface {
	// Exec makes a call. What the module did, well or badly, is in the result; the error means that the host could not
	// be reached, or was lost on the way (unreachable).
	Exec(ctx context.Context, c Call) (module.Result, error)
	// Fetch copies a file of the host into w, unless its SHA-1, in hex, is have. The result has source, size and checksum; its
	// failures have the words of the module slurp. The error is Exec's.
	Fetch(ctx context.Context, path, have string, w io.Writer) (module.Result, error)
	// Close ends what serves the host.
	Close() error
}

// Ahead is a Client that takes calls before others are over. It works on them in their order.
type Ahead interface {
	Client
	// Begin makes a call that is worked on when after is over, nil is no call. It does not wait for anything but room to send.
	Begin(ctx context.Context, c Call, after *Pending) *Pending
}

// Local serves calls in this process, for connection local.
type Local struct{ sys target.System }

var _ Client = (*Local)(nil)

// NewLocal gives a Client for this machine. Relative paths are taken from dir unless a Call has a Dir of its own; "" is
// the working directory of the process. environ, each "NAME=value", is what programs that modules start see of the
// environment.
func NewLocal(dir string, environ []string) (*Local, error) {
	sys, err := target.NewReal(dir)
	if err != nil {
		return nil, err
	}
	sys = sys.WithEnviron(environ)
	return &Local{sys}, nil
}

// NewOn gives a Client for any System, such as a target.Memory in a test.
func NewOn(sys target.System) *Local { return &Local{sys} }

// Exec runs the module. The error is always nil: this machine is always reached.
func (l *Local) Exec(ctx context.Context, c Call) (module.Result, error) {
	return server.Run(ctx, modules.All(), l.sys, c), nil
}

// Fetch copies a file of this machine.
func (l *Local) Fetch(ctx context.Context, path, have string, w io.Writer) (module.Result, error) {
	return server.Fetch(ctx, modules.All(), l.sys, path, have, func(f io.Reader) error {
		_, err := io.Copy(w, f)
		return err
	}), nil
}

// Close has nothing to end.
func (*Local) Close() error { return nil }

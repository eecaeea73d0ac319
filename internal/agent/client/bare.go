package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/become"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
)

// Bare is a host on which the agent can't run. Modules don't run there; lines of a shell do.
type Bare struct {
	host    string
	conn    connection.Conn
	how     *Become
	why     error
	timeout time.Duration
}

var _ Client = (*Bare)(nil)

// Exec fails: it says why the agent can't run.
func (b *Bare) Exec(context.Context, Call) (module.Result, error) { return module.Result{}, b.why }

// Fetch fails as Exec does.
func (b *Bare) Fetch(context.Context, string, string, io.Writer) (module.Result, error) {
	return module.Result{}, b.why
}

// Close has nothing to end.
func (*Bare) Close() error { return nil }

// Shell runs a line for /bin/sh with an input to its end. What is beyond MaxShellOutput bytes of an output is dropped.
func (b *Bare) Shell(ctx context.Context, line string, stdin io.Reader) (connection.Output, error) {
	if b.how == nil {
		return connection.Run(ctx, b.conn, line, stdin)
	}
	mark := rand.Text()
	command := "/bin/sh -c " + become.Quote("printf '%s begun\\n' "+mark+"; "+line)
	plan := b.how.Method.Plan(b.how.Options, mark, command)
	s, err := start(ctx, b.conn, plan.Command, mark, plan.Terminal, b.how, &plan)
	if errors.Is(err, errHangs) {
		err = &connection.Error{Host: b.host, Op: "start", Err: err}
	}
	if err != nil {
		return connection.Output{}, err
	}
	defer s.unbind()
	defer s.kill()
	limit := time.AfterFunc(b.timeout, s.kill)
	if _, err := s.next(); err != nil {
		o := &opening{Options: Options{Host: b.host, Become: b.how, Timeout: b.timeout}, terminal: true}
		if !limit.Stop() && s.refusal() == nil {
			return connection.Output{}, o.tooLate(false)
		}
		_, _, err := o.ended(s, false)
		return connection.Output{}, err
	}
	limit.Stop()
	var stdout, stderr bytes.Buffer
	s.mu.Lock()
	s.errTo = &stderr
	s.mu.Unlock()
	go func() {
		if stdin != nil {
			_, _ = io.Copy(s.in, stdin) // a command need not read its input
		}
		_ = s.in.Close()
	}()
	var out connection.Output
	if _, err := io.Copy(&stdout, io.LimitReader(s.out, MaxShellOutput)); err != nil && !errors.Is(err, io.EOF) {
		return out, &connection.Error{Host: b.host, Op: "start", Err: err}
	}
	out.Code, err = s.wait()
	out.Stdout, out.Stderr = stdout.Bytes(), stderr.Bytes()
	return out, err
}

// MaxShellOutput is how much of an output Shell keeps, in bytes.
const MaxShellOutput = 16 << 20

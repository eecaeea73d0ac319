package client_test

import (
	"context"
	"errors"
	"io"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/program"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/wire"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
)

// fake is a connection to a host that is a function: it stands for the agent, from its first line on. Nothing in it is a process or a
// file, so that it fits into a bubble of synctest.
type fake struct {
	connection.Conn
	// agent talks on the host's side until it returns, which is the end of its process. ctx ends when the process is killed.
	agent func(ctx context.Context, in io.Reader, out io.Writer)
	// start, when it is set, is in place of starting.
	start func(ctx context.Context) error
	// deaf is a process whose end of the input does not reach it.
	deaf bool
}

// fakeProgram is the set of programs that a fake host runs.
var fakeProgram = program.NewSet(&program.Program{Name: program.Name, OS: "linux", Arch: "amd64", Sum: "fake"})

// openFake opens an agent on a fake host.
func openFake(t *testing.T, f *fake) *client.Remote {
	t.Helper()
	r, err := client.Open(context.Background(), client.Options{Host: "h", Conn: f, Programs: fakeProgram})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// talk takes part in a conversation: handle is given each frame, after the greeting.
func talk(handle func(l *wire.Link, f wire.Frame)) func(context.Context, io.Reader, io.Writer) {
	return func(_ context.Context, in io.Reader, out io.Writer) {
		l := wire.NewLink(in, out)
		g := wire.Greeting{Version: wire.Version, Sum: "fake"}
		if l.SendMessage(wire.Hello, 0, g.Encode()) != nil {
			return
		}
		for {
			f, err := l.Receive()
			if err != nil {
				return
			}
			if f.Type != wire.Hello {
				handle(l, f)
			}
		}
	}
}

var fakeMark = regexp.MustCompile(` kimai ([A-Z2-7]{26}) `)

func (f *fake) Close() error { return nil }

func (f *fake) Start(ctx context.Context, command string) (connection.Process, error) {
	if f.start != nil {
		return nil, f.start(ctx)
	}
	mark := fakeMark.FindStringSubmatch(command)
	if mark == nil {
		return nil, errors.New("not the bootstrap: " + command)
	}
	p := &fakeProcess{over: make(chan struct{}), deaf: f.deaf}
	in, toAgent := io.Pipe()
	fromAgent, out := io.Pipe()
	p.in, p.out = toAgent, fromAgent
	var end sync.Once
	ended := func() {
		end.Do(func() {
			_ = in.Close()
			_ = out.Close()
			close(p.over)
		})
	}
	context.AfterFunc(ctx, ended)
	go func() {
		defer ended()
		if _, err := io.WriteString(out, "\n"+mark[1]+" ready\n"); err == nil {
			f.agent(ctx, in, out)
		}
	}()
	return p, nil
}

// fakeProcess is what a fake host runs.
type fakeProcess struct {
	in   *io.PipeWriter
	out  *io.PipeReader
	over chan struct{}
	deaf bool
}

func (p *fakeProcess) Stdin() io.WriteCloser { return fakeInput{p} }
func (p *fakeProcess) Stdout() io.Reader     { return p.out }
func (p *fakeProcess) Stderr() io.Reader     { return untilOver{p} }

func (p *fakeProcess) Wait() (int, error) {
	<-p.over
	return 0, nil
}

type fakeInput struct{ p *fakeProcess }

func (i fakeInput) Write(b []byte) (int, error) { return i.p.in.Write(b) }

func (i fakeInput) Close() error {
	if i.p.deaf {
		return nil
	}
	return i.p.in.Close()
}

// untilOver is a stream with nothing in it that ends with the process.
type untilOver struct{ p *fakeProcess }

func (u untilOver) Read([]byte) (int, error) {
	<-u.p.over
	return 0, io.EOF
}

// within fails a test in which something takes longer.
func within(t *testing.T, limit time.Duration, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	begin := time.Now()
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
		if d := time.Since(begin); d > limit {
			t.Errorf("%s took %v", what, d)
		}
	case <-time.After(10 * time.Minute):
		t.Fatalf("%s hangs", what)
	}
}

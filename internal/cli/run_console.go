package cli

import (
	"context"
	"io"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/runner"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
)

// console asks the user while a run goes on.
type console struct{ r *run }

var _ runner.Console = console{}

// Interactive reports whether stdin is a terminal.
func (c console) Interactive() bool {
	stdin := c.r.env.StdinFile()
	return stdin != nil && term.Is(stdin)
}

// Ask shows a question and reads a line.
func (c console) Ask(ctx context.Context, question string, private bool) (string, error) {
	if private {
		p := &term.Prompter{In: c.r.env.Stdin, Err: c.r.env.Stderr, NoTTY: !c.Interactive()}
		return p.Secret(ctx, question)
	}
	c.r.sink.Handle(event.Prompt{Text: question})
	return readLine(ctx, c.r.env.Stdin)
}

// readLine is term.ReadLine that ends with ctx.
func readLine(ctx context.Context, in io.Reader) (string, error) {
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := term.ReadLine(in)
		answers <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case a := <-answers:
		return a.line, a.err
	}
}

package cli

import (
	"context"
	"io"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
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

// terminal is the terminal at which somebody could answer, nil where there is none.
func (c console) terminal() actions.Terminal {
	if !c.Interactive() {
		return nil
	}
	return c
}

// Keys begins to read keys at the terminal.
func (c console) Keys(echo bool) (actions.Keys, error) {
	k, err := term.OpenKeys(c.r.env.StdinFile(), echo)
	if err != nil {
		return nil, err
	}
	return keys{k}, nil
}

// Show writes a text as it is.
func (c console) Show(text string) { c.r.sink.Handle(event.Prompt{Text: text}) }

// keys are the keys of a terminal as an action wants them.
type keys struct{ *term.Keys }

// Special returns the key for an interrupt and the one that takes back the last.
func (k keys) Special() (interrupt, erase byte) { return k.Interrupt, k.Erase }

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

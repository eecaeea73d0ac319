package actions

import (
	"context"
	"errors"
	"io"
	"time"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
)

// Terminal is a terminal at which somebody can answer.
type Terminal interface {
	// Keys begins to read keys; echo is whether the terminal shows them.
	Keys(echo bool) (Keys, error)
	// Show writes a text to it as it is, without a line end.
	Show(text string)
}

// Keys are those that are typed at a terminal, Ctrl-C among them.
type Keys interface {
	// Next waits for a key and returns its byte. The error is that of ctx, or io.EOF when nobody types any more.
	Next(ctx context.Context) (byte, error)
	// Special returns the key for an interrupt and the one that takes back the last.
	Special() (interrupt, erase byte)
	// Close ends the reading of keys.
	Close() error
}

// clearLine goes to the beginning of the line and clears it, in the bytes that ansible-core writes.
const clearLine = "\x1b[\r\x1b[\x1b[K"

var (
	errAborted     = errors.New("user requested abort!")
	errInterrupted = errors.New("interrupted")
)

// dialogue is a pause at a terminal.
type dialogue struct {
	t                Terminal
	keys             Keys
	echo             bool // what is typed is shown
	answers          bool // what is typed is an answer
	interrupt, erase byte
	typed            []byte
}

// ask waits at the terminal for an answer, or with a limit for the end of that time; an interrupt lets the user choose
// whether to go on or to abort, which is an error.
func (c *Call) ask(ctx context.Context, p *module.Params, limit time.Duration) (answer string, err error) {
	d := &dialogue{t: c.Terminal, echo: p.Bool("echo") && limit == 0, answers: limit == 0}
	if d.keys, err = c.Terminal.Keys(d.echo); err != nil {
		return "", c.errorf("reading from the terminal: %v", err)
	}
	defer func() {
		if closeErr := d.keys.Close(); err == nil && closeErr != nil {
			err = closeErr
		}
	}()
	d.interrupt, d.erase = d.keys.Special()
	if p.Has("prompt") && text(c.Args, "prompt") != "" {
		c.Tell("[pause]\n" + text(c.Args, "prompt") + hiddenInput(p) + ":")
	} else if limit == 0 {
		c.Tell("[pause]\nPress enter to continue, Ctrl+C to interrupt" + hiddenInput(p) + ":")
	}
	timed := ctx
	if limit > 0 {
		var cancel context.CancelFunc
		timed, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	err = d.line(timed)
	if errors.Is(err, errInterrupted) {
		d.t.Show(clearLine)
		c.Tell("Press 'C' to continue the play or 'A' to abort \r")
		d.typed = nil
		err = d.choice(ctx)
	}
	if limit > 0 && errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return "", nil
	}
	if errors.Is(err, io.EOF) { // nobody is there any more
		err = nil
	}
	if !d.answers {
		return "", err
	}
	return string(d.typed), err
}

// line reads keys up to the end of a line.
func (d *dialogue) line(ctx context.Context) error {
	for {
		key, err := d.keys.Next(ctx)
		switch {
		case err != nil:
			return err
		case key == d.interrupt:
			return errInterrupted
		case !d.answers:
		case key == '\r' || key == '\n':
			d.t.Show(clearLine)
			return nil
		case key == d.erase:
			_, size := utf8.DecodeLastRune(d.typed)
			d.typed = d.typed[:len(d.typed)-size]
			if d.echo {
				d.t.Show(clearLine + string(d.typed))
			}
		default:
			d.typed = append(d.typed, key)
		}
	}
}

// choice reads keys up to that for going on or for an abort.
func (d *dialogue) choice(ctx context.Context) error {
	for {
		key, err := d.keys.Next(ctx)
		if err != nil {
			return err
		}
		switch key {
		case 'c', 'C':
			d.t.Show(clearLine)
			return nil
		case 'a', 'A':
			d.t.Show(clearLine)
			return errAborted
		}
		d.typed = append(d.typed, key)
	}
}

// hiddenInput is what a question says when what is typed is not shown.
func hiddenInput(p *module.Params) string {
	if p.Bool("echo") {
		return ""
	}
	return " (output is hidden)"
}

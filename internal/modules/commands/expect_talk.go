package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// typingDelay is waited before each answer: a program may show its prompt before it turns off the echo, and drop what was
// typed until then.
const typingDelay = 50 * time.Millisecond

// searchWindow is how many bytes before the newest output a prompt may begin.
const searchWindow = 2000

// prompt is a question and what is to be answered.
type prompt struct {
	text    string
	re      *pyregex.Bytes
	always  string
	list    []string
	isList  bool
	matched int // how many times
}

// conversation is one run of a program on a terminal.
type conversation struct {
	term    target.Terminal
	sys     target.System
	prompts []*prompt
	timeout time.Duration // for each prompt; negative is none
	shown   []byte        // all output
	from    int           // where in shown the output after the last prompt begins
	late    bool          // no prompt came in time
}

// readPrompts compiles the prompts. Answers that are no texts are written as Python writes them.
func readPrompts(d *value.Dict) ([]*prompt, error) {
	var out []*prompt
	for it := d.Iterate(); it.Next(); {
		text, err := value.Text(it.Key())
		if err != nil {
			return nil, err
		}
		p := &prompt{text: text}
		if p.re, err = pyregex.CompileBytes(text, pyregex.DotAll); err != nil {
			return nil, err
		}
		if l, ok := it.Stored().(*value.List); ok {
			p.isList = true
			for _, e := range l.Stored() {
				answer, err := answerText(e)
				if err != nil {
					return nil, err
				}
				p.list = append(p.list, answer)
			}
		} else if p.always, err = answerText(it.Stored()); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// answerText is what is typed: one line feed at its end.
func answerText(v value.Value) (string, error) {
	s, err := value.Text(v)
	return strings.TrimRight(s, "\n") + "\n", err
}

// talk reads and answers until the program has ended, or no prompt comes in time.
func (c *conversation) talk(ctx context.Context) (*module.Result, error) {
	searched := 0 // up to here there is no prompt
	var deadline time.Time
	restart := func() error {
		deadline = time.Time{}
		if c.timeout >= 0 {
			deadline = c.sys.Now().Add(c.timeout)
		}
		return c.term.SetReadDeadline(deadline)
	}
	if err := restart(); err != nil {
		return nil, err
	}
	buf := make([]byte, searchWindow)
	for {
		n, err := c.term.Read(buf)
		c.shown = append(c.shown, buf[:n]...)
		for {
			p, end, serr := c.search(max(c.from, searched-searchWindow))
			if serr != nil {
				return nil, serr
			}
			if p == nil {
				searched = len(c.shown)
				break
			}
			before := c.shown[c.from:end]
			c.from, searched = end, end
			if failed, aerr := c.answer(ctx, p, before); failed != nil || aerr != nil {
				return failed, aerr
			}
			if rerr := restart(); rerr != nil {
				return nil, rerr
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil, nil //nolint:nilnil // no failure, no error
		case errors.Is(err, os.ErrDeadlineExceeded):
			c.late = true
			return nil, nil //nolint:nilnil // no failure, no error
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, err
		}
	}
}

// search finds the prompt that comes first in the output from a place on; of two at the same place the one that the task names
// first.
func (c *conversation) search(from int) (found *prompt, end int, err error) {
	text := string(c.shown[from:])
	first := len(text) + 1
	for _, p := range c.prompts {
		m, err := p.re.Search(text)
		if err != nil {
			return nil, 0, err
		}
		if m == nil {
			continue
		}
		if start, to := m.Span(); start < first {
			found, first, end = p, start, from+to
		}
	}
	return found, end, nil
}

// answer types what is to be answered. A list that has nothing left is a failure, which shows what came since the last prompt.
func (c *conversation) answer(ctx context.Context, p *prompt, before []byte) (*module.Result, error) {
	text := p.always
	if p.isList {
		if p.matched == len(p.list) {
			shown, err := value.Repr(value.NewBytes(before))
			if err != nil {
				return nil, err
			}
			r := module.Fail("No remaining responses for '%s', output was '%s'", p.text, shown)
			return &r, nil
		}
		text = p.list[p.matched]
	}
	p.matched++
	if err := c.sys.Sleep(ctx, typingDelay); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(c.term, text); err != nil && !errors.Is(err, os.ErrClosed) {
		return nil, fmt.Errorf("typing on the terminal: %w", err)
	}
	return nil, nil //nolint:nilnil // no failure, no error
}

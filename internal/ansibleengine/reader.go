package ansibleengine

import (
	"bufio"
	"context"
	"io"
	"strings"
	"sync"

	"github.com/apenella/go-ansible/v2/pkg/execute/result"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// reader makes events of what ansible-playbook writes: of the lines of its callback jsonl on the one stream, of warnings and
// errors on the other.
type reader struct {
	mu      sync.Mutex // both streams end in the same sink
	run     *Run
	convert *converter
	stdout  io.Writer // marks: which of the streams the library hands over
	stderr  io.Writer

	block strings.Builder // a warning or an error of several lines
}

type mark struct{ io.Writer }

func newReader(r *Run) *reader {
	return &reader{run: r, convert: newConverter(r), stdout: &mark{io.Discard}, stderr: &mark{io.Discard}}
}

// Print reads a stream to its end. It never fails: the library would leave the process behind.
func (r *reader) Print(_ context.Context, from io.Reader, to io.Writer, _ ...result.OptionsFunc) error {
	handle := r.outLine
	if to == r.stderr {
		handle = r.errLine
	}
	in := bufio.NewReaderSize(from, 1<<16)
	for {
		line, err := in.ReadString('\n') // a result may be of any length
		if line != "" {
			r.mu.Lock()
			handle(strings.TrimRight(line, "\r\n"))
			r.mu.Unlock()
		}
		if err != nil {
			return nil
		}
	}
}

// outLine takes a line of the callback, or of what Ansible shows beside it.
func (r *reader) outLine(line string) {
	if strings.HasPrefix(line, `{"_event":`) {
		if v, err := value.FromJSON([]byte(line)); err == nil {
			if d, ok := v.(*value.Dict); ok {
				r.convert.event(d)
				return
			}
		}
	}
	if strings.TrimSpace(line) != "" {
		r.run.Sink.Handle(event.Note{Text: line})
	}
}

// heads are how a warning or an error begins.
var heads = []string{"[WARNING]: ", "[DEPRECATION WARNING]: ", "[ERROR]: ", "ERROR! "}

// errLine takes a line of a warning or an error.
func (r *reader) errLine(line string) {
	for _, h := range heads {
		if strings.HasPrefix(line, h) {
			r.flush()
			break
		}
	}
	if r.block.Len() > 0 {
		r.block.WriteByte('\n')
	}
	r.block.WriteString(line)
}

// flush tells the warning or error that is complete.
func (r *reader) flush() {
	text := strings.TrimRight(r.block.String(), "\n ")
	r.block.Reset()
	if text == "" {
		return
	}
	for i, h := range heads {
		rest, ok := strings.CutPrefix(text, h)
		if !ok {
			continue
		}
		switch i {
		case 0:
			r.run.Sink.Handle(event.Warning{Text: rest})
		case 1:
			r.run.Sink.Handle(event.Deprecation{Text: rest})
		default:
			r.run.Sink.Handle(event.Error{Text: rest})
		}
		return
	}
	r.run.Sink.Handle(event.Error{Text: text})
}

// end tells what is left when both streams are at their ends.
func (r *reader) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.convert.end()
	r.flush()
}

var _ result.ResultsOutputer = (*reader)(nil)

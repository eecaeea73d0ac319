package result

import (
	"errors"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// Fault tells why a task failed: a chain from the outside ("Task failed") to the cause, each link with the place it
// belongs to, as ansible-core 2.19 tells it.
type Fault struct {
	Msg   string     // one link's message; a full stop at its end is dropped where a cause follows in the same line
	Pos   source.Pos // where; the zero Pos when the link has no place
	Hint  string     // what to do about it
	Cause *Fault
	Apart bool // it is told by itself even where the place is that of the link around it
}

// Summary joins the messages of the chain into one line: "Task failed: Module failed: no space left".
func (f *Fault) Summary() string {
	var b strings.Builder
	for ; f != nil; f = f.Cause {
		if f.Cause == nil {
			b.WriteString(f.Msg)
			break
		}
		b.WriteString(strings.TrimSuffix(f.Msg, "."))
		b.WriteString(": ")
	}
	return b.String()
}

// Groups cuts the chain into runs of links that belong to the same place; the message of a run is its summary.
func (f *Fault) Groups() []Fault {
	var groups []Fault
	for f != nil {
		last := f
		for last.Cause != nil && last.Cause.Pos == f.Pos && !last.Cause.Apart {
			last = last.Cause
		}
		next := last.Cause
		run := Fault{Pos: f.Pos, Hint: last.Hint}
		run.Msg = between(f, last)
		if next != nil && !strings.HasSuffix(run.Msg, ".") {
			run.Msg += "."
		}
		groups = append(groups, run)
		f = next
	}
	return groups
}

func between(first, last *Fault) string {
	var b strings.Builder
	for f := first; ; f = f.Cause {
		if f == last {
			b.WriteString(f.Msg)
			return b.String()
		}
		b.WriteString(strings.TrimSuffix(f.Msg, "."))
		b.WriteString(": ")
	}
}

// Faulter is an error that is itself a link of a chain; the cause is what its Unwrap returns.
type Faulter interface {
	error
	Fault() (msg string, pos source.Pos)
}

// FaultOf makes a chain of err: links for the Faulters and findings in it, the rest as one message.
func FaultOf(err error) *Fault {
	if err == nil {
		return nil
	}
	if link, ok := err.(Faulter); ok {
		msg, pos := link.Fault()
		f := &Fault{Msg: msg, Pos: pos, Cause: FaultOf(errors.Unwrap(err))}
		if h, ok := err.(interface{ HintText() string }); ok {
			f.Hint = h.HintText()
		}
		if a, ok := err.(interface{ Apart() bool }); ok {
			f.Apart = a.Apart()
		}
		return f
	}
	if d, ok := err.(*diag.Error); ok {
		return &Fault{Msg: d.Msg, Pos: d.Pos, Hint: d.HintText()}
	}
	return &Fault{Msg: err.Error()}
}

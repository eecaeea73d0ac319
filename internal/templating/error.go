package templating

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// Error is one link of what went wrong while a value was made, with the place of the text it belongs to. What lies
// beneath is its Cause; the chain is told from the outside to the inside.
type Error struct {
	Msg   string
	Pos   source.Pos
	Cause error
}

// Error joins the link's message and its cause's.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Msg
	}
	return e.Msg + ": " + e.Cause.Error()
}

// Unwrap returns the Cause.
func (e *Error) Unwrap() error { return e.Cause }

// Fault returns the link's own message and place.
func (e *Error) Fault() (string, source.Pos) { return e.Msg, e.Pos }

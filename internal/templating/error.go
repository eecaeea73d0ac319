package templating

import (
	"errors"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Error is one link of what went wrong while a value was made, with the place of the text it belongs to. What lies
// beneath is its Cause; the chain is told from the outside to the inside. Links that belong to the same place are shown
// as one.
type Error struct {
	Msg   string
	Pos   source.Pos
	Cause error
	Kind  Kind   // of what went wrong; None on links that only say where
	Help  string // what the user may do about it; may be ""

	// Ansible's messages have the place of a whole text; who wants to tell more finds it here, where it is known.
	At      source.Pos // the very place within the text at Pos
	Missing Missing    // the name that does not exist
}

// Kind is a kind of failure.
type Kind string

// The kinds of failures. A failure of a Python operation has the name of its Python class as its kind.
const (
	NoKind           Kind = ""
	Syntax           Kind = "syntax"
	Undefined        Kind = "undefined"
	Filter           Kind = "filter"
	Test             Kind = "test"
	LookupFailed     Kind = "lookup"
	LoopFailed       Kind = "loop" // a lookup of a loop: it is told without what is around it
	BadType          Kind = "type"
	Conditional      Kind = "conditional"
	Untrusted        Kind = "untrusted"
	Vault            Kind = "vault"
	VariableType     Kind = "variable_type"
	PluginNotFound   Kind = "plugin_not_found"
	TemplateNotFound Kind = "template_not_found"
	Recursion        Kind = "recursion"
	Omitted          Kind = "omitted"
)

// KindOf returns the kind of the innermost link of err that has one.
func KindOf(err error) Kind {
	kind := NoKind
	for err != nil {
		if e, ok := err.(*Error); ok && e.Kind != NoKind {
			kind = e.Kind
		}
		err = errors.Unwrap(err)
	}
	return kind
}

// Error joins the link's message and its cause's.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Msg
	}
	return withoutStop(e.Msg) + ": " + e.Cause.Error()
}

// Unwrap returns the Cause.
func (e *Error) Unwrap() error { return e.Cause }

// Fault returns the link's own message and place.
func (e *Error) Fault() (string, source.Pos) { return e.Msg, e.Pos }

// Apart reports whether the link is told by itself, even where its place is that of the link around it.
func (e *Error) Apart() bool { return e.Kind == Untrusted }

// IsUndefined reports whether what went wrong is a variable that does not exist.
func (e *Error) IsUndefined() bool { return KindOf(e) == Undefined }

// HintText returns what the user may do about it, or "".
func (e *Error) HintText() string { return e.Help }

// withoutStop is a message before a colon.
func withoutStop(msg string) string {
	if n := len(msg); n > 0 && msg[n-1] == '.' {
		return msg[:n-1]
	}
	return msg
}

// pythonKind is the kind of a failed Python operation.
func pythonKind(err error) Kind {
	switch c := value.ClassOf(err); c {
	case "TypeError":
		return BadType
	case "RecursionError":
		return Recursion
	default:
		return Kind(c)
	}
}

// apart is an error that is shown as a link of its own, although it has no place.
type apart struct{ err error }

// Apart makes err one that is shown apart from the message of the plugin that failed with it.
func Apart(err error) error { return &apart{err} }

func (a *apart) Error() string { return a.err.Error() }
func (a *apart) Unwrap() error { return a.err }

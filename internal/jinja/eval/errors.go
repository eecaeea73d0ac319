package eval

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/syntax"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// SyntaxError is a template that can't be compiled.
type SyntaxError = syntax.Error

// RuntimeError is a failure during the rendering. The Cause says what failed; value.ClassOf(Cause) is its Python class.
type RuntimeError struct {
	Pos   source.Pos // of the innermost expression or statement that failed
	Cause error
}

// Error gives "position: cause".
func (e *RuntimeError) Error() string {
	if p := e.Pos.String(); p != "" {
		return p + ": " + e.Cause.Error()
	}
	return e.Cause.Error()
}

// Unwrap returns the Cause.
func (e *RuntimeError) Unwrap() error { return e.Cause }

// As gives the error as a *diag.Error.
func (e *RuntimeError) As(target any) bool {
	d, ok := target.(**diag.Error)
	if ok {
		*d = &diag.Error{Pos: e.Pos, Msg: e.Cause.Error(), Cause: e.Cause}
	}
	return ok
}

// UnknownNameError is a filter or a test that does not exist.
type UnknownNameError struct {
	Kind string // "filter" or "test"
	Name string
	Late bool // found out when it was evaluated, not when the template was compiled
}

// Error gives Jinja2's message.
func (e *UnknownNameError) Error() string {
	if e.Late {
		return fmt.Sprintf("No %s named '%s' found.", e.Kind, e.Name)
	}
	return fmt.Sprintf("No %s named '%s'.", e.Kind, e.Name)
}

// TemplateNotFoundError is a template that the loader does not have.
type TemplateNotFoundError struct {
	Names []string // what was looked for; none for an empty list of names
	Msg   string   // the loader's words, or ""
	List  bool     // a list of names was asked for
}

// Error gives the loader's message, else Jinja2's.
func (e *TemplateNotFoundError) Error() string {
	switch {
	case e.Msg != "":
		return e.Msg
	case len(e.Names) == 0:
		return "Tried to select from an empty list of templates."
	case !e.List:
		return e.Names[0]
	}
	return "none of the templates given were found: " + strings.Join(e.Names, ", ")
}

// TemplateError is Jinja2's TemplateRuntimeError: the template asks for what can't be done.
type TemplateError struct{ Msg string }

// Error gives the message.
func (e *TemplateError) Error() string { return e.Msg }

// LimitError says that a template uses up more than it may.
type LimitError struct{ Msg string }

// Error gives the message.
func (e *LimitError) Error() string { return e.Msg }

var errRecursion = value.Raise("RecursionError", "maximum recursion depth exceeded")

// at gives err the position off, unless it has one.
func (t *Template) at(err error, off int32) error {
	var r *RuntimeError
	var s *SyntaxError
	if errors.As(err, &r) || errors.As(err, &s) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &RuntimeError{Pos: t.text.Pos(off), Cause: err}
}

func undefinedErr(u *value.Undefined) error { return &value.UndefinedError{Value: u} }

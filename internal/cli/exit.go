package cli

import (
	"context"
	"errors"
)

// The exit codes, with Ansible's numbers, as recorded from ansible-core 2.19.
const (
	ExitOK          = 0
	ExitError       = 1   // a command could not do its work
	ExitFailed      = 2   // a host failed
	ExitUsage       = 2   // an option or an argument is wrong
	ExitUnreachable = 4   // a host could not be reached
	ExitParser      = 4   // a playbook or an inventory could not be read
	ExitInterrupted = 99  // Ctrl-C
	ExitUnexpected  = 250 // a broken invariant of ours
)

// CodeError is an error with the exit code that it asks for. With a nil Err it ends the program without a message:
// everything was said already.
type CodeError struct {
	Code int
	Err  error
}

// Error gives the text of what lies beneath, or "".
func (e *CodeError) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

// Unwrap returns what lies beneath.
func (e *CodeError) Unwrap() error { return e.Err }

// withCode gives err the exit code; nil stays nil.
func withCode(code int, err error) error {
	if err == nil {
		return nil
	}
	return &CodeError{Code: code, Err: err}
}

// exitCode returns the exit code for the error of a command.
func exitCode(err error) int {
	var coded *CodeError
	var settings *settingsError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &coded):
		return coded.Code
	case errors.As(err, &settings):
		return ExitOptions
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	}
	return ExitError
}

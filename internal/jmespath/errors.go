package jmespath

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Error is what is wrong with an expression, or with what its functions are given.
type Error struct{ Msg string }

// Error gives the words of Python's library, which may have several lines: the expression and a caret below it.
func (e *Error) Error() string { return e.Msg }

func errorf(format string, args ...any) error { return &Error{Msg: fmt.Sprintf(format, args...)} }

var (
	errDepth = value.Raise("RecursionError", "maximum recursion depth exceeded")
	errSteps = value.Raise("MemoryError", "the expression takes too many steps")
)

// scanError is a character that begins no token, or a token that does not end; at is its place in characters.
func scanError(text string, at int, format string, args ...any) error {
	return errorf("Bad jmespath expression: %s:\n%s\n%s^", fmt.Sprintf(format, args...), text, strings.Repeat(" ", at))
}

// errorAt is a token that can't stand where it does.
func (p *parser) errorAt(t token, format string, args ...any) error {
	return errorf("%s: Parse error at column %d, token \"%s\" (%s), for expression:\n\"%s\"\n%s^",
		fmt.Sprintf(format, args...), t.at, t.shown(), strings.ToUpper(string(t.kind)), p.text, strings.Repeat(" ", t.at+1))
}

// incomplete is an expression that ends too early.
func (p *parser) incomplete(t token) error {
	return errorf("Invalid jmespath expression: Incomplete expression:\n\"%s\"\n%s^", p.text, strings.Repeat(" ", t.at+1))
}

// typeError is an argument of a function that has the wrong type; got names it.
func typeError(function string, v value.Value, want, got string) error {
	text, err := value.Text(v)
	if err != nil {
		return err
	}
	if value.HasSecret(v) {
		text = "********"
	}
	return errorf("In function %s(), invalid type for value: %s, expected one of: [%s], received: \"%s\"", function, text, quoted(want), got)
}

// quoted makes "number string" of "'number', 'string'".
func quoted(words string) string { return "'" + strings.ReplaceAll(words, " ", "', '") + "'" }

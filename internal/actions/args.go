package actions

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Error is what an action finds wrong by itself: its text alone is the task's "msg".
type Error struct {
	Msg string
	Pos source.Pos // the place of the task where the text continues "Task failed", else the zero Pos
}

// Error returns the text.
func (e *Error) Error() string { return e.Msg }

// Fault returns the text and its place.
func (e *Error) Fault() (string, source.Pos) { return e.Msg, e.Pos }

// errorf is an error that is told in one breath with "Task failed".
func (c *Call) errorf(format string, args ...any) error {
	return &Error{Msg: fmt.Sprintf(format, args...), Pos: c.Pos}
}

// validate checks the arguments against a spec, as those of a module.
func (c *Call) validate(spec module.Args) (*module.Params, error) {
	return c.validateArgs(spec, c.Args)
}

func (c *Call) validateArgs(spec module.Args, args *value.Dict) (*module.Params, error) {
	v := module.Validate(&module.Def{Name: c.FullName, Args: spec}, c.Name, args, module.Env{})
	if v.Problem != "" {
		return nil, c.errorf("%s", v.Problem)
	}
	return v.Params, nil
}

// raised is what breaks an action without being its own refusal: the task's "msg" begins with "Task failed".
type raised struct {
	msg, hint string
	pos       source.Pos
}

// Error returns the text.
func (e *raised) Error() string { return e.msg }

// Fault returns the text and its place.
func (e *raised) Fault() (string, source.Pos) { return e.msg, e.pos }

// HintText says what to do about it.
func (e *raised) HintText() string { return e.hint }

// raise is an error that is told, in the task's "msg" too, in one breath with "Task failed".
func (c *Call) raise(format string, args ...any) error {
	return &raised{msg: fmt.Sprintf(format, args...), pos: c.Pos}
}

// badName is the error for a key that is no name of a variable.
func (c *Call) badName(key value.Value) error {
	text, _ := value.Text(key)
	pos := value.OriginOf(key)
	if !pos.IsValid() {
		pos = c.Pos
	}
	of := "" // what is no text is told with its type
	if _, isStr := key.(value.Str); !isStr {
		of = " of type '" + key.Type() + "'"
	}
	shown, err := value.Repr(value.NewStr(text))
	if err != nil {
		shown = text
	}
	return &raised{
		msg: fmt.Sprintf("Invalid variable name %s%s.", shown, of), pos: pos,
		hint: "Variable names must be strings starting with a letter or underscore character, and contain only letters, numbers and underscores.",
	}
}

// onlyOptions refuses arguments that an action without a spec does not know.
func (c *Call) onlyOptions(names ...string) error {
	var unknown []string
	for it := c.Args.Iterate(); it.Next(); {
		text, _ := value.Text(it.Key())
		if !slices.Contains(names, text) {
			unknown = append(unknown, text)
		}
	}
	if unknown == nil {
		return nil
	}
	return c.errorf("Invalid options for %s: %s", c.Name, strings.Join(unknown, ","))
}

// lenient is a boolean argument as most actions take it: what is no boolean is false.
func lenient(args *value.Dict, name string, otherwise bool) bool {
	v := args.Stored(name)
	if v == nil {
		return otherwise
	}
	b, err := module.ToBool(v)
	return err == nil && b
}

// text is an argument as a text, "" when it is not there.
func text(args *value.Dict, name string) string {
	v := args.Stored(name)
	if v == nil || v == value.None {
		return ""
	}
	s, err := value.Text(v)
	if err != nil {
		return ""
	}
	return s
}

package actions

import (
	"fmt"

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

package templating

import (
	"errors"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Missing names something that a template refers to and that does not exist. The zero Missing is nothing.
type Missing struct {
	What string // "variable", "filter", "test" or "lookup"
	Name string
}

// missingVariable is what is missing when u is a variable.
func missingVariable(u *value.Undefined) Missing {
	if u.Name != "" && u.Msg == "'"+u.Name+"' is undefined" {
		return Missing{"variable", u.Name}
	}
	return Missing{}
}

// within adds to err, which was made of raw, the place within the text that raw knows, and the name that does not exist.
// What went wrong in another text, such as that of a variable, keeps the place it has.
func within(err, raw error) error {
	var e *Error
	if raw == nil || !errors.As(err, &e) {
		return err
	}
	at := placeOf(raw)
	if e.At.IsValid() || !at.IsValid() || at.File != e.Pos.File {
		return err
	}
	link := *e
	link.At = at
	var name *jinja.UnknownNameError
	if errors.As(raw, &name) {
		link.Missing = Missing{name.Kind, name.Name}
	}
	return &link
}

// placeOf is the place that an error of Jinja names.
func placeOf(err error) source.Pos {
	var syntax *jinja.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Pos
	}
	var runtime *jinja.RuntimeError
	if errors.As(err, &runtime) {
		return runtime.Pos
	}
	return source.Pos{}
}

// Expression evaluates a trusted text as a bare expression, as `when` and `that` hold them, and gives its final value. The
// errors tell the place within the text.
func (s *Scope) Expression(text value.Str) (value.Value, error) {
	pos := value.OriginOf(text)
	v, err := s.expression(text)
	if err != nil {
		return nil, err
	}
	v, keep, err := s.settle(v, pos)
	if err == nil && !keep {
		err = omitted(pos)
	}
	return v, err
}

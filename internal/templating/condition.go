package templating

import (
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Conditions gives the conditions that a keyword or argument holds: one, or a list of them.
func (s *Scope) Conditions(v value.Value) ([]value.Value, error) {
	if str, ok := v.(value.Str); ok && isTemplate(str) {
		// a template may give the list; one that gives a truth value is the condition itself
		r, err := s.Resolve(str)
		if l, isList := r.(*value.List); err == nil && isList {
			return l.Elems()
		}
		return []value.Value{v}, nil
	}
	if l, ok := v.(*value.List); ok {
		return l.Stored(), nil
	}
	return []value.Value{v}, nil
}

// Condition evaluates one condition: a truth value, or a trusted text with an expression that gives one.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_conditionals.html
func (s *Scope) Condition(cond value.Value) (bool, error) {
	v, err := s.condition(cond)
	if err != nil {
		return false, &Error{Msg: "Error while evaluating conditional", Pos: value.OriginOf(cond), Cause: surface(err, value.OriginOf(cond))}
	}
	b, ok := v.(value.Bool)
	if !ok {
		return false, notBoolean(v, cond)
	}
	return bool(b), nil
}

func (s *Scope) condition(cond value.Value) (value.Value, error) {
	str, ok := cond.(value.Str)
	if !ok {
		return s.Resolve(cond)
	}
	if str.String() == "" {
		return nil, &Error{Msg: "Empty conditional expression was evaluated as True.", Pos: value.OriginOf(cond)}
	}
	if !value.IsTrusted(str) {
		return nil, &Error{Msg: "Conditional expressions must be strings that are trusted as templates.", Pos: value.OriginOf(cond)}
	}
	if hasTemplate(str.String()) {
		s.deprecated("Conditionals should not be surrounded by templating delimiters such as {{ }} or {% %}. "+
			"This feature will be removed from ansible-core version 2.23.", value.OriginOf(cond))
		v, err := s.evaluate(str)
		if err != nil {
			return nil, err
		}
		if again, ok := v.(value.Str); ok && value.IsTrusted(again) {
			return s.expression(again)
		}
		return v, nil
	}
	return s.expression(str)
}

// expression evaluates a text as a bare expression.
func (s *Scope) expression(text value.Str) (value.Value, error) {
	pos := value.OriginOf(text)
	x, err := s.e.compileExpr(text.String(), pos)
	if err != nil {
		return nil, syntaxError(err, pos)
	}
	v, err := x.Eval(s.ctx, s)
	if err != nil {
		return nil, s.renderError(err, pos)
	}
	if u, ok := v.(*value.Undefined); ok {
		return nil, s.undefined(u, pos)
	}
	return v, nil
}

func notBoolean(v, cond value.Value) error {
	truth, err := value.Truth(v)
	if err != nil {
		return surface(err, value.OriginOf(cond))
	}
	word := "False"
	if truth {
		word = "True"
	}
	from := ""
	if pos := value.OriginOf(v); pos.IsValid() {
		from = fmt.Sprintf(" at %q", pos.String())
	}
	return &Error{
		Msg: fmt.Sprintf("Conditional result (%s) was derived from value of type '%s'%s. Conditionals must have a boolean result.", word, v.Type(), from),
		Pos: value.OriginOf(cond),
	}
}

// Shown evaluates an expression to show its value, as debug does with `var`: what is undefined in it is shown as such, with
// a warning.
func (s *Scope) Shown(expr value.Value) (value.Value, []Warning, error) {
	var v value.Value = expr
	if str, ok := expr.(value.Str); ok {
		r, err := s.expression(str)
		if err != nil {
			return s.shownError(err, str)
		}
		v = r
	}
	out, keep, err := s.settle(v, value.OriginOf(expr))
	if err != nil {
		return s.shownError(err, expr)
	}
	if !keep {
		return value.NewStr(OmitValue.Repr()), nil, nil
	}
	return out, nil, nil
}

// Warning is something that the user should know, with the place that it is about.
type Warning struct {
	Text string
	Pos  source.Pos
}

func (s *Scope) shownError(err error, expr value.Value) (value.Value, []Warning, error) {
	err = surface(err, value.OriginOf(expr))
	text := fmt.Sprintf("error 1 - %v", err)
	return value.NewStr("<< " + text + " >>"), []Warning{{Text: "Encountered 1 template error.\n" + text, Pos: value.OriginOf(expr)}}, nil
}

func (s *Scope) deprecated(text string, pos source.Pos) {
	if s.e.o.Depr != nil {
		s.e.o.Depr(text, pos)
	}
}

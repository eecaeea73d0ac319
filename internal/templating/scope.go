package templating

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Scope evaluates templates with the variables of one task on one host. A variable is evaluated when it is first read,
// once. A Scope is used by one goroutine at a time.
type Scope struct {
	e      *Engine
	ctx    context.Context
	vars   Vars
	search []string
	memo   map[string]value.Value // variables that were evaluated
	active map[string]bool        // variables that are being evaluated, to find those that refer to themselves
	omit   *Omit
}

// With gives a scope with further variables, which come before all others.
func (s *Scope) With(vars map[string]value.Value) *Scope {
	return s.e.Scope(s.ctx, Overlay{Inner: vars, Outer: s.vars}, s.search)
}

// Vars returns the variables, as they are stored.
func (s *Scope) Vars() Vars { return s.vars }

// Lookup returns the value of a variable, evaluated; what fails is an undefined value that tells why when it is used.
// It makes a Scope the variables of a Jinja rendering.
func (s *Scope) Lookup(name string) (value.Value, bool, error) {
	if v, ok := s.memo[name]; ok {
		return v, true, nil
	}
	stored, ok := s.vars.Lookup(name)
	if !ok {
		return nil, false, nil
	}
	if s.active[name] {
		return failed(fmt.Errorf("recursive loop detected in template: maximum recursion depth exceeded")), true, nil
	}
	s.active[name] = true
	v, err := s.Resolve(stored)
	delete(s.active, name)
	if err != nil {
		v = failed(err)
	}
	s.memo[name] = v
	return v, true, nil
}

// Names lists the variables.
func (s *Scope) Names() []string { return s.vars.Names() }

// failed makes an undefined value of an error: that of a mere absence as it is, any other as one that nothing hides.
func failed(err error) *value.Undefined {
	var u *value.UndefinedError
	if errors.As(err, &u) {
		return u.Value
	}
	return &value.Undefined{Msg: err.Error(), Err: err}
}

// Resolve gives a stored value as a template sees it: a trusted text is evaluated, a vaulted one decrypted, a container
// given a lazy view. It makes a Scope the value.Resolver of those views.
func (s *Scope) Resolve(stored value.Value) (value.Value, error) {
	switch v := stored.(type) {
	case value.Str:
		if !isTemplate(v) {
			return v, nil
		}
		return s.evaluate(v)
	case *value.List:
		return value.NewLazyList(v.Stored(), s, value.MarksOf(v)), nil
	case *value.Dict:
		return value.NewLazyDict(v, s, value.MarksOf(v)), nil
	case value.Deferred:
		return v.Resolve()
	}
	return stored, nil
}

// isTemplate reports whether a text is to be evaluated: it must be trusted and have something to evaluate in it.
func isTemplate(s value.Str) bool { return value.IsTrusted(s) && hasTemplate(s.String()) }

func hasTemplate(text string) bool {
	for i := strings.IndexByte(text, '{'); i >= 0 && i+1 < len(text); {
		if c := text[i+1]; c == '{' || c == '%' || c == '#' {
			return true
		}
		next := strings.IndexByte(text[i+1:], '{')
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}

// evaluate renders a text. The value keeps its type when the template is one expression.
func (s *Scope) evaluate(text value.Str) (value.Value, error) {
	pos := value.OriginOf(text)
	t, err := s.e.compile(text.String(), pos)
	if err != nil {
		return nil, syntaxError(err, pos)
	}
	v, err := t.Render(s.ctx, s)
	if err != nil {
		return nil, s.renderError(err, pos)
	}
	if u, ok := v.(*value.Undefined); ok {
		return nil, s.undefined(u, pos)
	}
	if value.IsSecret(text) && !value.IsSecret(v) {
		return value.MarkSecret(v)
	}
	return v, nil
}

// undefined is the error of an undefined value that a template at pos gave: it keeps the value, so that it can go on
// travelling, and says where the template stands.
func (s *Scope) undefined(u *value.Undefined, pos source.Pos) error {
	if u.Err != nil {
		return u.Err
	}
	if !u.Pos.IsValid() || pos.IsValid() {
		c := *u
		c.Pos = pos
		u = &c
	}
	return &value.UndefinedError{Value: u}
}

func syntaxError(err error, pos source.Pos) error {
	var syntax *jinja.SyntaxError
	if errors.As(err, &syntax) {
		return &Error{Msg: "Syntax error in template: " + strings.TrimSuffix(syntax.Msg, ".") + stop(syntax.Msg), Pos: pos}
	}
	return &Error{Msg: "Syntax error in template: " + err.Error(), Pos: pos}
}

func stop(msg string) string {
	if strings.HasSuffix(msg, ".") {
		return "."
	}
	return ""
}

// renderError gives the failure of a rendering its place and Ansible's words.
func (s *Scope) renderError(err error, pos source.Pos) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	var u *value.UndefinedError
	if errors.As(err, &u) {
		return s.undefined(u.Value, pos)
	}
	var late *jinja.UnknownNameError
	if errors.As(err, &late) {
		return &Error{Msg: "Syntax error in template: " + late.Error(), Pos: pos}
	}
	cause := err
	var runtime *jinja.RuntimeError
	if errors.As(err, &runtime) {
		cause = runtime.Cause
	}
	return &Error{Msg: "Error rendering template: " + cause.Error(), Pos: pos}
}

var (
	_ jinja.Vars     = (*Scope)(nil)
	_ value.Resolver = (*Scope)(nil)
)

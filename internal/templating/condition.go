package templating

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Conditions gives the conditions that a keyword or argument holds: one, or a list of them.
func (s *Scope) Conditions(v value.Value) ([]value.Value, error) {
	switch v := v.(type) {
	case value.NoneType:
		return nil, nil
	case *value.List:
		return v.Stored(), nil
	}
	return []value.Value{v}, nil
}

const (
	brokenHelp    = "Broken conditionals can be temporarily allowed with the `ALLOW_BROKEN_CONDITIONALS` configuration option."
	brokenAllowed = " This feature will be removed from ansible-core version 2.23.\n\n" +
		"Broken conditionals are currently allowed because the `ALLOW_BROKEN_CONDITIONALS` configuration option is enabled."
	untrustedHelp = "Templates and expressions must be defined by trusted sources such as playbooks or roles, " +
		"not untrusted sources such as module results."
	delimitersDepr = "Conditionals should not be surrounded by templating delimiters such as {{ }} or {% %}. " +
		"This feature will be removed from ansible-core version 2.23."
)

// Condition evaluates one condition: a truth value, or a trusted text with an expression that gives one.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_conditionals.html
func (s *Scope) Condition(cond value.Value) (bool, error) {
	pos := value.OriginOf(cond)
	v, err := s.condition(cond)
	if err == nil && v != OmitValue {
		if _, ok := v.(value.Bool); !ok {
			f := finalizer{s: s, strict: true}
			final, ferr := f.value(v, pos)
			if ferr != nil {
				err = storageError("expression", ferr, pos)
			} else if final != nil {
				v = final
			}
		}
	}
	if err != nil {
		if e, ok := err.(*Error); ok && e.Kind == Undefined && e.Cause == nil && !isEmptyError(e) {
			return false, &Error{Msg: "Error while evaluating conditional", Pos: pos, Cause: e}
		}
		return false, err
	}
	if b, ok := v.(value.Bool); ok {
		return bool(b), nil
	}
	if v == OmitValue {
		return false, omitted(pos)
	}
	return s.notBoolean(v, pos)
}

func isEmptyError(e *Error) bool { return e.Help != "" }

// condition gives the value of a condition.
func (s *Scope) condition(cond value.Value) (value.Value, error) {
	pos := value.OriginOf(cond)
	if d, ok := cond.(value.Deferred); ok {
		r, err := s.reveal(d)
		if err != nil {
			return nil, err
		}
		cond = r
	}
	switch v := cond.(type) {
	case value.Bool:
		return v, nil
	case value.Str:
		if strings.TrimSpace(v.String()) == "" {
			return s.empty(pos)
		}
		if surrounded(v.String()) {
			return s.surrounded(v, pos)
		}
		return s.expression(v)
	case value.NoneType:
		return s.empty(pos)
	}
	if s.e.o.AllowBrokenConditional {
		s.deprecated("Conditional expressions must be strings."+brokenAllowed, pos)
		return s.Resolve(cond)
	}
	return nil, &Error{Msg: "Conditional expressions must be strings.", Pos: pos, Kind: Conditional, Help: brokenHelp}
}

// empty is a condition without a text.
func (s *Scope) empty(pos source.Pos) (value.Value, error) {
	if s.e.o.AllowBrokenConditional {
		s.deprecated("Empty conditional expression was evaluated as True."+brokenAllowed, pos)
		return value.True, nil
	}
	return nil, &Error{Msg: "Empty conditional expressions are not allowed.", Pos: pos, Kind: Conditional, Help: brokenHelp}
}

// surrounded reports whether a whole condition seems to be a template.
func surrounded(text string) bool {
	text = strings.TrimSpace(text)
	return (strings.HasPrefix(text, "{{") || strings.HasPrefix(text, "{%")) &&
		(strings.HasSuffix(text, "}}") || strings.HasSuffix(text, "%}"))
}

// surrounded evaluates a condition that is written as a template. It may give the condition to evaluate.
func (s *Scope) surrounded(text value.Str, pos source.Pos) (value.Value, error) {
	if !value.IsTrusted(text) {
		return nil, untrusted(pos)
	}
	if trimmed := strings.TrimSpace(text.String()); trimmed != text.String() {
		text = value.NewMarkedStr(trimmed, value.MarksOf(text))
	}
	v, err := s.evaluate(text)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case *value.Undefined:
		return nil, surface(&value.UndefinedError{Value: v}, pos)
	case value.Str:
		if strings.TrimSpace(v.String()) == "" {
			return s.empty(pos)
		}
		if m := value.MarksOf(v); !m.Origin.IsValid() {
			m.Origin = pos
			v = value.WithMarks(v, m).(value.Str)
		}
		return s.expression(v)
	case value.NoneType:
		return s.empty(source.Pos{})
	}
	if v != OmitValue {
		s.deprecated(delimitersDepr, pos)
	}
	return v, nil
}

func untrusted(pos source.Pos) error {
	return &Error{Msg: "Encountered untrusted template or expression.", Pos: pos, Kind: Untrusted, Help: untrustedHelp}
}

// expression evaluates a text as a bare expression.
func (s *Scope) expression(text value.Str) (value.Value, error) {
	pos := value.OriginOf(text)
	if !value.IsTrusted(text) {
		return nil, untrusted(pos)
	}
	x := s.e.compileExpr(text.String(), pos)
	if x.err != nil {
		what := "expression"
		if hasTemplate(text.String()) {
			what += ". Template delimiters are not supported in expressions"
		}
		return nil, within(syntaxError(what, x.err, pos), x.err)
	}
	before, err := s.enter(pos)
	if err != nil {
		return nil, err
	}
	vars := jinja.Vars(s)
	if x.literals != nil {
		vars = &literalVars{s, x.literals, pos}
	}
	v, err := x.x.Eval(s.ctx, vars)
	s.leave(before)
	if err != nil {
		if u := undefinedIn(err); u != nil {
			return nil, surface(&value.UndefinedError{Value: placed(u, pos)}, pos)
		}
		return nil, within(renderError("expression", err, pos), err)
	}
	if u, ok := v.(*value.Undefined); ok {
		return nil, surface(&value.UndefinedError{Value: told(placed(u, pos), "expression", pos)}, pos)
	}
	return v, nil
}

// compileExpr compiles an expression, once.
func (e *Engine) compileExpr(text string, pos source.Pos) *compiledExpr {
	if c, ok := e.exprs.Load(text); ok {
		return c.(*compiledExpr)
	}
	c := &compiledExpr{}
	body := text
	if !e.o.NoEmbeddedTemplates && hasTemplate(text) {
		body, c.literals = liftLiterals(text, pos)
	}
	c.x, c.err = e.env.ParseExpr(jinja.Source{Text: body, Base: pos})
	e.exprs.Store(text, c)
	return c
}

// notBoolean is a condition whose value is no truth value.
func (s *Scope) notBoolean(v value.Value, pos source.Pos) (bool, error) {
	truth, err := value.Truth(v)
	if err != nil {
		return false, surface(err, pos)
	}
	word, from := "False", "<unknown>"
	if truth {
		word = "True"
	}
	if _, none := v.(value.NoneType); !none {
		if p := originOr(v, pos); p.IsValid() {
			from = p.String()
		}
	}
	at, err := value.Repr(value.NewStr(from))
	if err != nil {
		return false, err
	}
	msg := fmt.Sprintf("Conditional result (%s) was derived from value of type '%s' at %s. Conditionals must have a boolean result.",
		word, typeName(v), at)
	if s.e.o.AllowBrokenConditional {
		s.deprecated(msg+brokenAllowed, pos)
		return truth, nil
	}
	return false, &Error{Msg: msg, Pos: pos, Kind: Conditional, Help: brokenHelp}
}

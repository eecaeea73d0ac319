package templating

import (
	"context"
	"errors"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// Scope evaluates templates with the variables of one task on one host. A variable is evaluated when it is first read,
// once. A Scope is used by one goroutine at a time.
type Scope struct {
	e      *Engine
	ctx    context.Context
	vars   Vars
	search []string
	dirs   []string               // where included templates are looked for; nil: in the folder of the playbook
	memo   map[string]value.Value // variables that were evaluated
	active map[string]bool        // variables that are being evaluated, to find those that refer to themselves
	depth  int                    // of evaluations within evaluations
	pos    source.Pos             // of the text that is being evaluated, for warnings
	host   *filters.Host          // what filters may ask of the world around; made when it is needed
	tell   func(n Notice)         // takes what the user should know; nil for that of the engine
	waits  func()                 // called before a lookup runs; nil is nothing
}

// filterHost is what filters and tests may ask of the world around.
func (s *Scope) filterHost() *filters.Host {
	if s.host == nil {
		e := s.e
		s.host = &filters.Host{
			Getenv: e.o.Getenv, Now: e.o.Now,
			// Ansible shows no place with what plugins warn of
			Warn:      func(msg string) { s.warn(msg, source.Pos{}) },
			Deprecate: func(msg string) { s.deprecated(msg, source.Pos{}) },
		}
	}
	return s.host
}

// enter notes that the text at pos is being evaluated, until leave is called with what it returns. What is too deep is an
// error.
func (s *Scope) enter(pos source.Pos) (before source.Pos, err error) {
	if s.depth >= maxDepth {
		return pos, recursion(pos)
	}
	s.depth++
	before, s.pos = s.pos, pos
	return before, nil
}

// leave ends what enter began.
func (s *Scope) leave(before source.Pos) {
	s.depth--
	s.pos = before
}

// maxDepth bounds evaluations within evaluations. Python gives up at some sixty.
const maxDepth = 200

// With gives a scope with further variables, which come before all others.
func (s *Scope) With(vars map[string]value.Value) *Scope {
	n := s.e.Scope(s.ctx, Overlay{Inner: vars, Outer: s.vars}, s.search)
	n.dirs, n.tell, n.waits = s.dirs, s.tell, s.waits
	return n
}

// Settling has settle called before a lookup plugin runs: what it reads may be something that is being changed. It holds for the scopes
// made by With.
func (s *Scope) Settling(settle func()) { s.waits = settle }

// WithLive gives a scope with a variable whose value is asked for when it is first read; ok false is one that is not there.
func (s *Scope) WithLive(name string, now func() (v value.Value, ok bool)) *Scope {
	n := s.e.Scope(s.ctx, live{s.vars, name, now}, s.search)
	n.dirs, n.tell, n.waits = s.dirs, s.tell, s.waits
	return n
}

// Vars returns the variables, as they are stored.
func (s *Scope) Vars() Vars { return s.vars }

// Lookup returns the value of a variable, evaluated; a value that is not there is an undefined one. It makes a Scope the
// variables of a Jinja rendering.
func (s *Scope) Lookup(name string) (value.Value, bool, error) {
	if v, ok := s.memo[name]; ok {
		return v, true, nil
	}
	stored, ok := s.vars.Lookup(name)
	if !ok {
		if name == "vars" {
			return s.all(), true, nil
		}
		return nil, false, nil
	}
	if name == "play_hosts" {
		s.notice(Notice{
			Deprecated: true, Text: "The `play_hosts` magic variable is deprecated. This feature will be removed from ansible-core version 2.23.",
			Pos: s.pos, Help: "Use `ansible_play_batch` instead.",
		})
	}
	if s.active[name] {
		return nil, true, recursion(value.OriginOf(stored))
	}
	if s.active == nil {
		s.active = map[string]bool{}
	}
	s.active[name] = true
	v, err := s.Resolve(stored)
	delete(s.active, name)
	if err != nil {
		return nil, true, err
	}
	s.keep(name, v)
	return v, true, nil
}

// keep remembers what a variable came to.
func (s *Scope) keep(name string, v value.Value) {
	if s.memo == nil {
		s.memo = map[string]value.Value{}
	}
	s.memo[name] = v
}

// all is the variable `vars`: a dict of all variables, each evaluated when it is read.
func (s *Scope) all() value.Value {
	names := s.Names()
	sort.Strings(names)
	stored := value.NewDict()
	for _, n := range names {
		if v, ok := s.vars.Lookup(n); ok {
			stored.SetStr(n, v)
		}
	}
	v := value.NewLazyDict(stored, s, value.Marks{})
	s.keep("vars", v)
	return v
}

// Names lists the variables.
func (s *Scope) Names() []string { return s.vars.Names() }

// Resolve gives a stored value as a template sees it: a trusted text is evaluated, a vaulted one decrypted, a container
// given a lazy view. What is not there is an undefined value. It makes a Scope the value.Resolver of those views.
func (s *Scope) Resolve(stored value.Value) (value.Value, error) {
	switch v := stored.(type) {
	case value.Str:
		if !isTemplate(v) {
			return stored, nil
		}
		return s.evaluate(v)
	case *value.List:
		if plainElems(v.Stored()) { // a copy all the same: templates may append to it
			return value.WithMarks(value.NewList(append([]value.Value(nil), v.Stored()...)...), value.MarksOf(v)), nil
		}
		return value.NewLazyList(v.Stored(), s, value.MarksOf(v)), nil
	case *value.Dict:
		return value.NewLazyDict(v, s, value.MarksOf(v)), nil
	case value.Deferred:
		return s.reveal(v)
	}
	return stored, nil
}

// plainElems reports whether a list has only scalars without templates, so that it needs no lazy view.
func plainElems(elems []value.Value) bool {
	for _, e := range elems {
		switch e := e.(type) {
		case value.Int, value.Bool, value.Float, value.NoneType:
		case value.Str:
			if isTemplate(e) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// reveal decrypts a vaulted value.
func (s *Scope) reveal(d value.Deferred) (value.Value, error) {
	v, err := d.Resolve()
	if err != nil {
		return nil, undecryptable(err)
	}
	if c, ok := d.(yaml.Ciphertexter); ok {
		if s, ok := v.(value.Str); ok {
			m := value.MarksOf(s)
			m.Vault = c.Ciphertext()
			return value.WithMarks(s, m), nil
		}
	}
	return v, nil
}

// undecryptable is the failure to open a vaulted value.
func undecryptable(err error) error {
	var link *Error
	if errors.As(err, &link) {
		return err
	}
	e := &Error{Msg: "Attempt to use undecryptable variable: " + err.Error(), Kind: Vault}
	var d *diag.Error
	if errors.As(err, &d) {
		e.Msg, e.Pos, e.Help = "Attempt to use undecryptable variable: "+d.Msg, d.Pos, d.HintText()
	}
	return e
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
			break
		}
		i += 1 + next
	}
	return strings.HasPrefix(text, headerPrefix)
}

// evaluate renders a text. The value keeps its type when the template is one expression.
func (s *Scope) evaluate(text value.Str) (value.Value, error) {
	pos := value.OriginOf(text)
	t, err := s.e.compile(text.String(), pos)
	if err != nil {
		return nil, syntaxError("template", err, pos)
	}
	before, err := s.enter(pos)
	if err != nil {
		return nil, err
	}
	v, err := t.Render(s.ctx, s)
	s.leave(before)
	return s.result(v, err, text, pos)
}

// result is what came of a rendering: a value, an undefined value with its place, or an error with its place.
func (s *Scope) result(v value.Value, err error, text value.Str, pos source.Pos) (value.Value, error) {
	if err != nil {
		if u := undefinedIn(err); u != nil {
			return placed(u, pos), nil
		}
		if u := failureIn(err); u != nil {
			return u, nil
		}
		return nil, renderError("template", err, pos)
	}
	switch r := v.(type) {
	case *value.Undefined:
		return told(placed(r, pos), "template", pos), nil
	case value.Str:
		v = withNewlines(literal(r), text.String(), "\n")
	}
	if value.IsSecret(text) && !value.IsSecret(v) {
		return value.MarkSecret(v)
	}
	return v, nil
}

// withNewlines puts back the newlines that source, the text of a template, has more of at its end than what came of it:
// Jinja drops the last one.
func withNewlines(s value.Str, source, newline string) value.Str {
	if !strings.HasSuffix(source, "\n") {
		return s
	}
	missing := trailingNewlines(source) - trailingNewlines(s.String())
	if missing <= 0 {
		return s
	}
	m := value.MarksOf(s)
	m.Trusted = false
	return value.NewMarkedStr(s.String()+strings.Repeat(newline, missing), m)
}

func trailingNewlines(s string) int { return len(s) - len(strings.TrimRight(s, "\n")) }

// literal takes the trust off a text with a template in it that comes out of a template: it is a literal of that
// template, and data from then on.
func literal(s value.Str) value.Str {
	if !isTemplate(s) {
		return s
	}
	m := value.MarksOf(s)
	m.Trusted = false
	return value.WithMarks(s, m).(value.Str)
}

func recursion(pos source.Pos) error {
	return &Error{Msg: "Recursive loop detected in template: maximum recursion depth exceeded", Pos: pos, Kind: Recursion}
}

func syntaxError(what string, err error, pos source.Pos) error {
	msg := err.Error()
	var syntax *jinja.SyntaxError
	if errors.As(err, &syntax) {
		msg = syntax.Msg
	}
	return &Error{Msg: "Syntax error in " + what + ": " + msg, Pos: pos, Kind: Syntax}
}

// renderError gives the failure of a rendering its place and Ansible's words. What is "template" or "expression".
func renderError(what string, err error, pos source.Pos) error {
	var own *Error
	if errors.As(err, &own) {
		if own.Kind == Vault {
			return &Error{Msg: "Error rendering " + what, Pos: pos, Cause: own}
		}
		if own.Pos.IsValid() {
			return own
		}
		link := *own
		link.Pos = pos
		return &link
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var failed *pluginError
	if errors.As(err, &failed) {
		return failed.link(pos)
	}
	var syntax *jinja.SyntaxError
	if errors.As(err, &syntax) {
		return syntaxError(what, err, pos)
	}
	var late *jinja.UnknownNameError
	if errors.As(err, &late) {
		if late.Late { // below an if, where Jinja2 finds out when it gets there
			return &Error{Msg: "Error rendering " + what + ": " + strings.TrimSuffix(unknownName(late), ".") + " found.", Pos: pos, Kind: "TemplateRuntimeError"}
		}
		return &Error{Msg: "Syntax error in " + what + ": " + unknownName(late), Pos: pos, Kind: Syntax}
	}
	cause, rendering := err, "Error rendering "+what
	var runtime *jinja.RuntimeError
	if errors.As(err, &runtime) {
		cause = runtime.Cause
	}
	var missing *jinja.TemplateNotFoundError
	var tmpl *jinja.TemplateError
	var lone *apart
	switch {
	case errors.As(err, &missing):
		return &Error{Msg: rendering + ": " + missing.Error(), Pos: pos, Kind: TemplateNotFound}
	case errors.As(err, &tmpl):
		return &Error{Msg: rendering + ": " + tmpl.Error(), Pos: pos, Kind: "TemplateRuntimeError"}
	case value.ClassOf(err) == "RecursionError":
		return &Error{
			Msg: "Recursive loop detected in template", Pos: pos, Kind: Recursion,
			Cause: &Error{Msg: cause.Error(), Kind: Recursion},
		}
	case errors.As(err, &lone):
		return &Error{Msg: rendering, Pos: pos, Cause: &Error{Msg: lone.Error(), Kind: pythonKind(lone)}}
	}
	return &Error{Msg: rendering + ": " + cause.Error(), Pos: pos, Kind: pythonKind(cause)}
}

var (
	_ jinja.Vars     = (*Scope)(nil)
	_ value.Resolver = (*Scope)(nil)
)

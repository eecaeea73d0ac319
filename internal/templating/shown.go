package templating

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Warning is something that the user should know, with the place that it is about.
type Warning struct {
	Text string
	Pos  source.Pos
}

// Shown evaluates an expression to show its value, as debug does with `var`: what is undefined in it is shown as such, with
// warnings. Any other failure is an error.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/debug_module.html
func (s *Scope) Shown(expr value.Value) (value.Value, []Warning, error) {
	pos := value.OriginOf(expr)
	sh := &shower{f: finalizer{s: s, strict: true}}
	out, err := sh.expr(s, expr, pos)
	if err != nil {
		return nil, nil, &Error{Msg: "Error while resolving `var` expression", Pos: pos, Cause: err}
	}
	if out == nil {
		sh.warnings = append(sh.warnings, Warning{"The result of the `var` expression could not be omitted; a placeholder was used instead.", pos})
		out = value.NewStr(OmitValue.Repr())
	}
	return out, sh.warnings, nil
}

// shower makes values final, with undefined ones replaced by what is wrong with them.
type shower struct {
	f        finalizer
	n        int // errors so far
	warnings []Warning
}

func (sh *shower) expr(s *Scope, expr value.Value, pos source.Pos) (value.Value, error) {
	v := expr
	if text, ok := expr.(value.Str); ok {
		r, err := s.expression(text)
		if e, ok := err.(*Error); ok && e.Kind == Undefined && e.Cause == nil {
			r, err = &value.Undefined{Msg: e.Msg, Pos: e.Pos}, nil
		}
		if err != nil {
			return nil, err
		}
		v = r
	}
	out, err := sh.value(v, pos)
	if err != nil {
		return nil, storageError("expression", err, pos)
	}
	return out, nil
}

// value gives the form of v that is shown, nil for omit.
func (sh *shower) value(v value.Value, pos source.Pos) (value.Value, error) {
	switch v := v.(type) {
	case *value.Undefined:
		text, line := sh.undefined(v)
		if v.Pos.IsValid() {
			pos = v.Pos
		}
		sh.warn([]string{line}, pos)
		return text, nil
	case *value.List:
		return sh.list(v, originOr(v, pos))
	case *value.Dict:
		out := value.NewDict()
		for it := v.Iterate(); it.Next(); {
			e, err := it.Value()
			if err != nil {
				return nil, err
			}
			if e, err = sh.value(e, originOr(e, pos)); err != nil {
				return nil, err
			}
			if e != nil {
				if err := out.Set(it.Key(), e); err != nil {
					return nil, err
				}
			}
		}
		return value.WithMarks(out, value.MarksOf(v)), nil
	}
	return sh.f.value(v, pos)
}

// list shows a list; the undefined elements of it are told together.
func (sh *shower) list(l *value.List, pos source.Pos) (value.Value, error) {
	out := value.NewList()
	var lines []string
	for i := range l.Len() {
		e, err := l.At(i)
		if err != nil {
			return nil, err
		}
		if u, ok := e.(*value.Undefined); ok {
			text, line := sh.undefined(u)
			if lines == nil && u.Pos.IsValid() {
				pos = u.Pos
			}
			lines = append(lines, line)
			out.Append(text)
			continue
		}
		if e, err = sh.value(e, originOr(e, pos)); err != nil {
			return nil, err
		}
		if e != nil {
			out.Append(e)
		}
	}
	if lines != nil {
		sh.warn(lines, pos)
	}
	return value.WithMarks(out, value.MarksOf(l)), nil
}

func (sh *shower) undefined(u *value.Undefined) (text value.Value, line string) {
	sh.n++
	line = fmt.Sprintf("error %d - %s", sh.n, u.Msg)
	return value.NewStr("<< " + line + " >>"), line
}

func (sh *shower) warn(lines []string, pos source.Pos) {
	s := ""
	if len(lines) > 1 {
		s = "s"
	}
	sh.warnings = append(sh.warnings, Warning{
		Text: fmt.Sprintf("Encountered %d template error%s.\n%s", len(lines), s, strings.Join(lines, "\n")), Pos: pos,
	})
}

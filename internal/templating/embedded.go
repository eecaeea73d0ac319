package templating

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// A literal of a condition, or of an argument of a lookup, that holds a template is evaluated, with a warning: a custom
// of old playbooks that Ansible still allows.

const embeddedWarning = "Jinja constant strings should not contain embedded templates. This feature will be disabled by default " +
	"in ansible-core 2.23."

const embeddedHelp = "Use inline expressions, for example: "

const (
	embeddedInCondition = "`when: \"{{ a_var }}\" == 42` becomes `when: a_var == 42`"
	embeddedInLookup    = "`msg: \"{{ lookup('env', '{{ a_var }}') }}\"` becomes `msg: \"{{ lookup('env', a_var) }}\"`"
)

// liftLiterals replaces the string literals of an expression that hold templates by names, and gives the literals.
func liftLiterals(text string, pos source.Pos) (string, map[string]value.Str) {
	var out strings.Builder
	var literals map[string]value.Str
	for i := 0; i < len(text); {
		quote := text[i]
		if quote != '\'' && quote != '"' {
			out.WriteByte(quote)
			i++
			continue
		}
		end := i + 1
		for end < len(text) && text[end] != quote {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(text) {
			out.WriteString(text[i:])
			break
		}
		body := text[i+1 : end]
		if !hasTemplate(body) {
			out.WriteString(text[i : end+1])
		} else {
			if literals == nil {
				literals = map[string]value.Str{}
			}
			name := fmt.Sprintf("__literal_%d__", len(literals))
			literals[name] = value.NewMarkedStr(unescape(body), value.Marks{Trusted: true, Origin: pos})
			out.WriteString(name)
		}
		i = end + 1
	}
	return out.String(), literals
}

// unescape reads the escapes of a literal that matter for quotes.
func unescape(body string) string {
	return strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\"`, `"`, `\n`, "\n", `\t`, "\t").Replace(body)
}

// literalVars are the variables of a condition with its lifted literals.
type literalVars struct {
	*Scope
	literals map[string]value.Str
	pos      source.Pos
}

// Lookup evaluates a lifted literal, or gives a variable.
func (l *literalVars) Lookup(name string) (value.Value, bool, error) {
	text, ok := l.literals[name]
	if !ok {
		return l.Scope.Lookup(name)
	}
	l.notice(Notice{Text: embeddedWarning, Pos: l.pos, Help: embeddedHelp + embeddedInCondition})
	v, err := l.evaluate(text)
	return v, true, err
}

// embedded evaluates the templates in the literals of an argument of a lookup.
func (s *Scope) embedded(v value.Value) (value.Value, error) {
	switch v := v.(type) {
	case value.Str:
		if !isTemplate(v) {
			return v, nil
		}
		s.notice(Notice{Text: embeddedWarning, Pos: s.pos, Help: embeddedHelp + embeddedInLookup})
		return s.evaluate(v)
	case *value.List:
		if v.IsLazy() || !anyTemplate(v.Stored()) {
			return v, nil
		}
		out := make([]value.Value, v.Len())
		for i, e := range v.Stored() {
			e, err := s.embedded(e)
			if err != nil {
				return nil, err
			}
			out[i] = e
		}
		return value.NewList(out...), nil
	case *value.Dict:
		return s.embeddedDict(v)
	}
	return v, nil
}

func (s *Scope) embeddedDict(d *value.Dict) (value.Value, error) {
	found := false
	for it := d.Iterate(); it.Next() && !found; {
		found = templateInside(it.Stored())
	}
	if !found || d.IsLazy() {
		return d, nil
	}
	out := value.NewDict()
	for it := d.Iterate(); it.Next(); {
		v, err := s.embedded(it.Stored())
		if err != nil {
			return nil, err
		}
		if err := out.Set(it.Key(), v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func anyTemplate(elems []value.Value) bool {
	for _, e := range elems {
		if templateInside(e) {
			return true
		}
	}
	return false
}

func templateInside(v value.Value) bool {
	switch v := v.(type) {
	case value.Str:
		return isTemplate(v)
	case *value.List:
		return !v.IsLazy() && anyTemplate(v.Stored())
	case *value.Dict:
		if v.IsLazy() {
			return false
		}
		for it := v.Iterate(); it.Next(); {
			if templateInside(it.Stored()) {
				return true
			}
		}
	}
	return false
}

var _ jinja.Vars = (*literalVars)(nil)

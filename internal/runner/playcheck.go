package runner

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// wrongType is the cause of an error of a keyword whose value has another type than it must have.
type wrongType struct {
	msg   string
	pos   source.Pos
	apart bool
}

// Error gives the text.
func (e *wrongType) Error() string { return e.msg }

// Fault gives the text and its place.
func (e *wrongType) Fault() (string, source.Pos) { return e.msg, e.pos }

// Apart reports whether it is told by itself.
func (e *wrongType) Apart() bool { return e.apart }

// checkHead checks the keywords of a play that Ansible evaluates before it looks for hosts, in its order.
func (r *Runner) checkHead(scope *templating.Scope, p *playbook.Play) error {
	for _, c := range []struct {
		k     playbook.Keyword
		typ   string
		fails func(v value.Value) bool
	}{
		{playbook.GatherFacts, "bool", notBool},
		{playbook.GatherSubset, "list", nil},
		{playbook.GatherTimeout, "int", notInt},
		{playbook.ForceHandlers, "bool", notBool},
		{playbook.MaxFailPercentage, "percent", notPercent},
		{playbook.Serial, "", nil},
		{playbook.Strategy, "", nil},
		{playbook.Order, "", nil},
	} {
		raw := p.Get(c.k)
		if raw == nil || raw == value.None {
			continue
		}
		v, err := scope.Finalize(raw)
		if err != nil {
			return keywordError(c.k, raw, err)
		}
		switch {
		case v == value.None:
		case c.typ == "list":
			err = checkTexts(c.k, raw, v)
		case c.fails != nil && c.fails(v):
			shown, _ := value.Repr(v)
			at := value.OriginOf(v)
			if !at.IsValid() {
				at = value.OriginOf(raw)
			}
			err = keywordError(c.k, raw, &wrongType{fmt.Sprintf("The value %s could not be converted to '%s'.", shown, c.typ), at, true})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func notBool(v value.Value) bool { _, err := module.ToBool(v); return err != nil }

func notInt(v value.Value) bool { _, err := module.ToInt(v); return err != nil }

func notPercent(v value.Value) bool {
	text, err := value.Text(v)
	if _, isBool := v.(value.Bool); err == nil && !isBool {
		_, err = module.ToFloat(value.NewStr(strings.TrimSuffix(text, "%")))
	}
	return err != nil
}

// checkTexts refuses elements that are no texts, of a keyword whose value v came of raw.
func checkTexts(k playbook.Keyword, raw, v value.Value) error {
	elems := []value.Value{v}
	if l, ok := v.(*value.List); ok {
		elems = l.Stored()
	}
	for _, e := range elems {
		if _, ok := e.(value.Str); ok {
			continue
		}
		at := value.OriginOf(e)
		if !at.IsValid() {
			at = value.OriginOf(raw)
		}
		return keywordError(k, raw, &wrongType{msg: fmt.Sprintf("Keyword '%s' items must be of type 'str', not '%s'.", k, e.Type()), pos: at})
	}
	return nil
}

// checkHosts refuses host patterns that came out of a template and are none.
func checkHosts(p *playbook.Play, v value.Value) error {
	raw := p.Get(playbook.Hosts)
	if v == value.None {
		return nil
	}
	if err := checkTexts(playbook.Hosts, raw, v); err != nil {
		return err
	}
	elems := []value.Value{v}
	if l, ok := v.(*value.List); ok {
		elems = l.Stored()
	}
	for _, e := range elems {
		if s, ok := e.(value.Str); ok && s.String() == "" {
			return keywordError(playbook.Hosts, raw, &wrongType{msg: "Keyword 'hosts' is required, and cannot have empty values.", pos: value.OriginOf(raw)})
		}
	}
	return nil
}

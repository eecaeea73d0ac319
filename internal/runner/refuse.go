package runner

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// refused are the keywords of a play that are not carried out, and which of their values ask for it.
var refused = []struct {
	keyword playbook.Keyword
	wanted  func(value.Value) bool
}{
	{playbook.Serial, always},
	{playbook.Strategy, isNot("linear", "ansible.builtin.linear")},
	{playbook.Order, isNot("inventory")},
	{playbook.MaxFailPercentage, always},
	{playbook.VarsPromptKeyword, always},
	{playbook.GatherFacts, func(v value.Value) bool { b, err := module.ToBool(v); return err != nil || b }},
}

func always(v value.Value) bool { return v != value.None }

func isNot(allowed ...string) func(value.Value) bool {
	return func(v value.Value) bool {
		s, ok := v.(value.Str)
		for _, a := range allowed {
			if ok && s.String() == a {
				return false
			}
		}
		return v != value.None
	}
}

// refuse ends the run where a play asks for what is not there, rather than running it in another way. Facts, which
// Ansible gathers when nobody says anything, are only missed by a task that uses them: that is a warning.
func (r *Runner) refuse(scope *templating.Scope, p *playbook.Play) error {
	for _, k := range refused {
		raw := p.Get(k.keyword)
		if raw == nil {
			continue
		}
		v, err := scope.Finalize(raw)
		if err != nil {
			return err
		}
		if k.wanted(v) {
			return diag.Errorf(p.Scope.Attrs.Pos(k.keyword), "the keyword %s is not supported by the native engine", k.keyword).
				Hint("take it out, or run this playbook with ansible-playbook")
		}
	}
	if p.Get(playbook.GatherFacts) == nil {
		r.Sink.Handle(event.Warning{Text: "the native engine gathers no facts yet: say gather_facts: false", Pos: p.Pos})
	}
	return nil
}

// RefusedKeywords are those of a play of which some values are not carried out.
func RefusedKeywords() []playbook.Keyword {
	keywords := make([]playbook.Keyword, len(refused))
	for i, k := range refused {
		keywords[i] = k.keyword
	}
	return keywords
}

package executor

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// refused are the keywords that are not carried out, and which of their values ask for it.
var refused = map[playbook.Keyword]func(value.Value) bool{
	playbook.Async: isPositive,
}

func isPositive(v value.Value) bool {
	n, err := module.ToInt(v)
	return err != nil || n > 0
}

// refuse fails a task that asks for what is not there, rather than running it without.
func (r *run) refuse(scope *templating.Scope) error {
	for k, wanted := range refused {
		v, err := r.setting(scope, k)
		if err != nil {
			return err
		}
		if v != nil && wanted(v) {
			return diag.Errorf(r.task.Pos, "the keyword %s is not supported by the native engine", k)
		}
	}
	return nil
}

// Refused reports whether a keyword with a value, as it is written, asks for what is not carried out. A template may.
func Refused(k playbook.Keyword, v value.Value) bool {
	wanted := refused[k]
	if wanted == nil || v == value.None {
		return false
	}
	if s, ok := v.(value.Str); ok && s.Contains("{{") {
		return false
	}
	return wanted(v)
}

// RefusedKeywords are those of which some values are not carried out.
func RefusedKeywords() []playbook.Keyword {
	return []playbook.Keyword{playbook.Async}
}

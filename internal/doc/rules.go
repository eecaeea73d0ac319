package doc

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
)

// Rules tells the conditions over several arguments as sentences.
func Rules(r module.Rules) []string {
	var list []string
	for _, group := range r.MutuallyExclusive {
		list = append(list, "At most one of "+names(group, "and")+".")
	}
	for _, group := range r.RequiredOneOf {
		list = append(list, "One of "+names(group, "or")+" is needed.")
	}
	for _, group := range r.RequiredTogether {
		list = append(list, names(group, "and")+" go together.")
	}
	for _, rule := range r.RequiredIf {
		need := names(rule.Then, "and")
		if rule.AnyOf {
			need = "one of " + names(rule.Then, "or")
		}
		list = append(list, fmt.Sprintf("With `%s: %s`, %s is needed.", rule.Name, DefaultText(rule.Is), need))
	}
	for _, rule := range r.RequiredBy {
		list = append(list, fmt.Sprintf("`%s` needs %s.", rule.Name, names(rule.Needs, "and")))
	}
	return list
}

func names(group []string, word string) string {
	quoted := make([]string, len(group))
	for i, name := range group {
		quoted[i] = "`" + name + "`"
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	return strings.Join(quoted[:len(quoted)-1], ", ") + " " + word + " " + quoted[len(quoted)-1]
}

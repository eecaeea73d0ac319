package module

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// given reports whether an argument is there and not null.
func given(params *value.Dict, name string) bool {
	v := params.Stored(name)
	return v != nil && v != value.None
}

// mutuallyExclusive counts an argument that is given as null too, as Ansible does.
func (c *checker) mutuallyExclusive(rules Rules, params *value.Dict, in string) {
	for _, group := range rules.MutuallyExclusive {
		n := 0
		for _, name := range group {
			if params.Has(name) {
				n++
			}
		}
		if n > 1 {
			c.fail("parameters are mutually exclusive: %s%s", strings.Join(group, "|"), in)
		}
	}
}

// rules checks the conditions over several arguments other than exclusion. Defaults are not yet filled in but count, as
// far as they are not null.
func (c *checker) rules(rules Rules, params *value.Dict, args Args, in string) {
	has := func(name string) bool {
		if params.Has(name) {
			return true
		}
		a := args.find(name)
		return a != nil && a.Default != nil
	}
	for _, group := range rules.RequiredTogether {
		n := 0
		for _, name := range group {
			if has(name) {
				n++
			}
		}
		if n > 0 && n < len(group) {
			c.fail("parameters are required together: %s%s", strings.Join(group, ", "), in)
		}
	}
	for _, group := range rules.RequiredOneOf {
		n := 0
		for _, name := range group {
			if has(name) {
				n++
			}
		}
		if n == 0 {
			c.fail("one of the following is required: %s%s", strings.Join(group, ", "), in)
		}
	}
	for _, r := range rules.RequiredIf {
		c.requiredIf(r, params, args, in)
	}
	for _, r := range rules.RequiredBy {
		if !given(params, r.Name) {
			continue
		}
		var missing []string
		for _, name := range r.Needs {
			if !given(params, name) {
				missing = append(missing, name)
			}
		}
		if len(missing) > 0 {
			c.fail("missing parameter(s) required by '%s': %s%s", r.Name, strings.Join(missing, ", "), in)
		}
	}
}

func (c *checker) requiredIf(r RequiredIf, params *value.Dict, args Args, in string) {
	v := params.Stored(r.Name)
	if v == nil {
		a := args.find(r.Name)
		if a == nil || a.Default == nil {
			return
		}
		v = value.Of(a.Default)
	}
	if same, err := value.Equal(v, value.Of(r.Is)); err != nil || !same {
		return
	}
	var missing []string
	for _, name := range r.Then {
		if !given(params, name) && (args.find(name) == nil || args.find(name).Default == nil) {
			missing = append(missing, name)
		}
	}
	word := "all"
	if r.AnyOf {
		word = "any"
		if len(missing) < len(r.Then) {
			return
		}
	}
	if len(missing) > 0 {
		c.fail("%s is %s but %s of the following are missing: %s%s", r.Name, text(value.Of(r.Is)), word, strings.Join(missing, ", "), in)
	}
}

// choices checks a converted value against the choices of its argument. Where the choices are words for true and false
// that YAML has read as a bool, the word is put back.
func (c *checker) choices(a *Arg, params *value.Dict, in string) {
	if len(a.Choices) == 0 || !params.Has(a.Name) {
		return
	}
	v := params.Stored(a.Name)
	if l, ok := v.(*value.List); ok {
		var bad []string
		for _, e := range l.Stored() {
			if !has(a.Choices, text(e)) {
				bad = append(bad, text(e))
			}
		}
		if len(bad) > 0 {
			c.fail("value of %s must be one or more of: %s. Got no match for: %s%s", a.Name, strings.Join(a.Choices, ", "), strings.Join(bad, ", "), in)
		}
		return
	}
	got := text(v)
	if has(a.Choices, got) {
		return
	}
	if got == "True" || got == "False" {
		if word := boolWord(a.Choices, got == "True"); word != "" {
			params.SetStr(a.Name, value.NewStr(word))
			return
		}
	}
	c.fail("value of %s must be one of: %s, got: %s%s", a.Name, strings.Join(a.Choices, ", "), got, in)
}

// boolWord returns the only one of the choices that is a word for b.
func boolWord(choices []string, b bool) string {
	word := ""
	for _, ch := range choices {
		if is, ok := boolWords[ch]; ok && is == b {
			if word != "" {
				return ""
			}
			word = ch
		}
	}
	return word
}

func has(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

func errorf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

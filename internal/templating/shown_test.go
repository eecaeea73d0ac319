package templating_test

import (
	"context"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// TestShown holds debug's var against what ansible-core 2.19 shows.
func TestShown(t *testing.T) {
	f := source.NewFile("v.yml", strings.Join([]string{
		`d: {ok: 1, bad: "{{ nope }}", l: ["{{ nope2 }}", 3]}`,
		`bad: "{{ nope }}"`,
		`same: ["{{ nope }}", "{{ nope }}"]`,
		`syn: "{{ 1 + }}"`,
	}, "\n"))
	loaded, err := yaml.Load(f, yaml.Options{Trusted: true})
	if err != nil {
		t.Fatal(err)
	}
	vars := templating.Map{}
	for it := loaded.(*value.Dict).Iterate(); it.Next(); {
		vars[it.Key().(value.Str).String()] = it.Stored()
	}
	play := source.At(source.NewFile("p.yml", ""), 3, 20)
	for _, c := range []struct{ expr, repr, warnings, err string }{
		{
			"d", `{'ok': 1, 'bad': "<< error 1 - 'nope' is undefined >>", 'l': ["<< error 2 - 'nope2' is undefined >>", 3]}`,
			"v.yml:1:17 Encountered 1 template error. error 1 - 'nope' is undefined|v.yml:1:35 Encountered 1 template error. error 2 - 'nope2' is undefined", "",
		},
		{"bad", `"<< error 1 - 'nope' is undefined >>"`, "v.yml:2:6 Encountered 1 template error. error 1 - 'nope' is undefined", ""},
		{"nope.a.b", `"<< error 1 - 'nope' is undefined >>"`, "p.yml:3:20 Encountered 1 template error. error 1 - 'nope' is undefined", ""},
		{
			"same", `["<< error 1 - 'nope' is undefined >>", "<< error 2 - 'nope' is undefined >>"]`,
			"v.yml:3:8 Encountered 2 template errors. error 1 - 'nope' is undefined error 2 - 'nope' is undefined", "",
		},
		{"d.ok", "1", "", ""},
		{"[omit, 1]", "[1]", "", ""},
		{"omit", "'<<Omit>>'", "p.yml:3:20 The result of the `var` expression could not be omitted; a placeholder was used instead.", ""},
		{"syn", "", "", "Error while resolving `var` expression: Syntax error in template: unexpected 'end of print statement'"},
		{"1 +", "", "", "Error while resolving `var` expression: Syntax error in expression: unexpected 'end of template'"},
		{"'x' | from_json", "", "", "Error while resolving `var` expression: The filter plugin 'ansible.builtin.from_json' failed: Expecting value: line 1 column 1 (char 0)"},
		{"range(3)", "", "", "Error while resolving `var` expression: Error rendering expression: Type 'range' is unsupported for variable storage."},
	} {
		t.Run(c.expr, func(t *testing.T) {
			s := templating.New(templating.Options{}).Scope(context.Background(), vars, nil)
			v, warnings, err := s.Shown(value.NewMarkedStr(c.expr, value.Marks{Trusted: true, Origin: play}))
			if err != nil || c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Errorf("got error %v, want %s", err, c.err)
				}
				return
			}
			if r, _ := value.Repr(v); r != c.repr {
				t.Errorf("got %s, want %s", r, c.repr)
			}
			var told []string
			for _, w := range warnings {
				told = append(told, w.Pos.String()+" "+strings.ReplaceAll(w.Text, "\n", " "))
			}
			if got := strings.Join(told, "|"); got != c.warnings {
				t.Errorf("got warnings %s\nwant %s", got, c.warnings)
			}
		})
	}
}

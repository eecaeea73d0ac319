package jinja_test

import (
	"context"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func render(t *testing.T, env *jinja.Env, text string, vars *value.Dict) (string, error) {
	t.Helper()
	tmpl, err := env.Parse(jinja.Source{Text: text})
	if err != nil {
		return "", err
	}
	v, err := tmpl.Render(context.Background(), jinja.DictVars{Dict: vars})
	if err != nil {
		return "", err
	}
	return value.Text(v)
}

func TestRender(t *testing.T) {
	vars := value.DictOf("x", value.NewInt(42), "lst", value.NewList(value.NewInt(3), value.NewInt(1)))
	for _, c := range []struct{ text, want string }{
		{"a{{ x }}b", "a42b"},
		{"{% for i in lst %}{{ loop.index }}:{{ i + 1 }} {% else %}none{% endfor %}", "1:4 2:2 "},
		{"{% macro m(a, b=a) %}{{ a }}{{ b }}{{ x }}{% endmacro %}{{ m(1) }}{{ m(1, b=2) }}", "11421242"},
		{"{% set y = x if x > 1 else 0 %}{{ y ~ 'z' }}", "42z"},
	} {
		got, err := render(t, jinja.New(), c.text, vars)
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.text, got, err, c.want)
		}
	}
}

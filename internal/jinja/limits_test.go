package jinja_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/jinjabench"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func TestLimits(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"recursion", "{% macro r(n) %}{{ r(n) }}{% endmacro %}{{ r(1) }}", "maximum recursion depth exceeded"},
		{"recursive include", "{% include 'self' %}", "maximum recursion depth exceeded"},
		{"recursive extends", "{% extends 'ext' %}", "maximum recursion depth exceeded"},
		{"output", "{% for i in range(1000) %}{{ 'x' * 1000 }}{% endfor %}", "the output of the template is larger than 10000 bytes"},
		{"range", "{{ range(100001) }}", "the range is too large"},
		{"steps", "{% for i in range(1000) %}{% for j in range(1000) %}{% endfor %}{% endfor %}", "the template takes too many steps"},
		{"nesting", strings.Repeat("{% if x %}", 300), "nested too deeply"},
		{"parentheses", "{{ " + strings.Repeat("(", 10000), "nested too deeply"},
		{"chain", "{{ x" + strings.Repeat(".y", 100000) + " }}", "nested too deeply"},
		{"sum", "{{ 1" + strings.Repeat("+1", 100000) + " }}", "nested too deeply"},
		{"not", "{{ " + strings.Repeat("not ", 100000) + "x }}", "nested too deeply"},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := jinja.New()
			env.Limits = jinja.Limits{Output: 10_000, Range: 100_000, Steps: 100_000}
			env.Loader = dictLoader{env, map[string]string{"self": "{% include 'self' %}", "ext": "{% extends 'ext' %}"}}
			_, err := renderEnv(env, c.text, value.DictOf("x", value.NewInt(1)))
			if err == nil || message(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	tmpl, err := jinja.New().Parse(jinja.Source{Text: "{% for i in range(90000000) %}{% endfor %}"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := tmpl.Render(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestPositions(t *testing.T) {
	f := source.NewFile("vars.yml", "a: 1\nb: |\n  x {{ nope }}\n  {{ y | }}\nc: \"é{{ 1/0 }}\"\n")
	for _, c := range []struct {
		name string
		src  jinja.Source
		want string
	}{
		{"block scalar", jinja.Source{Text: "x {{ nope }}\n{{ 1 }}", Base: source.At(f, 3, 3), Indent: 2}, "vars.yml:3:8: 'nope' is undefined"},
		{"second line", jinja.Source{Text: "x\n{{ y | }}", Base: source.At(f, 3, 3), Indent: 2}, "vars.yml:4:10: expected token 'name', got 'end of print statement'"},
		{"in a line", jinja.Source{Text: "é{{ 1/0 }}", Base: source.At(f, 5, 5)}, "vars.yml:5:9: division by zero"},
		{"filter", jinja.Source{Text: "é{{ 1|nofilter }}", Base: source.At(f, 5, 5)}, "vars.yml:5:11: No filter named 'nofilter'."},
	} {
		t.Run(c.name, func(t *testing.T) {
			tmpl, err := jinja.New().Parse(c.src)
			if err == nil {
				_, err = tmpl.Render(context.Background(), nil)
			}
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			var d *diag.Error
			if !errors.As(err, &d) || d.Error() != c.want {
				t.Errorf("as a finding: %v", d)
			}
		})
	}
}

func TestUnknownName(t *testing.T) {
	_, err := jinja.New().Parse(jinja.Source{Text: "{{ 1 | uper }}"})
	var u *jinja.UnknownNameError
	if !errors.As(err, &u) || u.Name != "uper" || u.Kind != "filter" || u.Late {
		t.Errorf("got %v", err)
	}
	_, err = renderEnv(jinja.New(), "{{ (1 is nope) if true }}", nil)
	if !errors.As(err, &u) || u.Name != "nope" || u.Kind != "test" || !u.Late {
		t.Errorf("got %v", err)
	}
	env := jinja.New()
	env.LateNames = true
	if _, err := env.Parse(jinja.Source{Text: "{{ 1 | uper }}"}); err != nil {
		t.Errorf("late: %v", err)
	}
}

func TestSecretTravels(t *testing.T) {
	secret := value.NewMarkedStr("s3cret", value.Marks{Secret: true})
	vars := value.DictOf("p", secret, "l", value.NewList(secret), "d", value.DictOf("k", secret))
	for _, text := range []string{
		"{{ p }}", "x{{ p }}", "{{ p | upper }}", "{{ 'a' ~ p }}", "{{ l | join }}", "{{ l }}!", "{{ 'x%s' | format(p) }}", "{{ 'a' | replace('a', p) }}",
		"{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m(p) }}", "{% set x %}{{ p }}{% endset %}{{ x }}", "{{ d | tojson }}", "{{ l | first }}",
		"{% filter upper %}{{ p }}{% endfilter %}", "{{ p | length }}", "{{ p[1:] }}", "{{ [p] | map('upper') | join }}", "{{ d | string }}", "{{ d | pprint }}",
		"{{ p | b64 }}",
	} {
		env := jinja.New()
		env.Native = true
		env.Filters = func(name string) (*jinja.Func, error) {
			if name == "b64" {
				return &jinja.Func{Name: name, Run: func(*jinja.Call) (value.Value, error) { return value.NewStr("x"), nil }}, nil
			}
			return jinja.Filters.Lookup(name)
		}
		tmpl, err := env.Parse(jinja.Source{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		v, err := tmpl.Render(context.Background(), jinja.DictVars{Dict: vars})
		if m, ok := v.(jinja.Markup); ok {
			v = m.Text
		}
		if err != nil || !value.IsSecret(v) {
			t.Errorf("%s: %v is not secret, %v", text, v, err)
		}
		clear, err := env.Parse(jinja.Source{Text: "{{ 'p' | upper }}x{{ [1] }}"})
		if err != nil {
			t.Fatal(err)
		}
		if v, _ := clear.Render(context.Background(), jinja.DictVars{Dict: vars}); value.IsSecret(v) {
			t.Error("everything is secret")
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	env := benchEnv(false)
	tmpl, err := env.Parse(jinja.Source{Text: jinjabench.Text("servers")})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var first string
	var mu sync.Mutex
	for range 4 {
		wg.Go(func() {
			for range 5 {
				v, err := tmpl.Render(context.Background(), jinja.DictVars{Dict: jinjabench.Data(20)})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if first == "" {
					first = v.(value.Str).String()
				}
				if v.(value.Str).String() != first {
					t.Error("the renderings differ")
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

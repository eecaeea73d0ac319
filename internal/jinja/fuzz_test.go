package jinja_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/syntax"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func seed(f *testing.F) {
	for _, r := range readRecordings(f) {
		f.Add(r.Template)
	}
}

// FuzzParse: whatever the text, the parser gives a tree or an error with a place in the text.
func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		o := syntax.Options{Do: true, LoopControls: true, TrimBlocks: true, LstripBlocks: true, LineStatementPrefix: "%%", LineCommentPrefix: "##"}
		_, err := syntax.Parse(syntax.Source{Text: text}, o)
		checkSyntaxError(t, text, err)
		_, _, err = syntax.ParseExpr(syntax.Source{Text: text}, syntax.Options{})
		checkSyntaxError(t, text, err)
	})
}

func checkSyntaxError(t *testing.T, text string, err error) {
	if err == nil {
		return
	}
	var s *syntax.Error
	if !errors.As(err, &s) {
		t.Fatalf("%q: %T", text, err)
	}
	if s.Msg == "" || s.Line < 1 || s.Pos.Line < 1 || s.Pos.Col < 1 {
		t.Fatalf("%q: bad error %+v", text, s)
	}
}

// FuzzRender: whatever the template, rendering ends soon and gives a value or an error.
func FuzzRender(f *testing.F) {
	seed(f)
	vars, err := value.FromJSON([]byte(`{"x": 42, "lst": [3, 1, 2], "d": {"a": 1, "b": [1, {"c": null}]}, "s": "text", "t": true, "f": 1.5}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, native := range []bool{false, true} {
			env := jinja.New()
			env.Native, env.Undefined.Chain = native, native
			env.Syntax.Do, env.Syntax.LoopControls = true, true
			env.Loader = dictLoader{env, map[string]string{"b": "<{% block a %}{% endblock %}>", "i": "{{ x }}"}}
			env.Limits = jinja.Limits{Output: 1 << 20, Range: 10_000, Steps: 100_000, Depth: 50}
			tmpl, err := env.Parse(jinja.Source{Text: text})
			if err != nil {
				return
			}
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			copied, err := value.Untrust(vars)
			if err != nil {
				t.Fatal(err)
			}
			_, err = tmpl.Render(ctx, jinja.DictVars{Dict: copied.(*value.Dict)})
			if errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("%q hangs", text)
			}
			cancel()
		}
	})
}

package jinja_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// recording is a template with what Jinja2 3.1.6 made of it, with strict undefined values. It was recorded with
// testdata/record.py.
type recording struct {
	Template string
	Vars     json.RawMessage
	Files    map[string]string
	Options  map[string]any
	Text     string
	Error    string // class
	Message  string
	Line     int
}

func readRecordings(t testing.TB) []recording {
	t.Helper()
	f, err := os.Open("testdata/jinja2.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []recording
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<22)
	for sc.Scan() {
		var r recording
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

type dictLoader struct {
	env   *jinja.Env
	files map[string]string
}

func (l dictLoader) Load(_ context.Context, name string, _ *jinja.Template) (*jinja.Template, error) {
	text, ok := l.files[name]
	if !ok {
		return nil, &jinja.TemplateNotFoundError{Names: []string{name}}
	}
	return l.env.Parse(jinja.Source{Text: text, Name: name})
}

func (r *recording) env() *jinja.Env {
	e := jinja.New()
	e.Loader = dictLoader{e, r.Files}
	o := &e.Syntax
	o.Do, o.LoopControls = true, true
	str := map[string]*string{
		"block_start_string": &o.BlockStart, "block_end_string": &o.BlockEnd,
		"variable_start_string": &o.VariableStart, "variable_end_string": &o.VariableEnd,
		"comment_start_string": &o.CommentStart, "comment_end_string": &o.CommentEnd,
		"line_statement_prefix": &o.LineStatementPrefix, "line_comment_prefix": &o.LineCommentPrefix,
		"newline_sequence": &o.NewlineSequence,
	}
	flags := map[string]*bool{
		"trim_blocks": &o.TrimBlocks, "lstrip_blocks": &o.LstripBlocks, "keep_trailing_newline": &o.KeepTrailingNewline,
		"autoescape": &e.Autoescape,
	}
	for k, v := range r.Options {
		if p := str[k]; p != nil {
			*p = v.(string)
		} else if p := flags[k]; p != nil {
			*p = v.(bool)
		} else {
			panic("unknown option " + k)
		}
	}
	return e
}

func (r *recording) run() (string, error) {
	vars, err := value.FromJSON(r.Vars)
	if err != nil {
		return "", err
	}
	return renderEnv(r.env(), r.Template, vars.(*value.Dict))
}

func renderEnv(env *jinja.Env, text string, vars *value.Dict) (string, error) {
	t, err := env.Parse(jinja.Source{Text: text})
	if err != nil {
		return "", err
	}
	v, err := t.Render(context.Background(), jinja.DictVars{Dict: vars})
	if err != nil {
		return "", err
	}
	return value.Text(v)
}

func TestAsJinja2(t *testing.T) {
	failed := 0
	for _, r := range readRecordings(t) {
		got, err := r.run()
		switch {
		case r.Error == "" && err != nil:
			t.Errorf("%q %v: %v\nwant %q", r.Template, r.Options, err, r.Text)
		case r.Error == "" && got != r.Text:
			t.Errorf("%q %v:\n got %q\nwant %q", r.Template, r.Options, got, r.Text)
		case r.Error != "" && err == nil:
			t.Errorf("%q: got %q, want error %s: %s", r.Template, got, r.Error, r.Message)
		case r.Error != "" && message(err) != strings.TrimSpace(strings.Split(r.Message, " (<template>")[0]):
			t.Errorf("%q: error\n got %s\nwant %s: %s", r.Template, message(err), r.Error, r.Message)
		default:
			var s *jinja.SyntaxError
			if strings.HasPrefix(r.Error, "Template") && errors.As(err, &s) && s.Line != r.Line {
				t.Errorf("%q: line %d, want %d: %s", r.Template, s.Line, r.Line, r.Message)
			}
			continue
		}
		failed++
	}
	t.Logf("%d differ", failed)
}

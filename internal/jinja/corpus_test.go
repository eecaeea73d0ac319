package jinja_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// The corpus was recorded with ansible-core. Here the cases run that need only the language: with a small environment
// that does what Ansible's does around it (native results, undefined values that travel, lazy variables), and none of
// Ansible's filters, tests and lookups. Cases that name one of those are left to package templating.

type corpusCase struct {
	ID, Group, Mode, Template string
	Vars                      json.RawMessage
	Files                     map[string]any
	ModuleArgs                map[string]any `json:"module_args"`
	Config                    map[string]any
	Optional                  any
	First                     string
	VarsYAML                  string `json:"vars_yaml"`
	Expect                    struct {
		OK         bool
		Type       string
		Value      json.RawMessage
		Repr       string
		ErrorClass string `json:"error_class"`
		Message    string
	}
}

func loadCorpus(t *testing.T, tier string) []corpusCase {
	t.Helper()
	f, err := os.Open("../conformance/testdata/jinja/" + tier + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []corpusCase
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		c := corpusCase{Mode: "expr"}
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			continue // a template that is no str
		}
		cases = append(cases, c)
	}
	return cases
}

// world is the environment of one case.
type world struct {
	env    *jinja.Env
	stored *value.Dict
	files  map[string]any
	depth  int
}

func newWorld(c *corpusCase) (*world, error) {
	w := &world{env: jinja.New(), files: c.Files}
	e := w.env
	e.Native = true
	e.Loader = w
	e.Undefined.Chain, e.Undefined.EagerCalls = true, true
	e.Undefined.New = func(m jinja.Missing) *value.Undefined {
		msg := m.Msg
		if m.Kind == jinja.MissingAttr || m.Kind == jinja.MissingItem {
			key, _ := value.Repr(m.Key)
			msg = fmt.Sprintf("object of type '%s' has no attribute %s", m.Obj.Type(), key)
		}
		return &value.Undefined{Name: m.Name, Msg: msg, Pos: m.Pos}
	}
	e.Text = func(v value.Value) (string, error) {
		v, err := untuple(v)
		if err != nil {
			return "", err
		}
		return value.Text(v)
	}
	e.Result = func(c *jinja.Call, v value.Value, err error) (value.Value, error) {
		switch r := v.(type) {
		case *jinja.Generator:
			elems, err := value.Elems(r)
			return value.NewList(elems...), err
		}
		return v, err
	}
	if c.Mode == "file" {
		e.Syntax.TrimBlocks = true
	} else {
		e.Syntax.LiteralBackslashes = true
	}
	s := func(name string, p *string) {
		if v, ok := c.ModuleArgs[name].(string); ok {
			*p = v
		}
	}
	s("block_start_string", &e.Syntax.BlockStart)
	s("block_end_string", &e.Syntax.BlockEnd)
	s("variable_start_string", &e.Syntax.VariableStart)
	s("variable_end_string", &e.Syntax.VariableEnd)
	s("comment_start_string", &e.Syntax.CommentStart)
	s("comment_end_string", &e.Syntax.CommentEnd)
	s("newline_sequence", &e.Syntax.NewlineSequence)
	if v, ok := c.ModuleArgs["trim_blocks"].(bool); ok {
		e.Syntax.TrimBlocks = v
	}
	if v, ok := c.ModuleArgs["lstrip_blocks"].(bool); ok {
		e.Syntax.LstripBlocks = v
	}
	ext := fmt.Sprint(c.Config["jinja2_extensions"])
	e.Syntax.Do = strings.Contains(ext, "jinja2.ext.do")
	e.Syntax.LoopControls = strings.Contains(ext, "jinja2.ext.loopcontrols")
	vars := value.NewDict()
	if len(c.Vars) > 0 {
		v, err := value.FromJSON(c.Vars)
		if err != nil {
			return nil, err
		}
		vars = v.(*value.Dict)
	}
	w.stored = vars
	return w, nil
}

func untuple(v value.Value) (value.Value, error) {
	switch v := v.(type) {
	case value.Tuple, *value.List:
		elems, err := value.Elems(v)
		if err != nil {
			return nil, err
		}
		out := make([]value.Value, len(elems))
		for i, e := range elems {
			if out[i], err = untuple(e); err != nil {
				return nil, err
			}
		}
		return value.NewList(out...), nil
	case *value.Dict:
		d := value.NewDict()
		for it := v.Iterate(); it.Next(); {
			e, err := it.Value()
			if err != nil {
				return nil, err
			}
			if e, err = untuple(e); err != nil {
				return nil, err
			}
			if err := d.Set(it.Key(), e); err != nil {
				return nil, err
			}
		}
		return d, nil
	case *value.Undefined:
		return nil, &value.UndefinedError{Value: v}
	case *value.View:
		elems, err := value.Elems(v)
		if err != nil {
			return nil, err
		}
		return untuple(value.NewList(elems...))
	}
	return v, nil
}

// Resolve evaluates a stored template.
func (w *world) Resolve(v value.Value) (value.Value, error) {
	switch v := v.(type) {
	case value.Str:
		if !strings.Contains(v.String(), "{{") && !strings.Contains(v.String(), "{%") {
			return v, nil
		}
		if w.depth > 20 {
			return nil, errors.New("recursive loop")
		}
		w.depth++
		defer func() { w.depth-- }()
		t, err := w.env.Parse(jinja.Source{Text: v.String()})
		if err != nil {
			return nil, err
		}
		return t.Render(context.Background(), w)
	case *value.List:
		return value.NewLazyList(v.Stored(), w, value.Marks{}), nil
	case *value.Dict:
		return value.NewLazyDict(v, w, value.Marks{}), nil
	}
	return v, nil
}

func (w *world) Lookup(name string) (value.Value, bool, error) {
	v, ok, err := w.stored.GetStr(name)
	if !ok || err != nil {
		return nil, false, err
	}
	v, err = w.Resolve(v)
	return v, true, err
}

func (w *world) Names() []string { return jinja.DictVars{Dict: w.stored}.Names() }

func (w *world) Load(_ context.Context, name string, from *jinja.Template) (*jinja.Template, error) {
	for _, p := range []string{name, path.Join("templates", name), path.Join("files", name)} {
		if text, ok := w.files[p].(string); ok {
			return w.env.Parse(jinja.Source{Text: text, Name: name})
		}
	}
	return nil, &jinja.TemplateNotFoundError{Names: []string{name}}
}

func (w *world) run(c *corpusCase) (value.Value, error) {
	if c.Mode == "when" {
		x, err := w.env.ParseExpr(jinja.Source{Text: c.Template})
		if err != nil {
			return nil, err
		}
		v, err := x.Eval(context.Background(), w)
		if u, ok := v.(*value.Undefined); ok && err == nil {
			return nil, &value.UndefinedError{Value: u}
		}
		return v, err
	}
	t, err := w.env.Parse(jinja.Source{Text: c.Template})
	if err != nil {
		return nil, err
	}
	v, err := t.Render(context.Background(), w)
	if err != nil {
		return nil, err
	}
	if m, ok := v.(jinja.Markup); ok {
		v = m.Text
	}
	switch v := v.(type) {
	case *value.Undefined:
		return nil, &value.UndefinedError{Value: v}
	case *value.Range:
		return nil, errors.New("Type 'range' is unsupported for variable storage.")
	case value.Str:
		nl := "\n"
		if s, ok := c.ModuleArgs["newline_sequence"].(string); ok {
			nl = s
		}
		trailing := func(s string) int { return len(s) - len(strings.TrimRight(s, "\r\n")) }
		if trailing(c.Template) > trailing(v.String()) {
			return value.NewStr(v.String() + nl), nil
		}
		return v, nil
	}
	if v, err = untuple(v); err != nil {
		return nil, err
	}
	if c.Mode == "file" {
		if _, none := v.(value.NoneType); none {
			return value.NewStr(""), nil
		}
		s, err := value.Text(v)
		return value.NewStr(s), err
	}
	return v, nil
}

// strip takes away what Ansible puts in front of a message.
func strip(msg string) string {
	for _, p := range []string{
		"Syntax error in template: ", "Syntax error in expression: ", "Error rendering template: ", "Error rendering expression: ",
		"Error while evaluating conditional: ", "Recursive loop detected in template: ",
	} {
		msg = strings.TrimPrefix(msg, p)
	}
	if strings.HasPrefix(msg, "The filter plugin") || strings.HasPrefix(msg, "The test plugin") {
		_, msg, _ = strings.Cut(msg, "failed: ")
	}
	return strings.ReplaceAll(strings.ReplaceAll(msg, "_AnsibleTaggedInt", "int"), "_AnsibleTaggedStr", "str")
}

func message(err error) string {
	var s *jinja.SyntaxError
	if errors.As(err, &s) {
		return s.Msg
	}
	var r *jinja.RuntimeError
	if errors.As(err, &r) {
		return r.Cause.Error()
	}
	return err.Error()
}

func readSkiplist(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/skiplist.txt")
	if err != nil {
		t.Fatal(err)
	}
	skip := map[string]string{}
	for _, l := range strings.Split(string(text), "\n") {
		if id, reason, ok := strings.Cut(l, " "); ok && !strings.HasPrefix(l, "#") {
			skip[id] = reason
		}
	}
	return skip
}

// foreign reports whether the failure is that something of Ansible's is missing here.
func foreign(err error) bool {
	var unknown *jinja.UnknownNameError
	if errors.As(err, &unknown) {
		return true
	}
	var undef *value.UndefinedError
	return errors.As(err, &undef) && slices.Contains([]string{"lookup", "query", "q", "now", "undef", "omit", "groups", "hostvars", "ansible_managed", "vars"}, undef.Value.Name)
}

func TestCorpus(t *testing.T) {
	skip := readSkiplist(t)
	for _, tier := range []string{"T1", "T2", "T4"} {
		t.Run(tier, func(t *testing.T) {
			passed, left, known := 0, 0, 0
			for _, c := range loadCorpus(t, tier) {
				if c.Optional != nil || c.First != "" || c.VarsYAML != "" || strings.Contains(string(c.Vars), "__untrusted__") ||
					strings.Contains(string(c.Vars), "__vault__") || strings.HasPrefix(c.Template, "#jinja2:") || strings.Contains(c.Template, "random(") || strings.Contains(c.Template, "@DIR@") {
					left++
					continue
				}
				ok, isForeign, detail := checkCase(&c)
				_, listed := skip[c.ID]
				switch {
				case isForeign && !ok:
					left++
				case ok && listed:
					t.Errorf("%s passes and must leave the skip list", c.ID)
				case ok:
					passed++
				case listed:
					known++
				default:
					t.Errorf("%s: %s", c.ID, detail)
				}
			}
			t.Logf("%s: %d passed, %d left to Ansible's layer, %d on the skip list", tier, passed, left, known)
		})
	}
}

func checkCase(c *corpusCase) (ok, isForeign bool, detail string) {
	w, err := newWorld(c)
	if err != nil {
		return false, false, err.Error()
	}
	v, err := w.run(c)
	if err != nil {
		if c.Expect.OK {
			return false, foreign(err), fmt.Sprintf("%q: %v", c.Template, err)
		}
		got, want := message(err), strip(c.Expect.Message)
		if got == want || c.Expect.ErrorClass == "template_not_found" {
			return true, false, ""
		}
		return false, foreign(err), fmt.Sprintf("%q: message\n got %s\nwant %s", c.Template, got, want)
	}
	if !c.Expect.OK {
		return false, false, fmt.Sprintf("%q: no error, want %s", c.Template, c.Expect.Message)
	}
	got, err := value.AppendJSON(nil, v, value.JSONOptions{Unicode: true})
	if err != nil {
		return false, false, fmt.Sprintf("%q: %v", c.Template, err)
	}
	wantV, err := value.FromJSON(c.Expect.Value)
	if err != nil {
		return false, false, err.Error()
	}
	want, _ := value.AppendJSON(nil, wantV, value.JSONOptions{Unicode: true})
	if string(got) != string(want) {
		return false, false, fmt.Sprintf("%q:\n got %s\nwant %s", c.Template, got, want)
	}
	return true, false, ""
}

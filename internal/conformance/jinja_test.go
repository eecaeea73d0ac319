package conformance_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lookups"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// TestJinja runs the corpus of templates with the results of ansible-core 2.19: values and their types, errors, the chain
// of messages that is shown of them, warnings. testdata/jinja/README.md describes a case. What can't pass stands in
// testdata/jinja/skiplist.txt: "ID aspect reason", with the aspect value, message, shown or warnings; what is listed and
// passes is an error.
func TestJinja(t *testing.T) {
	t.Setenv("HOME", "/home/tester")
	t.Setenv("USER", "tester")
	t.Setenv("TZ", "UTC")
	local := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = local })
	skip := readSkiplist(t)
	pattern := "testdata/jinja/T*.jsonl"
	if other := os.Getenv("JINJA_CASES"); other != "" { // further cases, made by the oracle, to find differences
		pattern, skip = other, nil
	}
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	dirs := map[string]string{}
	root := t.TempDir()
	newDir := func() string {
		d := filepath.Join(root, fmt.Sprint(len(dirs)))
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, name := range files {
		tier := strings.TrimSuffix(filepath.Base(name), ".jsonl")
		t.Run(tier, func(t *testing.T) {
			passed := 0
			cases := readCases(t, name)
			for _, c := range cases {
				ok := t.Run(c.ID, func(t *testing.T) { c.run(t, folders{dirs, newDir}, skip[c.ID]) })
				if ok && skip[c.ID] == nil {
					passed++
				}
			}
			t.Logf("%s: %d of %d cases pass in every aspect", tier, passed, len(cases))
		})
	}
	for id, aspects := range skip {
		for _, s := range aspects {
			if !s.used {
				t.Errorf("skiplist: %s %s does not stand for a failure (any more)", id, s.aspect)
			}
		}
	}
}

// jinjaCase is a case of the corpus.
type jinjaCase struct {
	ID         string                     `json:"id"`
	Mode       string                     `json:"mode"`
	Vars       json.RawMessage            `json:"vars"`
	VarsYAML   string                     `json:"vars_yaml"`
	First      json.RawMessage            `json:"first"`
	Template   json.RawMessage            `json:"template"`
	Files      map[string]json.RawMessage `json:"files"`
	ModuleArgs map[string]any             `json:"module_args"`
	Config     struct {
		Extensions  string `json:"jinja2_extensions"`
		Broken      bool   `json:"allow_broken_conditionals"`
		Embedded    *bool  `json:"allow_embedded_templates"`
		JinjaNative *bool  `json:"jinja2_native"` // has no effect
	} `json:"config"`
	Expect expectation `json:"expect"`
}

type expectation struct {
	OK       bool            `json:"ok"`
	Type     string          `json:"type"`
	Value    json.RawMessage `json:"value"`
	Repr     string          `json:"repr"`
	Class    string          `json:"error_class"`
	Message  string          `json:"message"`
	Shown    string          `json:"shown"`
	Warnings []string        `json:"warnings"`
}

type skipped struct {
	aspect string
	used   bool
}

func readSkiplist(t *testing.T) map[string][]*skipped {
	t.Helper()
	content, err := os.ReadFile("testdata/jinja/skiplist.txt")
	if err != nil {
		t.Fatal(err)
	}
	list := map[string][]*skipped{}
	for n, line := range strings.Split(string(content), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		words := strings.SplitN(line, " ", 3)
		if len(words) < 3 {
			t.Fatalf("skiplist.txt:%d: want ID, aspect and reason", n+1)
		}
		list[words[0]] = append(list[words[0]], &skipped{aspect: words[1]})
	}
	return list
}

func readCases(t *testing.T, name string) []*jinjaCase {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []*jinjaCase
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		c := &jinjaCase{}
		if err := json.Unmarshal(lines.Bytes(), c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}

// run evaluates the case in a folder and compares.
func (c *jinjaCase) run(t *testing.T, dirs folders, skip []*skipped) {
	t.Helper()
	dir := c.folder(t, dirs)
	check := func(aspect string, got, want any) {
		t.Helper()
		for _, s := range skip {
			if s.aspect == aspect {
				if got == want {
					return
				}
				s.used = true
				return
			}
		}
		if got != want {
			t.Errorf("%s\n got %v\nwant %v\n(%s %s)", aspect, got, want, c.Mode, c.Template)
		}
	}
	e := &evaluation{dir: dir}
	v, err := e.evaluate(t, c)
	got, want := e.outcome(v, err), c.wanted()
	check("value", got, want)
	if err != nil && !c.Expect.OK {
		check("message", e.hide(err.Error()), pythonNames.Replace(c.Expect.Message))
		check("shown", e.hide(shownOf(err, c.Mode, e.template)), pythonNames.Replace(c.Expect.Shown))
	}
	check("warnings", strings.Join(e.warnings, "\n"), strings.Join(c.Expect.Warnings, "\n"))
}

// folders are those that the cases run in, by the files in them: cases with the same files share one, unless they write.
type folders struct {
	made map[string]string
	next func() string
}

func (c *jinjaCase) folder(t *testing.T, dirs folders) string {
	t.Helper()
	key := ""
	for _, n := range slices.Sorted(maps.Keys(c.Files)) {
		key += n + "\x00" + string(c.Files[n]) + "\x00"
	}
	if bytes.Contains(c.Template, []byte("password")) || bytes.Contains(c.Template, []byte("pipe")) {
		key = c.ID
	}
	dir, ok := dirs.made[key]
	if !ok {
		dir = dirs.next()
		dirs.made[key] = dir
		c.writeFiles(t, dir)
	}
	return dir
}

func (c *jinjaCase) writeFiles(t *testing.T, dir string) {
	t.Helper()
	for _, n := range slices.Sorted(maps.Keys(c.Files)) {
		path := filepath.Join(dir, n)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var text string
		var special struct {
			Link string
			Dir  bool
		}
		err := json.Unmarshal(c.Files[n], &text)
		switch {
		case err == nil:
			err = os.WriteFile(path, []byte(strings.ReplaceAll(text, "@DIR@", dir)), 0o644)
		case json.Unmarshal(c.Files[n], &special) != nil:
			t.Fatalf("files: %s", c.Files[n])
		case special.Dir:
			err = os.MkdirAll(path, 0o755)
		default:
			err = os.Symlink(special.Link, path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// wanted is the outcome that is expected, in the form of evaluation.outcome.
func (c *jinjaCase) wanted() string {
	e := c.Expect
	if !e.OK {
		return "error " + e.Class
	}
	switch e.Type {
	case "str", "bytes", "date", "datetime":
		var s string
		_ = json.Unmarshal(e.Value, &s)
		return e.Type + " " + s + " " + e.Repr
	case "int", "bool", "null", "omit":
		return e.Type + " " + string(e.Value)
	}
	return e.Type + " " + e.Repr
}

// evaluation is the run of one case.
type evaluation struct {
	dir      string
	warnings []string
	template value.Value
	line     int
}

func (e *evaluation) hear(n templating.Notice) {
	text := "[WARNING]: " + n.Text
	if n.Deprecated {
		text = "[DEPRECATION WARNING]: " + n.Text
	}
	if n.Help != "" {
		text += "\n\n" + n.Help
	}
	if text = e.hide(text); !slices.Contains(e.warnings, text) {
		e.warnings = append(e.warnings, text)
	}
}

func (e *evaluation) evaluate(t *testing.T, c *jinjaCase) (value.Value, error) {
	t.Helper()
	env := map[string]string{
		"TZ": "UTC", "HOME": "/home/tester", "USER": "tester", "ORACLE_TEXT": "from env", "ORACLE_EMPTY": "",
	}
	engine := templating.New(templating.Options{
		Dir:                    e.dir,
		Getenv:                 func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Tell:                   e.hear,
		Extensions:             strings.Split(c.Config.Extensions, ","),
		AllowBrokenConditional: c.Config.Broken,
		NoEmbeddedTemplates:    c.Config.Embedded != nil && !*c.Config.Embedded,
		Setting:                defaultSetting,
	})
	vars := templating.Map{}
	if d, ok := e.load(t, c.Vars, "vars.json", 0).(*value.Dict); ok {
		for it := d.Iterate(); it.Next(); {
			vars[it.Key().(value.Str).String()] = it.Stored()
		}
	}
	if c.VarsYAML != "" {
		f := source.NewFile(filepath.Join(e.dir, "vars.yml"), strings.ReplaceAll(c.VarsYAML, "@DIR@", e.dir))
		loaded, err := yaml.Load(f, yaml.Options{Trusted: true, JSONFirst: true})
		if err != nil {
			t.Fatal(err)
		}
		for it := loaded.(*value.Dict).Iterate(); it.Next(); {
			vars[it.Key().(value.Str).String()] = it.Stored()
		}
	}
	ctx := context.Background()
	e.line = 10
	e.template = e.load(t, c.Template, "playbook.yml", 10)
	if c.First != nil {
		r, err := engine.Scope(ctx, vars, []string{e.dir}).Finalize(e.load(t, c.First, "playbook.yml", 20))
		if err != nil {
			return nil, err
		}
		vars["r"] = r
		e.warnings = nil
	}
	scope := engine.Scope(ctx, vars, []string{e.dir})
	switch c.Mode {
	case "when":
		return e.when(scope)
	case "file":
		return e.file(t, scope, c)
	}
	v, keep, err := scope.FinalizeArg(e.template)
	if err == nil && !keep {
		return templating.OmitValue, nil
	}
	return v, err
}

func (e *evaluation) when(scope *templating.Scope) (value.Value, error) {
	conds, err := scope.Conditions(e.template)
	if err != nil {
		return nil, err
	}
	for _, cond := range conds {
		if ok, err := scope.Condition(cond); err != nil || !ok {
			return value.False, err
		}
	}
	return value.True, nil
}

func (e *evaluation) file(t *testing.T, scope *templating.Scope, c *jinjaCase) (value.Value, error) {
	t.Helper()
	text := e.template.(value.Str).String()
	path := filepath.Join(e.dir, "templates", "main.j2")
	o := templating.DefaultFileOptions()
	str := func(name string, p *string) {
		if s, ok := c.ModuleArgs[name].(string); ok {
			*p = s
		}
	}
	str("block_start_string", &o.BlockStart)
	str("block_end_string", &o.BlockEnd)
	str("variable_start_string", &o.VariableStart)
	str("variable_end_string", &o.VariableEnd)
	str("comment_start_string", &o.CommentStart)
	str("comment_end_string", &o.CommentEnd)
	str("newline_sequence", &o.NewlineSequence)
	if b, ok := c.ModuleArgs["trim_blocks"].(bool); ok {
		o.TrimBlocks = b
	}
	if b, ok := c.ModuleArgs["lstrip_blocks"].(bool); ok {
		o.LstripBlocks = b
	}
	s, err := scope.ForTemplate("main.j2", path, "").RenderFile(source.NewFile(path, text), o)
	return value.NewStr(s), err
}

// load makes values of JSON as a loader of playbooks would: every text is trusted and every value has a place, save what
// is marked as untrusted.
func (e *evaluation) load(t *testing.T, text json.RawMessage, name string, line int) value.Value {
	t.Helper()
	if len(text) == 0 {
		return value.None
	}
	v, err := value.FromJSON(bytes.ReplaceAll(text, []byte("@DIR@"), []byte(e.dir)))
	if err != nil {
		t.Fatal(err)
	}
	l := &marker{file: source.NewFile(filepath.Join(e.dir, name), ""), line: line}
	return l.mark(v, true)
}

type marker struct {
	file *source.File
	line int
}

func (l *marker) mark(v value.Value, trusted bool) value.Value {
	if d, ok := v.(*value.Dict); ok {
		if inner := d.Stored("__untrusted__"); inner != nil {
			return l.mark(inner, false)
		}
		if plain := d.Stored("__vault__"); plain != nil {
			return &vaulted{text: plain.(value.Str).String(), lost: d.Has("lost")}
		}
	}
	l.line++
	m := value.Marks{Origin: source.At(l.file, l.line, 9)}
	switch v := v.(type) {
	case value.Str:
		m.Trusted = trusted
		return value.WithMarks(v, m)
	case *value.List:
		elems := make([]value.Value, v.Len())
		for i, x := range v.Stored() {
			elems[i] = l.mark(x, trusted)
		}
		return value.WithMarks(value.NewList(elems...), m)
	case *value.Dict:
		out := value.NewDict()
		for it := v.Iterate(); it.Next(); {
			_ = out.Set(it.Key(), l.mark(it.Stored(), trusted))
		}
		return value.WithMarks(out, m)
	}
	return value.WithMarks(v, m)
}

// vaulted is a vaulted value of a case.
type vaulted struct {
	text string
	lost bool
}

func (*vaulted) Type() string { return "str" }

func (v *vaulted) Resolve() (value.Value, error) {
	if v.lost {
		return nil, fmt.Errorf("Decryption failed (no vault secrets were found that could decrypt).")
	}
	return value.NewMarkedStr(v.text, value.Marks{Secret: true}), nil
}

// Ciphertext gives what a file would have; nothing opens it.
func (*vaulted) Ciphertext() string { return "$ANSIBLE_VAULT;1.1;AES256\n00\n" }

var (
	_ value.Deferred    = (*vaulted)(nil)
	_ yaml.Ciphertexter = (*vaulted)(nil)
)

// outcome is what came of it: the type and the value, or the kind of the error.
func (e *evaluation) outcome(v value.Value, err error) string {
	if err != nil {
		return "error " + string(templating.KindOf(err))
	}
	repr, err := value.Repr(v)
	if err != nil {
		return "repr: " + err.Error()
	}
	repr = strings.ReplaceAll(repr, e.dir, "@DIR@")
	switch v := v.(type) {
	case *templating.Omit:
		return "omit null"
	case value.NoneType:
		return "null null"
	case value.Bool:
		return fmt.Sprintf("bool %t", bool(v))
	case value.Str:
		return "str " + strings.ReplaceAll(v.String(), e.dir, "@DIR@") + " "
	case value.Int:
		return "int " + v.String()
	case value.Bytes:
		return "bytes " + string(v.Bytes()) + " " + repr
	case value.Date, value.DateTime:
		s, _ := value.Text(v)
		return v.Type() + " " + s + " " + repr
	}
	return v.Type() + " " + repr
}

// pythonNames takes out the names of Ansible's own classes, which are an accident of its implementation.
var pythonNames = strings.NewReplacer("ansible._internal._templating._lazy_containers.", "", "ansible.module_utils._internal._datatag.", "",
	"_AnsibleLazyTemplateDict", "dict", "_AnsibleLazyTemplateList", "list", "_AnsibleTaggedStr", "str", "_AnsibleTaggedInt", "int", "_AnsibleTaggedFloat", "float")

var position = regexp.MustCompile(` at '@DIR@/[^':]+(:\d+)*'`)

// hide puts tokens in the place of the folder and of positions.
func (e *evaluation) hide(s string) string {
	return position.ReplaceAllString(strings.ReplaceAll(s, e.dir, "@DIR@"), " at '@ORIGIN@'")
}

// shownOf is what is shown of the error of a task, less the places.
func shownOf(err error, mode string, template value.Value) string {
	play := source.NewFile("playbook.yml", "")
	if mode == "expr" {
		err = &templating.Error{
			Msg: "Finalization of task args for 'ansible.builtin.debug' failed", Pos: source.At(play, 5, 7),
			Cause: &templating.Error{Msg: "Error while resolving value for 'msg'", Pos: value.OriginOf(template), Cause: err},
		}
	}
	f := result.FaultOf(&templating.Error{Msg: "Task failed", Pos: source.At(play, 4, 7), Cause: err})
	var b strings.Builder
	b.WriteString(f.Summary())
	for i, g := range f.Groups() {
		if i > 0 {
			b.WriteString("\n\n<<< caused by >>>")
		}
		b.WriteString("\n\n" + g.Msg)
		switch {
		case g.Hint != "" && g.Pos.IsValid():
			b.WriteString("\n\n" + g.Hint)
		case g.Hint != "":
			b.WriteString(" " + g.Hint)
		}
	}
	return b.String()
}

// defaultSetting knows the settings that cases ask for, with their defaults.
func defaultSetting(q lookups.Query) (lookups.Setting, bool, error) {
	switch q.Name {
	case "DEFAULT_ROLES_PATH":
		return lookups.Setting{Value: value.NewList(value.NewStr("/etc/ansible/roles")), Origin: "default"}, true, nil
	case "DEFAULT_FORKS":
		return lookups.Setting{Value: value.NewInt(5), Origin: "default"}, true, nil
	}
	return lookups.Setting{}, false, nil
}

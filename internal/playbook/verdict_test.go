package playbook_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// recordedCase is a small playbook and what ansible-playbook 2.19 --list-tasks said to it.
type recordedCase struct {
	Name     string
	Files    map[string]string
	Exit     int
	Stdout   string
	Warnings []string
	Msg      string
	File     string
	Line     int
	Col      int
}

// skipped are recorded cases in which we differ, with the reason.
var skipped = map[string]string{
	"module_defaults bad group": "groups of modules are known to the module room, not here",
	"gather_facts string":       "the value is converted when the play starts",
	"role meta deps loop 2":     "ansible-core names the place where Python's recursion limit strikes",
	"role argspec desc list":    "ansible-core ends with an exception; we leave the description away",
	"tags list int":             "ansible-core can't sort numbers and texts in a list; we can",
}

var testModules = strings.Fields("debug command copy shell raw script add_host set_fact include_vars meta")

// testLoader has the modules and lookups that the recorded cases use.
func testLoader(dir string) *playbook.Loader {
	return &playbook.Loader{
		Dir:       dir,
		RolesPath: []string{"/root/.ansible/roles", "/usr/share/ansible/roles", "/etc/ansible/roles"},
		Action:    func(name string, _ []string) bool { return slices.Contains(testModules, playbook.BuiltinName(name)) },
		Lookup: func(name string, _ []string) bool {
			return slices.Contains([]string{"items", "list", "dict", "nested", "fileglob"}, name)
		},
		Inline: func(text string, _ source.Pos) (value.Value, error) { return value.NewStr(text), nil },
		Template: func(_ context.Context, v value.Value, at *playbook.Scope) (value.Value, error) {
			text, _ := value.Text(v)
			for ; at != nil; at = at.Parent {
				if d := at.Attrs.Vars(); d != nil {
					for it := d.Iterate(); it.Next(); {
						k, _ := value.Text(it.Key())
						s, _ := value.Text(it.Stored())
						text = strings.ReplaceAll(text, "{{ "+k+" }}", s)
					}
				}
			}
			if i := strings.Index(text, "{{ "); i >= 0 {
				return nil, missing("'" + strings.TrimSuffix(text[i+3:strings.Index(text, "}}")], " ") + "' is undefined")
			}
			return value.NewStr(text), nil
		},
	}
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRecordedVerdicts(t *testing.T) {
	var cases []recordedCase
	readJSON(t, "testdata/verdicts.json", &cases)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			if why := skipped[c.Name]; why != "" {
				t.Skip(why)
			}
			dir := t.TempDir()
			writeFiles(t, dir, c.Files)
			l := testLoader(dir)
			var warnings []string
			l.Warn = func(w *diag.Error) {
				var v *playbook.Verdict
				if errors.As(w, &v) {
					warnings = append(warnings, strings.ReplaceAll(v.Msg, dir, "$DIR"))
				} else {
					warnings = append(warnings, w.Msg)
				}
			}
			plays, err := l.LoadPlaybook(context.Background(), "p.yml")
			if c.Exit == 0 {
				checkListing(t, c, plays, err, warnings)
				return
			}
			checkVerdict(t, c, dir, err)
		})
	}
}

func checkListing(t *testing.T, c recordedCase, plays []*playbook.Play, err error, warnings []string) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected: %v", diag.Detail(err))
	}
	got, err := playbook.Listing{Tasks: true}.Text("p.yml", plays)
	if err != nil {
		t.Fatal(err)
	}
	if got+"" != c.Stdout {
		t.Errorf("got\n%s\nwant\n%s", got, c.Stdout)
	}
	if !slices.Equal(warnings, c.Warnings) {
		t.Errorf("warnings %q, want %q", warnings, c.Warnings)
	}
}

func checkVerdict(t *testing.T, c recordedCase, dir string, err error) {
	t.Helper()
	var v *playbook.Verdict
	if !errors.As(err, &v) {
		t.Fatalf("want %q, got %v", c.Msg, err)
	}
	if msg := strings.ReplaceAll(v.Error(), dir, "$DIR"); msg != c.Msg || v.Exit != c.Exit {
		t.Errorf("got  %d %s\nwant %d %s", v.Exit, msg, c.Exit, c.Msg)
	}
	file := ""
	if v.Pos.IsValid() {
		file, _ = filepath.Rel(dir, v.Pos.File.Name())
	}
	if file != c.File || int(v.Pos.Line) != c.Line || int(v.Pos.Col) != c.Col {
		t.Errorf("got place %s:%d:%d, want %s:%d:%d", file, v.Pos.Line, v.Pos.Col, c.File, c.Line, c.Col)
	}
	var d *diag.Error
	if errors.As(err, &d) && !d.Pos.IsValid() {
		t.Errorf("our finding has no place: %v", d)
	}
}

// missing is the error of a variable that does not exist.
type missing string

func (m missing) Error() string { return string(m) }

func (missing) IsUndefined() bool { return true }

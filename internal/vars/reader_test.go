package vars_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
)

func readKV(text string) ([][2]string, error) {
	params, err := playbook.ParseParams(text, false)
	var out [][2]string
	for _, p := range params {
		out = append(out, [2]string{p.Key, p.Value})
	}
	return out, err
}

// The values and exit codes were recorded from ansible-playbook 2.19.
func TestParseExtra(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"f.yml": "a: 1\nb: \"{{ c }}\"\n", "f.json": `{"a": 5, "b": [1,2]}`, "l.yml": "- x\n", "e.yml": "", "s.yml": "hello\n",
		"v.yml": "$ANSIBLE_VAULT;1.1;AES256\n00\n",
	})
	for _, c := range []struct {
		name    string
		options []string
		want    string
		exit    int
	}{
		{"words", []string{"a=1 b=2"}, "{'a': '1', 'b': '2'}", 0},
		{"quotes and templates", []string{`a="x y" b={{c}}`, "c=3"}, "{'a': 'x y', 'b': '{{c}}', 'c': '3'}", 0},
		{"json", []string{`{"a": 1, "b": "{{ a }}"}`}, "{'a': 1, 'b': '{{ a }}'}", 0},
		{"yaml", []string{"{a: 1, b: yes}"}, "{'a': 1, 'b': True}", 0},
		{"yaml file", []string{"@f.yml"}, "{'a': 1, 'b': '{{ c }}'}", 0},
		{"json file", []string{"@f.json"}, "{'a': 5, 'b': [1, 2]}", 0},
		{"vaulted file", []string{"@v.yml"}, "{'s': 'secret'}", 0},
		{"the last wins", []string{"@f.yml", "a=9"}, "{'a': '9', 'b': '{{ c }}'}", 0},
		{"mappings are replaced", []string{`{"a": {"x": 1}}`, `{"a": {"y": 2}}`}, "{'a': {'y': 2}}", 0},
		{"empty", []string{""}, "{}", 0},
		{"a list", []string{"[1, 2]"}, "", 5},
		{"a list in a file", []string{"@l.yml"}, "", 5},
		{"an empty file", []string{"@e.yml"}, "", 5},
		{"a text in a file", []string{"@s.yml"}, "", 5},
		{"no file", []string{"@nope.yml"}, "", 1},
		{"unbalanced", []string{"a=it's"}, "", 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &vars.Reader{Dir: dir, Decrypt: func([]byte, source.Pos) ([]byte, bool, error) { return []byte("s: secret\n"), true, nil }}
			got, err := r.ParseExtra(c.options, readKV, false)
			var e *vars.ExtraError
			if c.exit != 0 {
				if !errors.As(err, &e) || e.Exit != c.exit {
					t.Fatalf("got %v, want exit code %d", err, c.exit)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := value.Repr(got); text != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
			for it := got.Iterate(); it.Next(); {
				if s, ok := it.Stored().(value.Str); ok && !value.IsTrusted(s) {
					t.Errorf("%s is not trusted", s)
				}
				if c.name == "vaulted file" && !value.IsSecret(it.Stored()) {
					t.Error("a vaulted value is not secret")
				}
			}
		})
	}
}

// The order of the files was recorded with the defaults folder of a role, which is read the same way.
func TestReadEntity(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"group_vars/web/a.yml": "x: a\na: 1\nm: {one: 1}\n", "group_vars/web/b/c.yml": "x: c\nc: 1\nm: {two: 2}\n", "group_vars/web/z.json": `{"x": "z"}`,
		"group_vars/web/.hidden.yml": "h: 1\n", "group_vars/web/old.yml~": "o: 1\n", "group_vars/web/readme.txt": "t: 1\n",
		"group_vars/db.yml": "d: 1\n", "group_vars/bad.yml": "- 1\n", "group_vars/empty.yml": "",
	})
	r := &vars.Reader{}
	for _, c := range []struct {
		name  string
		merge bool
		want  string
	}{
		{"web", false, "{'x': 'z', 'a': 1, 'm': {'two': 2}, 'c': 1}"},
		{"web", true, "{'x': 'z', 'a': 1, 'm': {'one': 1, 'two': 2}, 'c': 1}"},
		{"db", false, "{'d': 1}"},
		{"empty", false, "{}"},
	} {
		d, err := r.ReadEntity(filepath.Join(dir, "group_vars"), c.name, c.merge)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := value.Repr(d); got != c.want {
			t.Errorf("%s, merge %v: got %s, want %s", c.name, c.merge, got, c.want)
		}
	}
	if d, err := r.ReadEntity(filepath.Join(dir, "group_vars"), "none", false); d != nil || err != nil {
		t.Errorf("got %v, %v", d, err)
	}
	if _, err := r.ReadEntity(filepath.Join(dir, "group_vars"), "bad", false); err == nil {
		t.Error("a list was taken")
	}
	d, found, err := r.FirstMapping([]string{filepath.Join(dir, "nope.yml"), filepath.Join(dir, "group_vars/db.yml")})
	if !found || err != nil || !d.Has("d") {
		t.Errorf("alternatives: %v %v", found, err)
	}
	if _, found, err = r.FirstMapping([]string{filepath.Join(dir, "nope.yml")}); found || err != nil {
		t.Errorf("no alternative exists: %v %v", found, err)
	}
}

func write(t *testing.T, dir string, files map[string]string) {
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

package playbook_test

import (
	"context"
	"errors"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
)

// Every keyword of `ansible-doc -t keyword -l`, and some that look like one, stands once on each thing that takes keywords;
// ansible-playbook 2.19 --syntax-check has said what it thinks of each.
func TestKeywordVerdicts(t *testing.T) {
	var cases []struct {
		Place, Keyword, Playbook, Msg string
		Exit                          int
	}
	readJSON(t, "testdata/keywords.json", &cases)
	if len(cases) < 700 {
		t.Fatalf("only %d cases", len(cases))
	}
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"t.yml": "[]\n", "x.yml": "- hosts: localhost\n  gather_facts: false\n", "roles/r/tasks/main.yml": "[]\n"})
	for _, c := range cases {
		if c.Keyword == "loop_with" { // an attribute inside of ansible-core that it lets through; we refuse it
			continue
		}
		writeFiles(t, dir, map[string]string{"p.yml": c.Playbook})
		l := testLoader(dir)
		l.Lookup = nil
		_, err := l.LoadPlaybook(context.Background(), "p.yml")
		if c.Exit == 0 {
			if err != nil {
				t.Errorf("%s on %s: %v", c.Keyword, c.Place, err)
			}
			continue
		}
		var v *playbook.Verdict
		switch {
		case !errors.As(err, &v):
			t.Errorf("%s on %s: no error, want %q", c.Keyword, c.Place, c.Msg)
		case v.Msg != c.Msg || v.Exit != c.Exit:
			t.Errorf("%s on %s: got %d %q, want %d %q", c.Keyword, c.Place, v.Exit, v.Msg, c.Exit, c.Msg)
		}
	}
}

func TestKeywordNames(t *testing.T) {
	for _, name := range []string{"become", "when", "vars_files", "loop_control", "any_errors_fatal"} {
		k, ok := playbook.KeywordNamed(name)
		if !ok || k.String() != name {
			t.Errorf("%s: got %q, %v", name, k, ok)
		}
	}
	if _, ok := playbook.KeywordNamed("with_items"); ok {
		t.Error("with_items is a keyword")
	}
}

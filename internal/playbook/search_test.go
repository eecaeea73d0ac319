package playbook_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Which file ansible-playbook 2.19 takes for "z.yml": all candidates are there, the one that is taken is removed, and so on until
// none is found. Left are the ones that it never takes.
func TestIncludeSearchRecorded(t *testing.T) {
	var cases []struct {
		Name, Kind  string
		Files       map[string]string
		Order, Left []string
	}
	readJSON(t, "testdata/search.json", &cases)
	for _, c := range cases {
		t.Run(c.Name+" "+c.Kind, func(t *testing.T) {
			dir := t.TempDir()
			writeFiles(t, dir, c.Files)
			for _, f := range append(append([]string(nil), c.Order...), c.Left...) {
				writeFiles(t, dir, map[string]string{f: "- debug: msg=FOUND:" + f + "\n"})
			}
			for _, want := range append(append([]string(nil), c.Order...), "") {
				if got := firstFound(t, filepath.Join(dir, "pb")); got != want {
					t.Fatalf("got %q, want %q", got, want)
				}
				if want != "" {
					if err := os.Remove(filepath.Join(dir, want)); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// firstFound loads p.yml in dir, follows its includes as an executor would, and returns what the first debug task says.
func firstFound(t *testing.T, dir string) string {
	t.Helper()
	l := testLoader(dir)
	plays, err := l.LoadPlaybook(context.Background(), "p.yml")
	if err != nil {
		return ""
	}
	var found string
	var follow func(blocks []*playbook.Block)
	follow = func(blocks []*playbook.Block) {
		for _, b := range blocks {
			b.Walk(func(task *playbook.Task) {
				switch {
				case found != "":
				case task.Include() == playbook.IncludeTasks:
					file, _ := value.Text(task.Args.Stored(playbook.RawParams))
					inner, err := l.LoadTasksFile(context.Background(), playbook.TasksRequest{Task: task, File: file})
					if err == nil {
						follow(inner)
					}
				case task.ActionName() == "debug":
					msg, _ := value.Text(task.Args.Stored("msg"))
					found = strings.TrimPrefix(msg, "FOUND:")
				}
			})
		}
	}
	for _, s := range plays[0].Compile() {
		follow(s.Blocks)
	}
	follow(plays[0].AllHandlers())
	return found
}

func TestLoadRoleDynamically(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"p.yml": "- hosts: all\n  tasks:\n  - block:\n    - include_role:\n        name: r\n        tasks_from: other\n        apply: {tags: [ap], become: true}\n" +
			"      vars: {iv: 1}\n      tags: [it]\n      when: iw\n    when: bw\n    tags: [bt]\n",
		"roles/r/tasks/other.yml":   "- debug:\n  tags: [own]\n- import_tasks: more.yml\n",
		"roles/r/tasks/more.yml":    "- name: more\n  debug:\n",
		"roles/r/defaults/main.yml": "d: 1\n",
		"roles/r/handlers/main.yml": "- name: h\n  debug:\n",
		"roles/r/meta/main.yml":     "dependencies: [s]\n",
		"roles/s/tasks/main.yml":    "- debug:\n",
	})
	l := testLoader(dir)
	plays, err := l.LoadPlaybook(context.Background(), "p.yml")
	if err != nil {
		t.Fatal(diag.Detail(err))
	}
	var include *playbook.Task
	plays[0].Tasks[0].Walk(func(task *playbook.Task) { include = task })
	if include.Include() != playbook.IncludeRole {
		t.Fatalf("got %q", include.Action)
	}
	r, err := l.LoadRole(context.Background(), playbook.RoleRequest{Task: include, Name: "r", From: playbook.RoleEntryPoints{Tasks: "other"}})
	if err != nil {
		t.Fatal(diag.Detail(err))
	}
	var got []string
	for _, b := range r.Blocks() {
		b.Walk(func(task *playbook.Task) {
			if task.IsMeta() {
				return
			}
			tags, _ := task.Tags(nil)
			when, _ := value.Repr(value.NewList(task.When()...))
			become := "no"
			if task.Inherited(playbook.Become) == value.True {
				become = "yes"
			}
			got = append(got, task.Title("")+" "+strings.Join(tags, ",")+" "+when+" "+become)
		})
	}
	want := []string{"s : debug ap,bt ['bw'] yes", "r : debug own,ap,bt ['bw'] yes", "r : debug ap,bt ['bw'] yes"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(r.AllHandlers()) != 1 || !r.Defaults.Has("d") || len(r.Dependencies) != 1 || !r.AllowDuplicates {
		t.Errorf("handlers %d, defaults %v, dependencies %d, duplicates %v", len(r.AllHandlers()), r.Defaults, len(r.Dependencies), r.AllowDuplicates)
	}
}

// What is shown of an import_playbook and of include_role tasks without names was recorded.
func TestImportPlaybookAndTitles(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"p.yml":                  "- import_playbook: x.yml\n  vars: {v: import, w: import}\n  tags: [t]\n  when: cond\n  environment: {A: 1}\n",
		"x.yml":                  "- hosts: all\n  vars: {v: play}\n  tags: own\n  roles: [r]\n  tasks:\n  - include_role: {name: '{{ x }}'}\n  - ansible.builtin.include_role: name=o\n  - debug:\n    when: mine\n",
		"roles/r/tasks/main.yml": "- include_role: {name: o}\n- debug:\n",
	})
	l := testLoader(dir)
	warned := ""
	l.Warn = func(w *diag.Error) { warned = w.Msg }
	plays, err := l.LoadPlaybook(context.Background(), "p.yml")
	if err != nil {
		t.Fatal(diag.Detail(err))
	}
	p := plays[0]
	if got, _ := value.Repr(p.Vars()); got != "{'v': 'import', 'w': 'import'}" {
		t.Errorf("vars: %s", got)
	}
	if tags, _ := p.Tags(nil); strings.Join(tags, ",") != "t,own" {
		t.Errorf("tags: %s", tags)
	}
	if p.Scope.Attrs.Has(playbook.Environment) || !strings.Contains(warned, "environment") {
		t.Errorf("environment of the import: %q", warned)
	}
	var titles []string
	var last *playbook.Task
	for _, s := range p.Compile() {
		for _, b := range s.Blocks {
			b.Walk(func(task *playbook.Task) {
				if !task.Implicit {
					titles, last = append(titles, task.Title("")), task
				}
			})
		}
	}
	if want := "include_role : o|r : debug|include_role : {{ x }}|ansible.builtin.include_role : o|debug"; strings.Join(titles, "|") != want {
		t.Errorf("got %s", strings.Join(titles, "|"))
	}
	if when, _ := value.Repr(value.NewList(last.When()...)); when != "['cond', 'mine']" {
		t.Errorf("when: %s", when)
	}
}

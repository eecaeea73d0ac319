package playbook_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// All mistakes of a playbook are told at once, each with its place and a remedy.
func TestFindings(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"p.yml": `- hosts: all
  taks: []
  roles:
  - webb
  tasks:
  - name: Write the config
    debgu:
      msg: x
    when: y
  - debug:
    whenn: x
  - comand: echo it
  - debug: msg='x
  - import_tasks: nope.yml
  - debug:
    become_usr: root
  - block:
    - debug:
    register: r
  - debug
  - include_tasks: {file: x.yml, aply: {}}
`, "roles/web/tasks/main.yml": "[]\n"})
	l := testLoader(dir)
	l.Shown = func(path string) string { return filepath.Base(path) }
	l.NearAction = func(name string) string { return diag.Nearest(name, testModules) }
	plays, err := l.LoadPlaybook(context.Background(), "p.yml")
	if len(plays) != 1 {
		t.Fatalf("got %d plays", len(plays))
	}
	got := diag.Detail(err)
	if os.Getenv("UPDATE") != "" {
		_ = os.WriteFile("testdata/findings.txt", []byte(got), 0o644)
	}
	want, readErr := os.ReadFile("testdata/findings.txt")
	if readErr != nil || got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
		if os.Getenv("UPDATE") != "" {
			_ = os.WriteFile("testdata/findings.txt", []byte(got), 0o644)
		}
	}
}

// What came out of a vault is marked secret and never shown in a finding.
func TestVaultedFiles(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"p.yml":                  "- hosts: all\n  roles: [r]\n  tasks:\n  - import_tasks: v.yml\n",
		"v.yml":                  "$ANSIBLE_VAULT;1.1;AES256\n6162\n",
		"roles/r/vars/main.yml":  "$ANSIBLE_VAULT;1.1;AES256\n6163\n",
		"roles/r/tasks/main.yml": "[]\n",
	})
	l := testLoader(dir)
	if _, err := l.LoadPlaybook(context.Background(), "p.yml"); err == nil || !strings.Contains(err.Error(), "vault") {
		t.Fatalf("without a password: %v", err)
	}
	l.Decrypt = func(text []byte, _ source.Pos) ([]byte, bool, error) {
		if strings.Contains(string(text), "6163") {
			return []byte("password: hunter22\n"), true, nil
		}
		return []byte("- debug:\n    msg: hunter22\n  hunter22: x\n"), true, nil
	}
	plays, err := l.LoadPlaybook(context.Background(), "p.yml")
	if err == nil || strings.Contains(strings.ReplaceAll(diag.Detail(err), `"hunter22"`, ""), "hunter22") {
		t.Errorf("got %v", diag.Detail(err))
	}
	if v := plays[0].Roles[0].Vars.Stored("password"); !value.IsSecret(v) {
		t.Error("a vaulted value is not secret")
	}
}

// Several hosts include at the same time; run with -race.
func TestLoaderIsShared(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"p.yml":                  "- hosts: all\n  tasks:\n  - include_tasks: t.yml\n  - include_role: {name: r}\n",
		"t.yml":                  "- import_role: {name: r}\n",
		"roles/r/tasks/main.yml": "- debug:\n",
	})
	l := testLoader(dir)
	plays, err := l.LoadPlaybook(context.Background(), "p.yml")
	if err != nil {
		t.Fatal(err)
	}
	tasks := plays[0].Tasks[0].Tasks
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				blocks, err := l.LoadTasksFile(context.Background(), playbook.TasksRequest{Task: tasks[0].(*playbook.Task), File: "t.yml"})
				if err != nil || len(playbook.RolesOf(blocks)) != 1 {
					t.Errorf("tasks: %v", err)
				}
				if _, err := l.LoadRole(context.Background(), playbook.RoleRequest{Task: tasks[1].(*playbook.Task), Name: "r"}); err != nil {
					t.Errorf("role: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(plays[0].StaticRoles()); n != 0 {
		t.Errorf("an include changed the play: %d roles", n)
	}
}

// The first use of a role and a second one like it are one identity, others are not: recorded by what ran twice.
func TestRoleIdentity(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"p.yml": "- hosts: all\n  roles:\n  - r\n  - r\n  - {role: r, p: 1}\n  - {role: r, vars: {p: 1}}\n  - {role: r, tags: a}\n  - s\n  - {role: s, tags: x}\n" +
			"  tasks:\n  - import_role: {name: r}\n  - import_role: {name: r}\n",
		"roles/r/tasks/main.yml": "- debug:\n",
		"roles/s/tasks/main.yml": "- debug:\n",
		"roles/s/meta/main.yml":  "dependencies: [r]\n",
	})
	plays, err := testLoader(dir).LoadPlaybook(context.Background(), "p.yml")
	if err != nil {
		t.Fatal(diag.Detail(err))
	}
	ran := map[*playbook.RoleIdentity]bool{}
	var got []string
	for _, r := range plays[0].StaticRoles() {
		if ran[r.Identity] {
			got = append(got, r.Name+"-")
			continue
		}
		ran[r.Identity] = true
		got = append(got, r.Name)
	}
	if want := "r r- r r r r- s r- s r r-"; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, " "), want)
	}
}

// What imports itself ends at once, however often it does so.
func TestImportsOfThemselves(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"playbooks":    {"p.yml": strings.Repeat("- import_playbook: p.yml\n", 3)},
		"tasks":        {"p.yml": "- hosts: all\n  tasks:\n  - import_tasks: t.yml\n", "t.yml": strings.Repeat("- import_tasks: t.yml\n", 3)},
		"roles":        {"p.yml": "- hosts: all\n  roles: [r]\n", "roles/r/tasks/main.yml": strings.Repeat("- import_role: {name: r}\n", 3)},
		"dependencies": {"p.yml": "- hosts: all\n  roles: [r]\n", "roles/r/meta/main.yml": "dependencies: [r, r, r]\n"},
	} {
		dir := t.TempDir()
		writeFiles(t, dir, files)
		if _, err := testLoader(dir).LoadPlaybook(context.Background(), "p.yml"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzLoadPlaybook(f *testing.F) {
	for _, s := range []string{
		"- hosts: all\n  tasks:\n  - debug: msg=x\n    loop: [1]\n", "- hosts: [a]\n  roles: [{role: r, x: 1}]\n  vars_prompt: [{name: a}]\n",
		"- import_playbook: x\n", "- hosts: a\n  tasks:\n  - block: [{debug: }]\n    rescue: []\n  - include_tasks: {file: a, apply: {tags: x}}\n  - {import_role: {name: r}, tags: [a, [b]]}\n",
		"- hosts: a\n  handlers:\n  - {name: h, listen: [a], copy: {}, args: \"{{ x }}\", loop_control: {label: x}}\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		writeFiles(t, dir, map[string]string{"p.yml": text, "roles/r/tasks/main.yml": text, "roles/r/meta/main.yml": text})
		plays, _ := testLoader(dir).LoadPlaybook(context.Background(), "p.yml")
		for _, p := range plays { // what was read can be walked
			_, _ = playbook.Listing{Tasks: true, Tags: true}.Text("p.yml", []*playbook.Play{p})
			for _, s := range p.Compile() {
				for _, b := range s.Blocks {
					b.Walk(func(task *playbook.Task) {
						_ = task.When()
						task.EachVars(func(string, any, *value.Dict) {})
					})
				}
			}
		}
	})
}

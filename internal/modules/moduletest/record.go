package moduletest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// recordCases runs the cases under the real Ansible, all in one play, and writes what came of them.
func recordCases(t *testing.T, cases []Case, here places, out string) {
	base, err := os.MkdirTemp("", "record")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(base)
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	var tasks []any
	for n, c := range cases {
		c = here.put(c)
		dir := filepath.Join(base, fmt.Sprint(n))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		setup(t, c, dir)
		for i, task := range c.Tasks {
			var args any
			if err := json.Unmarshal(bytes.ReplaceAll(task.Args, []byte("@W@"), []byte(dir)), &args); err != nil {
				t.Fatal(err)
			}
			tasks = append(tasks, map[string]any{
				"name": fmt.Sprintf("%d/%d", n, i), task.Module: args, "ignore_errors": true,
				"check_mode": task.Check, "diff": task.Diff, "environment": envIn(task.Env, dir),
			})
		}
	}
	results := oracle(t, base, tasks)
	var recs []Recorded
	for n, c := range cases {
		dir := filepath.Join(base, fmt.Sprint(n))
		rec := Recorded{Name: c.Name, Tree: tree(t, dir, c.Exact)}
		for k, v := range rec.Tree {
			rec.Tree[k] = here.out(v)
		}
		for i := range c.Tasks {
			r := results[fmt.Sprintf("%d/%d", n, i)]
			if r == nil {
				t.Fatalf("%s: no result for task %d", c.Name, i+1)
			}
			rec.Results = append(rec.Results, normalise(t, []byte(here.out(string(r))), dir, c.Exact))
		}
		recs = append(recs, rec)
	}
	text, err := json.MarshalIndent(recs, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(out, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// oracle runs the tasks and returns the results by the tasks' names.
func oracle(t *testing.T, base string, tasks []any) map[string][]byte {
	play, err := json.Marshal([]any{map[string]any{"hosts": "all", "gather_facts": false, "tasks": tasks}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(base, "play.yml"), play, 0o600); err != nil {
		t.Fatal(err)
	}
	argv := append(strings.Fields(os.Getenv("ANSIBLE_ORACLE")), "ansible-playbook", "-vvv", "-i", "localhost,", "-c", "local",
		"-e", "ansible_python_interpreter=/usr/bin/python3", "play.yml")
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = base
	cmd.Env = append(os.Environ(), "ANSIBLE_STDOUT_CALLBACK=ansible.posix.jsonl", "ANSIBLE_PIPELINING=1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, stdout.Bytes(), stderr.Bytes())
	}
	results := map[string][]byte{}
	sc := bufio.NewScanner(&stdout)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		var e struct {
			Event string `json:"_event"`
			Task  struct{ Name string }
			Hosts map[string]json.RawMessage
		}
		if json.Unmarshal(sc.Bytes(), &e) != nil || !strings.HasPrefix(e.Event, "v2_runner_on_") || e.Event == "v2_runner_on_start" {
			continue
		}
		for _, r := range e.Hosts {
			results[e.Task.Name] = r
		}
	}
	return results
}

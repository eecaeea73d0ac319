package executor_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// asked is a host that notes which calls were made of it.
type asked struct{ calls []client.Call }

func (a *asked) Exec(_ context.Context, c client.Call) (module.Result, error) {
	a.calls = append(a.calls, c)
	return module.Result{Changed: true}, nil
}

func (a *asked) Fetch(context.Context, string, string, io.Writer) (module.Result, error) {
	return module.Result{}, nil
}

func (a *asked) Close() error { return nil }

// noVars are the variables of a host that has none.
type noVars struct{}

func (noVars) Lookup(string) (value.Value, bool) { return nil, false }
func (noVars) Names() []string                   { return nil }

// taskOf reads a play and gives its first task.
func taskOf(t *testing.T, text string) *playbook.Task {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "play.yml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	loader := &playbook.Loader{
		Dir:    dir,
		Action: func(string, []string) bool { return true },
		Lookup: func(string, []string) bool { return true },
		Inline: func(text string, _ source.Pos) (value.Value, error) { return value.NewStr(text), nil },
	}
	plays, err := loader.LoadPlaybook(t.Context(), filepath.Join(dir, "play.yml"))
	if err != nil {
		t.Fatal(err)
	}
	return firstTask(plays[0].Tasks[0])
}

func firstTask(n playbook.Node) *playbook.Task {
	for {
		switch at := n.(type) {
		case *playbook.Task:
			return at
		case *playbook.Block:
			n = at.Tasks[0]
		}
	}
}

// TestUnseen: a target is told that nobody sees a result where nobody does, and only there.
func TestUnseen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		task  string // in YAML's flow style
		play  string // keywords of the play
		shown bool   // the run shows all results
		want  bool
	}{
		{name: "nobody looks", task: "{command: a}", want: true},
		{name: "a loop", task: "{command: a, loop: [1]}", want: true},
		{name: "within a block", task: "{block: [{command: a}]}", want: true},
		{name: "when and notify are of no matter", task: "{command: a, when: true, notify: h}", want: true},
		{name: "all results are shown", task: "{command: a}", shown: true},
		{name: "register", task: "{command: a, register: r}"},
		{name: "until", task: "{command: a, until: true}"},
		{name: "changed_when", task: "{command: a, changed_when: false}"},
		{name: "failed_when", task: "{command: a, failed_when: false}"},
		{name: "the task's debugger", task: "{command: a, debugger: on_failed}"},
		{name: "the play's debugger", task: "{command: a}", play: "debugger: on_failed"},
		{name: "a loop that the strategy debugs", task: "{command: a, loop: [1]}", play: "strategy: debug"},
		{name: "a loop whose failure a block may rescue", task: "{block: [{command: a, loop: [1]}], rescue: [{debug: {}}]}"},
		{name: "a job", task: "{command: a, async: 5, poll: 0}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			task := taskOf(t, fmt.Sprintf("- hosts: all\n  %s\n  tasks:\n  - %s\n", c.play, c.task))
			host := &asked{}
			x := &executor.Executor{
				Options: executor.Options{Shown: c.shown},
				Engine:  templating.New(templating.Options{}),
				Vars:    func(string, *playbook.Task) templating.Vars { return noVars{} },
				Client: func(context.Context, executor.Target, module.Part) (client.Client, error) {
					return host, nil
				},
			}
			out := x.Run(t.Context(), "h", task, &event.Task{}, func(event.Event) {})
			if len(host.calls) != 1 {
				t.Fatalf("%d calls, not one: %v", len(host.calls), out.Result)
			}
			if got := host.calls[0].Unseen; got != c.want {
				t.Errorf("unseen: %t, not %t", got, c.want)
			}
		})
	}
}

package callback_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/callback"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// file is the source that faults of the recording stand in.
var file = source.NewFile("/p.yml", `- name: First play
  hosts: all
  tasks:
    - name: Boo
      ansible.builtin.fail: {msg: "{{ nope }}"}
    - name: A long line
      ansible.builtin.fail: {msg: "`+strings.Repeat("x", 200)+`"}
`)

// run is a run with everything that the output knows.
func run(d event.Sink) {
	d.Handle(event.PlayStart{Name: "First play"})
	d.Handle(event.TaskStart{Task: &event.Task{Title: "Say"}})
	d.Handle(event.HostResult{Host: "h1", Task: &event.Task{Action: "ansible.builtin.debug"}, Result: &result.Result{
		VerboseAlways: true, Values: value.DictOf("changed", value.False, "msg", value.NewStr("é'\"")),
	}})
	d.Handle(event.TaskStart{Task: &event.Task{Title: "Copy"}})
	d.Handle(event.HostResult{Host: "h1", Delegated: "h2", Task: &event.Task{Action: "copy"}, Result: &result.Result{
		Changed: true, Values: value.DictOf("changed", value.True, "diff", value.NewList(value.DictOf(
			"before", value.NewStr(""), "after", value.NewStr("a\nb"), "after_header", value.NewStr("/etc/x"),
		))),
	}})
	d.Handle(event.TaskStart{Task: &event.Task{Title: "Loop"}})
	item := func(n int64, status result.Status) *result.Result {
		return &result.Result{Status: status, Values: value.DictOf("item", value.NewInt(n)), Item: &result.Item{Var: "item", Label: value.NewInt(n)}}
	}
	all := &result.Result{Loop: true, Items: []*result.Result{item(1, result.OK), item(2, result.Skipped)}}
	for _, i := range all.Items {
		d.Handle(event.ItemResult{Host: "h1", Task: &event.Task{Action: "command"}, Result: i})
	}
	d.Handle(event.HostResult{Host: "h1", Task: &event.Task{Action: "command"}, Result: all})
	d.Handle(event.TaskStart{Task: &event.Task{Title: "Boo"}})
	fault := &result.Fault{Msg: "Task failed", Pos: source.At(file, 4, 7), Cause: &result.Fault{
		Msg: "Finalization of task args for 'ansible.builtin.fail' failed", Pos: source.At(file, 5, 7), Cause: &result.Fault{
			Msg: "Error while resolving value for 'msg'", Pos: source.At(file, 5, 35), Cause: &result.Fault{
				Msg: "'nope' is undefined", Pos: source.At(file, 5, 35),
			},
		},
	}}
	failed := &result.Result{Status: result.Failed, Ignored: true, Fault: fault, Values: value.DictOf("changed", value.False, "msg", value.NewStr("x"))}
	d.Handle(event.HostResult{Host: "h1", Task: &event.Task{Action: "fail"}, Result: failed})
	d.Handle(event.HostResult{Host: "h2", Task: &event.Task{Action: "fail"}, Result: failed}) // the same error is told once
	d.Handle(event.TaskStart{Task: &event.Task{Title: "Long"}})
	d.Handle(event.HostResult{Host: "h1", Task: &event.Task{Action: "fail"}, Result: &result.Result{
		Status: result.Failed, NoLog: true,
		Fault: &result.Fault{Msg: "Task failed", Pos: source.At(file, 7, 7), Cause: &result.Fault{Msg: "secret text", Pos: source.At(file, 7, 7)}},
	}})
	d.Handle(event.TaskStart{Task: &event.Task{Title: "Handler", Handler: true}})
	d.Handle(event.Retry{Host: "h1", Title: "Handler", Left: 2, Result: failed})
	d.Handle(event.Included{File: "/x.yml", Hosts: []string{"h1", "h2"}, Label: "one", Item: true})
	d.Handle(event.Warning{Text: "careful", Pos: source.At(file, 2, 3)})
	d.Handle(event.Deprecation{Text: "old"})
	d.Handle(event.RunEnd{Hosts: []event.HostStats{{Host: "h1", OK: 3, Changed: 1, Skipped: 1, Ignored: 1, Failed: 1}, {Host: "h2", OK: 1}}})
}

func TestDefault(t *testing.T) {
	tests := []struct {
		name string
		o    callback.Options
		d    callback.DisplayOptions
	}{
		{"plain", callback.Options{Diff: true}, callback.DisplayOptions{}},
		{"verbose", callback.Options{Verbosity: 1}, callback.DisplayOptions{}},
		{"very_verbose", callback.Options{Verbosity: 3}, callback.DisplayOptions{}},
		{"colour", callback.Options{Diff: true}, callback.DisplayOptions{Colours: colours}},
		{"narrow", callback.Options{}, callback.DisplayOptions{Width: 30}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out, errOut strings.Builder
			d := callback.NewDisplay(&out, &errOut, tt.d)
			run(&callback.Show{Display: d, Verbosity: tt.o.Verbosity, Callbacks: []event.Sink{callback.NewDefault(d, tt.o)}})
			got := out.String() + "--- stderr ---\n" + errOut.String()
			if strings.Contains(got, "secret text") {
				t.Error("the message of a task with no_log is shown")
			}
			golden := filepath.Join("testdata", tt.name+".txt")
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

var colours = map[callback.Role]string{
	callback.RoleOK: "0;32", callback.RoleChanged: "0;33", callback.RoleSkip: "0;36", callback.RoleError: "0;31",
	callback.RoleUnreachable: "1;31", callback.RoleWarn: "1;35", callback.RoleDeprecate: "0;35", callback.RoleDebug: "0;34",
	callback.RoleVerbose: "0;34", callback.RoleIncluded: "0;36", callback.RoleDiffAdd: "0;32", callback.RoleDiffRemove: "0;31",
	callback.RoleDiffLines: "0;36",
}

package callback_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/callback"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// shown gives all that a callback writes, to the terminal and to files.
func shown(dir string, def callback.Def, o callback.Options, events ...event.Event) string {
	var out strings.Builder
	d := callback.NewDisplay(&out, &out, callback.DisplayOptions{Log: func(_, text string) { out.WriteString(text) }})
	show := callback.Show{Display: d, Verbosity: o.Verbosity, Callbacks: []event.Sink{def.New(callback.Env{
		Display: d, Options: o, Now: func() time.Time { return time.Unix(0, 0).UTC() },
		Setting: func(string, string) string { return "" }, Path: func(string, string) string { return dir },
		Write: func(_, text string) error { out.WriteString(text); return nil }, Warn: d.Warn,
	})}}
	for _, e := range events {
		show.Handle(e)
	}
	return out.String()
}

// events is a run in which a task has a result, with a loop and a diff.
func events(hide bool, secret value.Value) []event.Event {
	task := &event.Task{ID: 1, Title: "Task", Action: "copy", NoLog: hide, Args: value.DictOf("plain", value.NewStr("x"))}
	values := func() *value.Dict {
		return value.DictOf("pin", secret, "msg", secret, "nested", value.DictOf("a", value.NewList(secret)), "diff", value.DictOf(
			"before", value.NewStr(""), "after", value.DictOf("p", secret),
		))
	}
	item := &result.Result{Changed: true, NoLog: hide, Item: &result.Item{Var: "item", Label: value.NewList(secret)}, Values: values()}
	loop := &result.Result{Changed: true, NoLog: hide, Loop: true, Items: []*result.Result{item}, Values: value.DictOf("msg", secret)}
	one := &result.Result{Changed: true, NoLog: hide, Values: values()}
	failed := &result.Result{Status: result.Failed, NoLog: hide, Values: values()}
	return []event.Event{
		event.PlaybookStart{Path: "p.yml"},
		event.PlayStart{Play: 1, Name: "Play"},
		event.TaskStart{Task: task},
		event.ItemResult{Host: "h", Task: task, Result: item},
		event.HostResult{Host: "h", Task: task, Result: loop},
		event.HostResult{Host: "i", Task: task, Result: one},
		event.HostResult{Host: "j", Task: task, Result: failed},
		event.RunEnd{Hosts: []event.HostStats{{Host: "h", OK: 1}}, Custom: []event.CustomStats{{Values: value.DictOf("s", secret)}}},
	}
}

// No callback shows a value that is marked secret, however short, or anything of a result that no_log hides.
func TestSecretsAreNotShown(t *testing.T) {
	all := callback.Options{Verbosity: 3, Diff: true, CustomStats: true}
	masked := all
	masked.Mask = true
	silent := map[string]bool{"ansible.posix.timer": true, "ansible.posix.profile_tasks": true}
	for _, name := range callback.Set.Names() {
		t.Run(name, func(t *testing.T) {
			def, _ := callback.Set.Find(name)
			pin := value.NewMarkedStr("PIN9", value.Marks{Secret: true})
			if !silent[name] && !strings.Contains(shown(t.TempDir(), def, all, events(false, pin)...), "PIN9") {
				t.Fatal("without the mask it is not shown either: the test checks nothing")
			}
			if got := shown(t.TempDir(), def, masked, events(false, pin)...); strings.Contains(got, "PIN9") {
				t.Errorf("a value that is marked is shown:\n%s", got)
			}
			hidden := events(true, value.NewStr("HIDE9"))
			hidden = append(hidden[:len(hidden)-1], event.RunEnd{})
			if got := shown(t.TempDir(), def, all, hidden...); strings.Contains(got, "HIDE9") {
				t.Errorf("what no_log hides is shown:\n%s", got)
			}
		})
	}
}

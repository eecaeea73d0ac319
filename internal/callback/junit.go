package callback

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.junit", Kind: Enabled, New: func(e Env) event.Sink { return NewJUnit(e, "") }})

// JUnit writes a report that servers for CI read: the callback `junit`.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/junit_callback.html
type JUnit struct {
	e      Env
	file   string // where the report goes; "" for a file of its own in the folder of the setting
	dumper dumper

	taskClass, failOnChange, failOnIgnore, setup, hideArgs bool
	prefix, relative, outside                              string

	playbook, play string
	tasks          []*junitTask
	byID           map[int]*junitTask
}

// junitTask is a task with what came of it on each host.
type junitTask struct {
	task  *event.Task
	play  string
	start time.Time
	hosts []junitHost
}

type junitHost struct {
	name   string
	status string // ok, failed, skipped, included
	end    time.Time
	text   string         // of what was included
	result *result.Result // of all others
}

// NewJUnit writes the report to file when the run ends, or with "" to a file in the folder that the settings name.
func NewJUnit(e Env, file string) *JUnit {
	get := func(option string) string { return e.Setting("junit", option) }
	truth := func(option string) bool { return strings.EqualFold(get(option), "true") }
	j := &JUnit{
		e: e, file: file, dumper: itemsDumper(e.Options), byID: map[int]*junitTask{},
		taskClass: truth("task_class"), failOnChange: truth("fail_on_change"), failOnIgnore: truth("fail_on_ignore"),
		setup: truth("include_setup_tasks_in_report"), hideArgs: truth("hide_task_arguments"),
		relative: noneIsEmpty(get("task_relative_path")), outside: noneIsEmpty(get("replace_out_of_tree_path")),
	}
	if p := get("test_case_prefix"); p != "<empty>" {
		j.prefix = p
	}
	return j
}

func noneIsEmpty(text string) string {
	if strings.EqualFold(text, "none") {
		return ""
	}
	return text
}

// Handle takes up one event.
func (j *JUnit) Handle(e event.Event) {
	switch e := e.(type) {
	case event.PlaybookStart:
		j.playbook = strings.TrimSuffix(filepath.Base(e.Path), filepath.Ext(e.Path))
	case event.PlayStart:
		j.play = e.Name
	case event.TaskStart:
		t := &junitTask{task: e.Task, play: j.play, start: j.e.Now()}
		j.tasks, j.byID[e.Task.ID] = append(j.tasks, t), t
	case event.HostResult:
		if t := j.byID[e.Task.ID]; t != nil && e.Result.Status != result.Unreachable { // as Ansible's

			t.hosts = append(t.hosts, junitHost{name: e.Host, status: j.status(t, e.Result), end: j.e.Now(), result: e.Result})
		}
	case event.Included:
		if t := j.byID[e.Task.ID]; t != nil {
			t.hosts = append(t.hosts, junitHost{
				name: "include", status: "included", end: j.e.Now(),
				text: fmt.Sprintf("%s (args={} vars=%s): [%s]", e.File, includedVars(e), strings.Join(e.Hosts, ", ")),
			})
		}
	case event.RunEnd:
		if err := j.save(j.report()); err != nil {
			j.e.Warn("the JUnit report could not be written: " + err.Error())
		}
	}
}

// includedVars are the variables that what was included sees, as Python writes them.
func includedVars(e event.Included) string {
	if e.Vars == nil {
		return "{}"
	}
	vars := e.Vars.Copy()
	vars.SetStr("_ansible_item_label", value.NewStr(e.Label))
	text, err := value.Repr(vars)
	if err != nil {
		return "{}"
	}
	return text
}

// status is what the report says of a result; the task's name may expect a failure.
func (j *JUnit) status(t *junitTask, r *result.Result) string {
	status := "ok"
	switch {
	case r.Status == result.Skipped:
		status = "skipped"
	case r.Bad() && r.Ignored && !j.failOnIgnore:
		status = "ok"
	case r.Bad(), r.Changed && j.failOnChange:
		status = "failed"
	}
	switch name := t.task.Title; {
	case status == "failed" && strings.Contains(name, "EXPECTED FAILURE"):
		status = "ok"
	case strings.Contains(name, "TOGGLE RESULT") && status == "failed":
		status = "ok"
	case strings.Contains(name, "TOGGLE RESULT") && status == "ok":
		status = "failed"
	}
	return status
}

// save writes the report to its file.
func (j *JUnit) save(text string) error {
	file := j.file
	if file == "" {
		now := j.e.Now()
		dir := j.e.Path("junit", "output_dir")
		if err := os.MkdirAll(dir, 0o777); err != nil { // as the umask says
			return err
		}
		file = filepath.Join(dir, fmt.Sprintf("%s-%d.%07d.xml", j.playbook, now.Unix(), now.Nanosecond()/100))
	}
	return j.e.Write(file, text)
}

var _ event.Sink = (*JUnit)(nil)

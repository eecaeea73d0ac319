package callback

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.posix.jsonl", ForPrograms: true, New: newJSONLines})

// jsonLines writes the events of a run as they happen, each as a JSON document: the callback ansible.posix.jsonl.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/posix/jsonl_callback.html
type jsonLines struct {
	*machine
	display *Display
	indent  string
}

func newJSONLines(e Env) event.Sink {
	return &jsonLines{machine: newMachine(e), display: e.Display, indent: indentOf(e.Setting("jsonl", "json_indent"))}
}

// Handle writes one event.
func (j *jsonLines) Handle(e event.Event) {
	switch e := e.(type) {
	case event.PlayStart:
		j.startPlay(e)
		j.write("v2_playbook_on_play_start", value.DictOf("play", j.play, "tasks", value.NewList()))
	case event.TaskStart:
		j.startTask(e.Task)
		name := "v2_playbook_on_task_start"
		if e.Handler {
			name = "v2_playbook_on_handler_task_start"
		}
		j.write(name, value.DictOf("task", j.task, "hosts", value.NewDict()))
	case event.HostResult:
		task := j.tasks[e.Task.ID]
		j.end(task)
		j.end(j.play)
		doc := value.DictOf("hosts", value.DictOf(e.Host, j.result(e)))
		if task != nil {
			doc.SetStr("task", task)
		}
		j.write(resultEvent(e.Result.Status), doc)
	case event.RunEnd:
		stats, custom, global := j.summary(e)
		j.write("v2_playbook_on_stats", value.DictOf("stats", stats, "custom_stats", custom, "global_custom_stats", global))
	}
}

func resultEvent(s result.Status) string {
	switch s {
	case result.Failed:
		return "v2_runner_on_failed"
	case result.Unreachable:
		return "v2_runner_on_unreachable"
	case result.Skipped:
		return "v2_runner_on_skipped"
	}
	return "v2_runner_on_ok"
}

func (j *jsonLines) write(name string, doc *value.Dict) {
	doc.SetStr("_event", value.NewStr(name))
	doc.SetStr("_timestamp", j.timestamp())
	j.display.line("", j.text(doc, j.indent, &[2]string{",", ":"}))
}

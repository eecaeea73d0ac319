package callback

import (
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.posix.json", ForPrograms: true, New: newJSON})

// jsonDocument writes the whole run as one JSON document at its end: the callback ansible.posix.json.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/posix/json_callback.html
type jsonDocument struct {
	*machine
	display *Display
	indent  string
	plays   *value.List
	tasks   *value.List // of the current play
	hosts   map[int]*value.Dict
}

func newJSON(e Env) event.Sink {
	return &jsonDocument{
		machine: newMachine(e), display: e.Display, indent: indentOf(e.Setting("json", "json_indent")),
		plays: value.NewList(), hosts: map[int]*value.Dict{},
	}
}

// indentOf gives the blanks of an option json_indent: none for a single line.
func indentOf(text string) string {
	n, _ := strconv.Atoi(strings.TrimSpace(text))
	return strings.Repeat(" ", max(0, n))
}

// Handle takes up one event.
func (j *jsonDocument) Handle(e event.Event) {
	switch e := e.(type) {
	case event.PlayStart:
		j.startPlay(e)
		j.tasks = value.NewList()
		j.plays.Append(value.DictOf("play", j.play, "tasks", j.tasks))
	case event.TaskStart:
		j.startTask(e.Task)
		j.hosts[e.Task.ID] = value.NewDict()
		j.tasks.Append(value.DictOf("hosts", j.hosts[e.Task.ID], "task", j.task))
	case event.HostResult:
		hosts := j.hosts[e.Task.ID]
		if hosts == nil {
			return
		}
		hosts.SetStr(e.Host, j.result(e))
		j.end(j.machine.tasks[e.Task.ID])
		j.end(j.play)
	case event.RunEnd:
		stats, custom, global := j.summary(e)
		doc := value.DictOf("plays", j.plays, "stats", stats, "custom_stats", custom, "global_custom_stats", global)
		j.display.line("", j.text(doc, j.indent, nil))
	}
}

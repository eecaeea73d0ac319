package callback

import (
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// EventsVersion is the version of the schema that docs/events.md describes. It grows when something is taken out of it or
// gets another meaning; new fields and new events do not change it.
const EventsVersion = 1

// Events writes every event of a run as a line of JSON: the output jsonl, which docs/events.md describes.
type Events struct {
	display *Display
	now     func() time.Time
	dumper  dumper
}

var _ = Set.Add(Def{Name: "kimai.ansible.events", ForPrograms: true, New: func(e Env) event.Sink { return NewEvents(e) }})

// NewEvents writes to the display's output.
func NewEvents(e Env) *Events {
	return &Events{display: e.Display, now: e.Now, dumper: newDumper(e.Options)}
}

// Handle writes one event.
func (w *Events) Handle(e event.Event) {
	name, fields := w.fields(e)
	if name == "" {
		return
	}
	line := value.DictOf(
		"v", value.NewInt(EventsVersion), "event", value.NewStr(name),
		"time", value.NewStr(w.now().UTC().Format("2006-01-02T15:04:05.000000Z")),
	)
	for it := fields.Iterate(); it.Next(); {
		_ = line.Set(it.Key(), it.Stored())
	}
	text, err := value.AppendJSON(nil, line, value.JSONOptions{Unicode: true, Default: reprOf, Separators: &[2]string{",", ":"}})
	if err != nil {
		text = []byte(err.Error())
	}
	w.display.line("", string(text))
}

// fields gives the name of an event and what it tells.
func (w *Events) fields(e event.Event) (string, *value.Dict) {
	switch e := e.(type) {
	case event.PlaybookStart:
		return "playbook_start", value.DictOf("path", str(e.Path), "plays", num(e.Plays), "check", value.Bool(e.CheckMode))
	case event.PlayStart:
		return "play_start", place(value.DictOf("play", num(e.Play), "name", str(e.Name), "check", value.Bool(e.CheckMode)), e.Pos)
	case event.NoHostsMatched:
		return "no_hosts_matched", value.NewDict()
	case event.NoHostsRemaining:
		return "no_hosts_left", value.NewDict()
	case event.TaskStart:
		return "task_start", value.DictOf("task", taskFields(e.Task))
	case event.HostStart:
		return "host_start", value.DictOf("host", str(e.Host), "task", num(e.Task.ID))
	case event.ItemResult:
		return "item_result", w.result(event.HostResult(e))
	case event.HostResult:
		return "host_result", w.result(e)
	case event.Retry:
		return "retry", w.retry(e)
	case event.Included:
		return "included", w.included(e)
	case event.Notified:
		return "notified", value.DictOf("handler", str(e.Handler), "host", str(e.Host))
	case event.RunEnd:
		return "playbook_end", w.end(e)
	}
	return w.told(e)
}

// told gives what is told to the user beside the run.
func (w *Events) told(e event.Event) (string, *value.Dict) {
	text := func(name, text, help string, pos source.Pos) (string, *value.Dict) {
		d := place(value.DictOf("text", str(text)), pos)
		if help != "" {
			d.SetStr("help", str(help))
		}
		return name, d
	}
	switch e := e.(type) {
	case event.Warning:
		return text("warning", e.Text, e.Help, e.Pos)
	case event.Deprecation:
		return text("deprecation", e.Text, e.Help, e.Pos)
	case event.Error:
		return text("error", e.Text, "", e.Pos)
	case event.Note:
		if e.Verbosity <= w.dumper.verbosity {
			return text("note", e.Text, "", source.Pos{})
		}
	}
	return "", nil
}

func str(s string) value.Value { return value.NewStr(s) }

func num(n int) value.Value { return value.NewInt(int64(n)) }

// place adds where something stands.
func place(d *value.Dict, p source.Pos) *value.Dict {
	if p.IsValid() {
		d.SetStr("file", str(p.File.Name()))
		d.SetStr("line", num(int(p.Line)))
		d.SetStr("column", num(int(p.Col)))
	}
	return d
}

func taskFields(t *event.Task) *value.Dict {
	return place(value.DictOf(
		"id", num(t.ID), "title", str(t.Title), "name", str(t.Name), "action", str(t.Action),
		"handler", value.Bool(t.Handler), "check", value.Bool(t.Check), "no_log", value.Bool(t.NoLog),
	), t.Pos)
}

func statusName(s result.Status) string {
	switch s {
	case result.Skipped:
		return "skipped"
	case result.Failed:
		return "failed"
	case result.Unreachable:
		return "unreachable"
	}
	return "ok"
}

// result gives what came of a task on a host, or of one item. What no_log hides is not there; what is marked secret is masked.
func (w *Events) result(e event.HostResult) *value.Dict {
	r := e.Result
	d := value.DictOf(
		"host", str(e.Host), "task", num(e.Task.ID), "status", str(statusName(r.Status)), "changed", value.Bool(r.Changed),
		"ignored", value.Bool(r.Ignored), "no_log", value.Bool(r.NoLog),
	)
	if e.Delegated != "" {
		d.SetStr("delegated_to", str(e.Delegated))
	}
	if r.Item != nil {
		d.SetStr("label", str(w.dumper.itemLabel(r)))
	}
	if r.Attempts > 0 {
		d.SetStr("attempts", num(r.Attempts))
	}
	if r.NoLog {
		return d
	}
	if r.Loop {
		d.SetStr("items", num(len(r.Items)))
	}
	if r.Values != nil {
		values := r.Values.Copy()
		if w.dumper.verbosity < 3 {
			values.DeleteStr("invocation")
		}
		d.SetStr("values", w.dumper.masked(values))
	}
	if r.Fault != nil {
		d.SetStr("fault", faultFields(r.Fault))
	}
	if len(r.Warnings) > 0 {
		d.SetStr("warnings", warnings(r.Warnings))
	}
	if len(r.Deprecations) > 0 {
		d.SetStr("deprecations", warnings(r.Deprecations))
	}
	return d
}

func warnings(all []result.Warning) *value.List {
	l := value.NewList()
	for _, w := range all {
		l.Append(place(value.DictOf("text", str(w.Text)), w.Pos))
	}
	return l
}

// faultFields gives the chain of why a task failed, from the outside to the cause.
func faultFields(f *result.Fault) *value.List {
	l := value.NewList()
	for ; f != nil; f = f.Cause {
		link := place(value.DictOf("text", str(f.Msg)), f.Pos)
		if f.Hint != "" {
			link.SetStr("hint", str(f.Hint))
		}
		l.Append(link)
	}
	return l
}

func (w *Events) retry(e event.Retry) *value.Dict {
	d := w.result(event.HostResult{Host: e.Host, Delegated: e.Delegated, Task: e.Task, Result: e.Result})
	d.SetStr("left", num(e.Left))
	return d
}

func (w *Events) included(e event.Included) *value.Dict {
	hosts := value.NewList()
	for _, h := range e.Hosts {
		hosts.Append(str(h))
	}
	d := value.DictOf("task", num(e.Task.ID), "file", str(e.File), "hosts", hosts)
	if e.Item {
		d.SetStr("label", str(e.Label))
	}
	return d
}

func (w *Events) end(e event.RunEnd) *value.Dict {
	hosts := value.NewDict()
	for _, h := range e.Hosts {
		hosts.SetStr(h.Host, value.DictOf(
			"ok", num(h.OK), "changed", num(h.Changed), "unreachable", num(h.Unreachable), "failed", num(h.Failed),
			"skipped", num(h.Skipped), "rescued", num(h.Rescued), "ignored", num(h.Ignored),
		))
	}
	custom := value.NewDict()
	for _, c := range e.Custom {
		custom.SetStr(c.Host, w.dumper.masked(c.Values))
	}
	return value.DictOf("hosts", hosts, "custom_stats", custom)
}

var _ event.Sink = (*Events)(nil)

package callback

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// machine is what the callbacks json and jsonl have in common: the plays, tasks and results as data.
type machine struct {
	now    func() time.Time
	dumper dumper
	custom bool // show what set_stats set
	run    string

	play, task *value.Dict // the current ones
	tasks      map[int]*value.Dict
}

func newMachine(e Env) *machine {
	return &machine{
		now: e.Now, dumper: newDumper(e.Options), custom: e.Options.CustomStats, run: runID(), tasks: map[int]*value.Dict{},
	}
}

// runID is the beginning of the identifiers of a run's plays and tasks; that of another run is another.
func runID() string {
	var b [10]byte
	_, _ = rand.Read(b[:])
	t := hex.EncodeToString(b[:])
	return fmt.Sprintf("%s-%s-%s-%s", t[:8], t[8:12], t[12:16], t[16:20])
}

func (m *machine) id(kind byte, n int) value.Value {
	return value.NewStr(fmt.Sprintf("%s-%c%011x", m.run, kind, n))
}

// timestamp is now as the callbacks of ansible.posix write it.
func (m *machine) timestamp() value.Value {
	return value.NewStr(m.now().UTC().Format("2006-01-02T15:04:05.000000Z"))
}

func (m *machine) startPlay(e event.PlayStart) {
	m.play = value.DictOf(
		"duration", value.DictOf("start", m.timestamp()), "id", m.id('1', e.Play), "name", value.NewStr(e.Name),
		"path", placeOf(e.Pos.IsValid(), func() string { return path(e.Pos) }),
	)
}

func (m *machine) startTask(t *event.Task) {
	m.task = value.DictOf(
		"duration", value.DictOf("start", m.timestamp()), "id", m.id('0', t.ID), "name", value.NewStr(t.Title),
		"path", placeOf(t.Pos.IsValid(), func() string { return path(t.Pos) }),
	)
	m.tasks[t.ID] = m.task
}

func placeOf(known bool, text func() string) value.Value {
	if !known {
		return value.None
	}
	return value.NewStr(text())
}

// end notes when the play or the task had its last result.
func (m *machine) end(of *value.Dict) {
	if of != nil {
		of.Stored("duration").(*value.Dict).SetStr("end", m.timestamp())
	}
}

// result gives what came of a task on a host, whole.
func (m *machine) result(e event.HostResult) *value.Dict {
	r := e.Result
	out := m.values(r)
	if !r.NoLog {
		if r.Status != result.Failed {
			out.DeleteStr("failed")
		}
		if e.Delegated != "" && !r.Loop {
			out.SetStr("_ansible_delegated_vars", value.DictOf("ansible_host", value.NewStr(e.Delegated)))
		}
	}
	out.SetStr("action", value.NewStr(e.Task.Action))
	return out
}

func (m *machine) values(r *result.Result) *value.Dict {
	if r.NoLog {
		return m.hidden(r)
	}
	flat := *r
	flat.Loop = false
	v, err := flat.Registered()
	if err != nil {
		return value.DictOf("msg", value.NewStr(err.Error()))
	}
	out := m.dumper.masked(v).(*value.Dict)
	if r.Values != nil && r.Values.Has("invocation") {
		out.SetStr("invocation", m.dumper.masked(r.Values.Stored("invocation")))
	}
	if r.Status == result.Unreachable {
		out.SetStr("exception", value.NewStr(result.NoTraceback))
	}
	if r.Loop {
		out.DeleteStr("exception")
		out.SetStr("results", m.items(r))
		return out
	}
	out.SetStr("_ansible_no_log", value.False)
	if r.VerboseAlways {
		out.SetStr("_ansible_verbose_always", value.True)
	}
	if r.Item != nil && r.Item.Label != nil {
		out.SetStr("_ansible_item_label", m.dumper.masked(r.Item.Label))
	}
	return out
}

func (m *machine) items(r *result.Result) *value.List {
	items := value.NewList()
	for _, i := range r.Items {
		items.Append(m.values(i))
	}
	return items
}

func (m *machine) hidden(r *result.Result) *value.Dict {
	out := censored("", r)
	out.SetStr("_ansible_no_log", value.True)
	switch {
	case r.Status == result.Failed && r.Item == nil:
		out.SetStr("failed", value.True)
	case r.Status == result.Skipped:
		out.SetStr("skipped", value.True)
	case r.Status == result.Unreachable:
		out.SetStr("unreachable", value.True)
	}
	if r.Loop {
		out.SetStr("results", m.items(r))
	}
	return out
}

// text writes a document as Python does, with what is beyond ASCII escaped.
func (m *machine) text(doc value.Value, indent string, separators *[2]string) string {
	text, err := value.AppendJSON(nil, doc, value.JSONOptions{
		SortKeys: true, Multiline: indent != "", Indent: indent, Separators: separators, Default: reprOf,
	})
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// summary gives the counts of the recap, by host, and what set_stats set.
func (m *machine) summary(e event.RunEnd) (stats, custom, global *value.Dict) {
	stats, custom, global = value.NewDict(), value.NewDict(), value.NewDict()
	for _, h := range e.Hosts {
		counts := value.NewDict()
		for _, c := range []struct {
			name string
			n    int
		}{
			{"ok", h.OK},
			{"failures", h.Failed},
			{"unreachable", h.Unreachable},
			{"changed", h.Changed},
			{"skipped", h.Skipped},
			{"rescued", h.Rescued},
			{"ignored", h.Ignored},
		} {
			counts.SetStr(c.name, value.NewInt(int64(c.n)))
		}
		stats.SetStr(h.Host, counts)
	}
	if !m.custom {
		return stats, custom, global
	}
	for _, c := range e.Custom {
		data := m.dumper.masked(c.Values).(*value.Dict)
		if c.Host == "" {
			global = data
		} else {
			custom.SetStr(c.Host, data)
		}
	}
	return stats, custom, global
}

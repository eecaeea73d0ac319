package ansibleengine

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// converter makes events of those of the callback ansible.posix.jsonl.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/posix/jsonl_callback.html
type converter struct {
	run   *Run
	plays int
	tasks map[string]*event.Task // by Ansible's identifier
	known map[*event.Task]Task
	files map[string]*source.File

	including *event.Included // what an include brings in, until all hosts are told
}

func newConverter(r *Run) *converter {
	return &converter{run: r, tasks: map[string]*event.Task{}, known: map[*event.Task]Task{}, files: map[string]*source.File{}}
}

func (c *converter) event(d *value.Dict) {
	name := text(d, "_event")
	switch {
	case name == "v2_playbook_on_play_start":
		c.included()
		play := dict(d, "play")
		c.plays++
		c.run.Sink.Handle(event.PlayStart{Play: c.plays, Name: text(play, "name"), CheckMode: c.run.Options.Check, Pos: c.pos(text(play, "path"))})
	case name == "v2_playbook_on_task_start", name == "v2_playbook_on_handler_task_start":
		c.included()
		c.run.Sink.Handle(event.TaskStart{Task: c.task(dict(d, "task"), strings.Contains(name, "handler"))})
	case strings.HasPrefix(name, "v2_runner_on_"):
		hosts := dict(d, "hosts")
		for it := hosts.Iterate(); it.Next(); {
			if values, ok := it.Stored().(*value.Dict); ok {
				host, _ := value.Text(it.Key())
				c.result(name, host, c.task(dict(d, "task"), false), values)
			}
		}
	case name == "v2_playbook_on_stats":
		c.included()
		c.run.Sink.Handle(c.stats(d))
	}
}

// task gives the task of an event, the same for all events of it.
func (c *converter) task(d *value.Dict, handler bool) *event.Task {
	id := text(d, "id")
	if t := c.tasks[id]; t != nil {
		return t
	}
	pos := c.pos(text(d, "path"))
	t := &event.Task{ID: len(c.tasks) + 1, Title: text(d, "name"), Handler: handler, Check: c.run.Options.Check, Pos: pos}
	t.Name = t.Title
	if c.run.Task != nil && pos.IsValid() {
		if known, ok := c.run.Task(pos.File.Name(), int(pos.Line)); ok {
			if c.known[t] = known; known.Pos.IsValid() {
				t.Pos = known.Pos // with its column
			}
		}
	}
	c.tasks[id] = t
	return t
}

// pos reads FILE:LINE.
func (c *converter) pos(path string) source.Pos {
	at := strings.LastIndexByte(path, ':')
	if at < 0 {
		return source.Pos{}
	}
	line, err := strconv.Atoi(path[at+1:])
	if err != nil {
		return source.Pos{}
	}
	name := path[:at]
	if c.files[name] == nil {
		c.files[name] = source.NewFile(name, "")
	}
	return source.At(c.files[name], line, 0)
}

// result tells what came of a task on a host.
func (c *converter) result(name, host string, t *event.Task, values *value.Dict) {
	if t.Action == "" {
		t.Action = text(values, "action")
	}
	status := result.OK
	switch strings.TrimPrefix(name, "v2_runner_on_") {
	case "failed":
		status = result.Failed
	case "unreachable":
		status = result.Unreachable
	case "skipped":
		status = result.Skipped
	}
	e := event.HostResult{Host: host, Task: t, Result: c.values(t, values, status)}
	if to := dict(values, "_ansible_delegated_vars"); to.Len() > 0 {
		e.Delegated = text(to, "ansible_delegated_host")
		if e.Delegated == "" {
			e.Delegated = text(to, "ansible_host")
		}
	}
	if e.Included = status == result.OK && includes(t.Action); e.Included {
		c.include(host, t, values)
	}
	for _, item := range e.Result.Items {
		if !e.Included {
			c.run.Sink.Handle(event.ItemResult{Host: host, Delegated: e.Delegated, Task: t, Result: item})
		}
	}
	c.run.Sink.Handle(e)
}

// values makes a result of the values that the callback tells.
func (c *converter) values(t *event.Task, values *value.Dict, status result.Status) *result.Result {
	r := &result.Result{
		Status: status, Changed: truth(values, "changed"), VerboseAlways: truth(values, "_ansible_verbose_always"),
		NoLog: truth(values, "_ansible_no_log") || values.Has("censored"), Values: value.NewDict(),
	}
	known, isKnown := c.known[t]
	r.Ignored = isKnown && known.Ignores && r.Bad()
	t.NoLog = t.NoLog || r.NoLog
	for it := values.Iterate(); it.Next(); {
		key, _ := value.Text(it.Key())
		if !strings.HasPrefix(key, "_ansible_") && key != "action" && key != "results" && key != "skipped" && key != "failed" {
			r.Values.SetStr(key, it.Stored())
		}
	}
	if r.Bad() && !r.NoLog {
		r.Fault = c.fault(t, values, status)
	}
	list, loops := values.Stored("results").(*value.List)
	if !loops || !isLoop(list) {
		if loops { // a module may return results of its own
			r.Values.SetStr("results", list)
		}
		return r
	}
	r.Loop, r.Fault = true, nil
	for _, one := range list.Stored() {
		if d, ok := one.(*value.Dict); ok {
			r.Items = append(r.Items, c.item(t, d))
		}
	}
	return r
}

// isLoop tells the items of a loop from results of a module.
func isLoop(list *value.List) bool {
	for _, one := range list.Stored() {
		d, ok := one.(*value.Dict)
		if !ok || !d.Has("ansible_loop_var") && !d.Has("_ansible_item_label") && !d.Has("censored") {
			return false
		}
	}
	return true
}

func (c *converter) item(t *event.Task, d *value.Dict) *result.Result {
	status := result.OK
	switch {
	case truth(d, "unreachable"):
		status = result.Unreachable
	case truth(d, "failed"):
		status = result.Failed
	case truth(d, "skipped"):
		status = result.Skipped
	}
	r := c.values(t, d, status)
	r.Ignored = false // that is told once, at the end of the loop
	name := text(d, "ansible_loop_var")
	if name == "" {
		name = "item"
	}
	r.Item = &result.Item{Var: name, Value: d.Stored(name), Label: d.Stored("_ansible_item_label")}
	if r.Item.Label == nil {
		r.Item.Label = r.Item.Value
	}
	return r
}

// fault is why a task failed, in the words that ansible-core 2.19 has for it.
func (c *converter) fault(t *event.Task, values *value.Dict, status result.Status) *result.Fault {
	known, ok := c.known[t]
	if !ok {
		return nil
	}
	// older releases tell below the message where the error appears to be: that is told here by its place
	msg, _, _ := strings.Cut(text(values, "msg"), "\n\nThe error appears to be in ")
	msg = strings.TrimPrefix(msg, "Task failed: ")
	cause := &result.Fault{Msg: msg, Pos: t.Pos}
	if status != result.Unreachable {
		who := "Action failed"
		if known.Module && !truth(values, "failed_when_result") {
			who = "Module failed"
		}
		if cause = (&result.Fault{Msg: who, Pos: t.Pos, Cause: cause}); msg == "" {
			cause = &result.Fault{Msg: who + ".", Pos: t.Pos}
		}
	}
	return &result.Fault{Msg: "Task failed", Pos: t.Pos, Cause: cause}
}

func includes(action string) bool {
	short := action[strings.LastIndexByte(action, '.')+1:]
	return short == "include_tasks" || short == "include_role" || short == "include"
}

// include notes what an include brings in on a host; hosts with the same are told together.
func (c *converter) include(host string, t *event.Task, values *value.Dict) {
	list, loops := values.Stored("results").(*value.List)
	if !loops {
		list = value.NewList(values)
	}
	for _, one := range list.Stored() {
		d, ok := one.(*value.Dict)
		if !ok || truth(d, "skipped") {
			continue
		}
		inc := event.Included{Task: t, File: includedFile(t, d), Item: loops}
		if loops {
			inc.Label, _ = value.Text(orNone(d.Stored("_ansible_item_label")))
		}
		if last := c.including; last != nil && last.Task == t && last.File == inc.File && last.Label == inc.Label {
			last.Hosts = append(last.Hosts, host)
			continue
		}
		c.included()
		inc.Hosts = []string{host}
		c.including = &inc
	}
}

func includedFile(t *event.Task, d *value.Dict) string {
	file := text(d, "include")
	if file == "" {
		return text(dict(d, "include_args"), "name") // a role
	}
	if !filepath.IsAbs(file) && t.Pos.IsValid() {
		file = filepath.Join(filepath.Dir(t.Pos.File.Name()), file)
	}
	return file
}

// included tells what was included.
func (c *converter) included() {
	if c.including != nil {
		c.run.Sink.Handle(*c.including)
		c.including = nil
	}
}

func (c *converter) end() { c.included() }

// stats is the recap.
func (c *converter) stats(d *value.Dict) event.RunEnd {
	end := event.RunEnd{CheckMode: c.run.Options.Check}
	stats := dict(d, "stats")
	for it := stats.Iterate(); it.Next(); {
		counts, ok := it.Stored().(*value.Dict)
		if !ok {
			continue
		}
		host, _ := value.Text(it.Key())
		end.Hosts = append(end.Hosts, event.HostStats{
			Host: host, OK: number(counts, "ok"), Changed: number(counts, "changed"), Unreachable: number(counts, "unreachable"),
			Failed: number(counts, "failures"), Skipped: number(counts, "skipped"), Rescued: number(counts, "rescued"), Ignored: number(counts, "ignored"),
		})
	}
	for it := dict(d, "custom_stats").Iterate(); it.Next(); {
		if values, ok := it.Stored().(*value.Dict); ok {
			host, _ := value.Text(it.Key())
			end.Custom = append(end.Custom, event.CustomStats{Host: host, Values: values})
		}
	}
	if whole := dict(d, "global_custom_stats"); whole.Len() > 0 {
		end.Custom = append(end.Custom, event.CustomStats{Values: whole})
	}
	return end
}

func dict(d *value.Dict, key string) *value.Dict {
	if sub, ok := d.Stored(key).(*value.Dict); ok {
		return sub
	}
	return value.NewDict()
}

func text(d *value.Dict, key string) string {
	t, err := value.Text(orNone(d.Stored(key)))
	if err != nil || d.Stored(key) == nil || d.Stored(key) == value.None {
		return ""
	}
	return t
}

func orNone(v value.Value) value.Value {
	if v == nil {
		return value.None
	}
	return v
}

func truth(d *value.Dict, key string) bool { return d.Stored(key) == value.True }

func number(d *value.Dict, key string) int {
	n, _ := strconv.Atoi(text(d, key))
	return n
}

package callback

import (
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
)

// Minimal shows a result and nothing else: the `minimal` callback, which the command ansible has by itself.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/minimal_callback.html
type Minimal struct {
	*Display
	o      Options
	dumper dumper
}

var _ = Set.Add(Def{Name: "ansible.builtin.minimal", New: func(e Env) event.Sink { return NewMinimal(e.Display, e.Options) }})

// NewMinimal shows results on a display.
func NewMinimal(d *Display, o Options) *Minimal {
	dump := itemsDumper(o)
	if dump.format.Pretty == nil && !dump.format.YAML {
		pretty := true // it is always indented, unless somebody says otherwise
		dump.format.Pretty = &pretty
	}
	return &Minimal{Display: d, o: o, dumper: dump}
}

// Handle shows the result of a task on a host.
func (m *Minimal) Handle(e event.Event) {
	switch e := e.(type) {
	case event.HostResult:
		m.host(e)
	case event.ItemResult:
		m.diffs(e.Result)
	}
}

// diffs shows what a result changed; where there is a diff of nothing, an empty line.
func (m *Minimal) diffs(r *result.Result) {
	if !m.o.Diff || r.NoLog || r.Values == nil {
		return
	}
	for _, diff := range diffsOf(r) {
		m.line("", m.diffText(diff, m.dumper))
	}
}

func (m *Minimal) host(e event.HostResult) {
	r := e.Result
	m.warnings(r)
	switch r.Status {
	case result.Unreachable:
		m.fault(m.out, r)
		m.line(RoleUnreachable, fmt.Sprintf("%s | UNREACHABLE! => %s", e.Host, m.dumper.dump(e.Task.Action, r)))
	case result.Failed:
		m.fault(m.out, r)
		if isCommand(e.Task.Action) {
			m.line(RoleError, m.command(e, "FAILED"))
			return
		}
		m.line(RoleError, fmt.Sprintf("%s | FAILED! => %s", e.Host, m.dumper.failed(r)))
	case result.Skipped:
		m.line(RoleSkip, e.Host+" | SKIPPED")
	default:
		m.diffs(r)
		word, role := "SUCCESS", RoleOK
		if r.Changed {
			word, role = "CHANGED", RoleChanged
		}
		if showsCommand(e) {
			m.line(role, m.command(e, word))
			return
		}
		m.line(role, fmt.Sprintf("%s | %s => %s", e.Host, word, m.dumper.dump(e.Task.Action, r)))
	}
}

// command shows what a command wrote, as it wrote it.
func (m *Minimal) command(e event.HostResult, word string) string {
	return fmt.Sprintf("%s | %s | rc=%s >>\n%s%s%s", e.Host, word, m.dumper.rc(e.Result),
		m.dumper.text(e.Result, "stdout"), m.dumper.text(e.Result, "stderr"), m.dumper.text(e.Result, "msg"))
}

// showsCommand reports whether a result is shown as what a command wrote; that of a job of `async` that went well is not.
func showsCommand(e event.HostResult) bool {
	return isCommand(e.Task.Action) && (e.Result.Values == nil || !e.Result.Values.Has("ansible_job_id"))
}

// isCommand reports whether what an action gives is what a command wrote.
func isCommand(action string) bool {
	switch action {
	case "command", "shell", "raw", "ansible.builtin.command", "ansible.builtin.shell", "ansible.builtin.raw",
		"ansible.legacy.command", "ansible.legacy.shell", "ansible.legacy.raw":
		return true
	}
	return false
}

// text gives one of a result's values as text, "" where there is none or it may not be shown.
func (d dumper) text(r *result.Result, key string) string {
	if r.NoLog || r.Values == nil {
		return ""
	}
	v := r.Values.Stored(key)
	if v == nil {
		return ""
	}
	return textOf(d.masked(v))
}

func (d dumper) rc(r *result.Result) string {
	if r.Values == nil || r.NoLog || r.Values.Stored("rc") == nil {
		return "-1"
	}
	return textOf(r.Values.Stored("rc"))
}

var _ event.Sink = (*Minimal)(nil)

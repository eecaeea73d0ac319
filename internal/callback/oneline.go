package callback

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Oneline shows each result in a line: the `oneline` callback.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/oneline_callback.html
type Oneline struct {
	*Display
	dumper dumper
}

var _ = Set.Add(Def{Name: "ansible.builtin.oneline", New: func(e Env) event.Sink { return NewOneline(e.Display, e.Options) }, Deprecated: "The oneline callback plugin is deprecated. This feature will be removed from ansible-core version 2.23."})

// NewOneline shows results on a display.
func NewOneline(d *Display, o Options) *Oneline { return &Oneline{Display: d, dumper: itemsDumper(o)} }

// Handle shows the result of a task on a host.
func (l *Oneline) Handle(e event.Event) {
	res, ok := e.(event.HostResult)
	if !ok {
		return
	}
	r := res.Result
	switch r.Status {
	case result.Unreachable:
		l.line(RoleUnreachable, fmt.Sprintf("%s | UNREACHABLE!: %s", res.Host, l.dumper.text(r, "msg")))
	case result.Failed:
		l.failed(res)
	case result.Skipped:
		l.line(RoleSkip, res.Host+" | SKIPPED")
	default:
		word, role := "SUCCESS", RoleOK
		if r.Changed {
			word, role = "CHANGED", RoleChanged
		}
		if showsCommand(res) {
			l.line(role, l.command(res, word))
			return
		}
		l.line(role, fmt.Sprintf("%s | %s => %s", res.Host, word, l.json(r)))
	}
}

// failed tells of a failure twice, as Ansible's does: what broke, then the values.
func (l *Oneline) failed(e event.HostResult) {
	if !e.Result.Loop {
		if isCommand(e.Task.Action) {
			l.line(RoleError, l.command(e, "FAILED"))
		} else {
			l.line(RoleError, "An exception occurred during task execution. To see the full traceback, use -vvv. The error was: "+result.NoTraceback)
		}
	}
	l.line(RoleError, fmt.Sprintf("%s | FAILED! => %s", e.Host, l.json(e.Result)))
}

func (l *Oneline) json(r *result.Result) string {
	return strings.ReplaceAll(l.dumper.plain(r), "\n", "")
}

// plain gives a result's values as indented JSON; the indent has no width where nothing asks for it.
func (d dumper) plain(r *result.Result) string {
	values := d.shown("", r)
	if r.Status == result.Failed && !values.Has("changed") {
		values.SetStr("changed", value.False)
	}
	indent := ""
	if r.VerboseAlways || d.verbosity > 2 {
		indent = "    "
	}
	return jsonText(values, true, indent)
}

// command shows what a command wrote, its line ends as \n.
func (l *Oneline) command(e event.HostResult, word string) string {
	flat := strings.NewReplacer("\n", `\n`, "\r", `\r`)
	line := fmt.Sprintf("%s | %s | rc=%s | (stdout) %s", e.Host, word, l.dumper.rc(e.Result), flat.Replace(l.dumper.text(e.Result, "stdout")))
	if stderr := l.dumper.text(e.Result, "stderr"); stderr != "" {
		line += " (stderr) " + flat.Replace(stderr)
	}
	return line
}

var _ event.Sink = (*Oneline)(nil)

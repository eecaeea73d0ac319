package callback

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Options say what of a run is shown. The zero Options show what Ansible shows when nobody says anything.
type Options struct {
	Verbosity int
	Diff      bool   // show diffs
	Context   *int   // how many lines a diff shows around what changed; nil is 3
	Mask      bool   // mask values that are marked secret
	Format    Format // how results are written

	HideSkipped    bool // display_skipped_hosts=false
	HideOK         bool // display_ok_hosts=false
	FailedToStderr bool // display_failed_stderr
	CustomStats    bool // show_custom_stats
	HostStart      bool // show_per_host_start
	CheckMarkers   bool // check_mode_markers
	TaskPath       bool // show_task_path_on_failure
	Args           bool // display_args_to_stdout
}

// Default is Ansible's own output, the `default` callback of ansible-core 2.19.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/default_callback.html
type Default struct {
	*Display
	o       Options
	dumper  dumper
	waiting *event.Task // its banner is shown with the first result that is shown
}

// NewDefault shows a run on a display.
func NewDefault(d *Display, o Options) *Default {
	return &Default{Display: d, o: o, dumper: newDumper(o)}
}

// Handle shows one event.
func (d *Default) Handle(e event.Event) {
	switch e := e.(type) {
	case event.PlaybookStart:
		d.playbookStart(e)
	case event.PlayStart:
		d.playStart(e)
	case event.NoHostsMatched:
		d.line(RoleSkip, "skipping: no hosts matched")
	case event.NoHostsRemaining:
		d.banner("NO MORE HOSTS LEFT")
	case event.TaskStart:
		d.waiting = e.Task
		if !d.o.HideSkipped && !d.o.HideOK {
			d.taskBanner()
		}
	case event.HostStart:
		if d.o.HostStart {
			kind := "TASK"
			if e.Task.Handler {
				kind = "HANDLER"
			}
			d.line(RoleOK, fmt.Sprintf(" [started %s: %s on %s]", kind, e.Task.Title, e.Host))
		}
	case event.ItemResult:
		d.item(e)
	case event.HostResult:
		d.host(e)
	case event.Retry:
		d.retry(e)
	case event.Included:
		d.included(e)
	case event.Async:
		d.async(e)
	case event.RunEnd:
		d.recap(e)
		d.customStats(e)
		if d.o.CheckMarkers && e.CheckMode {
			d.banner("DRY RUN")
		}
	}
}

func (d *Default) playbookStart(e event.PlaybookStart) {
	if d.o.Verbosity > 1 {
		d.banner("PLAYBOOK: " + e.Path)
	}
	if d.o.CheckMarkers && e.CheckMode {
		d.banner("DRY RUN")
	}
	if d.o.Verbosity > 1 {
		d.line(RoleVerbose, fmt.Sprintf("%d plays in %s", e.Plays, e.Path))
	}
}

func (d *Default) playStart(e event.PlayStart) {
	marker := d.marker(e.CheckMode)
	if e.Name == "" {
		d.banner("PLAY" + marker)
	} else {
		d.banner("PLAY [" + e.Name + "]" + marker)
	}
}

func (d *Default) marker(check bool) string {
	if d.o.CheckMarkers && check {
		return " [CHECK MODE]"
	}
	return ""
}

// taskBanner shows the banner of the task, unless it was shown.
func (d *Default) taskBanner() {
	t := d.waiting
	if t == nil {
		return
	}
	d.waiting = nil
	kind, args := "TASK", ""
	if t.Handler {
		kind = "RUNNING HANDLER"
	}
	if d.o.Args && !t.NoLog {
		args = " " + argsText(t)
	}
	d.banner(kind + " [" + strings.TrimSpace(t.Title) + args + "]" + d.marker(t.Check))
	if d.o.Verbosity > 1 && t.Pos.IsValid() {
		d.line(RoleDebug, "task path: "+path(t.Pos))
	}
}

// argsText tells the arguments of a task as they are written: "a=1, b=two".
func argsText(t *event.Task) string {
	if t.Args == nil {
		return ""
	}
	var parts []string
	for it := t.Args.Iterate(); it.Next(); {
		parts = append(parts, textOf(it.Key())+"="+textOf(it.Stored()))
	}
	return strings.Join(parts, ", ")
}

// bad is where failures are shown.
func (d *Default) bad() *bufio.Writer {
	if d.o.FailedToStderr {
		return d.err
	}
	return d.out
}

// failing prepares for a result that is shown whatever is hidden: its task's banner, its path, why it failed.
func (d *Default) failing(t *event.Task, r *result.Result) {
	d.taskBanner()
	d.fault(d.bad(), r)
	if d.o.TaskPath && d.o.Verbosity < 2 && t.Pos.IsValid() {
		d.line(RoleDebug, "task path: "+path(t.Pos))
	}
}

func (d *Default) host(e event.HostResult) {
	r := e.Result
	label := hostLabel(e.Host, e.Delegated)
	d.warnings(r)
	if e.Included {
		return
	}
	if r.Loop && len(r.Items) > 0 {
		d.loopEnd(e, label)
		return
	}
	switch {
	case r.Status == result.Unreachable:
		d.taskBanner()
		d.fault(d.bad(), r)
		d.write(d.bad(), RoleUnreachable, fmt.Sprintf("fatal: [%s]: UNREACHABLE! => %s", label, d.dumper.dump(e.Task.Action, r)))
	case r.Status == result.Failed:
		d.failing(e.Task, r)
		d.write(d.bad(), RoleError, fmt.Sprintf("fatal: [%s]: FAILED! => %s", label, d.dumper.dump(e.Task.Action, r)))
	case r.Status == result.Skipped:
		if d.o.HideSkipped {
			return
		}
		d.taskBanner()
		d.line(RoleSkip, fmt.Sprintf("skipping: [%s]", e.Host)+d.dumper.verbose(" => ", e.Task.Action, r))
	default:
		if d.hidesOK(r) {
			return
		}
		d.taskBanner()
		if r.Unmet {
			d.fault(d.bad(), r)
		}
		d.diff(r, d.o)
		word, role := okWord(r)
		d.line(role, fmt.Sprintf("%s: [%s]", word, label)+d.dumper.verbose(" => ", e.Task.Action, r))
	}
	d.ignoring(r)
}

func (d *Default) hidesOK(r *result.Result) bool { return d.o.HideOK && !r.Changed }

func (d *Default) ignoring(r *result.Result) {
	if r.Ignored && r.Bad() {
		d.line(RoleSkip, "...ignoring")
	}
}

// loopEnd is what is said at the end of a loop, after its items.
func (d *Default) loopEnd(e event.HostResult, label string) {
	r := e.Result
	switch {
	case r.Status == result.Unreachable:
		d.taskBanner()
		whole := d.dumper
		whole.items = true // though each was shown
		d.write(d.bad(), RoleUnreachable, fmt.Sprintf("fatal: [%s]: UNREACHABLE! => %s", label, whole.dump("", r)))
	case r.Status == result.Failed && isDebug(e.Task.Action): // as ansible-core has it: of debug's results only the message is left
		d.write(d.bad(), RoleError, fmt.Sprintf("fatal: [%s]: FAILED! => %s", label, d.dumper.dump(e.Task.Action, r)))
	case r.Status == result.Skipped && !d.o.HideSkipped:
		d.taskBanner()
		d.line(RoleSkip, fmt.Sprintf("skipping: [%s]", e.Host)+d.dumper.verbose(" => ", e.Task.Action, r))
	}
	d.ignoring(r)
}

func okWord(r *result.Result) (word string, role Role) {
	if r.Changed {
		return "changed", RoleChanged
	}
	return "ok", RoleOK
}

func (d *Default) item(e event.ItemResult) {
	r := e.Result
	label := hostLabel(e.Host, e.Delegated)
	item := d.dumper.itemLabel(r)
	d.warnings(r)
	switch r.Status {
	case result.Failed, result.Unreachable:
		d.taskBanner()
		d.fault(d.bad(), r)
		d.write(d.bad(), RoleError, fmt.Sprintf("failed: [%s] (item=%s) => %s", label, item, d.dumper.dump(e.Task.Action, r)))
	case result.Skipped:
		if d.o.HideSkipped {
			return
		}
		d.taskBanner()
		d.line(RoleSkip, fmt.Sprintf("skipping: [%s] => (item=%s) ", e.Host, item)+d.dumper.verbose(" => ", e.Task.Action, r))
	default:
		if d.hidesOK(r) {
			return
		}
		d.taskBanner()
		d.diff(r, d.o)
		word, role := okWord(r)
		d.line(role, fmt.Sprintf("%s: [%s] => (item=%s)", word, label, item)+d.dumper.verbose(" => ", e.Task.Action, r))
	}
}

func (d *Default) retry(e event.Retry) {
	d.line(RoleDebug, fmt.Sprintf("FAILED - RETRYING: [%s]: %s (%d retries left).", hostLabel(e.Host, e.Delegated), e.Title, e.Left)+
		d.attempt(e))
}

// attempt is the result of an attempt that was not the last, where results are shown.
func (d *Default) attempt(e event.Retry) string {
	if e.Result == nil || d.o.Verbosity < 3 && (!e.Result.VerboseAlways || e.Result.NoLog) {
		return ""
	}
	r := *e.Result
	if r.Values != nil {
		r.Values = r.Values.Copy()
		r.Values.SetStr("retries", value.NewInt(int64(e.Left+r.Attempts)))
	}
	return "Result was: " + d.dumper.dump("", &r)
}

func (d *Default) included(e event.Included) {
	d.taskBanner()
	text := fmt.Sprintf("included: %s for %s", e.File, strings.Join(e.Hosts, ", "))
	if e.Item {
		text += fmt.Sprintf(" => (item=%s)", e.Label)
	}
	d.line(RoleIncluded, text)
}

func (d *Default) async(e event.Async) {
	switch e.State {
	case event.AsyncOK:
		d.line(RoleDebug, fmt.Sprintf("ASYNC OK on %s: jid=%s", e.Host, e.JobID))
	case event.AsyncFailed:
		d.line(RoleDebug, fmt.Sprintf("ASYNC FAILED on %s: jid=%s", e.Host, e.JobID))
	default:
		d.line(RoleDebug, fmt.Sprintf("ASYNC POLL on %s: jid=%s started=%s finished=%s", e.Host, e.JobID,
			textOf(value.Bool(e.Started)), textOf(value.Bool(e.Finished))))
	}
}

// customStats shows what set_stats set.
func (d *Default) customStats(e event.RunEnd) {
	if !d.o.CustomStats || len(e.Custom) == 0 {
		return
	}
	d.banner("CUSTOM STATS: ")
	var whole *value.Dict
	for _, c := range e.Custom {
		if c.Host == "" {
			whole = c.Values
			continue
		}
		d.line("", fmt.Sprintf("\t%s: %s", c.Host, d.dumper.flat(c.Values)))
	}
	if whole != nil {
		d.line("", "")
		d.line("", "\tRUN: "+d.dumper.flat(whole))
	}
	d.line("", "")
}

var _ event.Sink = (*Default)(nil)

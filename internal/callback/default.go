// Package callback shows a run: each file turns the events of a run into one kind of output. It knows nothing of how a
// run is executed.
package callback

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Options say how a run is shown. Width and Color come from outside, so that a recording compares on any terminal.
type Options struct {
	Verbosity int
	Width     int  // columns of the terminal; 0 means 80, as Ansible has it where there is none
	Color     bool // colour the output
	Diff      bool // show diffs
	Mask      bool // mask values that are marked secret
	CheckMode bool
	Custom    bool // show the values of set_stats at the end (show_custom_stats)
}

// Default is Ansible's own output, the `default` callback of ansible-core 2.19.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/default_callback.html
type Default struct {
	out, err *bufio.Writer
	o        Options
	told     map[string]bool // warnings and errors that were shown: each is shown once in a run
}

// NewDefault gives the output to out, with warnings to err. Every Handle ends with both flushed.
func NewDefault(out, err io.Writer, o Options) *Default {
	if o.Width <= 0 {
		o.Width = 80
	}
	return &Default{out: bufio.NewWriter(out), err: bufio.NewWriter(err), o: o, told: map[string]bool{}}
}

// Handle shows one event.
func (d *Default) Handle(e event.Event) {
	switch e := e.(type) {
	case event.PlaybookStart:
		if d.o.Verbosity > 1 {
			d.banner("PLAYBOOK: " + e.Path)
			d.line("", fmt.Sprintf("%d plays in %s", e.Plays, e.Path))
		}
	case event.PlayStart:
		if e.Name == "" {
			d.banner("PLAY")
		} else {
			d.banner("PLAY [" + e.Name + "]")
		}
	case event.NoHostsMatched:
		d.line(colourSkipped, "skipping: no hosts matched")
	case event.NoHostsRemaining:
		d.banner("NO MORE HOSTS LEFT")
	case event.TaskStart:
		d.taskStart(e)
	case event.ItemResult:
		d.item(e)
	case event.HostResult:
		d.host(e)
	case event.Retry:
		d.retry(e)
	case event.Included:
		d.included(e)
	case event.Warning:
		d.warning(result.Warning(e))
	case event.Error:
		text := "[ERROR]: " + e.Text
		if !e.Pos.IsValid() && strings.Contains(text, "\n") {
			text += "\n" // set off from what follows, as a place is
		}
		d.once(d.err, colourFailed, withOrigin(text, e.Pos))
	case event.Deprecation:
		d.deprecation(result.Warning(e))
	case event.Note:
		if d.o.Verbosity >= e.Verbosity {
			d.line(colourDebug, e.Text)
		}
	case event.Prompt:
		fmt.Fprint(d.out, e.Text)
	case event.Asked:
		d.banner(e.Text)
	case event.RunEnd:
		d.recap(e)
	}
	_ = d.out.Flush()
	_ = d.err.Flush()
}

func (d *Default) line(colour, text string) {
	fmt.Fprintln(d.out, d.paint(colour, text))
}

// once writes a text that is shown only once in a run.
func (d *Default) once(w *bufio.Writer, colour, text string) {
	if d.told[text] {
		return
	}
	d.told[text] = true
	fmt.Fprintln(w, d.paint(colour, text))
}

// banner is an empty line and a heading filled with stars up to the width.
func (d *Default) banner(text string) {
	text = strings.TrimSpace(text)
	stars := max(3, d.o.Width-runewidth.StringWidth(text)-1)
	fmt.Fprintf(d.out, "\n%s %s\n", text, strings.Repeat("*", stars))
}

func (d *Default) taskStart(e event.TaskStart) {
	kind := "TASK"
	if e.Handler {
		kind = "RUNNING HANDLER"
	}
	d.banner(kind + " [" + strings.TrimSpace(e.Title) + "]")
	if d.o.Verbosity > 1 && e.Pos.IsValid() {
		d.line(colourDebug, fmt.Sprintf("task path: %s:%d", e.Pos.File.Name(), e.Pos.Line))
	}
}

func hostLabel(host, delegated string) string {
	if delegated != "" {
		return host + " -> " + delegated
	}
	return host
}

func (d *Default) host(e event.HostResult) {
	r := e.Result
	label := hostLabel(e.Host, e.Delegated)
	d.warnings(r)
	if r.Loop && len(r.Items) > 0 {
		d.loopEnd(label, e.Action, r)
		return
	}
	switch {
	case r.Status == result.Unreachable:
		d.fault(r)
		d.line(colourUnreachable, fmt.Sprintf("fatal: [%s]: UNREACHABLE! => %s", label, d.dump(e.Action, r)))
	case r.Status == result.Failed:
		d.fault(r)
		d.line(colourFailed, fmt.Sprintf("fatal: [%s]: FAILED! => %s", label, d.dump(e.Action, r)))
	case r.Status == result.Skipped:
		d.line(colourSkipped, fmt.Sprintf("skipping: [%s]", label)+d.verbose(" => ", e.Action, r))
	default:
		d.diff(r)
		word, colour := okWord(r)
		d.line(colour, fmt.Sprintf("%s: [%s]", word, label)+d.verbose(" => ", e.Action, r))
	}
	if r.Ignored && r.Bad() {
		d.line(colourSkipped, "...ignoring")
	}
}

// loopEnd is what is said at the end of a loop, after its items.
func (d *Default) loopEnd(label, action string, r *result.Result) {
	switch {
	case r.Status == result.Unreachable:
		d.line(colourUnreachable, fmt.Sprintf("fatal: [%s]: UNREACHABLE! => %s", label, d.dump("", r)))
	case r.Status == result.Skipped:
		d.line(colourSkipped, fmt.Sprintf("skipping: [%s]", label)+d.verbose(" => ", action, r))
	}
	if r.Ignored && r.Bad() {
		d.line(colourSkipped, "...ignoring")
	}
}

func okWord(r *result.Result) (word, colour string) {
	if r.Changed {
		return "changed", colourChanged
	}
	return "ok", colourOK
}

func (d *Default) item(e event.ItemResult) {
	r := e.Result
	label := hostLabel(e.Host, e.Delegated)
	item := d.itemLabel(r)
	d.warnings(r)
	switch r.Status {
	case result.Failed, result.Unreachable:
		d.fault(r)
		d.line(colourFailed, fmt.Sprintf("failed: [%s] (item=%s) => %s", label, item, d.dump(e.Action, r)))
	case result.Skipped:
		d.line(colourSkipped, fmt.Sprintf("skipping: [%s] => (item=%s) ", label, item)+d.verbose(" => ", e.Action, r))
	default:
		d.diff(r)
		word, colour := okWord(r)
		d.line(colour, fmt.Sprintf("%s: [%s] => (item=%s)", word, label, item)+d.verbose(" => ", e.Action, r))
	}
}

// itemLabel is what stands for the item of a loop; no_log hides it.
func (d *Default) itemLabel(r *result.Result) string {
	if r.NoLog {
		return "(censored due to no_log)"
	}
	if r.Item == nil || r.Item.Label == nil {
		return "None"
	}
	text, err := value.Text(d.masked(r.Item.Label))
	if err != nil {
		return "(undefined)"
	}
	return text
}

func (d *Default) retry(e event.Retry) {
	d.line(colourDebug, fmt.Sprintf("FAILED - RETRYING: [%s]: %s (%d retries left).", hostLabel(e.Host, e.Delegated), e.Title, e.Left)+
		d.attempt(e))
}

// attempt is the result of an attempt that was not the last, where results are shown.
func (d *Default) attempt(e event.Retry) string {
	if e.Result == nil || d.o.Verbosity < 2 && !e.Result.VerboseAlways {
		return ""
	}
	r := *e.Result
	if r.Values != nil {
		r.Values = r.Values.Copy()
		r.Values.SetStr("retries", value.NewInt(int64(e.Left+r.Attempts)))
	}
	return "Result was: " + d.dump("", &r)
}

func (d *Default) included(e event.Included) {
	text := fmt.Sprintf("included: %s for %s", e.File, strings.Join(e.Hosts, ", "))
	if e.Item {
		text += fmt.Sprintf(" => (item=%s)", e.Label)
	}
	d.line(colourSkipped, text)
}

func (d *Default) warnings(r *result.Result) {
	for _, w := range r.Warnings {
		d.warning(w)
	}
	for _, w := range r.Deprecations {
		d.deprecation(w)
	}
}

func (d *Default) warning(w result.Warning) {
	d.once(d.err, colourWarning, withHelp(withOrigin("[WARNING]: "+w.Text, w.Pos), w.Help))
}

func (d *Default) deprecation(w result.Warning) {
	d.once(d.err, colourWarning, "[WARNING]: Deprecation warnings can be disabled by setting `deprecation_warnings=False` in ansible.cfg.")
	d.once(d.err, colourDeprecation, withHelp(withOrigin("[DEPRECATION WARNING]: "+w.Text, w.Pos), w.Help))
}

func withHelp(text, help string) string {
	if help == "" {
		return text
	}
	return text + "\n" + strings.TrimRight(help, "\n") + "\n"
}

func withOrigin(text string, pos source.Pos) string {
	if !pos.IsValid() {
		return text
	}
	return text + "\n" + origin(pos)
}

var _ event.Sink = (*Default)(nil)

package callback

import (
	"bufio"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// Role is what a line is about, which decides its colour: the names of the settings COLOR_*, without that prefix.
type Role string

// The roles of lines. The zero Role has no colour.
const (
	RoleOK          Role = "OK"
	RoleChanged     Role = "CHANGED"
	RoleSkip        Role = "SKIP"
	RoleError       Role = "ERROR"
	RoleUnreachable Role = "UNREACHABLE"
	RoleWarn        Role = "WARN"
	RoleDeprecate   Role = "DEPRECATE"
	RoleDebug       Role = "DEBUG"
	RoleVerbose     Role = "VERBOSE"
	RoleIncluded    Role = "INCLUDED"
	RoleDiffAdd     Role = "DIFF_ADD"
	RoleDiffRemove  Role = "DIFF_REMOVE"
	RoleDiffLines   Role = "DIFF_LINES"
)

// Roles are all roles that have a colour.
func Roles() []Role {
	return []Role{
		RoleOK, RoleChanged, RoleSkip, RoleError, RoleUnreachable, RoleWarn, RoleDeprecate, RoleDebug, RoleVerbose,
		RoleIncluded, RoleDiffAdd, RoleDiffRemove, RoleDiffLines,
	}
}

// Log takes what is shown, for a file: a text without colours and its level, INFO, WARNING or ERROR.
type Log func(level, text string)

// Display is the terminal as callbacks see it: all that show one run share it.
type Display struct {
	out, err *bufio.Writer
	colours  map[Role]string // SGR codes; nil: no colours
	width    int
	log      Log
	told     map[string]bool // warnings and errors that were shown: each is shown once in a run
}

// DisplayOptions say how a terminal is written to.
type DisplayOptions struct {
	Width   int             // columns; 0 means 80, as Ansible has it where there is no terminal
	Colours map[Role]string // SGR codes ("0;32"); nil for none
	Log     Log             // nil for none
}

// NewDisplay gives the output to out and errors and warnings to err. It is flushed by Flush.
func NewDisplay(out, err io.Writer, o DisplayOptions) *Display {
	if o.Width <= 0 {
		o.Width = 80
	}
	return &Display{
		out: bufio.NewWriter(out), err: bufio.NewWriter(err), colours: o.Colours, width: o.Width, log: o.Log,
		told: map[string]bool{},
	}
}

// Flush writes what is waiting.
func (d *Display) Flush() {
	_ = d.out.Flush()
	_ = d.err.Flush()
}

// line writes a text with an end of line to the output.
func (d *Display) line(role Role, text string) { d.write(d.out, role, text) }

func (d *Display) write(w *bufio.Writer, role Role, text string) {
	d.print(w, d.paint(role, text)+"\n")
	if text = strings.TrimLeft(text, "\n"); d.log != nil && text != "" {
		d.log("INFO", text)
	}
}

// print writes to the output or to the errors. What waits for the other is written first: both may be the same terminal.
func (d *Display) print(w *bufio.Writer, text string) {
	other := d.out
	if w == d.out {
		other = d.err
	}
	_ = other.Flush()
	_, _ = w.WriteString(text)
}

// once writes a text that is shown only once in a run.
func (d *Display) once(w *bufio.Writer, role Role, text string) {
	if d.told[text] {
		return
	}
	d.told[text] = true
	d.print(w, d.paint(role, text)+"\n")
	if d.log != nil {
		level := "WARNING"
		if role == RoleError {
			level = "ERROR"
		}
		d.log(level, text+"\n")
	}
}

// banner is an empty line and a heading filled with stars up to the width.
func (d *Display) banner(text string) {
	text = strings.TrimSpace(text)
	stars := max(3, d.width-runewidth.StringWidth(text)-1)
	d.line("", "\n"+text+" "+strings.Repeat("*", stars))
}

// paint colours text, each line for itself as Ansible does, when colours are on.
func (d *Display) paint(role Role, text string) string {
	colour := d.colours[role]
	if colour == "" {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = "\x1b[" + colour + "m" + l + "\x1b[0m"
	}
	return strings.Join(lines, "\n")
}

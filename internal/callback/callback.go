// Package callback shows a run: each file turns the events of a run into one kind of output. It knows nothing of how a
// run is executed.
package callback

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// Show is all that shows one run: the display's own warnings and notes, and the callbacks, in their order.
type Show struct {
	Display   *Display
	Verbosity int
	Callbacks []event.Sink
	Silent    bool // warnings and notes are told by the callbacks alone
}

// Handle hands an event to all callbacks. It ends with all flushed that is shown.
func (s *Show) Handle(e event.Event) {
	if !s.Silent {
		s.told(e)
	}
	for _, c := range s.Callbacks {
		c.Handle(e)
	}
	s.Display.Flush()
}

// told shows what is told beside the run.
func (s *Show) told(e event.Event) {
	switch e := e.(type) {
	case event.Warning:
		s.Display.warning(result.Warning(e))
	case event.Error:
		s.Display.once(s.Display.err, RoleError, errorText(e))
	case event.Deprecation:
		s.Display.deprecation(result.Warning(e))
	case event.Prompt:
		s.Display.print(s.Display.out, e.Text)
	case event.Asked:
		s.Display.banner(e.Text)
	case event.Note:
		if s.Verbosity >= e.Verbosity {
			s.Display.line(RoleVerbose, e.Text)
		}
	}
}

// errorText is how an error is told that belongs to no result.
func errorText(e event.Error) string {
	text := "[ERROR]: " + e.Text
	if e.Wrapped {
		text += "\n\n" + e.Text + "\n\n<<< caused by >>>\n\n" + e.Text
	}
	if !e.Pos.IsValid() && strings.Contains(text, "\n") {
		text += "\n" // set off from what follows, as a place is
	}
	return withHelp(withOrigin(text, e.Pos), e.Help)
}

var _ event.Sink = (*Show)(nil)

// Warn tells a warning that is about no place.
func (d *Display) Warn(text string) { d.warning(result.Warning{Text: text}) }

// warnings tells what the user should know of a result.
func (d *Display) warnings(r *result.Result) {
	for _, w := range r.Warnings {
		d.warning(w)
	}
	for _, w := range r.Deprecations {
		d.deprecation(w)
	}
}

func (d *Display) warning(w result.Warning) {
	d.once(d.err, RoleWarn, withHelp(withOrigin("[WARNING]: "+w.Text, w.Pos), w.Help))
}

func (d *Display) deprecation(w result.Warning) {
	d.once(d.err, RoleWarn, "[WARNING]: Deprecation warnings can be disabled by setting `deprecation_warnings=False` in ansible.cfg.")
	d.once(d.err, RoleDeprecate, withHelp(withOrigin("[DEPRECATION WARNING]: "+w.Text, w.Pos), w.Help))
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

func hostLabel(host, delegated string) string {
	if delegated != "" {
		return host + " -> " + delegated
	}
	return host
}

func path(p source.Pos) string { return fmt.Sprintf("%s:%d", p.File.Name(), p.Line) }

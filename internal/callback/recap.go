package callback

import (
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
)

// recap is the table at the end of a run.
func (d *Default) recap(e event.RunEnd) {
	d.banner("PLAY RECAP")
	for _, h := range e.Hosts {
		d.line("", fmt.Sprintf("%s : %s %s %s %s %s %s %s", d.recapHost(h),
			d.count("ok", h.OK, RoleOK), d.count("changed", h.Changed, RoleChanged),
			d.count("unreachable", h.Unreachable, RoleUnreachable), d.count("failed", h.Failed, RoleError),
			d.count("skipped", h.Skipped, RoleSkip), d.count("rescued", h.Rescued, RoleOK),
			d.count("ignored", h.Ignored, RoleWarn)))
	}
	d.line("", "")
}

func (d *Default) recapHost(h event.HostStats) string {
	if d.colours == nil {
		return pad(h.Host, 26)
	}
	role := RoleOK
	switch {
	case h.Failed > 0 || h.Unreachable > 0:
		role = RoleError
	case h.Changed > 0:
		role = RoleChanged
	}
	return pad(d.paint(role, h.Host), 37) // as Ansible has it: the escapes count
}

func (d *Default) count(name string, n int, role Role) string {
	text := fmt.Sprintf("%s=%-4d", name, n)
	if n == 0 {
		return text
	}
	return d.paint(role, text)
}

func pad(s string, width int) string {
	return fmt.Sprintf("%-*s", width, s)
}

package playbook

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// Verdict is what ansible-core 2.19 says to the same mistake. It is the Cause of the *diag.Error of a loader, so the
// drop-in finds it with errors.As.
type Verdict struct {
	Msg  string     // the text after "[ERROR]: "
	Pos  source.Pos // the place that Ansible names; the zero Pos when it names none
	Exit int        // the exit code of ansible-playbook
}

// Error gives Ansible's text.
func (v *Verdict) Error() string { return v.Msg }

// The exit codes of ansible-playbook for a playbook that can't be loaded.
const (
	exitError  = 1 // the options or the files are wrong
	exitParser = 4 // the content of a playbook is wrong
)

// refuse makes a finding whose text is ours, with Ansible's beside it.
func refuse(pos source.Pos, ansible string, format string, args ...any) *diag.Error {
	e := diag.Errorf(pos, format, args...)
	e.Cause = &Verdict{Msg: ansible, Pos: pos, Exit: exitParser}
	return e
}

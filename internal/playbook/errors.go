package playbook

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Verdict is what ansible-core 2.19 says to the same mistake. It is the Cause of the *diag.Error of a loader, so the
// drop-in finds it with errors.As. A warning has one too.
type Verdict struct {
	Msg        string     // the text after "[ERROR]: ", "[WARNING]: " or "[DEPRECATION WARNING]: "
	Help       string     // the text below the place, "" for none
	Pos        source.Pos // the place that Ansible names; the zero Pos when it names none
	Exit       int        // the exit code of ansible-playbook; 0 for a warning
	Deprecated bool       // a warning that is a deprecation
	Because    error      // what it came of, told behind it with its own place; nil: nothing is
}

// Fault gives the text and the place, as a link of a chain of causes.
func (v *Verdict) Fault() (msg string, pos source.Pos) { return v.Msg, v.Pos }

// HintText gives what stands below the place.
func (v *Verdict) HintText() string { return v.Help }

// Apart reports that a verdict is told by itself.
func (v *Verdict) Apart() bool { return true }

// Unwrap gives what it came of.
func (v *Verdict) Unwrap() error { return v.Because }

// Error gives Ansible's text in one line.
func (v *Verdict) Error() string {
	if v.Because == nil {
		return v.Msg
	}
	return strings.TrimSuffix(v.Msg, ".") + ": " + v.Because.Error()
}

// The exit codes of ansible-playbook for a playbook that can't be loaded.
const (
	exitError      = 1   // the options or the files are wrong
	exitParser     = 4   // the content of a playbook is wrong
	exitUnexpected = 250 // Ansible stumbles with an exception of Python's
)

// refuse makes a finding whose text is ours, with Ansible's text beside it.
func refuse(pos source.Pos, ansible, format string, args ...any) *diag.Error {
	e := diag.Errorf(pos, format, args...)
	e.Cause = &Verdict{Msg: ansible, Pos: pos, Exit: exitParser}
	return e
}

// verdict changes what Ansible says to a finding that refuse made.
func verdict(e *diag.Error, change func(v *Verdict)) *diag.Error {
	var v *Verdict
	if errors.As(e, &v) {
		change(v)
	}
	return e
}

// unexpected is for mistakes on which Ansible stumbles with an exception of Python's, without a place.
func unexpected(e *diag.Error) *diag.Error { return exitsWith(exitUnexpected, seenAt(source.Pos{}, e)) }

// placeOf is the place of an element of a list: that of the list when the element has none.
func placeOf(e, list value.Value) source.Pos {
	if p := value.OriginOf(e); p.IsValid() {
		return p
	}
	return value.OriginOf(list)
}

// nowhere is the place that Ansible names where it knows none: the thing itself is shown.
func nowhere(v value.Value) source.Pos {
	text, err := value.Text(v)
	if err != nil {
		text = v.Type()
	}
	return source.At(source.NewFile("<unknown>", text), 0, 0)
}

// seenPlace is the place that Ansible names for a value: its own, that of nowhere for one that has none, and none for null.
func seenPlace(v value.Value) source.Pos {
	if p := value.OriginOf(v); p.IsValid() || v == value.None {
		return p
	}
	return nowhere(v)
}

// seenAt sets the place that Ansible names.
func seenAt(pos source.Pos, e *diag.Error) *diag.Error {
	return verdict(e, func(v *Verdict) { v.Pos = pos })
}

// exitsWith sets Ansible's exit code.
func exitsWith(code int, e *diag.Error) *diag.Error {
	return verdict(e, func(v *Verdict) { v.Exit = code })
}

// because sets what Ansible tells as the cause.
func because(cause error, e *diag.Error) *diag.Error {
	return verdict(e, func(v *Verdict) { v.Because = cause })
}

// helped sets what Ansible adds below the place.
func helped(text string, e *diag.Error) *diag.Error {
	return verdict(e, func(v *Verdict) { v.Help = text })
}

// errIsDir is a folder where a file is expected.
const errIsDir = syscall.EISDIR

// pythonOSError gives the error of opening path as Python prints it.
func pythonOSError(path string, err error) string {
	num, text := 5, "Input/output error"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		num, text = 2, "No such file or directory"
	case errors.Is(err, fs.ErrPermission):
		num, text = 13, "Permission denied"
	case errors.Is(err, errIsDir):
		num, text = 21, "Is a directory"
	}
	return fmt.Sprintf("[Errno %d] %s: '%s'", num, text, path)
}

// errCause strips the operation and the path from an error of the file system.
func errCause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

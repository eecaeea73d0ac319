package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/runner"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// tell writes the error that broke a run through the redactor; what is left of it is its exit code.
func (r *run) tell(w io.Writer, err error) error {
	if err == nil || err.Error() == "" {
		return err
	}
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "[ERROR]: User interrupted execution")
	case r.req.dropIn:
		fmt.Fprintf(w, "%s%s\n", errorMark(err), setOff(ansibleWords(err)))
	default:
		fmt.Fprintf(w, "kimai-ansible: %s", diag.Detail(err))
	}
	return &CodeError{Code: exitCode(err)}
}

// settingsError is an error of ansible.cfg or the environment.
type settingsError struct{ err error }

// Error gives Ansible's message, which is that of the first mistake.
func (e *settingsError) Error() string {
	var first *diag.Error
	if errors.As(e.err, &first) {
		return first.Msg
	}
	return e.err.Error()
}

// Unwrap gives the findings.
func (e *settingsError) Unwrap() error { return e.err }

// errorMark is what stands before an error: Ansible reads its settings before it knows how to show one.
func errorMark(err error) string {
	var s *settingsError
	if errors.As(err, &s) {
		return "ERROR: "
	}
	return "[ERROR]: "
}

// setOff ends a text of several lines with an empty one, as Ansible does.
func setOff(words string) string {
	if words = strings.TrimRight(words, "\n"); strings.Contains(words, "\n") {
		words += "\n"
	}
	return words
}

// ansibleWords is what ansible-core says of an error.
func ansibleWords(err error) string {
	var cannot *vault.OpenError
	if errors.As(err, &cannot) && errors.Is(err, vaultfmt.ErrNoMatch) {
		words := "Decryption failed (no vault secrets were found that could decrypt)."
		if len(cannot.Known) == 0 {
			words = "Attempting to decrypt but no vault secrets found."
		}
		var file *runner.VarsFileError
		if errors.As(err, &file) {
			invalid := "Invalid vars_files file '" + file.Path + "'"
			words = invalid + ": " + words + "\n\n" + invalid + ".\n\n<<< caused by >>>\n\n" + words + "\nOrigin: " + file.Path + "\n"
		}
		return words
	}
	if words, ok := verdictWords(err); ok {
		return words
	}
	return err.Error()
}

func (r *run) warn(text string) { r.sink.Handle(event.Warning{Text: text}) }

// warnFinding tells a warning of ours.
func (r *run) warnFinding(w *diag.Error) {
	if r.doubts != nil {
		if w.HintText() == "" && strings.Contains(w.Msg, "duplicate mapping key") {
			_ = w.Hint("the last one counts: take the others out")
		}
		r.doubts.Add(w)
		return
	}
	r.sink.Handle(event.Warning{Text: w.Msg, Pos: w.Pos, Help: w.HintText()})
}

// warnLoader tells a warning of a playbook: as ansible-playbook in Ansible's words, where it says anything.
func (r *run) warnLoader(w *diag.Error) {
	var v *playbook.Verdict
	switch ours := !errors.As(w, &v); {
	case !r.req.dropIn:
		r.warnFinding(w)
	case ours:
	case v.Deprecated:
		r.sink.Handle(event.Deprecation{Text: v.Msg, Pos: v.Pos, Help: v.Help})
	default:
		r.sink.Handle(event.Warning{Text: v.Msg, Pos: v.Pos, Help: v.Help})
	}
}

// verdict gives what is wrong with a playbook Ansible's exit code and, as ansible-playbook, its words.
func (r *run) verdict(err error) error {
	code := ExitParser
	var v *playbook.Verdict
	if errors.As(err, &v) {
		if code = v.Exit; r.req.dropIn {
			err = v
		}
	}
	return withCode(code, err)
}

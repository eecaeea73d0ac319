package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/config"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// The exit codes of ansible-vault.
const (
	vaultExitError   = 1
	vaultExitOptions = 5
)

// A vaultFailure is an error of a vault command in two forms: the finding that kimai-ansible shows, and the text and
// exit code that ansible-vault has for it.
type vaultFailure struct {
	err     error // with a *diag.Error in it
	ansible string
	code    int // ansible-vault's
	usage   bool
}

// Error gives kimai-ansible's text in one line.
func (f *vaultFailure) Error() string { return f.err.Error() }

// Unwrap returns the finding.
func (f *vaultFailure) Unwrap() error { return f.err }

// plainFailure is for an error that has the same text in both forms.
func plainFailure(err error) error {
	return &vaultFailure{err: err, ansible: err.Error(), code: vaultExitError}
}

// usageFailure is for a wrong use of options and arguments.
func usageFailure(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return &vaultFailure{err: &diag.Error{Msg: text}, ansible: text, code: vaultExitOptions, usage: true}
}

// loadFailure is for a secret that could not be had.
func loadFailure(err error) error {
	var le *vault.LoadError
	if !errors.As(err, &le) {
		return err
	}
	hint := le.HintText()
	if hint == "" {
		hint = "sources of vault passwords: a file, an executable script, prompt, env:NAME, fd:N, hcv:PATH#KEY"
	}
	return &vaultFailure{
		err:     (&diag.Error{Msg: le.Error(), Cause: err}).Hint("%s", hint),
		ansible: le.Error(), code: vaultExitError,
	}
}

// encryptIDFailure is for an unclear choice of the secret to encrypt with.
func encryptIDFailure(err error) error {
	var e *vault.EncryptIDError
	if !errors.As(err, &e) {
		return plainFailure(err)
	}
	code := vaultExitOptions
	if e.Wanted != "" {
		code = vaultExitError
	}
	d := &diag.Error{Msg: err.Error(), Cause: err}
	if near := diag.Nearest(e.Wanted, e.Known); e.Wanted != "" && near != "" {
		d = d.Hint("did you mean %q?", near)
	}
	return &vaultFailure{err: d, ansible: err.Error(), code: code, usage: true}
}

// saltFailure is kimai-ansible's refusal of a fixed salt.
func saltFailure(o config.Origin) error {
	d := diag.Errorf(o.Pos, "the setting vault_encrypt_salt (%s) is refused: vaults with the same salt and password give away each other's plaintext", o)
	return plainFailure(d.Hint("remove the setting; an unchanged value keeps its ciphertext anyway"))
}

// readFailure is for a file that can't be read.
func readFailure(path string, err error) error {
	return &vaultFailure{
		err:     &diag.Error{Pos: source.At(source.NewFile(path, ""), 0, 0), Msg: "cannot be read: " + cause(err), Cause: err},
		ansible: fmt.Sprintf("Unable to read source file (%s): %s", path, vault.ErrnoText(err, path)), code: vaultExitError,
	}
}

// cause gives the innermost error's text: that of the system.
func cause(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}

// openFailure is for a vault that can't be opened; shown is the file's name as ansible-vault tells it.
func openFailure(err error, shown string) error {
	var oe *vault.OpenError
	if !errors.As(err, &oe) {
		return plainFailure(err)
	}
	if errors.Is(oe.Cause, vaultfmt.ErrPadding) {
		return &vaultFailure{err: err, ansible: "Unexpected Exception, this is probably a bug: Invalid padding bytes.", code: ExitUnexpected}
	}
	return &vaultFailure{err: err, ansible: ansibleOpenText(oe) + " for " + shown, code: vaultExitError}
}

// ansibleOpenText gives ansible-core's words for why a vault can't be opened.
func ansibleOpenText(oe *vault.OpenError) string {
	var header *vaultfmt.HeaderError
	var format *vaultfmt.FormatError
	switch {
	case errors.Is(oe.Cause, vaultfmt.ErrNotVault):
		return "Input is not vault encrypted data."
	case errors.Is(oe.Cause, vaultfmt.ErrNoMatch):
		return "Decryption failed (no vault secrets were found that could decrypt)."
	case errors.As(oe.Cause, &header):
		return fmt.Sprintf("Cipher '%s' could not be found.", header.Value)
	case !errors.As(oe.Cause, &format):
		return oe.Cause.Error()
	}
	switch r := format.Reason; {
	case strings.Contains(r, "header"):
		return "Vault envelope format error: list index out of range"
	case r == "the text ends within the salt":
		return "Vault vaulttext format error: not enough values to unpack (expected 3, got 1)"
	case r == "the text ends within the MAC":
		return "Vault vaulttext format error: not enough values to unpack (expected 3, got 2)"
	case strings.Contains(r, "odd number"):
		return "Vault format unhexlify error: Odd-length string"
	}
	return "Vault format unhexlify error: Non-hexadecimal digit found"
}

// ansibleText gives the text and exit code of ansible-vault for any error of a vault command.
func ansibleText(err error) (string, int) {
	var f *vaultFailure
	if errors.As(err, &f) {
		return f.ansible, f.code
	}
	return err.Error(), vaultExitError
}

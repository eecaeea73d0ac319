package vault

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// An OpenError says why a vault could not be opened: where it stands, which vault id it names, and the cause.
type OpenError struct {
	Pos   source.Pos
	Key   string // the path of the value within its file, "" when unknown or when it is the whole file
	Label string // the vault id in its header, "default" for version 1.1, "" when the header could not be read
	// Cause is vaultfmt.ErrNoMatch when no password fits, else what vaultfmt says of the text.
	Cause error
	Tried []string // the vault ids of the passwords that were tried
	Known []string // the vault ids of all passwords
}

// Error gives everything in one line.
func (e *OpenError) Error() string { return e.Diag().Error() }

// Unwrap gives the finding, and through it the cause: errors.As finds a *diag.Error in every OpenError.
func (e *OpenError) Unwrap() []error { return []error{e.Diag(), e.Cause} }

// Diag gives the finding with its hint.
func (e *OpenError) Diag() *diag.Error {
	what := "the vault"
	if e.Key != "" {
		what = fmt.Sprintf("the value of %q", e.Key)
	}
	switch {
	case errors.Is(e.Cause, vaultfmt.ErrNotVault):
		d := &diag.Error{Pos: e.Pos, Msg: "is not encrypted", Cause: e.Cause} // reads on from the file's name
		if e.Key != "" {
			d.Msg = what + " is not encrypted"
		}
		return d.Hint("a vault begins with %s in its first line", vaultfmt.Header)
	case errors.Is(e.Cause, vaultfmt.ErrNoMatch):
		return e.noMatch(what)
	case errors.Is(e.Cause, vaultfmt.ErrPadding):
		d := diag.Errorf(e.Pos, "cannot decrypt %s (vault id %q): the password is right, but the plaintext is badly padded", what, e.Label)
		d.Cause = e.Cause
		return d.Hint("a faulty program wrote it; restore it from the history")
	}
	d := diag.Errorf(e.Pos, "cannot read %s: %v", what, e.Cause)
	d.Cause = e.Cause
	return d.Hint("compare it with the last version in the history: a merge or an editor may have changed its lines")
}

func (e *OpenError) noMatch(what string) *diag.Error {
	var d *diag.Error
	switch {
	case len(e.Known) == 0:
		d = diag.Errorf(e.Pos, "cannot decrypt %s (vault id %q): no vault password is given", what, e.Label).
			Hint("give one with --vault-id %s@SOURCE or --vault-password-file FILE", e.Label)
	case len(e.Tried) == 0:
		d = diag.Errorf(e.Pos, "cannot decrypt %s: no password for vault id %q, given are %s", what, e.Label, ids(e.Known)).
			Hint("the setting vault_id_match allows only passwords of the same vault id; give it with --vault-id %s@SOURCE", e.Label)
	case !slices.Contains(e.Known, e.Label):
		d = diag.Errorf(e.Pos, "cannot decrypt %s: no password for vault id %q, and %s not fit", what, e.Label, plural(e.Tried, "that of %s does", "those of %s do")).
			Hint("give it with --vault-id %s@SOURCE", e.Label)
	default:
		d = diag.Errorf(e.Pos, "cannot decrypt %s: wrong password for vault id %q (tried: %s)", what, e.Label, strings.Join(slices.Compact(slices.Clone(e.Tried)), ", ")).
			Hint("or the data was changed; the format cannot tell which")
	}
	d.Cause = vaultfmt.ErrNoMatch
	return d
}

func plural(list []string, one, many string) string {
	if !slices.ContainsFunc(list, func(id string) bool { return id != list[0] }) {
		return fmt.Sprintf(one, ids(list))
	}
	return fmt.Sprintf(many, ids(list))
}

func ids(list []string) string {
	quoted := make([]string, 0, len(list))
	for _, id := range list {
		if q := fmt.Sprintf("%q", id); !slices.Contains(quoted, q) {
			quoted = append(quoted, q)
		}
	}
	return strings.Join(quoted, ", ")
}

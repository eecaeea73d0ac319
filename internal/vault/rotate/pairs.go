package rotate

import (
	"fmt"
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

// Match says which new source belongs to which old one: the one with the same vault id; what is left on both sides belongs
// together in its order, if it is equally many, or all of it to the only one. It gives for each old source the index of
// the new one, -1 for none. The error is a *diag.Error: a new source that belongs to none, or none where there have to be
// (all is set).
func Match(from, to []vault.Spec, all bool) ([]int, error) {
	out := make([]int, len(from))
	var oldLeft, newLeft []int
	for i := range to {
		newLeft = append(newLeft, i)
	}
	for i, f := range from {
		out[i] = slices.IndexFunc(to, func(t vault.Spec) bool { return t.NamedID && t.ID == f.ID })
		if out[i] < 0 {
			oldLeft = append(oldLeft, i)
			continue
		}
		newLeft = slices.DeleteFunc(newLeft, func(n int) bool { return n == out[i] })
	}
	switch {
	case len(newLeft) == len(oldLeft):
		for n, i := range oldLeft {
			out[i] = newLeft[n]
		}
	case len(newLeft) == 1 && len(to) == 1 || len(newLeft) == 1 && len(oldLeft) > 0:
		for _, i := range oldLeft {
			out[i] = newLeft[0]
		}
	case len(newLeft) > 0:
		return nil, (&diag.Error{Msg: fmt.Sprintf("it is not clear what the new password %s is for", to[newLeft[0]].Text())}).
			Hint("give each --to-vault-id the vault id of its --from-vault-id, or as many of one as of the other, in the same order")
	case all:
		return nil, (&diag.Error{Msg: fmt.Sprintf("there is no new password for %s", from[oldLeft[0]].Text())}).
			Hint("give it with --to-vault-id %s@SOURCE, or leave out its --from-vault-id", from[oldLeft[0]].ID)
	}
	return out, nil
}

// Package rotate gives every vaulted value of a tree a new password, or a new vault id, as one transaction: files that are
// vaults as a whole, and inline !vault values within YAML, of which every other byte stays.
//
// The way: [Run] reads the files (package tree has found them), opens each value, encrypts it anew, verifies it, and
// writes what is to be changed into a journal beside the files (journal.go). Nothing else is touched until the journal is
// whole and on the disk. Then new passwords that were made up are put where they belong (sink.go), and the files are
// replaced one by one (commit.go). Who is killed leaves the journal; [Pending] finds it, and [Resume] or [Abort] brings the
// tree wholly to the new or wholly to the old state, without any password.
//
// The journal holds ciphertext only: for each file the bytes of its vaults before and after, and the SHA-256 of the whole
// file in both states. It is the sums that say which state a file is in, so it does not matter when the kill came.
package rotate

import (
	"context"
	"errors"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
)

// A Pair says that what From opens is to be encrypted with To.
type Pair struct {
	From, To *vault.Secret
	// Label is the vault id of the new vaults; "" keeps the one that each has.
	Label string
	// Sink keeps the password of To, which was made up; nil when it is kept elsewhere already.
	Sink Sink
}

// Options are what a rotation needs to know. Times are measured by nobody here; Started only stands in the journal.
type Options struct {
	Tree  *tree.Tree
	Pairs []Pair
	// Others are secrets that open values which are left alone.
	Others []*vault.Secret
	// Strict is Ansible's setting vault_id_match: a value is opened with secrets of its own vault id only.
	Strict bool
	// OnlyIDs are the vault ids, as the headers have them, of the values that are looked at; none is all.
	OnlyIDs []string
	// SkipUnreadable leaves values alone that no secret opens, instead of refusing the rotation.
	SkipUnreadable bool
	// DryRun only tells what would be done.
	DryRun   bool
	Started  time.Time
	Progress func(Progress) // called from several goroutines, one at a time; may be nil
	Probe    vault.Probe
}

// A Phase is a part of a rotation.
type Phase string

// The phases, in their order.
const (
	Reading   Phase = "reading"   // files are searched
	Rotating  Phase = "rotating"  // values are opened, encrypted and verified
	Replacing Phase = "replacing" // files are replaced
)

// Progress says how far a phase is.
type Progress struct {
	Phase       Phase
	Done, Total int // files, in Rotating values
}

// A Status says what is done with a value.
type Status string

// What can become of a value.
const (
	Rotated    Status = "rotated"    // has the new password, or would have it
	Already    Status = "already"    // had the new password before
	Other      Status = "other"      // belongs to a vault id that is not rotated, and is left alone
	Unreadable Status = "unreadable" // no secret opens it, and it was skipped
	Stray      Status = "stray"      // a vault text that is no value: in a comment, or in what is no YAML; left alone
)

// A Value is a line of the report.
type Value struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Key    string `json:"key,omitempty"` // the path within the file; "" for a file that is a vault as a whole
	Whole  bool   `json:"whole_file,omitempty"`
	ID     string `json:"vault_id,omitempty"`     // as in the header, "default" for version 1.1
	NewID  string `json:"new_vault_id,omitempty"` // of what was rotated
	Status Status `json:"status"`
	Why    string `json:"why,omitempty"`
}

// A Report says what was done, or would be.
type Report struct {
	DryRun   bool     `json:"dry_run"`
	Searched int      `json:"files_searched"`
	Changed  int      `json:"files_changed"`
	Values   []Value  `json:"values"`
	Notes    []string `json:"notes,omitempty"`
	// Kept says where a password is that was made up, and where the one before it.
	Kept []string `json:"passwords,omitempty"`
}

// Count gives the number of values with a status.
func (r *Report) Count(s Status) int {
	n := 0
	for _, v := range r.Values {
		if v.Status == s {
			n++
		}
	}
	return n
}

// Run rotates. Before the first file is replaced, every error leaves the tree as it was and nothing beside it. After that,
// an error leaves the journal, and its text says so ([InterruptedError]). A cancelled ctx ends it as long as no file
// was replaced.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := noneBelow(o.Tree.Marked); err != nil {
		return nil, err
	}
	r := newRotation(o)
	var j *journal
	if !o.DryRun {
		var err error
		if j, err = createJournal(o.Tree.Root, o.Probe); err != nil {
			return nil, err
		}
		r.journal = j
	}
	report, err := r.plan(ctx)
	switch {
	case j == nil:
		return report, err
	case err != nil || report.Changed == 0:
		if cerr := j.discard(); err == nil {
			err = cerr
		}
		return report, err
	}
	if err := r.seal(ctx); err != nil {
		return report, err
	}
	var sinks []Sink
	for _, p := range r.kept() {
		sinks = append(sinks, p.Sink)
	}
	report.Kept, err = j.commit(sinks, o.Progress)
	return report, err
}

// noneBelow refuses to work around the journal of another rotation.
func noneBelow(marked []string) error {
	for _, dir := range marked {
		if isPending(dir) {
			return Refusal(dir)
		}
	}
	return nil
}

// Refusal says whether the rotation of a journal was interrupted or still runs.
func Refusal(dir string) error {
	j, err := openJournal(dir, nil)
	if errors.Is(err, ErrRunning) {
		return err
	}
	if err == nil {
		j.unlock()
	}
	return Interrupted(dir)
}

// Interrupted gives the refusal because of a journal that [Pending] has found.
func Interrupted(dir string) error {
	d := &diag.Error{Msg: "a rotation was interrupted: its journal is " + dir, Cause: ErrPending}
	return d.Hint("vault rotate --resume finishes it, vault rotate --abort takes it back")
}

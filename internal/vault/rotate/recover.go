package rotate

import (
	"context"
	"errors"
	"io/fs"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

// Recovery is what [Resume] and [Abort] need.
type Recovery struct {
	Dir string // where the search for the journal begins, absolute: there and in the folders above
	// Sink opens the place of a password by the address that Sink.Address gave.
	Sink     func(address string) (Sink, error)
	Progress func(Progress)
	Probe    vault.Probe
}

// A Recovered rotation was brought to one of its ends.
type Recovered struct {
	Root  string
	Files int       // of the plan; 0 when the plan was not whole
	Kept  []string  // where a password is that was made up
	Left  diag.List // files that somebody has changed and that were left as they are, with their old values
}

// Resume finishes an interrupted rotation. One that was interrupted before its plan was whole, or before a password that
// was made up was written, can only be aborted: nothing was replaced. Without an interrupted one the error is
// [ErrNothing].
func Resume(_ context.Context, r Recovery) (*Recovered, error) {
	j, sinks, whole, err := r.open()
	if err != nil {
		return nil, err
	}
	out := &Recovered{Root: j.root, Files: len(j.spans)}
	if !whole {
		j.unlock()
		d := &diag.Error{Msg: "the rotation was interrupted while it was planned: no file was replaced, and there is nothing to resume", Cause: ErrPending}
		return nil, d.Hint("vault rotate --abort removes its journal; then rotate again")
	}
	_, changed, err := j.survey()
	if err == nil {
		err = changed.Err()
	}
	if err == nil {
		err = j.haveAll(sinks)
	}
	if err != nil {
		j.unlock()
		return nil, err
	}
	out.Kept, err = j.commit(sinks, r.Progress)
	return out, err
}

// haveAll checks that the new passwords are where they should be before more files get them.
func (j *journal) haveAll(sinks []Sink) error {
	for i, s := range sinks {
		ok, err := s.Has(context.Background(), j.sinks[i].opens)
		if err != nil {
			return err
		}
		if !ok {
			d := &diag.Error{Msg: "the password that was made up is not in " + s.Address(), Cause: ErrPending}
			return d.Hint("vault rotate --abort gives all files their old password again")
		}
	}
	return nil
}

// Abort takes an interrupted rotation back. A file that somebody has changed since stays as it is if it has the old
// password; with the new one it is refused. Without an interrupted rotation the error is [ErrNothing].
func Abort(_ context.Context, r Recovery) (*Recovered, error) {
	j, sinks, whole, err := r.open()
	if err != nil {
		return nil, err
	}
	out := &Recovered{Root: j.root, Files: len(j.spans)}
	if !whole {
		return out, j.discard()
	}
	if _, out.Left, err = j.survey(); err == nil {
		err = j.replace(isOld, r.Progress)
	}
	if err != nil {
		j.unlock()
		return nil, &InterruptedError{Journal: j.dir, Err: err}
	}
	return out, j.undone(nil, sinks...)
}

// open finds the journal, locks and loads it. whole is false when its plan is not.
func (r Recovery) open() (j *journal, sinks []Sink, whole bool, err error) {
	dir, ok := Pending(r.Dir)
	if !ok {
		return nil, nil, false, &diag.Error{Msg: "there is no interrupted rotation in " + r.Dir + " or above it", Cause: ErrNothing}
	}
	if j, err = openJournal(dir, r.Probe); err != nil {
		return nil, nil, false, err
	}
	defer func(j *journal) {
		if err != nil {
			j.unlock()
		}
	}(j)
	err = j.load()
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil, false, nil
	}
	if err != nil {
		return nil, nil, false, err
	}
	for _, ref := range j.sinks {
		s, err := r.Sink(ref.Address)
		if err != nil {
			return nil, nil, false, err
		}
		sinks = append(sinks, s)
	}
	return j, sinks, true, nil
}

package rotate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

// writers is how many files are replaced at once: each waits for the disk most of the time.
const writers = 8

// A state is what a file of the plan is now.
type state int

const (
	isOld state = iota
	isNew
	isChanged // by somebody else, or gone
)

// look reads the file of an entry and says which it is.
func (j *journal) look(e *entry) (path string, data []byte, s state, err error) {
	if path, err = j.file(e); err != nil {
		return "", nil, 0, err
	}
	err = j.try("read", path, func() error { data, err = os.ReadFile(path); return err })
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil, isChanged, nil
	}
	if err != nil {
		return path, nil, 0, err
	}
	switch sum := sha256.Sum256(data); {
	case bytes.Equal(sum[:], e.Old):
		return path, data, isOld, nil
	case bytes.Equal(sum[:], e.New):
		return path, data, isNew, nil
	}
	return path, data, isChanged, nil
}

// turn gives the content of the file in the other state.
func (e *entry) turn(data []byte, to state) ([]byte, error) {
	var b bytes.Buffer
	at, shift := 0, 0
	want := e.New
	for _, s := range e.Edits {
		from, put, pos := s.Old, s.New, s.At
		if to == isOld {
			from, put, pos = s.New, s.Old, s.At+shift
			want = e.Old
		}
		shift += len(s.New) - len(s.Old)
		if pos < at || pos+len(from) > len(data) || !bytes.Equal(data[pos:pos+len(from)], from) {
			return nil, fmt.Errorf("the journal does not fit the file %s", e.Path)
		}
		b.Write(data[at:pos])
		b.Write(put)
		at = pos + len(from)
	}
	b.Write(data[at:])
	if sum := sha256.Sum256(b.Bytes()); !bytes.Equal(sum[:], want) {
		return nil, fmt.Errorf("the journal does not fit the file %s", e.Path)
	}
	return b.Bytes(), nil
}

// survey looks at all files. It gives how many are new, and a finding for each that somebody has changed. What a killed
// process has left beside them goes: the lock says that no other rotation lives.
func (j *journal) survey() (fresh int, changed diag.List, err error) {
	var paths []string
	defer func() { vault.Sweep(paths, 0) }()
	for _, s := range j.spans {
		e, err := j.entry(s)
		if err != nil {
			return 0, nil, err
		}
		path, data, st, err := j.look(e)
		paths = append(paths, path)
		switch {
		case err != nil:
			return 0, nil, err
		case st == isNew:
			fresh++
		case st == isChanged:
			d := diag.Errorf(source.At(source.NewFile(path, ""), 0, 0), "was changed by somebody else since the rotation was planned")
			d.Cause = vault.ErrChanged
			changed.Add(d.Hint("%s", e.hint(data)))
		}
	}
	return fresh, changed, nil
}

// hint says how to go on with a file that was changed: on which side it is can be told by the ciphertext in it.
func (e *entry) hint(data []byte) string {
	if e.has(data, isNew) {
		return "it has the new password; save your change, restore the file as the rotation left it, and end the rotation first"
	}
	return "vault rotate --abort leaves it as it is; then rotate again"
}

// has reports whether any of the vaults of a state is in the text.
func (e *entry) has(data []byte, s state) bool {
	return slices.ContainsFunc(e.Edits, func(w swap) bool {
		if s == isNew {
			return bytes.Contains(data, w.New)
		}
		return bytes.Contains(data, w.Old)
	})
}

// replace brings all files to a state. A file that was changed is refused, but left alone when going back and it still
// has its old vaults.
func (j *journal) replace(to state, progress func(Progress)) error {
	var next, done atomic.Int64
	var failed atomic.Bool
	var mu sync.Mutex
	var errs []error
	var wg sync.WaitGroup
	for range min(writers, len(j.spans)) {
		wg.Go(func() {
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(j.spans) {
					return
				}
				err := j.replaceOne(j.spans[i], to)
				mu.Lock()
				if err != nil {
					failed.Store(true)
					errs = append(errs, err)
				} else if n := done.Add(1); progress != nil {
					progress(Progress{Phase: Replacing, Done: int(n), Total: len(j.spans)})
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (j *journal) replaceOne(s span, to state) error {
	e, err := j.entry(s)
	if err != nil {
		return err
	}
	path, data, st, err := j.look(e)
	switch {
	case err != nil:
		return err
	case st == to, st == isChanged && to == isOld && !e.has(data, isNew):
		return nil
	case st == isChanged:
		return diag.Errorf(source.At(source.NewFile(path, ""), 0, 0), "%w", vault.ErrChanged).Hint("%s", e.hint(data))
	}
	text, err := e.turn(data, to)
	if err != nil {
		return err
	}
	return vault.Replacement{Path: path, Data: text, Probe: j.probe, Swept: true}.Write(data)
}

// commit replaces all files of a sealed plan, makes the new passwords the current ones, and ends the rotation. It gives
// where they are. An error leaves the journal.
func (j *journal) commit(sinks []Sink, progress func(Progress)) (kept []string, err error) {
	defer func() {
		if err != nil {
			j.unlock()
			err = &InterruptedError{Journal: j.dir, Err: err}
		}
	}()
	if err := j.replace(isNew, progress); err != nil {
		return nil, err
	}
	for i, s := range sinks {
		where, err := s.Publish(context.Background(), j.sinks[i].opens)
		if err != nil {
			return nil, err
		}
		kept = append(kept, where)
	}
	return kept, j.discard()
}

// undone takes back a rotation of which no file was replaced, because of err.
func (j *journal) undone(err error, staged ...Sink) error {
	for i, s := range staged {
		if werr := s.Withdraw(context.Background(), j.sinks[i].opens); werr != nil {
			j.unlock()
			return &InterruptedError{Journal: j.dir, Err: errors.Join(err, werr)}
		}
	}
	if derr := j.discard(); derr != nil {
		return &InterruptedError{Journal: j.dir, Err: errors.Join(err, derr)}
	}
	return err
}

// An InterruptedError says that a rotation ended in the middle: the journal is there, and some files may have the new
// password and others the old one.
type InterruptedError struct {
	Journal string
	Err     error
}

// Error gives the cause.
func (e *InterruptedError) Error() string { return "the rotation was interrupted: " + e.Err.Error() }

// Unwrap gives the finding with its hint, and the cause.
func (e *InterruptedError) Unwrap() []error {
	d := &diag.Error{Msg: e.Error(), Cause: e.Err}
	return []error{d.Hint("each file is whole, with the old password or the new one; vault rotate --resume finishes it, vault rotate --abort takes it back"), ErrPending}
}

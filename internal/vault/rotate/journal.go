package rotate

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
)

// Folder is the name of the journal's folder, at the root of the tree.
const Folder = ".kimai-ansible-rotate"

// Files in the folder. The plan is written under its first name and gets the second when it is whole and on the disk; a
// plan under either name is a rotation that did not end.
const (
	partName   = "plan.part"
	planName   = "plan"
	lockName   = "lock"
	ignoreName = ".gitignore"
)

const planFormat = "kimai-ansible vault rotate 1"

// A plan is lines of JSON: a head, an entry for each file, a tail.
type head struct {
	Format  string    `json:"format"`
	Started time.Time `json:"started"`
}

// An entry is a file that changes.
type entry struct {
	Path  string `json:"path"` // relative to the root, as strconv.QuoteToASCII gives it
	Old   []byte `json:"old"`  // SHA-256 of the whole file
	New   []byte `json:"new"`
	Edits []swap `json:"edits"`
}

// A swap replaces bytes of a file; both are ciphertext.
type swap struct {
	At  int    `json:"at"` // offset in the old file
	Old []byte `json:"old"`
	New []byte `json:"new"`
}

type tail struct {
	Files int       `json:"files"`
	Sum   []byte    `json:"sum"` // SHA-256 of all lines before
	Sinks []sinkRef `json:"sinks,omitempty"`
}

// A sinkRef names a place where a password is kept that was made up, with a vault that this password opens.
type sinkRef struct {
	Address string `json:"address"`
	Vault   []byte `json:"vault"`
}

// A journal is the folder, locked.
type journal struct {
	root  string
	dir   string
	probe vault.Probe
	lock  *os.File
	plan  *os.File
	spans []span // of the entries in the plan
	end   int64
	sinks []sinkRef
}

type span struct{ at, size int64 }

// createJournal makes the folder, or takes over an empty one, and begins a plan. An interrupted rotation in it is
// refused, and so is one that still runs.
func createJournal(root string, probe vault.Probe) (_ *journal, err error) {
	if dir, ok := Pending(root); ok {
		return nil, Refusal(dir)
	}
	j := &journal{root: root, dir: filepath.Join(root, Folder), probe: probe}
	if err := j.acquire(true); err != nil {
		return nil, err
	}
	if isPending(j.dir) {
		j.unlock()
		return nil, Interrupted(j.dir) // it came in between
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, j.discard())
		}
	}()
	ignore := filepath.Join(j.dir, ignoreName)
	if err := j.try("write", ignore, func() error { return os.WriteFile(ignore, []byte("*\n"), 0o600) }); err != nil {
		return nil, err
	}
	err = j.try("create", j.path(partName), func() error {
		j.plan, err = os.OpenFile(j.path(partName), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		return err
	})
	if err != nil {
		return nil, err
	}
	return j, j.line(head{Format: planFormat, Started: time.Now().UTC()})
}

// openJournal locks the folder of an interrupted rotation.
func openJournal(dir string, probe vault.Probe) (*journal, error) {
	j := &journal{root: filepath.Dir(dir), dir: dir, probe: probe}
	if err := j.acquire(false); err != nil {
		return nil, err
	}
	return j, nil
}

func (j *journal) path(name string) string { return filepath.Join(j.dir, name) }

// try makes a call unless the probe has it fail.
func (j *journal) try(call, path string, f func() error) error {
	if err := j.probe.Ask(call, path); err != nil {
		return fmt.Errorf("%s %s: %w", call, path, err)
	}
	return f()
}

// line appends a line to the plan.
func (j *journal) line(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	text = append(text, '\n')
	err = j.try("write", j.plan.Name(), func() error { _, err := j.plan.WriteAt(text, j.end); return err })
	if err != nil {
		return err
	}
	j.end += int64(len(text))
	return nil
}

// add appends an entry.
func (j *journal) add(e *entry) (span, error) {
	at := j.end
	if err := j.line(e); err != nil {
		return span{}, err
	}
	s := span{at, j.end - at}
	j.spans = append(j.spans, s)
	return s, nil
}

// entry reads an entry back.
func (j *journal) entry(s span) (*entry, error) {
	if err := j.probe.Ask("pread", j.plan.Name()); err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	buf := make([]byte, s.size)
	if _, err := j.plan.ReadAt(buf, s.at); err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	e := new(entry)
	if err := json.Unmarshal(buf, e); err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	return e, nil
}

// seal ends the plan: it gets its name when it is on the disk.
func (j *journal) seal(sinks []sinkRef) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(j.plan, 0, j.end)); err != nil {
		return fmt.Errorf("reading the journal: %w", err)
	}
	j.sinks = sinks
	if err := j.line(tail{Files: len(j.spans), Sum: sum.Sum(nil), Sinks: sinks}); err != nil {
		return err
	}
	if err := j.try("fsync", j.plan.Name(), j.plan.Sync); err != nil {
		return err
	}
	if err := j.try("rename", j.path(planName), func() error { return os.Rename(j.path(partName), j.path(planName)) }); err != nil {
		return err
	}
	if err := vault.SyncDir(j.dir, j.probe); err != nil {
		return err
	}
	return vault.SyncDir(j.root, j.probe)
}

// load reads a sealed plan and checks that it is whole.
func (j *journal) load() error {
	f, err := os.Open(j.path(planName))
	if err != nil {
		return err
	}
	j.plan = f
	bad := func(why string) error {
		d := &diag.Error{Msg: fmt.Sprintf("the journal %s can't be used: %s", j.path(planName), why)}
		return d.Hint("its files are whole, each is old or new; restore the tree from the history, then remove %s", j.dir)
	}
	r, sum, at := bufio.NewReader(f), sha256.New(), int64(0)
	var t tail
	for n := 0; ; n++ {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return bad("it is cut off")
		}
		if _, err := r.Peek(1); err == io.EOF {
			if json.Unmarshal(line, &t) != nil || !bytes.Equal(t.Sum, sum.Sum(nil)) || t.Files != len(j.spans) {
				return bad("it was changed")
			}
			j.sinks = t.Sinks
			return nil
		}
		if n == 0 {
			var h head
			if json.Unmarshal(line, &h) != nil || h.Format != planFormat {
				return bad("another version wrote it")
			}
		} else {
			j.spans = append(j.spans, span{at, int64(len(line))})
		}
		sum.Write(line)
		at += int64(len(line))
	}
}

// discard takes the journal away. Until then the rotation counts as interrupted.
func (j *journal) discard() error {
	if j.plan != nil {
		j.plan.Close()
	}
	for _, name := range []string{planName, partName} {
		if _, err := os.Lstat(j.path(name)); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		err := j.try("unlink", j.path(name), func() error { return os.Remove(j.path(name)) })
		if err != nil {
			j.unlock()
			return err
		}
	}
	os.Remove(j.path(ignoreName))
	os.Remove(j.path(lockName))
	os.Remove(j.dir)
	j.unlock()
	return nil
}

// file gives the path of an entry's file, which must be a regular file within the root whatever stands in the journal.
func (j *journal) file(e *entry) (string, error) {
	rel, err := strconv.Unquote(e.Path)
	if err != nil || !filepath.IsLocal(rel) {
		return "", &diag.Error{Msg: "the journal names a file out of the tree: " + e.Path}
	}
	path := filepath.Join(j.root, rel)
	if real, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil && !tree.Within(real, j.root) {
		return "", &diag.Error{Msg: "the journal names a file out of the tree: " + e.Path}
	}
	return path, nil
}

package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/record"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// keeping is the record of a run of apply: what keeps it, or why nothing does.
type keeping struct {
	record  *record.Record
	id      string
	why     error // nothing is kept, or nothing more
	resumes *record.Earlier
	key     []byte // of the record that is gone on with; nil when it is not locked
	hidden  []byte
}

const (
	keptRecords = 20                  // records of runs that nobody went on with are kept; older ones are removed
	keptFor     = 30 * 24 * time.Hour // and these go earlier
)

// recordsDir is the folder of the records of runs.
func recordsDir(env *Env) (string, error) {
	state := env.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home := env.Getenv("HOME")
		if home == "" {
			return "", errors.New("neither XDG_STATE_HOME nor HOME is set")
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "kimai-ansible", "runs"), nil
}

// beginRecord makes the record of the run, or goes on with that of an earlier one.
func (r *run) beginRecord() error {
	o := r.req.options
	if o.check || o.noRecord {
		return nil
	}
	options := record.Options{
		Sensitive: r.redactor.Holds, Broken: func(err error) { r.keeping.why = err },
	}
	if r.keeping.resumes != nil {
		return r.goOn(options)
	}
	dir, err := recordsDir(r.env)
	if err != nil {
		r.keeping.why = err
		return nil
	}
	r.tidyRecords(dir)
	now := r.env.Now()
	tail := make([]byte, 3)
	_, _ = rand.Read(tail)
	r.keeping.id = now.UTC().Format("20060102-150405-") + hex.EncodeToString(tail)
	options.Path = filepath.Join(dir, r.keeping.id+record.Extension)
	options.Header = record.Header{Program: r.env.Version.Program, Started: now, Dir: r.env.Dir, Args: o.args}
	r.sealRecord(&options)
	if r.keeping.record, err = record.New(options); err != nil {
		return withCode(ExitError, err)
	}
	return nil
}

// sealRecord locks the record with the first vault id of the run. Without one extra variables that were typed are not kept.
func (r *run) sealRecord(o *record.Options) {
	inline := hasInline(r.req.options.extraVars)
	if len(r.secrets.all) == 0 {
		o.Header.Lacks = inline
		return
	}
	first := r.secrets.all[0]
	o.Header.Label = first.ID
	if inline {
		o.Hidden, _ = json.Marshal(r.req.options.extraVars) // texts always can be
	}
	o.Seal = func(key []byte) ([]byte, error) {
		password := first.Reveal()
		defer clear(password)
		e, err := vaultfmt.Encrypt(key, password, first.ID)
		if err != nil {
			return nil, err
		}
		return e.MarshalText()
	}
}

// hasInline reports whether there are extra variables beyond those of files.
func hasInline(extra []string) bool {
	for _, e := range extra {
		if !strings.HasPrefix(e, "@") && e != "" {
			return true
		}
	}
	return false
}

// tidyRecords removes the records that nobody went on with for long, and tells of a run of this folder that was killed.
func (r *run) tidyRecords(dir string) {
	told := false
	for i, old := range record.List(dir) {
		if old.Running {
			continue
		}
		if i >= keptRecords || r.env.Now().Sub(old.Started) > keptFor {
			_ = os.Remove(old.Path)
			continue
		}
		if !told && !old.Ended && old.Dir == r.env.Dir {
			r.sink.Handle(event.Note{Text: fmt.Sprintf("the run of %s was killed; kimai-ansible apply --resume=%s goes on with it", when(old.Started), old.ID())})
		}
		told = true
	}
}

func when(t time.Time) string { return t.Local().Format(time.DateTime) }

// unlockRecord opens what is locked of the record of the run that goes on: its key, and the extra variables that were typed.
func (r *run) unlockRecord() error {
	e := r.keeping.resumes
	if e == nil {
		return nil
	}
	h := e.Header()
	if text := e.Sealed(); text != "" {
		key, _, err := r.secrets.ring.Open([]byte(text), source.At(source.NewFile(e.Path(), ""), 0, 0))
		if err != nil {
			return withCode(ExitError, diag.Errorf(noPos, "the record of the run is locked with the vault id %q: %w", h.Label, err).
				Hint("name that vault id and its password, as for the run: --vault-id %s@SOURCE", h.Label))
		}
		r.keeping.key = key
		if r.keeping.hidden, err = e.Hidden(key); err != nil {
			return withCode(ExitError, err)
		}
	}
	o := &r.req.options
	var typed []string
	if r.keeping.hidden != nil && json.Unmarshal(r.keeping.hidden, &typed) != nil {
		return withCode(ExitError, diag.Errorf(noPos, "the record %s is damaged", e.Path()))
	}
	switch {
	case len(o.extraVars) == 0 && h.Lacks:
		return withCode(ExitUsage, diag.Errorf(noPos, "the run had extra variables (-e) that its record does not keep, as there was no vault id to lock it with").
			Hint("give them again, as for the run; -e '' for none"))
	case len(o.extraVars) == 0:
		o.extraVars = typed
	case typed != nil && strings.Join(typed, "\n") != strings.Join(o.extraVars, "\n"):
		o.changed = append(o.changed, "--extra-vars")
	}
	return nil
}

// goOn takes up the record of an earlier run, and tells what is not as it was then.
func (r *run) goOn(options record.Options) error {
	e, h := r.keeping.resumes, r.keeping.resumes.Header()
	r.keeping.id = record.Info{Path: e.Path()}.ID()
	if h.Label != "" {
		r.sealRecord(&options)
	}
	rec, err := e.Resume(options, r.keeping.key)
	if err != nil {
		return withCode(ExitError, err)
	}
	rec.Restore = record.Restore{
		Vault: r.secrets.ring.Hook, Secret: func(text string) { r.redactor.Add("", text) },
	}
	r.keeping.record = rec
	r.sink.Handle(event.Note{Text: fmt.Sprintf("going on with the run of %s (%s): %d results are there, their tasks are not run again", when(h.Started), r.keeping.id, rec.Left())})
	changed := append(r.req.options.changed, r.changedSince(h.Started)...)
	if len(changed) > 0 {
		r.warn("changed since the run began: " + shortList(changed) + ". A task that says something else now runs again; one that " +
			"says the same does not, whatever its variables, templates and files are by now.")
	}
	return nil
}

// shortList names the first of many.
func shortList(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// endRecord ends the record with the run: nothing is left of one that went well.
func (r *run) endRecord(err error) {
	rec := r.keeping.record
	if rec == nil {
		return
	}
	if rec.Resumed() && err == nil {
		if n := rec.Left(); n > 0 {
			r.sink.Handle(event.Note{Text: fmt.Sprintf("%d results of the earlier run were not used: their tasks say something else now, are gone, or need a vault id to be kept", n)})
		}
	}
	if e := rec.End(err == nil || hostsFailed(err) && !rec.AnyLost()); e != nil && r.keeping.why == nil {
		r.keeping.why = e
	}
}

// hostsFailed reports whether a run went to its end, and hosts failed in it.
func hostsFailed(err error) bool {
	var coded *CodeError
	return errors.As(err, &coded) && coded.Err == nil
}

// hintResume says at the end of a run that failed how to go on with it.
func (r *run) hintResume(w io.Writer, err error) {
	k := r.keeping
	switch {
	case err == nil || k.record == nil && k.why == nil:
	case k.why != nil:
		fmt.Fprintf(w, "kimai-ansible: what was done is not recorded (%v): --resume is not possible\n", k.why)
	case k.record.Kept():
		fmt.Fprintf(w, "kimai-ansible: when the cause is mended, go on where this ended: kimai-ansible apply --resume=%s\n", k.id)
	}
}

// playRecorded is play with a record of what is done.
func (r *run) playRecorded(ctx context.Context, play func() error) error {
	if err := r.beginRecord(); err != nil {
		return err
	}
	err := play()
	if ctx.Err() != nil && err == nil {
		err = context.Cause(ctx)
	}
	r.endRecord(err)
	return err
}

package rotate

import (
	"context"
	"crypto/sha256"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/locate"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// A rotation is a call of Run.
type rotation struct {
	Options
	ring    *vault.Keyring
	pairs   map[*vault.Secret]*Pair // by From
	targets map[*vault.Secret]bool
	journal *journal // nil for a dry run
	links   map[string][]tree.File
	perms   permissions

	mu       sync.Mutex
	report   Report
	problems diag.List
	proofs   map[*Pair][]byte // a new vault of each pair
	done     int
}

func newRotation(o Options) *rotation {
	r := &rotation{
		Options: o, pairs: map[*vault.Secret]*Pair{}, targets: map[*vault.Secret]bool{}, proofs: map[*Pair][]byte{},
		perms: currentPermissions(),
	}
	var secrets []*vault.Secret
	add := func(s *vault.Secret) bool {
		if slices.ContainsFunc(secrets, s.Same) {
			return false
		}
		secrets = append(secrets, s)
		return true
	}
	for i := range o.Pairs {
		p := &o.Pairs[i]
		if !slices.ContainsFunc(secrets, func(s *vault.Secret) bool { return s.ID == p.From.ID && s.Same(p.From) }) {
			secrets = append(secrets, p.From)
			r.pairs[p.From] = p
		}
	}
	for _, s := range o.Others {
		add(s)
	}
	for _, p := range o.Pairs {
		if add(p.To) {
			r.targets[p.To] = true
		}
	}
	r.ring = vault.NewKeyring(secrets)
	r.ring.Strict = o.Strict
	r.report.DryRun = o.DryRun
	return r
}

// A job is a file with vaults in it.
type job struct {
	file    tree.File
	text    *locate.Text
	results []result
	left    atomic.Int32
}

// A result is what becomes of a value.
type result struct {
	lines []Value // of the report: the value, and those within it
	fresh []byte  // the new vault; nil when it stays
	proof *proof
	pair  *Pair
}

// plan reads, opens, encrypts and verifies everything and writes the journal. What is wrong is told together.
func (r *rotation) plan(ctx context.Context) (*Report, error) {
	jobs := r.read(ctx)
	r.links = hardLinks(r.Tree.Files)
	type unit struct {
		*job
		n int
	}
	var units []unit
	for _, j := range jobs {
		j.results = make([]result, len(j.text.Values))
		j.left.Store(int32(len(j.text.Values)))
		for n := range j.text.Values {
			units = append(units, unit{j, n})
		}
		r.strays(j)
	}
	vault.Each(len(units), func(i int) {
		u := units[i]
		if ctx.Err() == nil {
			u.results[u.n] = r.one(u.text, u.text.Values[u.n])
		}
		if u.left.Add(-1) == 0 {
			if ctx.Err() == nil {
				r.finish(u.job)
			}
			u.wipe()
		}
		r.step(Rotating, len(units))
	})
	sort.SliceStable(r.report.Values, func(i, j int) bool { return r.report.Values[i].before(r.report.Values[j]) })
	r.report.Searched, r.report.Notes = len(r.Tree.Files), r.Tree.Notes
	if ctx.Err() != nil {
		return &r.report, context.Cause(ctx)
	}
	return &r.report, r.problems.Err()
}

func (v Value) before(w Value) bool {
	switch {
	case v.File != w.File:
		return v.File < w.File
	case v.Line != w.Line:
		return v.Line < w.Line
	}
	return v.Column < w.Column
}

// read gives the files with vaults in them.
func (r *rotation) read(ctx context.Context) []*job {
	files := r.Tree.Files
	found := make([]*job, len(files))
	vault.Each(len(files), func(i int) {
		if ctx.Err() != nil {
			return
		}
		switch t, err := locate.Read(files[i]); {
		case err != nil && r.SkipUnreadable:
			r.tell(Value{File: files[i].Name, Status: Unreadable, Why: err.Error()})
		case err != nil:
			r.problem(err)
		case t != nil:
			found[i] = &job{file: files[i], text: t}
		}
		r.step(Reading, len(files))
	})
	r.done = 0
	return slices.DeleteFunc(found, func(j *job) bool { return j == nil })
}

func (r *rotation) step(phase Phase, total int) {
	if r.Progress == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	r.Progress(Progress{Phase: phase, Done: r.done, Total: total})
}

func (r *rotation) tell(lines ...Value) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Values = append(r.report.Values, lines...)
}

func (r *rotation) problem(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.problems.Add(err)
}

func (r *rotation) strays(j *job) {
	for _, pos := range j.text.Strays {
		v := Value{File: j.file.Name, Line: int(pos.Line), Column: int(pos.Col), Status: Stray, Why: "it is no value: in a comment, or in what is no YAML"}
		r.tell(v)
	}
}

// finish puts the new vaults of a file together, verifies the whole, and enters it in the journal.
func (r *rotation) finish(j *job) {
	proofs := map[*locate.Value]*proof{}
	var edits []yaml.Edit
	for n, res := range j.results {
		r.tell(res.lines...)
		if res.fresh != nil {
			proofs[j.text.Values[n]] = res.proof
			edits = append(edits, j.text.Edit(j.text.Values[n], res.fresh))
		}
	}
	if len(edits) == 0 {
		return
	}
	if err := r.allowed(j.file); err != nil {
		r.problem(err)
		return
	}
	changed, err := r.enter(j, edits)
	if err == nil {
		err = verify(j.text, changed, proofs)
	}
	if err != nil {
		r.problem(diag.Errorf(j.file.Pos(), "cannot be changed in place: %w", err).Hint("nothing was changed; leave the file out with --exclude and use vault edit"))
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Changed++
	for _, res := range j.results {
		if res.fresh != nil && r.proofs[res.pair] == nil {
			r.proofs[res.pair] = res.fresh
		}
	}
}

// enter writes the edits of a file to the journal, and gives the text that they make as it is read back from there.
func (r *rotation) enter(j *job, edits []yaml.Edit) (string, error) {
	old := j.text.Src.Text()
	changed := yaml.Apply(old, edits...)
	if r.journal == nil {
		return changed, nil
	}
	rel, err := filepath.Rel(r.Tree.Root, j.file.Path)
	if err != nil {
		return "", err
	}
	was, is := sha256.Sum256([]byte(old)), sha256.Sum256([]byte(changed))
	e := &entry{Path: strconv.QuoteToASCII(rel), Old: was[:], New: is[:]}
	for _, edit := range edits {
		e.Edits = append(e.Edits, swap{At: edit.Start, Old: []byte(old[edit.Start:edit.End]), New: []byte(edit.Text)})
	}
	r.mu.Lock()
	s, err := r.journal.add(e)
	r.mu.Unlock()
	if err != nil {
		return "", err
	}
	if e, err = r.journal.entry(s); err != nil {
		return "", err
	}
	text, err := e.turn([]byte(old), isNew)
	return string(text), err
}

func (j *job) wipe() {
	for n := range j.results {
		if p := j.results[n].proof; p != nil {
			p.wipe()
		}
		j.results[n] = result{}
	}
	j.text = nil
}

// seal ends the plan and has the passwords kept that were made up. It is the last point at which everything can be taken
// back without a trace.
func (r *rotation) seal(ctx context.Context) error {
	var refs []sinkRef
	for _, p := range r.kept() {
		refs = append(refs, sinkRef{Address: p.Sink.Address(), Vault: r.proofs[p]})
	}
	if err := r.journal.seal(refs); err != nil {
		return r.journal.undone(err)
	}
	fresh, changed, err := r.journal.survey()
	if err == nil {
		err = changed.Err()
	}
	if err == nil && fresh > 0 {
		err = vault.ErrChanged
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return r.journal.undone(err)
	}
	var staged []Sink
	for _, p := range r.kept() {
		password := p.To.Reveal()
		err := p.Sink.Stage(ctx, password)
		clear(password)
		if err != nil {
			return r.journal.undone(err, staged...)
		}
		staged = append(staged, p.Sink)
	}
	return nil
}

// kept gives the pairs whose new password was made up and used.
func (r *rotation) kept() []*Pair {
	var out []*Pair
	for i := range r.Pairs {
		if p := &r.Pairs[i]; p.Sink != nil && r.proofs[p] != nil {
			out = append(out, p)
		}
	}
	return out
}

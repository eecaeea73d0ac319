// Package history finds vaulted values in all commits of a git repository, and says which of them the given passwords
// open: what a password that is no longer to be trusted still gives away.
package history

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/locate"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// Options say what to look through.
type Options struct {
	Dir      string // within the work tree, absolute
	Environ  []string
	Patterns []string // globs of paths from the top of the repository; none is all
	Secrets  []*vault.Secret
}

// A Value is a vault that one of the secrets opens, with the commit that brought it.
type Value struct {
	Commit string `json:"commit"`
	Date   string `json:"date"` // of the author, YYYY-MM-DD
	Author string `json:"author"`
	Path   string `json:"path"`
	Line   int    `json:"line"`
	Key    string `json:"key,omitempty"` // "" for a file that is a vault as a whole
	Label  string `json:"vault_id"`      // as in the header
	Opens  string `json:"opened_by"`     // the vault id of the secret
	InHead bool   `json:"in_head"`       // it is in the present commit, too
}

// A Report is what was found.
type Report struct {
	Commits  int     `json:"commits_searched"`
	Searched int     `json:"values_searched"` // different vaults
	Shallow  bool    `json:"shallow"`         // the history is cut off: there may be more elsewhere
	Values   []Value `json:"values"`
}

// Find looks through all commits that any branch, tag or remote branch leads to, oldest first.
func Find(ctx context.Context, o Options) (*Report, error) {
	for _, p := range o.Patterns {
		if !doublestar.ValidatePattern(p) {
			return nil, fmt.Errorf("%q is no pattern: a bracket is not closed", p)
		}
	}
	f := &finder{Options: o, blobs: map[string]bool{}, first: map[string]*found{}}
	if err := f.commits(ctx); err != nil {
		return nil, err
	}
	if err := f.contents(ctx); err != nil {
		return nil, err
	}
	return f.open(), nil
}

// A version is the content of a path in a commit.
type version struct {
	blob, path           string
	commit, date, author string
}

// found is a vault with where it was found first.
type found struct {
	Value
	envelope *vaultfmt.Envelope
}

type finder struct {
	Options
	report   Report
	versions []version       // each content of a path, in the commit that brought it
	blobs    map[string]bool // contents of the present commit
	first    map[string]*found
	order    []*found
}

func (f *finder) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "core.quotePath=false"}, args...)...)
	cmd.Dir, cmd.Env = f.Dir, slices.Concat(f.Environ, []string{"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0"})
	return cmd
}

func (f *finder) git(ctx context.Context, args ...string) ([]byte, error) {
	var out, errs bytes.Buffer
	cmd := f.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(errs.String()))
	}
	return out.Bytes(), nil
}

// commits lists the contents that each commit brought.
func (f *finder) commits(ctx context.Context) error {
	shallow, err := f.git(ctx, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return err
	}
	f.report.Shallow = strings.TrimSpace(string(shallow)) == "true"
	// a merge is compared with each of its parents, so that what only the merge has is seen as well
	log, err := f.git(ctx, "log", "--all", "HEAD", "--reverse", "--topo-order", "-m", "--root", "--no-renames", "--raw", "--no-abbrev", "-z",
		"--diff-filter=AMT", "--date=short", "--format=%x01%H%x02%ad%x02%an")
	if err != nil {
		return err
	}
	seen, commits := map[[2]string]bool{}, map[string]bool{}
	var now version
	var blob string
	for field := range bytes.SplitSeq(log, []byte{0}) {
		text := strings.TrimPrefix(string(field), "\n")
		switch {
		case strings.HasPrefix(text, "\x01"):
			head := strings.Split(text[1:], "\x02")
			now = version{commit: head[0], date: head[1], author: strings.TrimSuffix(head[2], "\n")}
			commits[now.commit] = true
		case strings.HasPrefix(text, ":"):
			words := strings.Fields(text) // :mode mode blob blob status
			blob = ""
			if len(words) == 5 && strings.HasPrefix(words[1], "100") {
				blob = words[3]
			}
		case text != "" && blob != "" && !seen[[2]string{blob, text}] && f.wanted(text):
			seen[[2]string{blob, text}] = true
			v := now
			v.blob, v.path = blob, text
			f.versions = append(f.versions, v)
		}
	}
	f.report.Commits = len(commits)
	return f.present(ctx)
}

// wanted reports whether a path fits one of the patterns; one without a slash fits the name in any folder.
func (f *finder) wanted(name string) bool {
	return len(f.Patterns) == 0 || slices.ContainsFunc(f.Patterns, func(p string) bool {
		if !strings.Contains(p, "/") {
			name = path.Base(name)
		}
		ok, _ := doublestar.Match(p, name)
		return ok
	})
}

// present lists the contents of the present commit.
func (f *finder) present(ctx context.Context) error {
	out, err := f.git(ctx, "ls-tree", "-r", "-z", "--full-tree", "HEAD")
	if err != nil {
		return err
	}
	for line := range bytes.SplitSeq(out, []byte{0}) {
		if words := strings.Fields(string(line)); len(words) > 3 {
			f.blobs[words[2]] = true
		}
	}
	return nil
}

// contents reads the contents and takes the vaults out of them.
func (f *finder) contents(ctx context.Context) error {
	cmd := f.command(ctx, "cat-file", "--batch")
	var ask bytes.Buffer
	for _, v := range f.versions {
		ask.WriteString(v.blob + "\n")
	}
	cmd.Stdin = &ask
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("git cat-file: %w", err)
	}
	r := bufio.NewReaderSize(pipe, 1<<16)
	for _, v := range f.versions {
		if err = f.content(r, v); err != nil {
			break
		}
	}
	_, _ = io.Copy(io.Discard, pipe)
	if werr := cmd.Wait(); err == nil && werr != nil {
		err = fmt.Errorf("git cat-file: %w", werr)
	}
	return err
}

func (f *finder) content(r *bufio.Reader, v version) error {
	head, err := r.ReadString('\n')
	if err != nil {
		return fmt.Errorf("git cat-file: %w", err)
	}
	var name, kind string
	var size int
	if _, err := fmt.Sscan(head, &name, &kind, &size); err != nil {
		return nil // missing: a shallow or partial clone
	}
	text := make([]byte, size+1)
	if _, err := io.ReadFull(r, text); err != nil {
		return fmt.Errorf("git cat-file: %w", err)
	}
	text = text[:size]
	if !bytes.Contains(text, []byte(vaultfmt.Header)) {
		return nil
	}
	t, err := locate.Scan(source.NewFile(v.path, string(text)), locate.Unknown)
	if err != nil || t == nil {
		return nil // no YAML
	}
	for _, val := range t.Values {
		f.add(v, val)
	}
	return nil
}

// add notes a vault unless it is known.
func (f *finder) add(v version, val *locate.Value) {
	e, err := vaultfmt.ParseLenient(val.Vault)
	if err != nil {
		return
	}
	id := string(e.Salt) + string(e.MAC)
	if old := f.first[id]; old != nil {
		old.InHead = old.InHead || f.blobs[v.blob]
		return
	}
	one := &found{envelope: e, Value: Value{
		Commit: v.commit, Date: v.date, Author: v.author, Path: v.path, Line: int(val.Pos.Line), Key: val.Key, Label: val.Label, InHead: f.blobs[v.blob],
	}}
	f.first[id] = one
	f.order = append(f.order, one)
}

// open tries the secrets on all vaults.
func (f *finder) open() *Report {
	vault.Each(len(f.order), func(i int) {
		for _, s := range f.Secrets {
			password := s.Reveal()
			if f.order[i].envelope.Matches(password) {
				f.order[i].Opens = s.ID
			}
			clear(password)
			if f.order[i].Opens != "" {
				return
			}
		}
	})
	f.report.Searched = len(f.order)
	f.report.Values = []Value{}
	for _, one := range f.order {
		if one.Opens != "" {
			f.report.Values = append(f.report.Values, one.Value)
		}
	}
	slices.SortStableFunc(f.report.Values, func(a, b Value) int { return cmp.Compare(a.Date, b.Date) })
	return &f.report
}

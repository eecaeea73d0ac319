package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

// An index is what git knows of the files now.
type index struct {
	tracked  map[string]bool
	blobs    map[string]string // by path
	modified map[string]bool   // the file is not as it is in the index
}

// tracked asks git which files it has.
func (a *auditor) tracked(ctx context.Context) error {
	a.git = index{tracked: map[string]bool{}, blobs: map[string]string{}, modified: map[string]bool{}}
	if !a.Git {
		return nil
	}
	g := gitCaller{dir: a.Root, environ: a.Environ}
	out, err := g.run(ctx, "ls-files", "-s", "-z")
	if err != nil {
		return err
	}
	for entry := range strings.SplitSeq(string(out), "\x00") {
		head, name, ok := strings.Cut(entry, "\t") // mode blob stage
		if words := strings.Fields(head); ok && len(words) == 3 {
			a.git.tracked[name], a.git.blobs[name] = true, words[1]
		}
	}
	if a.Staged {
		return nil
	}
	if out, err = g.run(ctx, "diff", "--name-only", "-z", "--no-ext-diff"); err != nil {
		return err
	}
	for name := range strings.SplitSeq(string(out), "\x00") {
		a.git.modified[name] = true
	}
	return nil
}

// ages finds out when each value was changed last, and tells which are too old. A whole file is as old as the first commit with its
// present content, wherever that lay, so that a new name makes it no younger; a value in a file as the youngest of its lines.
func (a *auditor) ages(ctx context.Context) error {
	if a.Git && len(a.values) > 0 {
		if err := a.agesFromGit(ctx); err != nil {
			return err
		}
	}
	infos := map[string]time.Time{}
	for _, f := range a.Files {
		if f.Info != nil {
			infos[f.Path] = f.Info.ModTime()
		}
	}
	for _, v := range a.values {
		if v.Changed == nil {
			t, ok := infos[v.path]
			if !ok {
				continue
			}
			v.Changed, v.From = &t, "file"
		}
		days := int(a.Now.Sub(*v.Changed) / (24 * time.Hour))
		v.Days = &days
		if v.allowed > 0 && a.Now.Sub(*v.Changed) > v.allowed {
			a.add(Finding{
				Rule: TooOld, File: v.File, path: v.path, Line: v.Line, Key: v.Key,
				Message: fmt.Sprintf("%s was changed last %d days ago (%s); %d are allowed", what(v.Key), days, v.Changed.Format(time.DateOnly), int(v.allowed/(24*time.Hour))),
			})
		}
	}
	return nil
}

func (a *auditor) agesFromGit(ctx context.Context) error {
	g := gitCaller{dir: a.Root, environ: a.Environ}
	if _, err := g.run(ctx, "rev-parse", "--verify", "-q", "HEAD"); err != nil {
		return ctx.Err() // there is no commit yet
	}
	if out, err := g.run(ctx, "rev-parse", "--is-shallow-repository"); err == nil && strings.TrimSpace(string(out)) == "true" {
		a.report.Notes = append(a.report.Notes, "this clone is shallow: what seems young may be older")
	}
	whole := map[string][]*Value{}  // by blob
	inline := map[string][]*Value{} // by path
	for _, v := range a.values {
		switch {
		case !a.git.tracked[v.path]:
		case v.Key != "":
			inline[v.path] = append(inline[v.path], v)
		case !a.git.modified[v.path]:
			whole[a.git.blobs[v.path]] = append(whole[a.git.blobs[v.path]], v)
		}
	}
	if len(whole) > 0 {
		if err := g.firstSeen(ctx, whole); err != nil {
			return err
		}
	}
	paths := make([]string, 0, len(inline))
	for p := range inline {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	errs := make([]error, len(paths))
	vault.Each(len(paths), func(i int) { errs[i] = g.blame(ctx, paths[i], inline[paths[i]]) })
	return errors.Join(errs...)
}

// firstSeen dates contents by the first commit that has them.
func (g gitCaller) firstSeen(ctx context.Context, whole map[string][]*Value) error {
	log, err := g.run(ctx, "log", "HEAD", "-m", "--root", "--no-renames", "--raw", "--no-abbrev", "-z", "--diff-filter=AMT", "--format=%x01%at", "--no-ext-diff")
	if err != nil {
		return err
	}
	var now time.Time
	for field := range bytes.SplitSeq(log, []byte{0}) {
		text := strings.TrimPrefix(string(field), "\n")
		if head, ok := strings.CutPrefix(text, "\x01"); ok {
			seconds, _ := strconv.ParseInt(strings.TrimSpace(head), 10, 64)
			now = time.Unix(seconds, 0).UTC()
			continue
		}
		words := strings.Fields(text)
		if len(words) != 5 || words[0][0] != ':' {
			continue
		}
		for _, v := range whole[words[3]] {
			if v.Changed == nil || now.Before(*v.Changed) {
				t := now
				v.Changed, v.From = &t, "git"
			}
		}
	}
	return nil
}

// blame dates values by their lines.
func (g gitCaller) blame(ctx context.Context, path string, values []*Value) error {
	args := []string{"blame", "--porcelain"}
	for _, v := range values {
		args = append(args, "-L", fmt.Sprintf("%d,%d", v.Line, max(v.until, v.Line)))
	}
	out, err := g.run(ctx, append(args, "--", path)...)
	if err != nil {
		return err
	}
	times := map[string]time.Time{} // by commit
	lines := map[int]string{}       // commits by line
	commit := ""
	for line := range strings.SplitSeq(string(out), "\n") {
		words := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "\t"):
		case len(words) >= 3 && len(words[0]) >= 40 && isHex(words[0]):
			commit = words[0]
			if n, err := strconv.Atoi(words[2]); err == nil {
				lines[n] = commit
			}
		case len(words) == 2 && words[0] == "author-time":
			seconds, _ := strconv.ParseInt(words[1], 10, 64)
			times[commit] = time.Unix(seconds, 0).UTC()
		}
	}
	for _, v := range values {
		for n := v.Line; n <= max(v.until, v.Line); n++ {
			if strings.Trim(lines[n], "0") == "" {
				v.Changed = nil // not committed yet: the file's own time counts
				break
			}
			if t := times[lines[n]]; v.Changed == nil || t.After(*v.Changed) {
				v.Changed, v.From = &t, "git"
			}
		}
	}
	return nil
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

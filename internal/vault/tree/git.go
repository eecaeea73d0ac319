package tree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// WorkTree gives the top of the git work tree that the absolute path dir is in, or "".
func WorkTree(dir string) string {
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// list gives the paths of all that is no folder below dir, without what git ignores.
func (f *finder) list(ctx context.Context, dir string) ([]string, error) {
	if f.IncludeIgnored || WorkTree(dir) == "" {
		return f.walk(dir)
	}
	if _, err := exec.LookPath("git"); err != nil {
		f.note("git is not installed, so .gitignore is not respected")
		return f.walk(dir)
	}
	switch _, err := f.git(ctx, dir, "check-ignore", "-q", "."); {
	case err == nil:
		return f.walk(dir) // who names an ignored folder means it
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	out, err := f.git(ctx, dir, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	var paths []string
	for name := range bytes.SplitSeq(out, []byte{0}) {
		if len(name) > 0 {
			paths = append(paths, filepath.Join(dir, string(name)))
		}
	}
	return paths, nil
}

// git runs git in a folder and returns its output. No program that the repository's configuration names is started.
func (f *finder) git(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "core.fsmonitor=false", "-C", dir}, args...)...)
	cmd.Dir, cmd.Env = dir, slices.Concat(f.Environ, []string{"GIT_OPTIONAL_LOCKS=0", "LC_ALL=C"})
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, f.wrong(f.shown(dir), "git %s: %s", args[0], strings.TrimSpace(errs.String())).Hint("--include-ignored looks at all files without git")
	}
	if err != nil {
		return nil, fmt.Errorf("running git %s: %w", args[0], err)
	}
	return out.Bytes(), nil
}

// walk gives the paths below dir without asking git.
func (f *finder) walk(dir string) ([]string, error) {
	var paths []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			f.bad.Add(f.wrong(f.shown(path), "cannot be read: %w", WithoutPath(err)))
			return nil
		case !d.IsDir():
			if d.Name() != ".git" { // of a work tree that belongs to a repository elsewhere
				paths = append(paths, path)
			}
			return nil
		case d.Name() == ".git":
			return fs.SkipDir
		case f.Marker != "" && d.Name() == f.Marker:
			f.tree.Marked = append(f.tree.Marked, path)
			return fs.SkipDir
		}
		return nil
	})
	return paths, err
}

// Package tree finds the files below the paths that somebody names, as a command on a whole repository wants them: with
// globs, without what .gitignore leaves out, and without following a symbolic link out of the tree. It reads no file.
//
// What is left out is git's decision, asked from the git program itself (`git ls-files`): a file that is tracked although
// a pattern ignores it belongs to the repository, and so do the patterns of .git/info/exclude and core.excludesFile, which
// a matcher of .gitignore files alone would get wrong. Outside of a work tree there is nothing to respect.
package tree

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// Options say what to find.
type Options struct {
	Dir   string   // the working directory, absolute: patterns and shown names are relative to it
	Paths []string // files, folders and globs (with ** for any number of folders); none is Dir
	// Exclude are globs of what is left out. One without a slash fits the name of a file or folder anywhere.
	Exclude []string
	// IncludeIgnored takes what .gitignore leaves out as well.
	IncludeIgnored bool
	Environ        []string // KEY=value, for git
	// IgnoreLinks leaves symbolic links out of the tree alone instead of refusing them: for who only reads names.
	IgnoreLinks bool
	// Marker is the name of a folder that is no content: it is not entered, but told in Tree.Marked.
	Marker string
}

// A File is a regular file.
type File struct {
	Path string // absolute, without symbolic links
	Name string // as it is shown: relative to the working directory where it is below that
	Info fs.FileInfo
}

// Pos gives the file as a position, for findings.
func (f File) Pos() source.Pos { return source.At(source.NewFile(f.Name, ""), 0, 0) }

// A Tree is what was found.
type Tree struct {
	// Root is the folder that all paths belong to: the top of the git work tree, else the working directory when the paths
	// are below it, else their own folder.
	Root   string
	Files  []File   // by path, each once
	Marked []string // folders with the name Options.Marker
	Notes  []string // what was not looked into although somebody may expect it
}

// Find finds the files. Paths that are not there, patterns that nothing fits, paths of different trees and symbolic links
// out of the tree are errors, told together as a diag.List.
func Find(ctx context.Context, o Options) (*Tree, error) {
	f := &finder{Options: o, tree: new(Tree), seen: map[string]bool{}}
	starts, err := f.starts()
	if err != nil {
		return nil, err
	}
	for _, s := range starts {
		if err := f.start(ctx, s); err != nil {
			return nil, err
		}
	}
	f.links(starts)
	if err := f.bad.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(f.tree.Files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return f.tree, nil
}

type finder struct {
	Options
	tree   *Tree
	seen   map[string]bool
	linked []File // symbolic links
	bad    diag.List
}

// A start is one of the paths.
type start struct {
	given   string
	path    string // absolute, real; of a glob the folder before its first special character
	pattern string // absolute, "" for a path
	dir     bool
}

// starts resolves the paths and finds the root.
func (f *finder) starts() ([]start, error) {
	given := f.Paths
	if len(given) == 0 {
		given = []string{"."}
	}
	var list []start
	for _, g := range given {
		s, err := f.resolve(g)
		if err != nil {
			f.bad.Add(err)
			continue
		}
		root := f.rootOf(s)
		if f.tree.Root == "" {
			f.tree.Root = root
		} else if root != f.tree.Root {
			f.bad.Add(f.wrong(g, "is in another tree (%s) than the paths before it (%s)", root, f.tree.Root).Hint("one call for each tree"))
		}
		list = append(list, s)
	}
	return list, f.bad.Err()
}

func (f *finder) wrong(name, format string, args ...any) *diag.Error {
	return diag.Errorf(source.At(source.NewFile(name, ""), 0, 0), format, args...)
}

func (f *finder) resolve(given string) (start, error) {
	abs := given
	if !filepath.IsAbs(abs) {
		abs = filepath.Join(f.Dir, abs)
	}
	s := start{given: given, path: filepath.Clean(abs)}
	if _, err := os.Lstat(s.path); errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(given, "*?[{") {
		if !doublestar.ValidatePattern(filepath.ToSlash(given)) {
			return s, f.wrong(given, "is no pattern: a bracket is not closed")
		}
		base, rest := doublestar.SplitPattern(s.path)
		s.path, s.pattern = base, rest
	}
	real, err := filepath.EvalSymlinks(s.path)
	if err != nil {
		return s, f.wrong(given, "cannot be read: %w", WithoutPath(err))
	}
	info, err := os.Stat(real)
	if err != nil {
		return s, f.wrong(given, "cannot be read: %w", WithoutPath(err))
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return s, f.wrong(given, "is neither a file nor a folder")
	}
	s.path, s.dir = real, info.IsDir()
	if s.pattern != "" {
		s.pattern = filepath.Join(real, s.pattern)
	}
	return s, nil
}

// WithoutPath takes the path off an error of a file, where the message has it already.
func WithoutPath(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func (f *finder) rootOf(s start) string {
	dir := s.path
	if !s.dir {
		dir = filepath.Dir(dir)
	}
	if top := WorkTree(dir); top != "" {
		return top
	}
	if here, err := filepath.EvalSymlinks(f.Dir); err == nil && Within(dir, here) {
		return here
	}
	return dir
}

// Within reports whether path is the folder dir or below it. Both are absolute and clean.
func Within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}

// start adds what one of the paths stands for.
func (f *finder) start(ctx context.Context, s start) error {
	if !s.dir {
		return f.add(s.path) // who names a file means it, ignored or not
	}
	before := len(f.tree.Files) + len(f.linked)
	paths, err := f.list(ctx, s.path)
	if err != nil {
		return err
	}
	fits := 0
	for _, p := range paths {
		if s.pattern != "" && !below(s.pattern, p, s.path) {
			continue
		}
		fits++
		if !f.excluded(p) {
			if err := f.add(p); err != nil {
				return err
			}
		}
	}
	if s.pattern != "" && fits == 0 && len(f.tree.Files)+len(f.linked) == before {
		f.bad.Add(f.wrong(s.given, "fits no file").Hint("files that .gitignore leaves out are not looked at, unless --include-ignored is given"))
	}
	return nil
}

// below reports whether the pattern fits the path or one of its folders below base.
func below(pattern, path, base string) bool {
	for p := path; Within(p, base) && p != base; p = filepath.Dir(p) {
		if ok, _ := doublestar.PathMatch(pattern, p); ok {
			return true
		}
	}
	return false
}

func (f *finder) excluded(path string) bool {
	for _, pattern := range f.Exclude {
		if !strings.Contains(pattern, "/") {
			for p := path; Within(p, f.tree.Root) && p != f.tree.Root; p = filepath.Dir(p) {
				if ok, _ := doublestar.Match(pattern, filepath.Base(p)); ok {
					return true
				}
			}
			continue
		}
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(f.Dir, pattern)
		}
		if below(filepath.Clean(pattern), path, "/") {
			return true
		}
	}
	return false
}

// add takes a path that was listed.
func (f *finder) add(path string) error {
	if f.seen[path] {
		return nil
	}
	f.seen[path] = true
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // tracked and deleted
	case err != nil:
		f.bad.Add(f.wrong(f.shown(path), "cannot be read: %w", WithoutPath(err)))
		return nil
	}
	file := File{Path: path, Name: f.shown(path), Info: info}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		f.linked = append(f.linked, file)
	case info.Mode().IsRegular():
		f.tree.Files = append(f.tree.Files, file)
	case info.IsDir():
		f.note("%s is a repository of its own and is not looked into", file.Name)
	}
	return nil
}

// shown gives the name of a path as people see it.
func (f *finder) shown(path string) string {
	dir := f.Dir
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if rel, err := filepath.Rel(dir, path); err == nil && Within(path, dir) {
		return rel
	}
	return path
}

// links looks where symbolic links lead: out of the tree is refused; a file within it is looked at in its own place, also
// when git ignores it.
func (f *finder) links(starts []start) {
	for _, l := range f.linked {
		target, err := filepath.EvalSymlinks(l.Path)
		if err != nil {
			continue // it leads nowhere: there is nothing to read
		}
		inside := slices.ContainsFunc(starts, func(s start) bool { return Within(target, s.path) })
		info, err := os.Stat(target)
		switch {
		case err != nil:
		case !inside && f.IgnoreLinks:
		case !inside:
			f.bad.Add(diag.Errorf(l.Pos(), "is a symbolic link out of the tree, to %s", target).
				Hint("name the target as a path of its own, or leave the link out with --exclude %s", l.Name))
		case info.Mode().IsRegular() && !f.excluded(target):
			f.bad.Add(f.add(target))
		}
	}
}

func (f *finder) note(format string, args ...any) {
	f.tree.Notes = append(f.tree.Notes, diag.Errorf(source.Pos{}, format, args...).Msg)
}

package lookups

import (
	"context"
	"os"
	"path/filepath"
	"sort"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "fileglob", Run: runFileglob})

// runFileglob gives the files whose names match patterns; folders are not among them.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/fileglob_lookup.html
func runFileglob(_ context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	for _, t := range c.Terms {
		name, ok := t.(value.Str)
		if !ok {
			return nil, notPath(t.Type())
		}
		pattern := c.expand(name.String())
		for _, dir := range c.globDirs(filepath.Dir(pattern)) {
			found, err := globFiles(filepath.Join(dir, filepath.Base(pattern)))
			if err != nil {
				return nil, err
			}
			for _, f := range found {
				out = append(out, value.NewStr(f))
			}
			if len(found) > 0 {
				break
			}
		}
	}
	return out, nil
}

// globDirs are the folders in which a pattern is tried.
func (c *Call) globDirs(dir string) []string {
	if filepath.IsAbs(dir) {
		return []string{dir}
	}
	if dir != "." {
		if found := c.file("files", dir); found != "" {
			return []string{found}
		}
		return nil
	}
	var dirs []string
	for _, d := range c.dirs() {
		dirs = append(dirs, filepath.Join(d, "files"), d)
	}
	return dirs
}

func globFiles(pattern string) ([]string, error) {
	names, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, n := range names {
		if info, err := os.Stat(n); err == nil && info.Mode().IsRegular() {
			files = append(files, n)
		}
	}
	sort.Strings(files)
	return files, nil
}

// Package glob finds files by patterns as Python's glob does, for arguments of modules.
package glob

import (
	"path"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// Files gives the files that a pattern with *, ? and [...] matches, in alphabetical order; names that begin with a dot only
// match a pattern that does.
func Files(sys target.System, pattern string) []string {
	if !strings.ContainsAny(pattern, "*?[") {
		if _, err := sys.Lstat(pattern); err != nil {
			return nil
		}
		return []string{pattern}
	}
	dir, base := path.Split(pattern)
	dirs := []string{strings.TrimSuffix(dir, "/")}
	if dir != "" && dir != "/" && strings.ContainsAny(dir, "*?[") {
		dirs = Files(sys, strings.TrimSuffix(dir, "/"))
	}
	var out []string
	for _, d := range dirs {
		from := d
		switch {
		case dir == "":
			from = "."
		case d == "":
			from = "/"
		}
		names, err := sys.ReadDir(from)
		if err != nil {
			continue
		}
		for _, n := range names {
			if n[0] == '.' && base != "" && base[0] != '.' || !Match(base, n) {
				continue
			}
			if dir != "" {
				n = d + "/" + n
			}
			out = append(out, n)
		}
	}
	sort.Strings(out)
	return out
}

// Match reports whether a text is what a pattern means, as Python's fnmatch: * and ? stand for a slash too.
func Match(pattern, s string) bool {
	m, err := pyregex.FullMatch(pyregex.Glob(pattern), 0, s)
	return err == nil && m != nil
}

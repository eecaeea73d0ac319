package archives

import (
	"path"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/glob"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// sources are what is to be packed.
type sources struct {
	expanded, excluded []string // what path and exclude_path mean
	targets            []string // what is left of expanded
	found, missing     []string // of targets
	root               string   // the folder that names are relative to, with a slash at its end
	many               bool     // they need an archive: a pattern, a folder, more than one, or it is asked for
}

func findSources(sys target.System, p *module.Params) sources {
	s := sources{many: p.Bool("force_archive")}
	pattern := func(name string) bool { return strings.ContainsAny(name, "*?") }
	expand := func(names []string) (out []string) {
		for _, n := range names {
			if pattern(n) {
				out = append(out, glob.Files(sys, n)...)
			} else {
				out = append(out, n)
			}
		}
		return out
	}
	s.expanded, s.excluded = expand(p.Strs("path")), expand(p.Strs("exclude_path"))
	for _, n := range s.expanded {
		if !slices.Contains(s.excluded, n) && !slices.Contains(s.targets, n) {
			s.targets = append(s.targets, n)
		}
	}
	for _, n := range s.targets {
		if _, err := sys.Lstat(n); err != nil {
			s.missing = append(s.missing, n)
			continue
		}
		s.found = append(s.found, n)
		if info, err := sys.Stat(n); err == nil && info.IsDir() {
			s.many = true
		}
	}
	s.many = s.many || len(s.targets) > 1 || slices.ContainsFunc(p.Strs("path"), pattern)
	s.root = commonRoot(s.targets)
	return s
}

// commonRoot is the folder that all files are in, as far as their names say.
func commonRoot(names []string) string {
	var common []string
	for i, n := range names {
		dir, _ := path.Split(n)
		parts := strings.SplitAfter(dir, "/")
		parts = parts[:len(parts)-1] // what is behind the last slash: nothing
		if i == 0 {
			common = parts
			continue
		}
		k := 0
		for k < len(common) && k < len(parts) && common[k] == parts[k] {
			k++
		}
		common = common[:k]
	}
	return strings.Join(common, "")
}

// member is a file that goes into the archive.
type member struct {
	file string // on the target
	name string // in the archive
	info target.Info
}

// members walks the sources: a folder's folders first, then its files, each in alphabetical order, then what is in the
// folders. Links are not followed, except for those that are sources themselves.
func (a *archive) members() ([]member, error) {
	var out []member
	patterns := a.p.Strs("exclusion_patterns")
	add := func(file string, info target.Info) {
		name := strings.TrimLeft(strings.TrimPrefix(file, a.sources.root), "/")
		matched := name
		if a.format == "zip" {
			matched = file // so it is in Ansible
		}
		if !slices.ContainsFunc(patterns, func(p string) bool { return glob.Match(p, matched) }) {
			out = append(out, member{file, name, info})
		}
	}
	var walk func(dir string)
	walk = func(dir string) {
		names, err := a.sys.ReadDir(dir)
		if err != nil {
			return // a folder that can't be read, or is gone: Ansible leaves it out too
		}
		var inside []string
		var files []member
		for _, n := range names {
			file := strings.TrimRight(dir, "/") + "/" + n
			info, err := a.sys.Lstat(file)
			if err != nil {
				continue
			}
			switch followed, err := a.sys.Stat(file); {
			case info.IsDir():
				inside = append(inside, file)
				add(file, info)
			case err == nil && followed.IsDir():
				add(file, info)
			default:
				files = append(files, member{file: file, info: info})
			}
		}
		for _, f := range files {
			add(f.file, f.info)
		}
		for _, d := range inside {
			walk(d)
		}
	}
	for _, t := range a.sources.found {
		info, err := a.sys.Lstat(t)
		if err != nil {
			return nil, err
		}
		if followed, err := a.sys.Stat(t); err == nil && followed.IsDir() {
			walk(t)
			continue
		}
		add(t, info)
	}
	return out, nil
}

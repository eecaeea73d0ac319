package files

import (
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// filter says which files find takes.
type filter struct {
	patterns, excludes []string
	regex              bool           // these are expressions, not globs
	age                *time.Duration // below zero: at most
	stamp              string         // the time that age looks at
	size               *int64         // bytes; below zero: at most
	mode               value.Value
	exact              bool
	now                time.Time
	umask              uint32
}

// takes reports whether a file of the kind that is looked for fits. Its content is not looked at.
func (f *filter) takes(name string, info target.Info, kind string) (bool, error) {
	if ok, err := f.named(name); err != nil || !ok {
		return false, err
	}
	if f.age != nil && !f.old(info) {
		return false, nil
	}
	if f.size != nil && info.IsRegular() && kind != "directory" && kind != "link" {
		if want := *f.size; want >= 0 && info.Size < want || want < 0 && info.Size > -want {
			return false, nil
		}
	}
	if f.mode == nil {
		return true, nil
	}
	want, err := fileattr.ParseMode(f.mode, info, f.umask)
	if err != nil {
		return false, err
	}
	if f.exact {
		return info.Perm() == want, nil
	}
	return info.Perm()&want == want, nil
}

func (f *filter) old(info target.Info) bool {
	t := map[string]time.Time{"atime": info.Atime, "ctime": info.Ctime, "mtime": info.Mtime}[f.stamp]
	age := f.now.Sub(t)
	if *f.age < 0 {
		return age <= -*f.age
	}
	return age >= *f.age
}

// named reports whether a name matches one of the patterns and none of the excludes.
func (f *filter) named(name string) (bool, error) {
	ok, err := f.oneOf(f.patterns, name)
	if err != nil || !ok || len(f.excludes) == 0 {
		return ok, err
	}
	not, err := f.oneOf(f.excludes, name)
	return !not, err
}

func (f *filter) oneOf(patterns []string, name string) (bool, error) {
	for _, p := range patterns {
		var m *pyregex.Match
		var err error
		if f.regex {
			var re *pyregex.Regexp
			if re, err = pyregex.Compile(p, 0); err == nil {
				m, err = re.MatchStart(name)
			}
		} else {
			m, err = pyregex.FullMatch(pyregex.Glob(p), 0, name)
		}
		if err != nil || m != nil {
			return m != nil, err
		}
	}
	return false, nil
}

// contains reports whether a line of a file begins with what the argument contains matches, or the whole text has it.
func (f *filter) contains(sys target.System, name string, p *module.Params) (bool, error) {
	re, err := pyregex.Compile(p.Str("contains"), 0)
	if err != nil {
		return false, err
	}
	encoding := "utf-8"
	if p.Has("encoding") {
		encoding = p.Str("encoding")
	}
	code, err := codecOf(encoding)
	if err != nil {
		return false, err
	}
	b, err := target.ReadFile(sys, name)
	if err != nil {
		return false, nil //nolint:nilerr // a file that can't be read has nothing in it, as in Ansible
	}
	text, err := code.decode(string(b))
	if err != nil {
		return false, err
	}
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text) // as Python reads texts
	if p.Bool("read_whole_file") {
		m, err := re.Search(text)
		return m != nil, err
	}
	for line := range strings.Lines(text) {
		if m, err := re.MatchStart(line); err != nil || m != nil {
			return m != nil, err
		}
	}
	return false, nil
}

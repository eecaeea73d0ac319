package files

import (
	"fmt"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
)

func (f *fileRun) link() (module.Result, error) {
	hasSrc := f.p.Has("src")
	if !hasSrc {
		if f.prev != "link" {
			return module.Fail("src is required for creating new symlinks"), nil
		}
		if _, err := f.sys.Stat(f.path); f.follow && err == nil { // a link to nothing is left alone
			to, err := f.sys.Readlink(f.path)
			if err != nil {
				return module.Result{}, err
			}
			f.src, hasSrc = to, true
		}
	}
	if r, bad := f.cannotLink(hasSrc); bad {
		return r, nil
	}
	f.begin("link")
	changed := f.prev != "link"
	if old, err := f.sys.Readlink(f.path); f.prev == "link" && hasSrc && err == nil && old != f.src {
		f.diff.Note("src", old, f.src)
		changed = true
	}
	if changed && !f.p.Check {
		if err := f.place(f.src, func(p string) error { return f.sys.Symlink(f.src, p) }); err != nil {
			return module.Result{}, err
		}
	}
	return f.linked(changed, hasSrc)
}

// cannotLink refuses a link to nothing, and one in the place of something else, unless forced.
func (f *fileRun) cannotLink(hasSrc bool) (module.Result, bool) {
	if hasSrc && !f.force {
		from := dirname(f.path)
		if f.prev == "directory" {
			from = f.path
		}
		abs := f.src
		if !strings.HasPrefix(abs, "/") {
			abs = path.Join(from, abs)
		}
		if _, err := f.sys.Stat(abs); err != nil {
			r := f.fail("src file does not exist, use 'force=yes' if you really want to create the link: " + abs)
			return *r.Set("src", f.src), true
		}
	}
	switch f.prev {
	case "directory":
		if !f.force {
			return f.fail("refusing to convert from directory to symlink for " + f.path), true
		}
		if names, err := f.sys.ReadDir(f.path); err == nil && len(names) > 0 {
			return f.fail("the directory " + f.path + " is not empty, refusing to convert it"), true
		}
	case "file", "hard":
		if !f.force {
			return f.fail(fmt.Sprintf("refusing to convert from %s to symlink for %s", f.prev, f.path)), true
		}
	}
	return module.Result{}, false
}

func dirname(p string) string {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i+1]
	}
	return ""
}

// place makes the link to from at the path: directly, or beside it and then in the place of what is there.
func (f *fileRun) place(from string, make func(p string) error) error {
	if f.prev == "absent" {
		if err := make(f.path); err != nil {
			return &fileattr.Failure{Msg: "Error while linking: " + fileattr.PyError(err, from, f.path), Path: f.path}
		}
		return nil
	}
	tmp := path.Join(path.Dir(f.path), fmt.Sprintf(".%d.%s.tmp", f.sys.Now().UnixNano(), path.Base(f.path)))
	// a link that did not get its place is removed; nor are two names of one file renamed onto each other: the kernel does
	// nothing then and leaves both
	defer func() { _ = f.sys.Remove(tmp) }()
	err := make(tmp)
	if err == nil && f.prev == "directory" {
		err = f.sys.Remove(f.path)
	}
	if err == nil {
		err = f.sys.Rename(tmp, f.path)
	}
	if err != nil {
		return &fileattr.Failure{Msg: "Error while replacing: " + fileattr.PyError(err, from, f.path), Path: f.path}
	}
	return nil
}

// linked sets the attributes and gives the result of link and hard.
func (f *fileRun) linked(changed, hasSrc bool) (module.Result, error) {
	if _, err := f.sys.Stat(f.path); f.p.Check && (err != nil || changed) {
		return f.linkResult(changed, hasSrc), nil
	}
	t, err := f.times("preserve")
	if err != nil {
		return module.Result{}, err
	}
	at := f.attrPath()
	if _, err := f.sys.Stat(at); err != nil && f.follow {
		f.p.Warn("Cannot set fs attributes on a non-existent symlink target. follow should be set to False to avoid this.")
		return f.linkResult(changed, hasSrc), nil
	}
	did, err := f.setAttrs(at, t, f.diff)
	return f.linkResult(changed || did, hasSrc), err
}

func (f *fileRun) linkResult(changed, hasSrc bool) module.Result {
	r := f.done("dest", changed)
	if hasSrc {
		return *r.Set("src", f.src)
	}
	return *r.Set("src", nil)
}

func (f *fileRun) hard() (module.Result, error) {
	hasSrc := f.p.Has("src")
	if !hasSrc && f.prev != "hard" {
		return module.Fail("src is required for creating new hardlinks"), nil
	}
	src, err := f.sys.Stat(f.src)
	if hasSrc && err != nil {
		return f.hardFail("src does not exist"), nil
	}
	f.begin("hard")
	changed := false
	switch f.prev {
	case "absent":
		changed = true
	case "link":
		old, err := f.sys.Readlink(f.path)
		if changed = err == nil && old != f.src; changed {
			f.diff.Note("src", old, f.src)
		}
	case "hard":
		if at, err := f.sys.Stat(f.path); hasSrc && err == nil && (at.Ino != src.Ino || at.Dev != src.Dev) {
			if changed = true; !f.force {
				return f.hardFail("Cannot link, different hard link exists at destination"), nil
			}
		}
	default:
		if changed = true; !f.force {
			return f.hardFail("Cannot link, " + f.prev + " exists at destination"), nil
		}
	}
	if changed && !f.p.Check {
		from := f.src
		if to, err := f.sys.Readlink(from); f.prev == "absent" && f.follow && err == nil {
			from = to // ansible-core: as it is written, so that a relative one counts from the working directory
		}
		if err := f.place(from, func(p string) error { return f.sys.Link(from, p) }); err != nil {
			return module.Result{}, err
		}
	}
	return f.linked(changed, hasSrc)
}

func (f *fileRun) hardFail(msg string) module.Result {
	r := module.Fail("%s", msg)
	r.Set("dest", f.path).Set("src", f.src)
	fileattr.AddInfo(f.sys, f.path, &r)
	return r
}

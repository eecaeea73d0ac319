package files

import (
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
)

func (f *fileRun) directory() (module.Result, error) {
	if f.follow && f.prev == "link" {
		f.path = f.sys.Realpath(f.path)
		f.prev = fileattr.State(f.sys, f.path)
	}
	f.begin("directory")
	t, err := f.times("preserve")
	if err != nil {
		return module.Result{}, err
	}
	changed := false
	switch f.prev {
	case "directory":
	case "absent":
		if f.p.Check {
			return f.done("path", true), nil
		}
		changed, err = f.makeAll(t)
		return f.done("path", changed), err
	default:
		return f.fail(f.path + " already exists as a " + f.prev), nil
	}
	did, err := f.setAttrs(f.attrPath(), t, f.diff)
	changed = changed || did
	if err == nil && f.p.Bool("recurse") {
		did, err = f.below(f.attrPath(), t, 0)
		changed = changed || did
	}
	return f.done("path", changed), err
}

// makeAll makes the directories of the path that are missing; each gets the attributes.
func (f *fileRun) makeAll(t *times) (made bool, err error) {
	at := ""
	if strings.HasPrefix(f.path, "/") {
		at = "/"
	}
	for part := range strings.SplitSeq(strings.Trim(f.path, "/"), "/") {
		at = path.Join(at, part)
		if _, err := f.sys.Stat(at); err == nil {
			continue
		}
		if err := f.sys.Mkdir(at, 0o777); err != nil {
			if info, serr := f.sys.Stat(at); serr == nil && info.IsDir() {
				continue // someone else was faster
			}
			return made, &fileattr.Failure{
				Msg:  "There was an issue creating " + at + " as requested: " + fileattr.PyError(err, at),
				Path: f.path,
			}
		}
		made = true
		if _, err := f.attrs.Apply(f.sys, at, false, f.diff); err != nil {
			return made, err
		}
		if _, err := t.apply(f.sys, f.path, false, f.diff); err != nil { // ansible-core: those of the last one, which is not there yet
			return made, err
		}
	}
	return made, nil
}

// maxDepth bounds the walk through links that lead to directories above themselves.
const maxDepth = 64

// below sets the attributes of all that is in a directory: of links the link's owner and, with follow, the target's
// attributes.
func (f *fileRun) below(dir string, t *times, depth int) (changed bool, err error) {
	if depth > maxDepth {
		return false, nil
	}
	names, err := f.sys.ReadDir(dir)
	if err != nil {
		return false, &fileattr.Failure{Msg: "Could not recurse into " + dir + ": " + fileattr.PyError(err, dir), Path: f.path}
	}
	for _, n := range names {
		p := path.Join(dir, n)
		info, err := f.sys.Lstat(p)
		if err != nil {
			continue // gone meanwhile
		}
		did, err := f.setAttrs(p, t, nil)
		if err != nil {
			return changed, err
		}
		changed = changed || did
		next := p
		if info.IsLink() {
			to, serr := f.sys.Stat(p)
			if !f.follow || serr != nil {
				continue
			}
			next, info = f.sys.Realpath(p), to
			if did, err = f.setAttrs(next, t, nil); err != nil {
				return changed, err
			}
			changed = changed || did
		}
		if info.IsDir() {
			if did, err = f.below(next, t, depth+1); err != nil {
				return changed, err
			}
			changed = changed || did
		}
	}
	return changed, nil
}

package crypto

import (
	"bytes"
	"context"
	"path"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// file is the file that a module of this family makes, whatever is in it.
type file struct {
	sys  target.System
	p    *module.Params
	path string
	r    *module.Result
	old  []byte // what is there, nil for nothing
	mode string // the argument mode where it is not given; "" is none
}

// open looks at the file of a call. failed tells why the module can't go on.
func open(sys target.System, p *module.Params) (f *file, failed *module.Result) {
	f = &file{sys: sys, p: p, path: p.Str("path"), r: &module.Result{}}
	dir := path.Dir(f.path)
	if info, err := sys.Stat(dir); err != nil || !info.IsDir() {
		r := module.Fail("The directory %s does not exist or the file is not a directory", dir).With("name", dir)
		return nil, &r
	}
	if b, err := target.ReadFile(sys, f.path); err == nil {
		f.old = b
		if b == nil {
			f.old = []byte{}
		}
	}
	return f, nil
}

// write puts content in place, with a backup if wanted. mode is that of the new file, 0 that of any new file or of the
// one that is there.
func (f *file) write(content []byte, mode uint32) error {
	if f.p.Check {
		return nil
	}
	if err := f.backup(); err != nil {
		return err
	}
	tmp, err := fileattr.NewTemp(f.sys, f.path, bytes.NewReader(content))
	if err == nil {
		err = tmp.Replace(fileattr.KeepDest, f.p.Bool("unsafe_writes"))
	}
	if err == nil && mode != 0 && f.old == nil {
		err = f.sys.Chmod(f.path, mode)
	}
	if err != nil {
		return &fileattr.Failure{Msg: "Error while writing result: " + fileattr.PyError(err, f.path)}
	}
	return nil
}

func (f *file) backup() error {
	if !f.p.Bool("backup") || f.old == nil || f.p.Check {
		return nil
	}
	name, err := fileattr.Backup(f.sys, f.path)
	if err != nil {
		return &fileattr.Failure{Msg: "Could not make backup of " + f.path + ": " + fileattr.PyError(err, f.path)}
	}
	f.r.Set("backup_file", name)
	return nil
}

// remove is state absent.
func (f *file) remove() error {
	f.r.Changed = f.old != nil
	if f.old == nil || f.p.Check {
		return nil
	}
	if err := f.backup(); err != nil {
		return err
	}
	if err := f.sys.Remove(f.path); err != nil {
		return &fileattr.Failure{Msg: "Error while removing " + f.path + ": " + fileattr.PyError(err, f.path)}
	}
	return nil
}

// attrs sets the attributes of the file.
func (f *file) attrs() error {
	if _, err := f.sys.Lstat(f.path); err != nil {
		return nil //nolint:nilerr // check mode: it would have been made
	}
	a := fileattr.Of(f.p)
	if a.Mode == nil && f.mode != "" {
		a.Mode = value.NewStr(f.mode)
	}
	did, err := a.Apply(f.sys, f.path, f.p.Check, nil)
	f.r.Changed = f.r.Changed || did
	return err
}

// diff sets the result's diff.
func (f *file) diff(before, after *value.Dict) {
	f.r.Diff = value.DictOf("before", before, "after", after)
}

// result ends a call: an error that tells of the file becomes a failed result.
func (f *file) result(err error) (module.Result, error) {
	if failed, ok := fileattr.ResultOf(f.sys, err); ok {
		return failed, nil
	}
	return *f.r, err
}

// readInput gives the content of an argument that comes as a path or as text. what names it for the error.
func readInput(_ context.Context, sys target.System, p *module.Params, name, what string) ([]byte, error) {
	if p.Has(name + "_content") {
		return []byte(p.Str(name + "_content")), nil
	}
	file := p.Str(name + "_path")
	b, err := target.ReadFile(sys, file)
	if err != nil {
		if _, serr := sys.Stat(file); serr != nil {
			return nil, &fileattr.Failure{Msg: "The " + what + " file " + file + " does not exist"}
		}
		return nil, &fileattr.Failure{Msg: fileattr.PyError(err, file)}
	}
	return b, nil
}

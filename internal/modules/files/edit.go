package files

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// edit is a call of a module that changes a part of a text file: lineinfile, blockinfile, replace.
type edit struct {
	sys    target.System
	p      *module.Params
	path   string
	exists bool
	before string // the content, "" of a file that is not there
}

// editArgs are the arguments that the modules which edit a file have in common.
var editArgs = module.Args{
	{Name: "path", Aliases: []string{"dest", "destfile", "name"}, Type: module.Path, Required: true, Help: "The file."},
	{Name: "backup", Type: module.Bool, Default: false, Help: "Keep a copy of the file as it was."},
	{Name: "validate", Help: "A command that must succeed before the file is put in place; %s is the new file."},
}

// openEdit reads the file of a call. The failure is that of a folder at its place, or of a file that can't be read: unread makes
// its message of the error and the path.
func openEdit(sys target.System, p *module.Params, unread string) (*edit, *module.Result) {
	e := &edit{sys: sys, p: p, path: p.Str("path")}
	info, err := sys.Stat(e.path)
	if err != nil {
		return e, nil // what is not there, or can't be looked at, is no file to Ansible
	}
	if info.IsDir() {
		r := module.Fail("Path %s is a directory !", e.path).With("rc", 256)
		return nil, &r
	}
	b, err := target.ReadFile(sys, e.path)
	if err != nil {
		r := module.Raise(fmt.Sprintf(unread, fileattr.PyError(err), e.path))
		return nil, &r
	}
	e.before, e.exists = string(b), true
	return e, nil
}

// makeFolder makes the folder of a file that is to be made.
func (e *edit) makeFolder() error {
	dir := path.Dir(e.path)
	if e.p.Check {
		return nil
	}
	return makeAll(e.sys, dir)
}

// makeAll makes a folder and those above it.
func makeAll(sys target.System, dir string) error {
	if info, err := sys.Stat(dir); err == nil && info.IsDir() || dir == "." {
		return nil
	}
	if up := path.Dir(dir); up != dir {
		if err := makeAll(sys, up); err != nil {
			return err
		}
	}
	return sys.Mkdir(dir, 0o777)
}

// backup keeps a copy if it is asked for, and gives its name or "".
func (e *edit) backup() (string, error) {
	if !e.p.Bool("backup") || !e.exists {
		return "", nil
	}
	name, err := fileattr.Backup(e.sys, e.path)
	if err != nil {
		return "", &fileattr.Failure{Msg: "Could not make backup of " + e.path + " to " + name + ": " + fileattr.PyError(err, e.path)}
	}
	return name, nil
}

// write puts the new content in the file's place, or in the place of the file that a link leads to, when validate agrees.
func (e *edit) write(ctx context.Context, after string) error {
	return writeEdited(ctx, e.sys, e.path, after, e.p)
}

// writeEdited replaces the content of a file, through links, when the command of validate agrees.
func writeEdited(ctx context.Context, sys target.System, name, after string, p *module.Params) error {
	dest := sys.Realpath(name)
	tmp, err := fileattr.NewTemp(sys, dest, strings.NewReader(after))
	if err != nil {
		return fileattr.NoTemp(sys, err, dest)
	}
	if err := tmp.Validate(ctx, p.Str("validate")); err != nil {
		tmp.Discard()
		return validateFailure(err)
	}
	if err := tmp.Replace(fileattr.KeepDest, p.Bool("unsafe_writes")); err != nil {
		return &fileattr.Failure{Msg: "Could not replace file: " + tmp.Name() + " to " + dest + ": " + fileattr.PyError(err, tmp.Name(), dest)}
	}
	return nil
}

// validateFailure tells why validate did not agree as the editing modules do, which differs from copy.
func validateFailure(err error) error {
	var f *fileattr.Failure
	if !errors.As(err, &f) || f.Values == nil || f.Values.Stored("exit_status") == nil {
		return err
	}
	rc, _ := value.Text(f.Values.Stored("exit_status"))
	text, _ := value.Text(f.Values.Stored("stderr"))
	return &fileattr.Failure{Msg: "failed to validate: rc:" + rc + " error:" + text}
}

// attributes sets the attributes of the file and gives the message with what was done, and their diff.
func (e *edit) attributes(changed bool, msg string) (bool, string, *fileattr.Change, error) {
	c := &fileattr.Change{Before: value.NewDict(), After: value.NewDict()}
	did, err := fileattr.Of(e.p).Apply(e.sys, e.path, e.p.Check, c)
	if err != nil || !did {
		return changed, msg, c, err
	}
	if changed {
		msg += " and "
	}
	return true, msg + "ownership, perms or SE linux context changed", c, nil
}

// contentDiff is the diff of contents, empty where no diff is asked for.
func (e *edit) contentDiff(after string) *value.Dict {
	d := value.DictOf("before", value.NewStr(""), "after", value.NewStr(""))
	if e.p.Diff {
		d.SetStr("before", value.NewStr(e.before))
		d.SetStr("after", value.NewStr(after))
	}
	return named(d, e.path+" (content)")
}

func named(d *value.Dict, header string) *value.Dict {
	d.SetStr("before_header", value.NewStr(header))
	d.SetStr("after_header", value.NewStr(header))
	return d
}

// attributesDiff is the diff of attributes; its sides are only there when something differs.
func (e *edit) attributesDiff(c *fileattr.Change) *value.Dict {
	d := value.NewDict()
	if c.Before.Len() > 0 {
		d.SetStr("before", c.Before)
		d.SetStr("after", c.After)
	}
	return named(d, e.path+" (file attributes)")
}

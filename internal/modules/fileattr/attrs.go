// Package fileattr is what all modules that make or change files have in common: the attribute arguments (owner, group,
// mode, attributes, SELinux context), atomic writes, backups, validation, and what a result tells of a file. It follows
// the behaviour of ansible-core 2.19, recorded from it.
package fileattr

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Attrs are the attribute arguments of a call. What is not given is not touched.
type Attrs struct {
	Owner, Group *string     // name or number; nil keeps it
	Mode         value.Value // number, octal or symbolic text; nil keeps it
	Attributes   string      // as lsattr's letters, with +, - or =; "" keeps them
	SELinux      [4]string   // user, role, type, level; "" keeps a part
	UnsafeWrites bool
}

// Of returns the attribute arguments of a call.
func Of(p *module.Params) Attrs {
	a := Attrs{
		Owner: given(p, "owner"), Group: given(p, "group"), Attributes: p.Str("attributes"), UnsafeWrites: p.Bool("unsafe_writes"),
		SELinux: [4]string{p.Str("seuser"), p.Str("serole"), p.Str("setype"), p.Str("selevel")},
	}
	if p.Has("mode") {
		a.Mode = p.Value("mode")
	}
	return a
}

// given is a text argument, or nil where there is none.
func given(p *module.Params, name string) *string {
	if !p.Has(name) {
		return nil
	}
	s := p.Str(name)
	return &s
}

// Failure is why attributes or a file could not be set: the message and further keys of Ansible's result.
type Failure struct {
	Msg    string
	Cause  string // see module.Result
	Raised bool   // see module.Result
	Path   string // for the key "path"; "" leaves it out
	Values *value.Dict
}

// Error gives the message.
func (f *Failure) Error() string { return f.Msg }

// Result gives the failed result, with what is known of the file at Path.
func (f *Failure) Result(sys target.System) module.Result {
	r := module.Fail("%s", f.Msg)
	r.Cause, r.Raised = f.Cause, f.Raised
	if f.Values != nil {
		for it := f.Values.Iterate(); it.Next(); {
			r.Set(it.Key().(value.Str).String(), it.Stored())
		}
	}
	if f.Path != "" {
		r.Set("path", f.Path)
		AddInfo(sys, f.Path, &r)
	}
	return r
}

// ResultOf gives the failed result of err if it is a *Failure, and whether it was.
func ResultOf(sys target.System, err error) (module.Result, bool) {
	var f *Failure
	if !errors.As(err, &f) {
		return module.Result{}, false
	}
	return f.Result(sys), true
}

// Answer makes the result of an error that is a failure of the module.
func Answer(sys target.System, r module.Result, err error) (module.Result, error) {
	if failed, ok := ResultOf(sys, err); ok {
		return failed, nil
	}
	return r, err
}

func failf(path, format string, args ...any) *Failure {
	return &Failure{Msg: fmt.Sprintf(format, args...), Path: path}
}

// Change collects what Apply changes (or would change) for the diff: before and after.
type Change struct{ Before, After *value.Dict }

// NewChange gives a Change that has the path on both sides, as Ansible's diff of attributes.
func NewChange(path string) *Change {
	return &Change{Before: value.DictOf("path", value.NewStr(path)), After: value.DictOf("path", value.NewStr(path))}
}

// Note adds a key to both sides; c may be nil.
func (c *Change) Note(key string, before, after any) {
	if c == nil {
		return
	}
	c.Before.SetStr(key, module.V(before))
	c.After.SetStr(key, module.V(after))
}

// Value gives the dict for the result's key "diff".
func (c *Change) Value() *value.Dict { return value.DictOf("before", c.Before, "after", c.After) }

// Apply sets the attributes of the file at path, which is not followed if it is a symbolic link, and reports whether
// something changed. With check nothing is changed but the answer is the same. A file that is not there is only allowed
// with check: it would have been made by now.
//
// The order is Ansible's: SELinux context, owner, group, mode, attributes. The error is a *Failure.
func (a Attrs) Apply(sys target.System, path string, check bool, c *Change) (changed bool, err error) {
	if a.Owner == nil && a.Group == nil && a.Mode == nil && a.Attributes == "" && a.SELinux == [4]string{} {
		return false, nil
	}
	info, err := sys.Lstat(path)
	if err != nil {
		if check {
			return true, nil
		}
		return false, failf(path, "%s", PyError(err, path))
	}
	steps := []func(target.System, string, target.Info, bool, *Change) (bool, error){
		a.applySELinux, a.applyOwner, a.applyGroup, a.applyMode, a.applyFlags,
	}
	for _, step := range steps {
		did, err := step(sys, path, info, check, c)
		if err != nil {
			return changed, err
		}
		changed = changed || did
	}
	return changed, nil
}

func (a Attrs) applyOwner(sys target.System, path string, info target.Info, check bool, c *Change) (bool, error) {
	if a.Owner == nil {
		return false, nil
	}
	uid, err := LookupUser(sys, *a.Owner)
	if err != nil {
		return false, failf(path, "chown failed: failed to look up user %s", *a.Owner)
	}
	if uid == info.UID {
		return false, nil
	}
	c.Note("owner", info.UID, uid)
	if check {
		return true, nil
	}
	if err := sys.Lchown(path, uid, -1); err != nil {
		return false, failf(path, "chown failed")
	}
	return true, nil
}

func (a Attrs) applyGroup(sys target.System, path string, info target.Info, check bool, c *Change) (bool, error) {
	if a.Group == nil {
		return false, nil
	}
	gid, err := LookupGroup(sys, *a.Group)
	if err != nil {
		return false, failf(path, "chgrp failed: failed to look up group %s", *a.Group)
	}
	if gid == info.GID {
		return false, nil
	}
	c.Note("group", info.GID, gid)
	if check {
		return true, nil
	}
	if err := sys.Lchown(path, -1, gid); err != nil {
		return false, failf(path, "chgrp failed")
	}
	return true, nil
}

func withDetails(f *Failure, details string) *Failure {
	f.Values = value.DictOf("details", value.NewStr(details))
	return f
}

var errNoAccount = errors.New("no such account")

// LookupUser gives the number of an owner that is named or numbered.
func LookupUser(sys target.System, owner string) (int, error) {
	if n, err := strconv.Atoi(owner); err == nil {
		return n, nil
	}
	u, ok, err := sys.UserByName(owner)
	if err == nil && !ok {
		err = errNoAccount
	}
	return u.UID, err
}

// LookupGroup gives the number of a group that is named or numbered.
func LookupGroup(sys target.System, group string) (int, error) {
	if n, err := strconv.Atoi(group); err == nil {
		return n, nil
	}
	g, ok, err := sys.GroupByName(group)
	if err == nil && !ok {
		err = errNoAccount
	}
	return g.GID, err
}

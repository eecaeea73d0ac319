package actions

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// copyTree brings a folder to the target: its content when src ends in a slash, else the folder itself. Folders and files
// go one by one; the first failure ends it.
func (c *Call) copyTree(ctx context.Context, src, dest string, p *module.Params, args *value.Dict) (*result.Result, error) {
	root := dest
	if !strings.HasSuffix(src, "/") {
		root = filepath.Join(dest, filepath.Base(src))
	}
	t := &tree{c: c, p: p, args: args, all: &result.Result{}}
	if entries, err := os.ReadDir(src); err != nil {
		return nil, c.errorf("reading %s: %v", src, err)
	} else if len(entries) == 0 { // ansible-core does not make a folder in which there is nothing
		dest = strings.TrimSuffix(dest, "/")
		t.all.Values = value.DictOf("changed", value.False, "dest", value.NewStr(dest+"/"), "src", value.NewStr(src))
		return t.all, nil
	}
	if err := t.bring(ctx, strings.TrimSuffix(src, "/"), root, nil); err != nil {
		return nil, err
	}
	switch {
	case t.all.Bad():
	case t.files == 1:
		t.all.Values = t.last.Values // Ansible gives the result for the one file
		t.all.Values.SetStr("changed", value.Bool(t.all.Changed))
	default:
		t.all.Values = value.DictOf("changed", value.Bool(t.all.Changed),
			"dest", value.NewStr(strings.TrimSuffix(dest, "/")+"/"), "src", value.NewStr(src))
	}
	return t.all, nil
}

// tree is the work on one folder and all below it.
type tree struct {
	c     *Call
	p     *module.Params
	args  *value.Dict
	all   *result.Result
	files int            // regular files so far
	last  *result.Result // for the last file or link
}

// bring brings the file, link or folder at path to dest; above are the real paths of the folders that lead to it, so that
// links do not make it go in circles.
func (t *tree) bring(ctx context.Context, path, dest string, above []string) error {
	r, err := t.c.copyEntry(ctx, path, dest, t.p, t.args)
	if err != nil {
		return err
	}
	t.all.Changed = t.all.Changed || r.Changed
	t.all.Warnings = append(t.all.Warnings, r.Warnings...)
	if r.Bad() {
		t.all.Status, t.all.Fault, t.all.Values, t.all.Changed = r.Status, r.Fault, r.Values, r.Changed
		return nil
	}
	stat := os.Lstat
	if t.p.Bool("local_follow") {
		stat = os.Stat
	}
	info, err := stat(path)
	if err != nil || !info.IsDir() { // an error is a link to nothing, which was made as one
		if err == nil && info.Mode().IsRegular() {
			t.files++
		}
		t.last = r
		return nil
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return t.c.errorf("reading %s: %v", path, err)
	}
	if slices.Contains(above, real) {
		return t.c.errorf("%s is a link to a folder that it stands in: local_follow can't follow it", path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return t.c.errorf("reading %s: %v", path, err)
	}
	above = append(above[:len(above):len(above)], real)
	for _, e := range entries {
		if err := t.bring(ctx, filepath.Join(path, e.Name()), filepath.Join(dest, e.Name()), above); err != nil || t.all.Bad() {
			return err
		}
	}
	return nil
}

// copyEntry brings one file, link or folder of a tree to its place.
func (c *Call) copyEntry(ctx context.Context, path, dest string, p *module.Params, args *value.Dict) (*result.Result, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		_, err := os.Stat(path)
		if !p.Bool("local_follow") || err != nil {
			link, err := os.Readlink(path)
			if err != nil {
				return nil, err
			}
			return c.Module(ctx, "ansible.legacy.file", value.DictOf("path", value.NewStr(dest), "src", value.NewStr(link),
				"state", value.NewStr("link"), "force", value.True, "follow", value.Bool(p.Bool("local_follow"))), nil)
		}
		if info, err = os.Stat(path); err != nil {
			return nil, err
		}
	}
	if info.IsDir() {
		return c.Module(ctx, "ansible.legacy.file", dirArgs(dest, info, p, args), nil)
	}
	one := args.Copy()
	one.SetStr("dest", value.NewStr(dest))
	return c.copyFile(ctx, path, p, one)
}

// dirArgs are the arguments of the file module for a folder of a tree.
func dirArgs(dest string, _ fs.FileInfo, p *module.Params, args *value.Dict) *value.Dict {
	out := value.DictOf("path", value.NewStr(dest), "state", value.NewStr("directory"), "recurse", value.False)
	for _, name := range []string{"owner", "group", "seuser", "serole", "setype", "selevel", "attributes", "follow"} {
		if v := args.Stored(name); v != nil {
			out.SetStr(name, v)
		}
	}
	if p.Has("directory_mode") {
		out.SetStr("mode", p.Value("directory_mode"))
	}
	return out
}

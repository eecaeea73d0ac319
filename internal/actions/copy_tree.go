package actions

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
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
	all := &result.Result{Values: value.DictOf("changed", value.False)}
	err := filepath.WalkDir(strings.TrimSuffix(src, "/"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		r, err := c.copyEntry(ctx, path, filepath.Join(root, rel), p, args)
		if err != nil {
			return err
		}
		all.Changed = all.Changed || r.Changed
		all.Warnings = append(all.Warnings, r.Warnings...)
		if r.Bad() {
			all.Status, all.Fault, all.Values = r.Status, r.Fault, r.Values
			return fs.SkipAll
		}
		return nil
	})
	if err != nil {
		return nil, c.errorf("copying %s: %v", src, err)
	}
	if !all.Bad() {
		all.Values = value.DictOf("changed", value.Bool(all.Changed), "dest", value.NewStr(dest), "src", value.NewStr(src))
	}
	return all, nil
}

// copyEntry brings one file, link or folder of a tree to its place.
func (c *Call) copyEntry(ctx context.Context, path, dest string, p *module.Params, args *value.Dict) (*result.Result, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if !p.Bool("local_follow") {
			link, err := os.Readlink(path)
			if err != nil {
				return nil, err
			}
			return c.Module(ctx, "ansible.legacy.file", value.DictOf("path", value.NewStr(dest), "src", value.NewStr(link),
				"state", value.NewStr("link"), "force", value.True, "follow", value.False), nil)
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

package actions

import (
	"context"
	"os"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.unarchive", Run: runUnarchive})

// runUnarchive brings an archive to the target, where the module unpacks it.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/unarchive_module.html
func runUnarchive(ctx context.Context, c *Call) (*result.Result, error) {
	src, dest := text(c.Args, "src"), text(c.Args, "dest")
	if c.Args.Has("copy") && c.Args.Has("remote_src") {
		return nil, c.errorf("parameters are mutually exclusive: ('copy', 'remote_src')")
	}
	if src == "" || dest == "" {
		return nil, c.errorf("src (or content) and dest are required")
	}
	if creates := text(c.Args, "creates"); creates != "" {
		there, err := c.exists(ctx, creates)
		if err != nil {
			return nil, err
		}
		if there {
			return skippedFor("skipped, since %s exists", creates), nil
		}
	}
	args := c.Args.Copy()
	args.DeleteStr("decrypt")
	args.DeleteStr("copy")
	var content *module.Content
	remote := lenient(c.Args, "remote_src", false) || !lenient(c.Args, "copy", true)
	if remote {
		if args.SetStr("remote_src", value.True); c.Args.Has("remote_src") {
			args.SetStr("remote_src", c.Args.Stored("remote_src"))
		}
	} else {
		var err error
		if content, err = c.controlFile(src, lenient(c.Args, "decrypt", true)); err != nil {
			return nil, err
		}
	}
	is, err := c.isFolder(ctx, dest)
	if err != nil {
		return nil, err
	}
	if !is {
		return nil, c.errorf("dest '%s' must be an existing dir", dest)
	}
	return c.Module(ctx, "ansible.legacy.unarchive", args, content)
}

// controlFile is a file of the control node that a task names, as the content of a call.
func (c *Call) controlFile(name string, decrypt bool) (*module.Content, error) {
	path, err := c.find("files", name)
	if err != nil {
		return nil, c.raise("%v", err)
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil, c.raise("%v", &notFoundError{name: path})
	}
	content, _, err := c.fileContent(path, decrypt)
	if err != nil {
		return nil, c.raise("%s", c.unopened(path, err))
	}
	return content, nil
}

// isFolder asks whether a path of the target is a folder, or a link to one.
func (c *Call) isFolder(ctx context.Context, name string) (bool, error) {
	r, err := c.Host.Exec(ctx, "ansible.legacy.stat", value.DictOf(
		"path", value.NewStr(name), "follow", value.True, "get_checksum", value.False, "get_mime", value.False, "get_attributes", value.False,
	), nil)
	if err != nil {
		return false, err
	}
	stat, _ := r.Get("stat").(*value.Dict)
	return !r.Failed && stat != nil && stat.Stored("isdir") == value.Value(value.True), nil
}

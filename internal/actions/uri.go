package actions

import (
	"context"
	"path"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.uri", Run: runURI})

// runURI brings the files that are sent from the control node to the target, and has the module make the request there.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/uri_module.html
func runURI(ctx context.Context, c *Call) (*result.Result, error) {
	if c.Check {
		return skippedFor("This action (uri) does not support check mode."), nil
	}
	if lenient(c.Args, "remote_src", false) {
		return c.Module(ctx, "ansible.legacy.uri", c.Args, nil)
	}
	if src := text(c.Args, "src"); src != "" {
		content, err := c.controlFile(src, true)
		if err != nil {
			return nil, err
		}
		return c.Module(ctx, "ansible.legacy.uri", c.Args, content)
	}
	if body, ok := c.Args.Stored("body").(*value.Dict); ok && text(c.Args, "body_format") == "form-multipart" {
		return c.sendForm(ctx, body)
	}
	return c.Module(ctx, "ansible.legacy.uri", c.Args, nil)
}

// sendForm sends a form whose files are brought to the target before, and removed when it is sent.
func (c *Call) sendForm(ctx context.Context, body *value.Dict) (_ *result.Result, err error) {
	sent := value.NewDict()
	dir := ""
	defer func() {
		if dir == "" {
			return
		}
		gone, e := c.Bare().Exec(context.WithoutCancel(ctx), "ansible.legacy.file", value.DictOf("path", value.NewStr(dir), "state", value.NewStr("absent")), nil)
		if e == nil && gone.Failed {
			e = c.errorf("%s", gone.Msg)
		}
		if err == nil {
			err = e
		}
	}()
	for it := body.Iterate(); it.Next(); {
		part, ok := it.Stored().(*value.Dict)
		if !ok || text(part, "filename") == "" || part.Has("content") {
			_ = sent.Set(it.Key(), it.Stored())
			continue
		}
		if dir == "" {
			if dir, err = c.tempFolder(ctx); err != nil {
				return nil, err
			}
		}
		name := text(part, "filename")
		content, err := c.controlFile(name, true)
		if err != nil {
			return nil, err
		}
		to := path.Join(dir, path.Base(name))
		copied, err := c.Bare().Exec(ctx, "ansible.legacy.copy", value.DictOf("dest", value.NewStr(to), "mode", value.NewStr("0600")), content)
		if err != nil {
			return nil, err
		}
		if copied.Failed {
			return FromModule(copied, c.Pos), nil
		}
		part = part.Copy()
		part.SetStr("filename", value.NewStr(to))
		_ = sent.Set(it.Key(), part)
	}
	args := c.Args.Copy()
	args.SetStr("body", sent)
	return c.Module(ctx, "ansible.legacy.uri", args, nil)
}

// tempFolder makes a folder on the target that only its user can read.
func (c *Call) tempFolder(ctx context.Context) (string, error) {
	made, err := c.Bare().Exec(ctx, "ansible.legacy.tempfile", value.DictOf("state", value.NewStr("directory"), "prefix", value.NewStr("ansible-tmp-")), nil)
	if err != nil {
		return "", err
	}
	if made.Failed {
		return "", c.errorf("%s", made.Msg)
	}
	return textOf(made.Get("path")), nil
}

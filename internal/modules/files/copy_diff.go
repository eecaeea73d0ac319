package files

import (
	"bytes"
	"context"
	"io"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// maxDiff is the largest content that a diff shows, in bytes: Ansible's default of max_diff_size.
const maxDiff = 104448

// binaryWindow is how much of a file is searched for a zero byte.
const binaryWindow = 8192

// contentDiff gives the diff of the file's content: before and after with the paths as headers, or in their place that
// one is binary or too large. Check mode needs the content too. It is kept, so that it is sent once.
func (c *copyRun) contentDiff(ctx context.Context, dest string, info *target.Info) (value.Value, error) {
	d := value.NewDict()
	switch {
	case info == nil:
		d.SetStr("before", value.NewStr(""))
	default:
		if err := c.diffBefore(d, dest); err != nil {
			d.SetStr("before", value.NewStr("")) // unreadable: Ansible shows nothing either
		}
	}
	if c.sent.Size > maxDiff {
		d.SetStr("src_larger", module.V(maxDiff))
		return d, nil
	}
	b, err := c.readContent(ctx)
	if err != nil {
		return nil, err
	}
	c.body = b
	if isBinary(b) {
		d.SetStr("src_binary", module.V(1))
		return d, nil
	}
	header := c.sent.Label
	if c.sent.Dynamic {
		header = dest
	}
	d.SetStr("after_header", value.NewStr(header))
	d.SetStr("after", value.NewStr(string(b)))
	return d, nil
}

func (c *copyRun) readContent(ctx context.Context) ([]byte, error) {
	r, err := c.p.OpenContent(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func (c *copyRun) diffBefore(d *value.Dict, dest string) error {
	info, err := c.sys.Stat(dest)
	if err != nil {
		return err
	}
	if info.Size > maxDiff {
		d.SetStr("dst_larger", module.V(maxDiff))
		return nil
	}
	b, err := target.ReadFile(c.sys, dest)
	if err != nil {
		return err
	}
	if isBinary(b) {
		d.SetStr("dst_binary", module.V(1))
		return nil
	}
	d.SetStr("before_header", value.NewStr(dest))
	d.SetStr("before", value.NewStr(string(b)))
	return nil
}

func isBinary(b []byte) bool {
	return bytes.IndexByte(b[:min(len(b), binaryWindow)], 0) >= 0
}

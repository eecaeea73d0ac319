package system

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// wanted tells whether a mount passes both filters.
func (m *mountFacts) wanted(e mountEntry) bool {
	return passes(m.p.Strs("devices"), e.device) && passes(m.p.Strs("fstypes"), e.fstype)
}

func passes(patterns []string, name string) bool {
	return len(patterns) == 0 || matchesAny(patterns, name)
}

// facts gives what is told about one mount.
func (m *mountFacts) facts(ctx context.Context, source string, e mountEntry) (*value.Dict, error) {
	d := value.DictOf("mount", value.NewStr(e.mount), "device", value.NewStr(e.device), "fstype", value.NewStr(e.fstype))
	for it := e.more.Iterate(); it.Next(); {
		d.SetStr(it.Key().(value.Str).String(), it.Stored())
	}
	d.SetStr("ansible_context", value.DictOf("source", value.NewStr(source), "source_data", value.NewStr(e.line)))
	if err := m.sizes(ctx, d, e); err != nil {
		return nil, err
	}
	id, err := m.uuid(ctx, e.device)
	if err != nil {
		return nil, err
	}
	d.SetStr("uuid", id)
	return d, nil
}

// sizes adds what statvfs(3) tells. A filesystem whose server is away may never answer: it is left to itself then.
func (m *mountFacts) sizes(ctx context.Context, d *value.Dict, e mountEntry) error {
	type answer struct {
		fs  target.Filesystem
		err error
	}
	ch := make(chan answer, 1)
	go func() {
		fs, err := m.sys.Statfs(e.mount)
		ch <- answer{fs, err}
	}()
	limited, cancel := m.limited(ctx)
	defer cancel()
	select {
	case a := <-ch:
		if a.err != nil {
			return nil //nolint:nilerr // a mount point that is not there has no sizes
		}
		fs := a.fs
		for _, n := range []struct {
			name string
			n    int64
		}{
			{"size_total", fs.FragmentSize * fs.Blocks},
			{"size_available", fs.FragmentSize * fs.BlocksAvail},
			{"block_size", fs.BlockSize},
			{"block_total", fs.Blocks},
			{"block_available", fs.BlocksAvail},
			{"block_used", fs.Blocks - fs.BlocksAvail},
			{"inode_total", fs.Inodes},
			{"inode_available", fs.InodesFavail},
			{"inode_used", fs.Inodes - fs.InodesFavail},
		} {
			d.SetStr(n.name, value.NewInt(n.n))
		}
		return nil
	case <-limited.Done():
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return m.late(fmt.Sprintf("Timed out getting mount size for mount %s (type %s) after %s seconds", e.mount, e.fstype, m.took))
	}
}

// limited gives a context that ends with the timeout, if there is one.
func (m *mountFacts) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if m.timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, m.timeout)
}

// late is what comes of something that took longer than it may: a failure, a warning, or nothing.
func (m *mountFacts) late(text string) error {
	switch m.p.Str("on_timeout") {
	case "error":
		return programs.Fail("%s", text)
	case "warn":
		m.p.Warn(text)
	}
	return nil
}

// uuid finds the UUID of a filesystem: of its name, of lsblk(8), of udev. None is one that nobody knows.
func (m *mountFacts) uuid(ctx context.Context, device string) (value.Value, error) {
	if id, ok := strings.CutPrefix(device, "UUID="); ok {
		return value.NewStr(id), nil
	}
	if m.uuids == nil {
		m.uuids = map[string]string{}
		out, err := m.ask(ctx, "lsblk", "--list", "--noheadings", "--paths", "--output", "NAME,UUID", "--exclude", "2")
		if err != nil {
			return nil, err
		}
		for l := range strings.Lines(out) {
			if f := strings.Fields(l); len(f) == 2 {
				m.uuids[f[0]] = f[1]
			}
		}
	}
	if id := m.uuids[device]; id != "" {
		return value.NewStr(id), nil
	}
	out, err := m.ask(ctx, "udevadm", "info", "--query", "property", "--name", device)
	if err != nil {
		return nil, err
	}
	for l := range strings.Lines(out) {
		if id, ok := strings.CutPrefix(l, "ID_FS_UUID="); ok {
			return value.NewStr(strings.TrimSpace(id)), nil
		}
	}
	return value.None, nil
}

// ask runs a program that may be missing or fail, and gives its output.
func (m *mountFacts) ask(ctx context.Context, argv ...string) (string, error) {
	file, err := programs.Find(m.sys, argv[0])
	if err != nil {
		return "", nil //nolint:nilerr // nothing is known then
	}
	argv[0] = file
	limited, cancel := m.limited(ctx)
	defer cancel()
	exit, err := m.sys.Run(limited, target.Command{Argv: argv})
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		list := value.NewList()
		for _, a := range argv {
			list.Append(value.NewStr(a))
		}
		text, err := value.Repr(list)
		if err != nil {
			return "", err
		}
		return "", m.late(fmt.Sprintf("Command '%s' timed out after %s seconds", text, m.took))
	case err != nil || exit.Code != 0:
		return "", nil
	}
	return string(exit.Stdout), nil
}

// askMount runs the program mount. One that is missing or fails is a failure.
func (m *mountFacts) askMount(ctx context.Context) (string, error) {
	file, err := programs.Find(m.sys, *m.binary)
	if err != nil {
		return "", err
	}
	limited, cancel := m.limited(ctx)
	defer cancel()
	exit, err := m.sys.Run(limited, target.Command{Argv: []string{file}})
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return "", m.late(fmt.Sprintf("Command '%s' timed out after %s seconds", file, m.took))
	case err != nil:
		return "", programs.Fail("Failed to execute %s: %v", file, err)
	case exit.Code > 0:
		return "", programs.Fail("Failed to execute %s: Command '%s' returned non-zero exit status %d.", file, file, exit.Code)
	case exit.Code < 0:
		return "", programs.Fail("Failed to execute %s: Command '%s' died with signal %d.", file, file, -exit.Code)
	}
	return string(exit.Stdout), nil
}

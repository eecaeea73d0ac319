package storage

import (
	"context"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// grow lets the filesystem fill the device.
func (f *filesystem) grow(ctx context.Context) (module.Result, error) {
	if !f.isExt() && f.kind != "xfs" {
		return module.Fail("module does not support resizing %s filesystem yet.", f.kind), nil
	}
	command := []string{"resize2fs", f.dev}
	if f.kind == "xfs" {
		at := f.mounted()
		if at == "" {
			return module.Fail("%s needs to be mounted for XFS operations", f.dev), nil
		}
		command = []string{"xfs_growfs", at}
	}
	if _, err := programs.Find(f.sys, command[0]); err != nil {
		return module.Result{}, err
	}
	size, err := f.deviceSize(ctx)
	if err != nil {
		return module.Result{}, err
	}
	block, count, err := f.blocks(ctx, command[1])
	if err != nil {
		return module.Result{}, err
	}
	switch {
	case size < (count+1)*block: // not a whole block is free
		return module.Result{Msg: f.title() + " filesystem is using the whole device " + f.dev}, nil
	case f.p.Check:
		return module.Result{Changed: true, Msg: "resizing filesystem " + f.title() + " on device " + f.dev}, nil
	}
	out, err := f.must(ctx, command...)
	return module.Result{Changed: true, Msg: out.Stdout, HasMsg: true}, err
}

// deviceSize is the size of the device, or of the file, in bytes.
func (f *filesystem) deviceSize(ctx context.Context) (int64, error) {
	info, err := f.sys.Stat(f.dev)
	if err != nil {
		return 0, err
	}
	if !info.IsBlock() {
		return info.Size, nil
	}
	out, err := f.must(ctx, "blockdev", "--getsize64", f.dev)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(out.Stdout), 10, 64)
	if err != nil {
		return 0, programs.Fail("blockdev did not tell the size of %s", f.dev)
	}
	return n, nil
}

// blocks asks the filesystem for the size of its blocks, in bytes, and their number. at is where it is mounted, of xfs.
func (f *filesystem) blocks(ctx context.Context, at string) (size, count int64, err error) {
	var out programs.Out
	if f.kind == "xfs" {
		if out, err = f.must(ctx, "xfs_info", at); err != nil {
			return 0, 0, err
		}
		for _, l := range strings.Split(out.Stdout, "\n") {
			if !strings.HasPrefix(l, "data ") {
				continue
			}
			for _, word := range strings.Fields(strings.NewReplacer("=", " = ", ",", " ").Replace(l)) {
				if n, err := strconv.ParseInt(word, 10, 64); err == nil && size == 0 {
					size = n
				} else if err == nil && count == 0 {
					count = n
				}
			}
		}
	} else {
		if out, err = f.must(ctx, "tune2fs", "-l", f.dev); err != nil {
			return 0, 0, err
		}
		for _, l := range strings.Split(out.Stdout, "\n") {
			name, val, _ := strings.Cut(l, ":")
			n, _ := strconv.ParseInt(strings.TrimSpace(val), 10, 64) // of the two lines that are numbers
			switch name {
			case "Block size":
				size = n
			case "Block count":
				count = n
			}
		}
	}
	if size == 0 || count == 0 {
		return 0, 0, programs.Fail("the size of the filesystem on %s is not told", f.dev)
	}
	return size, count, nil
}

// mounted is where the device is mounted, "" for nowhere.
func (f *filesystem) mounted() string {
	b, _ := target.ReadFile(f.sys, "/proc/self/mounts") // without it, nothing is known to be mounted
	real := f.sys.Realpath(f.dev)
	for _, l := range strings.Split(string(b), "\n") {
		if w := strings.Fields(l); len(w) > 1 && strings.HasPrefix(w[0], "/") && f.sys.Realpath(w[0]) == real {
			return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(w[1])
		}
	}
	return ""
}

// setUUID gives the filesystem another UUID.
func (f *filesystem) setUUID(ctx context.Context) (module.Result, error) {
	command := []string{"tune2fs", "-U", f.p.Str("uuid"), f.dev}
	if f.kind == "xfs" {
		command[0] = "xfs_admin"
	}
	if f.p.Check {
		return module.Result{Changed: true, Msg: "Changing " + f.title() + " filesystem UUID on device " + f.dev}, nil
	}
	out, err := f.must(ctx, command...)
	return module.Result{Changed: true, Msg: out.Stdout, HasMsg: true}, err
}

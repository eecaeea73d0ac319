package storage

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.general.filesystem", Redirects: []string{"ansible.builtin.filesystem"}, Check: module.Full, Run: runFilesystem,
	Args: module.Args{
		{Name: "state", Default: "present", Choices: []string{"present", "absent"}, Help: "Whether there is to be a filesystem."},
		{Name: "fstype", Aliases: []string{"type"}, Choices: []string{"bcachefs", "btrfs", "ext2", "ext3", "ext4", "ext4dev", "f2fs", "lvm", "ocfs2", "reiserfs", "xfs", "vfat", "swap", "ufs"}, Help: "Its kind; ufs is refused."},
		{Name: "dev", Aliases: []string{"device"}, Type: module.Path, Required: true, Help: "The device, or a file."},
		{Name: "opts", Help: "Options of the program that makes it."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Make it though there is another one."},
		{Name: "resizefs", Type: module.Bool, Default: false, Help: "Let it grow to the size of the device: ext2, ext3, ext4, xfs."},
		{Name: "uuid", Help: "Its UUID: ext2, ext3, ext4, xfs."},
	},
	Rules: module.Rules{
		RequiredIf:        []module.RequiredIf{{Name: "state", Is: "present", Then: []string{"fstype"}}},
		MutuallyExclusive: [][]string{{"resizefs", "uuid"}},
	},
	Doc: module.Doc{
		Short:    "Make filesystems, let them grow, remove them.",
		Notes:    []string{"Filesystems other than ext2, ext3, ext4 and xfs are made and removed, but neither grow nor get another UUID."},
		Examples: "- community.general.filesystem:\n    fstype: ext4\n    dev: /dev/sdb1\n",
	},
})

// makers are the programs that make filesystems, with the options that keep them from asking.
var makers = map[string][]string{
	"bcachefs": {"bcachefs", "format"}, "btrfs": {"mkfs.btrfs"}, "ext2": {"mkfs.ext2", "-F"}, "ext3": {"mkfs.ext3", "-F"}, "ext4": {"mkfs.ext4", "-F"},
	"ext4dev": {"mkfs.ext4dev", "-F"}, "f2fs": {"mkfs.f2fs"}, "lvm": {"pvcreate", "-f"}, "ocfs2": {"mkfs.ocfs2", "-Fx"}, "reiserfs": {"mkfs.reiserfs", "-q"},
	"xfs": {"mkfs.xfs", "-f"}, "vfat": {"mkfs.vfat"}, "swap": {"mkswap", "-f"},
}

// forceful are the options with which a program overwrites what is there, where it does not anyway.
var forceful = map[string]string{"bcachefs": "--force", "btrfs": "-f", "f2fs": "-f"}

// filesystem is one call.
type filesystem struct {
	sys       target.System
	p         *module.Params
	dev, kind string
}

func runFilesystem(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	f := &filesystem{sys, p, p.Str("dev"), p.Str("fstype")}
	return programs.Answer(f.run(ctx))
}

func (f *filesystem) run(ctx context.Context) (module.Result, error) {
	p := f.p
	if p.Str("state") == "present" {
		switch {
		case f.kind == "ufs":
			return module.Fail("filesystems of the kind ufs are not made by this module"), nil
		case p.Has("uuid") && !f.isExt() && f.kind != "xfs":
			return module.Fail("module does not support UUID option for this filesystem (%s) yet.", f.kind), nil
		}
	}
	if _, err := f.sys.Stat(f.dev); err != nil {
		r := module.Result{Failed: p.Str("state") == "present", Msg: "Device " + f.dev + " not found."}
		return r, nil
	}
	have, err := f.present(ctx)
	if err != nil {
		return module.Result{}, err
	}
	if p.Str("state") == "absent" {
		if have == "" || p.Check {
			return module.Result{Changed: have != ""}, nil
		}
		_, err := f.must(ctx, "wipefs", "--all", f.dev)
		return module.Result{Changed: true}, err
	}
	same := have == f.kind || have == "LVM2_member" && f.kind == "lvm"
	switch {
	case same && p.Bool("resizefs") && !p.Bool("force"):
		return f.grow(ctx)
	case same && p.Has("uuid") && !p.Bool("force"):
		return f.setUUID(ctx)
	case same && !p.Bool("force"):
		return module.Result{}, nil
	case have != "" && !same && !p.Bool("force"):
		return module.Fail("'%s' is already used as %s, use force=true to overwrite", f.dev, have).With("rc", 0).With("err", ""), nil
	case p.Check:
		return module.Result{Changed: true}, nil
	}
	return module.Result{Changed: true}, f.make(ctx)
}

func (f *filesystem) isExt() bool { return strings.HasPrefix(f.kind, "ext") }

// title is the kind as messages have it.
func (f *filesystem) title() string {
	if f.kind == "xfs" {
		return "XFS"
	}
	return strings.ToUpper(f.kind[:1]) + f.kind[1:]
}

// present is the kind of filesystem that is there, "" for none.
func (f *filesystem) present(ctx context.Context) (string, error) {
	out, err := programs.Run(ctx, f.sys, target.Command{Argv: []string{"blkid", "-c", "/dev/null", "-o", "value", "-s", "TYPE", f.dev}, Env: programs.C})
	return strings.TrimSpace(out.Stdout), err
}

// make makes the filesystem.
func (f *filesystem) make(ctx context.Context) error {
	argv := append([]string{}, makers[f.kind]...)
	if o := forceful[f.kind]; o != "" && f.p.Bool("force") {
		argv = append(argv, o)
	}
	if uuid := f.p.Str("uuid"); uuid != "" {
		if f.kind == "xfs" {
			argv = append(argv, "-m", "uuid="+uuid)
		} else {
			argv = append(argv, "-U", uuid)
		}
	}
	opts, err := shellwords.Split(f.p.Str("opts"))
	if err != nil {
		return programs.Fail("opts: %v", err)
	}
	_, err = f.must(ctx, append(append(argv, opts...), f.dev)...)
	return err
}

// must runs a program. An exit code that is no success is a *programs.Failed.
func (f *filesystem) must(ctx context.Context, argv ...string) (programs.Out, error) {
	out, err := programs.Run(ctx, f.sys, target.Command{Argv: argv, Env: programs.C})
	if err != nil || out.RC == 0 {
		return out, err
	}
	argv[0], _ = programs.Find(f.sys, argv[0]) // it was just run
	failed := programs.Fail("%s", strings.TrimRight(out.Stderr, "\r\n"))
	failed.Result.Set("cmd", strings.Join(argv, " ")).Set("rc", out.RC).Set("stdout", out.Stdout).Set("stderr", out.Stderr)
	return out, failed
}

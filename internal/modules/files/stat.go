package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.stat", Check: module.Full, Run: runStat,
	Args: module.Args{
		{Name: "path", Aliases: []string{"dest", "name"}, Type: module.Path, Required: true, Help: "The file."},
		{Name: "follow", Type: module.Bool, Default: false, Help: "Look at a link's target."},
		{Name: "get_checksum", Type: module.Bool, Default: true, Help: "Return the checksum of a regular file."},
		{Name: "checksum_algorithm", Aliases: []string{"checksum", "checksum_algo"}, Default: "sha1", Choices: []string{"md5", "sha1", "sha224", "sha256", "sha384", "sha512"}, Help: "Which checksum."},
		{Name: "get_mime", Aliases: []string{"mime", "mime_type", "mime-type"}, Type: module.Bool, Default: true, Help: "Return mimetype and charset, which the program file tells."},
		{Name: "get_attributes", Aliases: []string{"attr", "attributes"}, Type: module.Bool, Default: true, Help: "Return what lsattr shows."},
	},
	Doc: module.Doc{
		Short:    "Tell what a file is.",
		Notes:    []string{"The attributes come from the kernel: lsattr need not be installed."},
		Examples: "- ansible.builtin.stat:\n    path: /etc/hosts\n  register: hosts\n",
		Returns:  []module.Return{{Name: "stat", Type: "dict", When: "success", Help: "exists, and if so all that stat(2) tells."}},
	},
})

func runStat(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	path := p.Str("path")
	look := sys.Lstat
	if p.Bool("follow") {
		look = sys.Stat
	}
	info, err := look(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return module.Result{}.With("stat", value.DictOf("exists", value.False)), nil
	case err != nil:
		return module.Fail("%s", fileattr.ErrnoText(err)), nil
	}
	s := &module.Result{}
	s.Set("exists", true).Set("path", path)
	statBits(s, info)
	s.Set("readable", sys.Access(path, 4)).Set("writeable", sys.Access(path, 2)).Set("executable", sys.Access(path, 1))
	if u, ok, err := sys.UserByID(info.UID); ok && err == nil {
		s.Set("pw_name", u.Name)
	}
	if g, ok, err := sys.GroupByID(info.GID); ok && err == nil {
		s.Set("gr_name", g.Name)
	}
	if info.IsLink() {
		to, _ := sys.Readlink(path)
		s.Set("lnk_source", sys.Realpath(path)).Set("lnk_target", to)
	}
	if p.Bool("get_checksum") && info.IsRegular() && sys.Access(path, 4) {
		if sum, err := sums(sys, path, p.Str("checksum_algorithm")); err == nil {
			s.Set("checksum", sum[0])
		}
	}
	if p.Bool("get_mime") {
		mime, charset := mimeOf(ctx, sys, path)
		s.Set("mimetype", mime).Set("charset", charset)
	}
	if p.Bool("get_attributes") {
		statFlags(s, sys, path)
	}
	return module.Result{}.With("stat", s.Values), nil
}

// statBits sets what the stat(2) call tells.
func statBits(s *module.Result, info target.Info) {
	has := func(bits uint32) bool { return info.Mode&bits != 0 }
	s.Set("mode", fmt.Sprintf("%04o", info.Perm()))
	s.Set("isdir", info.IsDir()).Set("ischr", info.IsChar()).Set("isblk", info.IsBlock()).Set("isreg", info.IsRegular())
	s.Set("isfifo", info.IsFifo()).Set("islnk", info.IsLink()).Set("issock", info.IsSocket())
	s.Set("uid", info.UID).Set("gid", info.GID).Set("size", info.Size)
	s.Set("inode", int64(info.Ino)).Set("dev", int64(info.Dev)).Set("nlink", int64(info.Nlink))
	s.Set("atime", seconds(info.Atime)).Set("mtime", seconds(info.Mtime)).Set("ctime", seconds(info.Ctime))
	s.Set("wusr", has(0o200)).Set("rusr", has(0o400)).Set("xusr", has(0o100))
	s.Set("wgrp", has(0o020)).Set("rgrp", has(0o040)).Set("xgrp", has(0o010))
	s.Set("woth", has(0o002)).Set("roth", has(0o004)).Set("xoth", has(0o001))
	s.Set("isuid", has(0o4000)).Set("isgid", has(0o2000))
	s.Set("blocks", info.Blocks).Set("block_size", info.BlockSize).Set("device_type", int64(info.Rdev))
}

// statFlags sets what lsattr would show; a filesystem without attributes, and a link, also one that is followed, have none.
func statFlags(s *module.Result, sys target.System, path string) {
	flags, version, err := uint32(0), uint32(0), error(errors.ErrUnsupported)
	if info, lerr := sys.Lstat(path); lerr == nil && (info.IsRegular() || info.IsDir()) {
		flags, version, err = sys.Flags(path)
	}
	if err != nil {
		s.Set("attr_flags", "").Set("attributes", []string{}).Set("version", nil)
		return
	}
	letters, names := fileattr.FlagText(flags)
	s.Set("attr_flags", letters).Set("attributes", names).Set("version", strconv.FormatUint(uint64(version), 10))
}

// mimeOf asks the program file(1), which does not follow links; where it is not installed both are "unknown", as in Ansible.
func mimeOf(ctx context.Context, sys target.System, path string) (mime, charset string) {
	mime, charset = "unknown", "unknown"
	if _, err := sys.LookPath("file"); err != nil {
		return mime, charset
	}
	exit, err := sys.Run(ctx, target.Command{Argv: []string{"file", "--brief", "--mime-type", "--mime-encoding", "--", path}})
	if err != nil || exit.Code != 0 {
		return mime, charset
	}
	m, c, ok := strings.Cut(strings.TrimSpace(string(exit.Stdout)), "; charset=")
	if !ok {
		return mime, charset
	}
	return m, c
}

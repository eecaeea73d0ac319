package facts

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// unmountPath undoes the escapes of proc(5): "\040" is a blank.
func unmountPath(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// mounts lists the mounted filesystems that have a device or a server: those that come from a path or a "host:path".
func mounts(g *Gathering) {
	list, uuids := value.NewList(), g.uuids()
	bind := g.bindMounts()
	text := g.read("/etc/mtab")
	if text == "" {
		text = g.read("/proc/mounts")
	}
	for l := range strings.Lines(text) {
		f := strings.Fields(l)
		if len(f) < 6 || !strings.HasPrefix(f[0], "/") && !strings.Contains(f[0], ":/") || f[2] == "none" {
			continue
		}
		for i := range f[:4] {
			f[i] = unmountPath(f[i])
		}
		if strings.HasPrefix(f[0], "/") && !strings.HasPrefix(f[0], "/dev/") && f[2] == "autofs" {
			continue
		}
		options := f[3]
		if slices.Contains(bind, f[1]) && !slices.Contains(strings.Split(options, ","), "bind") {
			options += ",bind"
		}
		uuid := uuids[f[0]]
		if uuid == "" {
			uuid = g.udevUUID(f[0])
		}
		dump, _ := strconv.Atoi(f[4])
		pass, _ := strconv.Atoi(f[5])
		m := dict("mount", f[1], "device", f[0], "fstype", f[2], "options", options, "dump", dump, "passno", pass)
		g.sizes(m, f[1])
		m.SetStr("uuid", value.Of(uuid))
		list.Append(m)
	}
	g.set("mounts", list)
}

// sizes adds what statvfs(3) tells of a mount. A filesystem that does not answer in time, as one whose server is away, has
// a note in place of its sizes.
func (g *Gathering) sizes(m *value.Dict, name string) {
	type answer struct {
		fs  target.Filesystem
		err error
	}
	ch := make(chan answer, 1)
	go func() {
		fs, err := g.Sys.Statfs(name)
		ch <- answer{fs, err}
	}()
	timer := time.NewTimer(g.Opts.Timeout)
	defer timer.Stop()
	select {
	case a := <-ch:
		if a.err != nil {
			return
		}
		fs := a.fs
		for k, v := range map[string]int64{
			"size_total": fs.FragmentSize * fs.Blocks, "size_available": fs.FragmentSize * fs.BlocksAvail, "block_size": fs.BlockSize,
			"block_total": fs.Blocks, "block_available": fs.BlocksAvail, "block_used": fs.Blocks - fs.BlocksAvail,
			"inode_total": fs.Inodes, "inode_available": fs.InodesFavail, "inode_used": fs.Inodes - fs.InodesFavail,
		} {
			m.SetStr(k, value.Of(v))
		}
	case <-timer.C:
		m.SetStr("note", value.Of("Could not get extra information due to timeout"))
	case <-g.ctx.Done():
	}
}

// bindMounts gives the mount points that show a folder of a filesystem, as findmnt(8) tells by a source in brackets: the
// root of the mount (field 4 of /proc/self/mountinfo) is not the root of its filesystem.
func (g *Gathering) bindMounts() []string {
	var out []string
	for l := range strings.Lines(g.read("/proc/self/mountinfo")) {
		f := strings.Fields(l)
		if len(f) > 4 && f[3] != "/" {
			out = append(out, unmountPath(f[4]))
		}
	}
	return out
}

// uuids asks lsblk(8) for the UUIDs of filesystems.
func (g *Gathering) uuids() map[string]string {
	out, _ := g.run("lsblk", "--list", "--noheadings", "--paths", "--output", "NAME,UUID", "--exclude", "2")
	m := map[string]string{}
	for l := range strings.Lines(out) {
		if f := strings.Fields(l); len(f) > 1 {
			m[f[0]] = f[1]
		}
	}
	return m
}

// udevUUID asks udev for the UUID of a device; "N/A" when it does not know.
func (g *Gathering) udevUUID(device string) string {
	out, _ := g.run("udevadm", "info", "--query", "property", "--name", device)
	for l := range strings.Lines(out) {
		if id, ok := strings.CutPrefix(strings.TrimSpace(l), "ID_FS_UUID="); ok {
			return id
		}
	}
	return "N/A"
}

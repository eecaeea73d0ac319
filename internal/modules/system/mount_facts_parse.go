package system

import (
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// mountEntry is a mount as a source tells it.
type mountEntry struct {
	mount, device, fstype string
	more                  *value.Dict // what else this kind of source tells
	line                  string      // the lines that it was read from
}

// A text has one of several formats. It is of the first one in which all of it can be read; one that has none of them tells
// nothing.

// parseMountFile reads fstab(5) and its kin, Solaris' vfstab, AIX' filesystems.
func parseMountFile(text string) []mountEntry {
	for _, format := range []func([]string) []mountEntry{fstabFormat, vfstabFormat, stanzaFormat} {
		if list := format(textLines(text)); list != nil {
			return list
		}
	}
	return nil
}

// parseMountOutput reads what mount(8) says on Linux, on BSD and macOS, on AIX.
func parseMountOutput(text string) []mountEntry {
	for _, format := range []func([]string) []mountEntry{linuxFormat, bsdFormat, aixFormat} {
		if list := format(textLines(text)); list != nil {
			return list
		}
	}
	return nil
}

func textLines(s string) []string { return strings.Split(strings.TrimSuffix(s, "\n"), "\n") }

// tableLines gives the fields of each line that is no remark, and the line without blanks around it.
func tableLines(lines []string, read func(line string, f []string) (mountEntry, bool)) []mountEntry {
	var out []mountEntry
	for _, l := range lines {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		e, ok := read(l, strings.Fields(l))
		if !ok {
			return nil
		}
		e.line = l
		out = append(out, e)
	}
	return out
}

func fstabFormat(lines []string) []mountEntry {
	return tableLines(lines, func(_ string, f []string) (mountEntry, bool) {
		if len(f) < 4 {
			return mountEntry{}, false
		}
		for i := range f[:4] {
			f[i] = unescapeFstab(f[i])
		}
		e := mountEntry{device: f[0], mount: f[1], fstype: f[2], more: value.DictOf("options", value.NewStr(f[3]))}
		for i, name := range []string{"dump", "passno"} {
			if len(f) <= 4+i {
				break
			}
			n, err := strconv.Atoi(f[4+i])
			if err != nil {
				return mountEntry{}, false
			}
			e.more.SetStr(name, value.NewInt(int64(n)))
		}
		return e, true
	})
}

func vfstabFormat(lines []string) []mountEntry {
	return tableLines(lines, func(_ string, f []string) (mountEntry, bool) {
		if len(f) < 7 {
			return mountEntry{}, false
		}
		passno := value.Value(value.NewStr(f[4]))
		if n, err := strconv.Atoi(f[4]); err == nil {
			passno = value.NewInt(int64(n))
		}
		return mountEntry{device: f[0], mount: f[2], fstype: f[3], more: value.DictOf(
			"device_to_fsck", value.NewStr(f[1]), "passno", passno, "mount_at_boot", value.NewStr(f[5]), "options", value.NewStr(f[6]),
		)}, true
	})
}

// stanzaFormat reads /etc/filesystems of AIX: a mount point with a colon, below it lines NAME = VALUE that begin with a blank;
// lines that begin with a star are remarks.
func stanzaFormat(lines []string) []mountEntry {
	var out []mountEntry
	var attributes *value.Dict
	for _, l := range lines {
		switch name, val, ok := strings.Cut(l, "="); {
		case strings.TrimSpace(l) == "" || strings.HasPrefix(l, "*"):
		case strings.HasSuffix(strings.TrimSpace(l), ":") && strings.TrimLeft(l, " \t") == l:
			attributes = value.NewDict()
			out = append(out, mountEntry{mount: l[:len(l)-1], more: value.DictOf("attributes", attributes), line: l})
		case !ok || attributes == nil:
			return nil
		default:
			attributes.SetStr(strings.TrimSpace(name), value.NewStr(strings.TrimSpace(val)))
			out[len(out)-1].line += "\n" + l
		}
	}
	for i := range out {
		d, _ := out[i].more.Stored("attributes").(*value.Dict)
		get := func(name string) string { s, _ := d.Stored(name).(value.Str); return s.String() }
		out[i].fstype, out[i].device = get("vfs"), joinDevice(get("nodename"), get("dev"))
		if out[i].fstype == "" {
			out[i].fstype = "unknown"
		}
		if out[i].device == "" {
			out[i].device = "unknown"
		}
	}
	return out
}

// joinDevice gives HOST:DEVICE, or the one of them that there is.
func joinDevice(host, device string) string {
	if host != "" && device != "" {
		return host + ":" + device
	}
	return host + device
}

var (
	linuxMount = lazyregexp.New(`^(\S+) on (\S+) type (\S+) \((.+)\)$`)
	bsdMount   = lazyregexp.New(`^(\S+) on (\S+) \((.+)\)$`)
	aixMount   = lazyregexp.New(`^(\S*?)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\w+\s+\d+\s+\d+:\d+)\s(.*)$`)
)

func linuxFormat(lines []string) []mountEntry {
	var out []mountEntry
	for _, l := range lines {
		f := linuxMount().FindStringSubmatch(l)
		if f == nil {
			return nil
		}
		out = append(out, mountEntry{device: f[1], mount: f[2], fstype: f[3], line: l, more: value.DictOf("options", value.NewStr(f[4]))})
	}
	return out
}

func bsdFormat(lines []string) []mountEntry {
	var out []mountEntry
	for _, l := range lines {
		if strings.HasPrefix(l, "map ") { // of macOS' automounter
			continue
		}
		f := bsdMount().FindStringSubmatch(l)
		if f == nil {
			return nil
		}
		e := mountEntry{device: f[1], mount: f[2], line: l, more: value.NewDict()}
		var options string
		if e.fstype, options, _ = strings.Cut(f[3], ","); options != "" {
			e.more.SetStr("options", value.NewStr(strings.TrimSpace(options)))
		}
		out = append(out, e)
	}
	return out
}

// aixFormat reads a table whose first two lines may be its head.
func aixFormat(lines []string) []mountEntry {
	if len(lines) < 3 {
		return nil
	}
	var out []mountEntry
	for i, l := range lines {
		f := aixMount().FindStringSubmatch(l)
		if f == nil {
			if i < 2 {
				continue
			}
			return nil
		}
		out = append(out, mountEntry{
			device: joinDevice(f[1], f[2]), mount: f[3], fstype: f[4], line: l,
			more: value.DictOf("time", value.NewStr(f[5]), "options", value.NewStr(strings.TrimLeft(f[6], " \t"))),
		})
	}
	return out
}

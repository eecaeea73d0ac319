package system

import (
	"path"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var (
	fstabEscapes   = strings.NewReplacer(`\`, `\134`, " ", `\040`, "\t", `\011`, "\n", `\012`)
	fstabUnescapes = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
)

func unescapeFstab(s string) string { return fstabUnescapes.Replace(s) }

// parseFstab takes a line apart, less the comment at its end; ok is false for what is no entry, and whole for one with all six
// fields.
func parseFstab(line string) (e fsEntry, whole, ok bool) {
	line, _, _ = strings.Cut(line, "#")
	f := strings.Fields(line)
	if len(f) < 4 || len(f) > 6 {
		return e, false, false
	}
	e, ok = fsEntryOf(append(f, "0", "0")[:6])
	return e, len(f) == 6, ok
}

// fsEntryOf makes an entry of the six words of a line.
func fsEntryOf(f []string) (fsEntry, bool) {
	if len(f) != 6 || strings.HasPrefix(f[0], "#") {
		return fsEntry{}, false
	}
	f = slices.Clone(f)
	for i := range f {
		f[i] = unescapeFstab(f[i])
	}
	return fsEntry{f[0], f[1], f[2], f[3], f[4], f[5]}, true
}

// line writes an entry.
func (e fsEntry) line() string {
	fields := []string{e.src, e.path, e.fstype, e.opts, e.dump, e.passno}
	for i, f := range fields {
		fields[i] = fstabEscapes.Replace(f)
	}
	return strings.Join(fields, " ") + "\n"
}

// is reports whether an entry is the one that is meant: by its mount point, of swap by its source too.
func (m *mountRun) is(e fsEntry) bool {
	if e.path != m.want.path {
		return false
	}
	return e.path != "none" && m.want.fstype != "swap" || e.src == m.want.src || m.want.src == ""
}

// put gives the lines with the entry in them.
func (m *mountRun) put(lines []string) []string {
	var out []string
	found := false
	for _, line := range lines {
		if e, whole, ok := parseFstab(line); ok && m.is(e) {
			found = true
			if e != m.want || !whole {
				line = m.want.line()
			}
		}
		out = append(out, line)
	}
	if !found {
		if n := len(out); n > 0 && !strings.HasSuffix(out[n-1], "\n") {
			out[n-1] += "\n"
		}
		out = append(out, m.want.line())
	}
	return out
}

// drop gives the lines without the entry. Ansible's module leaves an entry alone that has not just six words.
func (m *mountRun) drop(lines []string) []string {
	var out []string
	for _, line := range lines {
		words := strings.Fields(line)
		if e, ok := fsEntryOf(words); !ok || !m.is(e) {
			out = append(out, line)
		}
	}
	return out
}

// edit changes fstab if that is needed, and reports whether it is.
func (m *mountRun) edit(change func(lines []string) []string) (bool, error) {
	b, err := target.ReadFile(m.sys, m.fstab)
	exists := err == nil
	var lines []string
	for line := range strings.Lines(string(b)) {
		lines = append(lines, line)
	}
	after := strings.Join(change(lines), "")
	if after == string(b) {
		return false, nil
	}
	m.before = &fstabText{string(b), exists}
	if m.p.Check {
		return true, nil
	}
	if !exists {
		if err := makeFolders(m.sys, path.Dir(m.fstab)); err != nil {
			return false, err
		}
	}
	if m.p.Bool("backup") && exists {
		if m.backup, err = fileattr.Backup(m.sys, m.fstab); err != nil {
			return false, programs.Fail("Could not make backup of %s: %s", m.fstab, fileattr.PyError(err, m.fstab))
		}
	}
	return true, m.write(after)
}

// fstabText is fstab as it was before it was changed.
type fstabText struct {
	text   string
	exists bool
}

// restore undoes the change of fstab.
func (m *mountRun) restore() {
	switch {
	case m.before == nil || m.p.Check:
	case m.before.exists:
		_ = m.write(m.before.text)
	default:
		_ = m.sys.Remove(m.fstab)
	}
}

func (m *mountRun) write(text string) error {
	dest := m.sys.Realpath(m.fstab)
	tmp, err := fileattr.NewTemp(m.sys, dest, strings.NewReader(text))
	if err == nil {
		err = tmp.Replace(fileattr.KeepDest, false)
	}
	if err != nil {
		return programs.Fail("Failed to write %s: %s", m.fstab, fileattr.PyError(err, dest))
	}
	return nil
}

// makeFolders makes a folder and those above it.
func makeFolders(sys target.System, dir string) error {
	if _, err := sys.Stat(dir); err == nil || dir == "/" || dir == "." {
		return nil
	}
	if err := makeFolders(sys, path.Dir(dir)); err != nil {
		return err
	}
	if err := sys.Mkdir(dir, 0o777); err != nil {
		return programs.Fail("Error making dir %s: %s", dir, fileattr.PyError(err, dir))
	}
	return nil
}

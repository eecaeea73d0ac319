package facts

// There is no Python in the way of a task here, and a target need not have one. The facts of it are still looked at by
// playbooks (is it Python 3?), so an interpreter that is installed is told, by what its files say: it is not run.
//
// What Ansible tells besides of the interpreter that runs its modules (has_sslcontext, releaselevel, serial) is taken to
// be that of a released CPython with TLS.

import (
	"path"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Collector{Name: "python", Min: true, Run: python})

var pythonName = lazyregexp.New(`^python(\d+)\.(\d+)$`)

func python(g *Gathering) {
	if _, fact := g.python(); fact != nil {
		g.set("python", fact)
	}
}

// python gives the version of the installed interpreter and the fact of it; "" and nil without one.
func (g *Gathering) python() (string, *value.Dict) {
	for _, file := range []string{"/usr/bin/python3", "/usr/local/bin/python3", "/usr/libexec/platform-python", "/usr/bin/python"} {
		m := pythonName().FindStringSubmatch(path.Base(g.Sys.Realpath(file)))
		if m == nil || !g.exists(file) {
			continue
		}
		major, _ := strconv.ParseInt(m[1], 10, 64)
		minor, _ := strconv.ParseInt(m[2], 10, 64)
		micro := g.pythonMicro(m[1] + "." + m[2])
		return m[1] + "." + m[2] + "." + strconv.FormatInt(micro, 10), dict(
			"executable", file, "has_sslcontext", true, "type", "cpython",
			"version", dict("major", major, "minor", minor, "micro", micro, "releaselevel", "final", "serial", 0),
			"version_info", value.NewList(val(major), val(minor), val(micro), val("final"), val(0)))
	}
	return "", nil
}

// pythonMicro is the last number of the version X.Y.Z, which the package managers of Debian and Alpine keep in their
// lists, and 0 where it is not found.
func (g *Gathering) pythonMicro(xy string) int64 {
	for _, list := range []struct{ file, entry, version string }{
		{"/var/lib/dpkg/status", "Package: python" + xy + "-minimal\n", "\nVersion: "},
		{"/var/lib/dpkg/status", "Package: libpython" + xy + "-minimal\n", "\nVersion: "},
		{"/lib/apk/db/installed", "P:python3\n", "\nV:"},
	} {
		_, rest, ok := strings.Cut(g.read(list.file), list.entry)
		entry, _, _ := strings.Cut(rest, "\n\n")
		_, v, found := strings.Cut("\n"+entry, list.version)
		if !ok || !found {
			continue
		}
		v = strings.TrimPrefix(v, xy+".")
		digits := strings.IndexFunc(v, func(r rune) bool { return r < '0' || r > '9' })
		if digits > 0 {
			n, _ := strconv.ParseInt(v[:digits], 10, 64)
			return n
		}
	}
	return 0
}

package facts

// There is no Python in the way of a task here, and a target need not have one. The facts of it are still looked at by
// playbooks (is it Python 3?), so an interpreter that is installed is asked for its version.
//
// What Ansible tells besides of the interpreter that runs its modules (has_sslcontext, releaselevel, serial) is taken to
// be that of a released CPython with TLS.

import (
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Collector{Name: "python", Min: true, Run: python})

var pythonVersion = lazyregexp.New(`^Python (\d+)\.(\d+)\.(\d+)`)

func python(g *Gathering) {
	if _, fact := g.python(); fact != nil {
		g.set("python", fact)
	}
}

// python gives the version of the installed interpreter and the fact of it; "" and nil without one.
func (g *Gathering) python() (string, *value.Dict) {
	if g.interpreter == nil {
		version, fact := g.askPython()
		g.interpreter = &interpreter{version, fact}
	}
	return g.interpreter.version, g.interpreter.fact
}

// interpreter is an installed Python; its fact is nil where there is none.
type interpreter struct {
	version string
	fact    *value.Dict
}

func (g *Gathering) askPython() (string, *value.Dict) {
	for _, file := range []string{"/usr/bin/python3", "/usr/local/bin/python3", "/usr/libexec/platform-python", "/usr/bin/python"} {
		if !g.exists(file) {
			continue
		}
		out, _ := g.run(file, "-V")
		m := pythonVersion().FindStringSubmatch(out)
		if m == nil {
			continue
		}
		var n [3]int64
		for i := range n {
			n[i], _ = strconv.ParseInt(m[i+1], 10, 64)
		}
		return strings.Join(m[1:], "."), dict(
			"executable", file, "has_sslcontext", true, "type", "cpython",
			"version", dict("major", n[0], "minor", n[1], "micro", n[2], "releaselevel", "final", "serial", 0),
			"version_info", value.NewList(value.Of(n[0]), value.Of(n[1]), value.Of(n[2]), value.Of("final"), value.Of(0)),
		)
	}
	return "", nil
}

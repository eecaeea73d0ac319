package callback

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
)

var _ = Set.Add(Def{Name: "ansible.builtin.tree", Kind: Enabled, New: func(e Env) event.Sink {
	return &tree{dir: e.Path("tree", "directory"), dumper: itemsDumper(e.Options), write: e.Write, warn: e.Warn}
}, Deprecated: "The tree callback plugin is deprecated. This feature will be removed from ansible-core version 2.23."})

// tree keeps the last result of each host in a file of its name: the callback `tree`.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/tree_callback.html
type tree struct {
	dir    string
	dumper dumper
	write  func(path, text string) error
	warn   func(string)
}

// Handle writes the result of a host.
func (t *tree) Handle(e event.Event) {
	r, ok := e.(event.HostResult)
	if !ok {
		return
	}
	if strings.ContainsRune(r.Host, filepath.Separator) || r.Host == "." || r.Host == ".." {
		t.warn("no file in " + t.dir + " can be called as the host " + r.Host)
		return
	}
	if err := os.MkdirAll(t.dir, 0o777); err != nil { // as the umask says
		t.warn("Unable to access or create the configured directory (" + t.dir + "): " + err.Error())
		return
	}
	values := t.dumper.shown("", r.Result)
	indented := r.Result.VerboseAlways || t.dumper.verbosity > 2
	indent := ""
	if indented {
		indent = "    "
	}
	text := jsonText(values, indented, indent)
	if err := t.write(filepath.Join(t.dir, r.Host), text); err != nil {
		t.warn("Unable to write to " + r.Host + "'s file: " + err.Error())
	}
}

package callback

import (
	"sort"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
)

// Kind is how a callback is asked for.
type Kind uint8

// The kinds of callbacks. One that writes the run to the output is named by stdout_callback, others by callbacks_enabled.
const (
	Stdout Kind = iota
	Enabled
)

// Def is a callback: its full name and what makes one.
type Def struct {
	Name string
	Kind Kind
	// ForPrograms says that its output is data: nothing else may stand between.
	ForPrograms bool
	Deprecated  string // what Ansible tells whoever asks for it
	New         func(e Env) event.Sink
	// Brief reports whether it shows nothing of what tasks return that go well, but how they went; nil: it shows it.
	Brief func(o Options) bool
}

// quietly is Brief of callbacks that dump what goes well at -v only.
func quietly(o Options) bool { return o.Verbosity < 1 }

// never is Brief of callbacks that look at no result's values.
func never(Options) bool { return true }

// Env is what a callback may need of a run.
type Env struct {
	Display *Display
	Options Options
	Now     func() time.Time
	// Setting gives the text of an option of a callback, as it is set or by default.
	Setting func(callback, option string) string
	// Path gives such an option as an absolute path.
	Path func(callback, option string) string
	// Write writes a report to a file.
	Write func(path, text string) error
	// Warn tells that a report could not be written.
	Warn func(text string)
}

// set are the callbacks, by their full names.
type set map[string]Def

// Set are all callbacks; each file adds its own.
var Set = set{}

// Add adds a callback. It panics for a name that is there already.
func (s set) Add(d Def) Def {
	if _, twice := s[d.Name]; twice {
		panic("two callbacks are called " + d.Name)
	}
	s[d.Name] = d
	return d
}

// posix are the callbacks that ansible-core knows by a short name and that are in ansible.posix.
var posix = []string{"debug", "json", "jsonl", "profile_tasks", "timer"}

// Find gives the callback of a name, full or short.
func (s set) Find(name string) (Def, bool) {
	if d, ok := s[name]; ok {
		return d, true
	}
	if strings.Contains(name, ".") {
		d, ok := s[strings.Replace(name, "ansible.legacy.", "ansible.builtin.", 1)]
		return d, ok
	}
	for _, short := range posix {
		if name == short {
			return s["ansible.posix."+name], true
		}
	}
	if d, ok := s["community.general."+name]; ok {
		return d, true
	}
	d, ok := s["ansible.builtin."+name]
	return d, ok
}

// Names gives the full names of all, sorted.
func (s set) Names() []string {
	names := make([]string, 0, len(s))
	for n := range s {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

var _ = Set.Add(Def{Name: "ansible.builtin.default", New: func(e Env) event.Sink { return NewDefault(e.Display, e.Options) }, Brief: quietly})

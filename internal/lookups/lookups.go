// Package lookups holds the lookup plugins of ansible.builtin, a file each. A lookup gets its terms and options and a Host
// through which it reaches files, variables and settings of the control node; it knows nothing of templates' syntax or
// of playbooks. What it makes anew is data: it is never trusted as a template.
package lookups

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Host is what a lookup may reach on the control node.
type Host interface {
	// Variable returns the value of a variable as a template sees it.
	Variable(name string) (v value.Value, ok bool, err error)
	// Variables lists the variables.
	Variables() []string
	// Search returns the folders in which files are looked for, the most special first.
	Search() []string
	// Dir returns the folder of the playbook.
	Dir() string
	// Read returns the content of a file, decrypted when it is a vault; secret tells that it was.
	Read(name string) (content []byte, secret bool, err error)
	// Getenv returns a variable of the environment.
	Getenv(name string) (string, bool)
	// Environ returns the environment of programs that a lookup starts, each "NAME=value"; nil is that of this process.
	Environ() []string
	// Render evaluates a template.
	Render(t Template) (value.Value, error)
	// Hosts returns the hosts of the inventory that a pattern means; known is false when there is no inventory.
	Hosts(pattern string) (hosts []string, known bool, err error)
	// Setting returns a setting of the run.
	Setting(q Query) (s Setting, ok bool, err error)
	// Opened tells of a secret that a lookup got from elsewhere, so that it is masked in all output; where says what it is.
	Opened(where string, v value.Value)
	// Warn tells the user something.
	Warn(text string)
	// Deprecated tells the user that something is deprecated.
	Deprecated(text string)
}

// Template is a template file that a lookup wants to be evaluated.
type Template struct {
	Name          string // as the term has it
	File          *source.File
	Vars          *value.Dict // further variables, which come first; may be nil
	VariableStart string      // "" means the default, as below
	VariableEnd   string
	CommentStart  string
	CommentEnd    string
	NoTrimBlocks  bool
}

// Query names a setting: one of the run, or of a plugin.
type Query struct {
	Name                   string
	PluginType, PluginName string // both or none
}

// Setting is the value of a setting and where it comes from ("default", a file, …).
type Setting struct {
	Value  value.Value
	Origin string
}

// Def is a lookup plugin.
type Def struct {
	Name    string // without its collection
	Options []Option
	// Run gives the values for the terms.
	Run func(ctx context.Context, c *Call) ([]value.Value, error)
}

// Call is one use of a lookup.
type Call struct {
	Host
	Terms   []value.Value
	Name    string // as the user wrote it
	def     *Def
	options map[string]value.Value
	given   map[string]bool
}

type set map[string]*Def

// Set holds all lookups of this package by their names without collection.
var Set = set{}

// Add puts a lookup into the set. A name that is taken is a mistake of the program and panics.
func (s set) Add(d *Def) *Def {
	if s[d.Name] != nil {
		panic(fmt.Sprintf("lookups: %q is defined twice", d.Name))
	}
	s[d.Name] = d
	return d
}

// moved are lookups whose short names mean those of a collection.
var moved = map[string]string{"flattened": "community.general.flattened", "cartesian": "community.general.cartesian"}

// Find returns the lookup that a name without "ansible.builtin." means, or nil.
func (s set) Find(name string) *Def {
	if d := s[name]; d != nil {
		return d
	}
	return s[moved[name]]
}

// Has reports whether there is a lookup of that name, be it "ansible.builtin.NAME".
func (s set) Has(name string) bool {
	short := strings.TrimPrefix(strings.TrimPrefix(name, "ansible.builtin."), "ansible.legacy.")
	return s[name] != nil || s[short] != nil || s["ansible.builtin."+short] != nil
}

// Names returns the names of all lookups, sorted.
func (s set) Names() []string {
	names := make([]string, 0, len(s))
	for n := range s {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Error is a failure of a lookup that is shown apart from the words "The lookup plugin failed", as Ansible does with some.
type Error struct {
	Msg  string
	Help string // what the user may do about it; may be ""
}

// Error gives the message.
func (e *Error) Error() string { return e.Msg }

// Apart reports that the message stands apart.
func (e *Error) Apart() bool { return true }

// HintText returns what the user may do about it.
func (e *Error) HintText() string { return e.Help }

// text is the text of a term or an option, as Python's str().
func text(v value.Value) (string, error) { return value.Text(v) }

// missingAttribute is Python's complaint about a term of the wrong type.
func missingAttribute(v value.Value, name string) error {
	return value.Raise("AttributeError", "'%s' object has no attribute '%s'", v.Type(), name)
}

// made marks a value that a lookup read from a file as secret when the file was.
func made(v value.Value, secret bool) value.Value {
	if !secret {
		return v
	}
	return value.WithMarks(v, value.Marks{Secret: true})
}

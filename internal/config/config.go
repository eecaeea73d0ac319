// Package config turns ansible.cfg, the environment and the command line into settings, each with its origin. The
// settings are those of ansible-core 2.19, in tables: a name, environment variables, section and key, a type, a default.
//
// It stands at the very beginning of the way of the data and prints nothing: warnings and unknown names are handed to
// the caller. The source is Ansible's "Configuration Settings" reference page and what `ansible-config` prints.
package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// Type is how the text of a setting is read.
type Type int

// The types of settings, with Ansible's names for them.
const (
	String   Type = iota // the text as it is
	Bool                 // "boolean": yes, on, 1, true, y, t in any case; all else is false
	Int                  // "integer"
	Float                // "float"
	List                 // "list": separated by commas
	Path                 // "path": ~ and variables expanded, relative to the file it stands in or the working directory
	PathSpec             // "pathspec": paths separated by colons
	PathList             // "pathlist": paths separated by commas
)

// None is the default of a setting that is not set unless somebody sets it.
const None = "\x00"

// Def is one setting.
type Def struct {
	Name    string // as `ansible-config` calls it; TYPE/PLUGIN/OPTION for a plugin's
	Type    Type
	Default string // as text, None when there is none; {{ANSIBLE_HOME}} stands for the setting of that name
	Env     string // environment variables, separated by blanks; the last that is set wins
	Ini     string // section.key in ansible.cfg, separated by blanks; the last that is set wins
	Choices string // the texts that are allowed, separated by blanks; "" for all
}

// Origin tells where a setting comes from.
type Origin struct {
	Kind string     // "default", "env", "file" or "option"
	Name string     // of the variable, the option or the file
	Pos  source.Pos // in the file
}

// String gives the origin as `ansible-config dump` shows it.
func (o Origin) String() string {
	switch o.Kind {
	case "env":
		return "env: " + o.Name
	case "file":
		return o.Name
	case "option":
		return "cli: " + o.Name
	}
	return o.Kind
}

// Options is what Load needs of the world.
type Options struct {
	Environ []string // KEY=value; the last of a name counts
	Dir     string   // the working directory, absolute
}

// Settings are the settings of a run. They do not change after Load and Override.
type Settings struct {
	file     *source.File // ansible.cfg, nil when there is none
	ini      ini
	env      map[string]string
	dir      string
	home     string
	override map[string]Origin // name -> option
	values   map[string]string // name -> text of the option
	warnings []string
}

// Load finds and reads ansible.cfg and the environment. What is wrong with the file, or with a value in it or in the
// environment, is a *diag.Error (or a diag.List of them).
func Load(o Options) (*Settings, error) {
	s := &Settings{dir: o.Dir, env: make(map[string]string, len(o.Environ)), override: map[string]Origin{}, values: map[string]string{}}
	for _, kv := range o.Environ {
		if k, v, ok := strings.Cut(kv, "="); ok {
			s.env[k] = v
		}
	}
	s.home = s.env["HOME"]
	if err := s.readFile(); err != nil {
		return nil, err
	}
	var list diag.List
	for _, table := range [][]Def{core, plugins} {
		for i := range table {
			if text, origin := s.raw(&table[i]); origin.Kind != "default" {
				list.Add(s.check(&table[i], text, origin))
			}
		}
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

// File returns the path of the ansible.cfg that was read, or "".
func (s *Settings) File() string {
	if s.file == nil {
		return ""
	}
	return s.file.Name()
}

// Warnings returns what the user should be told once, each a text without a line end, as ansible-core words it.
func (s *Settings) Warnings() []string { return s.warnings }

// Override sets a setting from the command line; option is the option's name as the user wrote it, "--forks". A value
// that does not fit the type is a *diag.Error.
func (s *Settings) Override(name, option, text string) error {
	d := lookup(name)
	o := Origin{Kind: "option", Name: option}
	if err := s.check(d, text, o); err != nil {
		return err
	}
	s.override[name], s.values[name] = o, text
	return nil
}

// Names returns the names of all settings, sorted.
func Names() []string {
	names := make([]string, 0, len(core)+len(plugins))
	for _, table := range [][]Def{core, plugins} {
		for i := range table {
			names = append(names, table[i].Name)
		}
	}
	slices.Sort(names)
	return names
}

// Lookup returns the definition of a setting.
func Lookup(name string) (Def, bool) {
	if d := find(name); d != nil {
		return *d, true
	}
	return Def{}, false
}

func find(name string) *Def {
	for _, table := range [][]Def{core, plugins} {
		for i := range table {
			if table[i].Name == name {
				return &table[i]
			}
		}
	}
	return nil
}

// lookup is for names that stand in our own code.
func lookup(name string) *Def {
	d := find(name)
	if d == nil {
		panic(fmt.Sprintf("config: no setting %q", name))
	}
	return d
}

// raw gives the text that counts, before it is read by its type, and where it comes from.
func (s *Settings) raw(d *Def) (string, Origin) {
	if o, ok := s.override[d.Name]; ok {
		return s.values[d.Name], o
	}
	text, origin := d.Default, Origin{Kind: "default"}
	for name := range strings.FieldsSeq(d.Ini) {
		if v, ok := s.ini.get(name); ok {
			text, origin = unquote(v.text), Origin{Kind: "file", Name: s.file.Name(), Pos: v.pos}
		}
	}
	for name := range strings.FieldsSeq(d.Env) {
		// an empty variable does not set a number: ansible-core 2.19 falls back to what is below
		if v, ok := s.env[name]; ok && (v != "" || d.Type != Int && d.Type != Float) {
			text, origin = v, Origin{Kind: "env", Name: name}
		}
	}
	return text, origin
}

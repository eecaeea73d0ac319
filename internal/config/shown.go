package config

import (
	"slices"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Shown is a setting as `ansible-config dump` shows it.
type Shown struct {
	Name   string
	Origin Origin
	Value  value.Value
}

// private are the settings of ansible-core 2.19 that no file may set and that `ansible-config dump` shows all the same.
var private = []Def{
	{Name: "_ANSIBALLZ_COVERAGE_CONFIG", Default: None},
	{Name: "_ANSIBALLZ_DEBUGPY_CONFIG", Default: None},
	{Name: "_ANSIBALLZ_PYDEVD_CONFIG", Default: None},
	{Name: "_ANSIBLE_CONNECTION_PATH", Default: None},
	{Name: "_CALLBACK_DISPATCH_ERROR_BEHAVIOR", Default: "warning"},
	{Name: "_MODULE_METADATA", Type: Bool, Default: "false"},
	{Name: "_TEMPLAR_SANDBOX_MODE", Default: "default"},
	{Name: "_TEMPLAR_UNKNOWN_TYPE_CONVERSION", Default: "warning"},
	{Name: "_TEMPLAR_UNKNOWN_TYPE_ENCOUNTERED", Default: "ignore"},
	{Name: "_TEMPLAR_UNTRUSTED_TEMPLATE_BEHAVIOR", Default: "ignore"},
}

// connectionFacts are the modules that gather facts on connections of network devices (CONNECTION_FACTS_MODULES), a mapping
// that only Ansible's own default sets: names without a collection, then with one.
const connectionFacts = `asa cisco.asa.asa eos arista.eos.eos frr frr.frr.frr ios cisco.ios.ios iosxr cisco.iosxr.iosxr junos
	junipernetworks.junos.junos nxos cisco.nxos.nxos vyos vyos.vyos.vyos exos extreme.exos.exos slxos extreme.slxos.slxos voss
	extreme.voss.voss ironware community.network.ironware`

func connectionFactsModules() Shown {
	d := value.NewDict()
	for name := range strings.FieldsSeq(connectionFacts) {
		module := name + "_facts"
		if !strings.Contains(name, ".") {
			module = "ansible.legacy." + module
		}
		d.SetStr(name, value.NewStr(module))
	}
	return Shown{Name: "CONNECTION_FACTS_MODULES", Origin: Origin{Kind: "default"}, Value: d}
}

// Base gives all settings of ansible-core by name, those of plugins left out.
func (s *Settings) Base() []Shown {
	list := []Shown{connectionFactsModules()}
	for _, table := range [][]Def{core, private} {
		for i := range table {
			list = append(list, s.shown(&table[i], table[i].Name))
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// PluginTypes are the types of plugins whose settings are known.
func PluginTypes() []string {
	var types []string
	for i := range plugins {
		if t, _, _ := strings.Cut(plugins[i].Name, "/"); !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	slices.Sort(types)
	return types
}

// Plugins gives the names of the plugins of a type whose settings are known, sorted, and those settings by plugin.
func (s *Settings) Plugins(kind string) ([]string, map[string][]Shown) {
	found := map[string][]Shown{}
	var names []string
	for i := range plugins {
		parts := strings.SplitN(plugins[i].Name, "/", 3)
		if parts[0] != kind {
			continue
		}
		if found[parts[1]] == nil {
			names = append(names, parts[1])
		}
		found[parts[1]] = append(found[parts[1]], s.shown(&plugins[i], parts[2]))
	}
	slices.Sort(names)
	for _, list := range found {
		sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	}
	return names, found
}

// shown gives the value of a setting as Ansible holds it.
func (s *Settings) shown(d *Def, name string) Shown {
	text, o := s.raw(d)
	out := Shown{Name: name, Origin: o, Value: value.None}
	if text == None {
		return out
	}
	switch d.Type {
	case Bool:
		out.Value = value.Bool(truth(text))
	case Int:
		n, _ := parseInt(text)
		out.Value = value.NewInt(int64(n))
	case Float:
		out.Value = value.NewFloat(s.floatOf(text))
	case List:
		out.Value = texts(listOf(text))
	case Path:
		out.Value = value.NewStr(s.abs(text, o))
		if text == "" {
			out.Value = value.NewStr("")
		}
	case PathSpec, PathList:
		out.Value = texts(s.pathsOf(d, text, o))
	default:
		out.Value = value.NewStr(s.home0(text))
	}
	return out
}

func texts(list []string) value.Value {
	l := value.NewList()
	for _, e := range list {
		l.Append(value.NewStr(e))
	}
	return l
}

// Definitions gives what is known of the settings of ansible-core: sorted by name.
func Definitions() []Def {
	list := slices.Clone(core)
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// PluginDefinitions gives what is known of the settings of the plugins of a type, by plugin and by the name of the setting.
func PluginDefinitions(kind string) map[string]map[string]Def {
	found := map[string]map[string]Def{}
	for i := range plugins {
		parts := strings.SplitN(plugins[i].Name, "/", 3)
		if parts[0] != kind {
			continue
		}
		if found[parts[1]] == nil {
			found[parts[1]] = map[string]Def{}
		}
		found[parts[1]][parts[2]] = plugins[i]
	}
	return found
}

// TypeName is Ansible's name of a type.
func (t Type) TypeName() string {
	return [...]string{"string", "boolean", "integer", "float", "list", "path", "pathspec", "pathlist"}[t]
}

// NameError is a name in ansible.cfg that no setting has. Its text is Ansible's.
type NameError struct{ Key, Section, File string }

// Error gives Ansible's message.
func (e *NameError) Error() string {
	if e.Key == "" {
		return "Found unknown section '" + e.Section + "' in '" + e.File + "."
	}
	return "Found unknown key '" + e.Key + "' in section '" + e.Section + "' in '" + e.File + "."
}

// Validate gives each name of the file that is no setting of ansible-core nor, with kinds, of the plugins of these types; in the
// order of the file.
func (s *Settings) Validate(kinds ...string) []*NameError {
	known := map[string][]string{}
	note := func(d *Def) {
		for name := range strings.FieldsSeq(d.Ini) {
			section, key, _ := strings.Cut(name, ".")
			known[section] = append(known[section], key)
		}
	}
	for i := range core {
		note(&core[i])
	}
	for i := range plugins {
		if kind, _, _ := strings.Cut(plugins[i].Name, "/"); slices.Contains(kinds, kind) {
			note(&plugins[i])
		}
	}
	var found []*NameError
	for _, section := range s.ini.sections() {
		keys, ok := known[section]
		if !ok {
			found = append(found, &NameError{Section: section, File: s.File()})
			continue
		}
		for _, key := range s.ini.keys(section) {
			if !slices.Contains(keys, key) {
				found = append(found, &NameError{Key: key, Section: section, File: s.File()})
			}
		}
	}
	return found
}

// UnknownVariables gives each ANSIBLE_… variable of the environment that is none of a setting, sorted.
func (s *Settings) UnknownVariables(kinds ...string) []string {
	known := map[string]bool{"ANSIBLE_CONFIG": true}
	for i := range core {
		for n := range strings.FieldsSeq(core[i].Env) {
			known[n] = true
		}
	}
	for i := range plugins {
		if kind, _, _ := strings.Cut(plugins[i].Name, "/"); slices.Contains(kinds, kind) {
			for n := range strings.FieldsSeq(plugins[i].Env) {
				known[n] = true
			}
		}
	}
	var found []string
	for name := range s.env {
		if strings.HasPrefix(name, "ANSIBLE_") && !known[name] {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// sections gives the sections in the order of the file, and keys those of a section.
func (f ini) sections() []string {
	var names []string
	for name := range f {
		names = append(names, name)
	}
	first := func(section string) (least iniValue) {
		for _, v := range f[section] {
			if least.pos.Line == 0 || v.pos.Less(least.pos) {
				least = v
			}
		}
		return least
	}
	sort.Slice(names, func(i, j int) bool { return first(names[i]).pos.Less(first(names[j]).pos) })
	return names
}

func (f ini) keys(section string) []string {
	var names []string
	for name := range f[section] {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return f[section][names[i]].pos.Less(f[section][names[j]].pos) })
	return names
}

package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/config"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

const configAbout = `Shows the settings: what ansible.cfg and the environment make of them (dump), which there are (list), the file itself
(view), a file with all of them (init), and names in it that no setting has (validate). The line is that of ansible-config.

EXAMPLES
   kimai-ansible config dump --only-changed
   kimai-ansible config init --disabled >ansible.cfg
   kimai-ansible config validate`

// runConfig is ansible-config, and `kimai-ansible config`: it shows the settings.
// Source: https://docs.ansible.com/ansible/latest/cli/ansible-config.html
func runConfig(_ context.Context, env *Env, args []string, dropIn bool) error {
	p, done, err := readDropIn(env, "ansible-config", dropIn, args)
	if done || err != nil {
		return err
	}
	environ := env.Environ
	if path := p.str("config"); path != "" {
		if !filepath.IsAbs(path) {
			path = filepath.Join(env.Dir, path)
		}
		if _, err := os.Stat(path); err != nil {
			return tellError(env, dropIn, optionsError("The provided configuration file is missing or not accessible: %s", path))
		}
		environ = append(environ[:len(environ):len(environ)], "ANSIBLE_CONFIG="+path)
	}
	s, err := config.Load(config.Options{Environ: environ, Dir: env.Dir})
	if err != nil {
		return tellError(env, dropIn, &settingsError{err})
	}
	c := &configCommand{env: env, line: p, settings: s}
	return tellError(env, dropIn, c.run())
}

type configCommand struct {
	env      *Env
	line     *parsedLine
	settings *config.Settings
}

func (c *configCommand) run() error {
	if kind := c.line.str("type"); kind != "" && len(c.line.args) > 0 {
		return optionsError("single plugins of a type can't be named here: %s", strings.Join(c.line.args, ", "))
	}
	switch c.line.prog {
	case "ansible-config dump":
		return c.dump()
	case "ansible-config list":
		return c.write(c.facts(), orWord(c.line.str("format"), "yaml"))
	case "ansible-config view":
		return c.view()
	case "ansible-config init":
		return c.init()
	}
	return c.validate()
}

func orWord(word, other string) string {
	if word == "" {
		return other
	}
	return word
}

// kinds are the types of plugins that --type names.
func (c *configCommand) kinds() (base bool, kinds []string) {
	switch t := orWord(c.line.str("type"), "base"); t {
	case "base":
		return true, nil
	case "all":
		return true, config.PluginTypes()
	default:
		return false, []string{t}
	}
}

// write writes a value as YAML or JSON.
func (c *configCommand) write(v value.Value, format string) error {
	if format == "json" {
		text, err := value.AppendJSON(nil, v, value.JSONOptions{Multiline: true, Indent: "    ", SortKeys: true, Unicode: true})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.env.Stdout, "%s\n", text)
		return err
	}
	text, err := yaml.Dump(v, yaml.DumpOptions{SortKeys: true, Unicode: true})
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(c.env.Stdout, text)
	return err
}

// dump shows each setting with its value and its origin.
func (c *configCommand) dump() error {
	base, kinds := c.kinds()
	changed := c.line.has("only-changed")
	var entries []config.Shown
	file := value.Value(value.None)
	if f := c.settings.File(); f != "" {
		file = value.NewStr(f)
	}
	if base {
		entries = append(entries, config.Shown{Name: "CONFIG_FILE", Value: file})
		for _, e := range c.settings.Base() {
			if !changed || e.Origin.Kind != "default" {
				entries = append(entries, e)
			}
		}
		sort.SliceStable(entries, func(i, j int) bool { return entries[i].Name < entries[j].Name })
	}
	format := orWord(c.line.str("format"), "display")
	if format != "display" {
		return c.write(c.dumpValue(entries, kinds, base, changed), format)
	}
	for _, e := range entries {
		if err := c.dumpLine(e); err != nil {
			return err
		}
	}
	for _, kind := range kinds {
		names, settings := c.settings.Plugins(kind)
		for _, name := range names {
			some := withoutDefaults(settings[name], changed)
			if len(some) == 0 {
				continue
			}
			fmt.Fprintf(c.env.Stdout, "\n%s:\n%s\n", name, strings.Repeat("_", len(name)))
			for _, e := range some {
				if err := c.dumpLine(e); err != nil {
					return err
				}
			}
		}
	}
	if base {
		fmt.Fprint(c.env.Stdout, "\nGALAXY_SERVERS:\n")
	}
	return nil
}

func withoutDefaults(list []config.Shown, changed bool) []config.Shown {
	var some []config.Shown
	for _, e := range list {
		if !changed || e.Origin.Kind != "default" {
			some = append(some, e)
		}
	}
	return some
}

func (c *configCommand) dumpLine(e config.Shown) error {
	text, err := value.Text(e.Value)
	if err == nil {
		_, err = fmt.Fprintf(c.env.Stdout, "%s(%s) = %s\n", e.Name, e.Origin, text)
	}
	return err
}

// dumpValue is the dump as a list.
func (c *configCommand) dumpValue(entries []config.Shown, kinds []string, base, changed bool) value.Value {
	list := value.NewList()
	add := func(l *value.List, e config.Shown) {
		l.Append(value.DictOf("name", value.NewStr(e.Name), "origin", value.NewStr(e.Origin.String()), "value", e.Value))
	}
	for _, e := range entries {
		add(list, e)
	}
	for _, kind := range kinds {
		names, settings := c.settings.Plugins(kind)
		for _, name := range names {
			l := value.NewList()
			for _, e := range withoutDefaults(settings[name], changed) {
				add(l, e)
			}
			if l.Len() > 0 {
				list.Append(value.DictOf(name, l))
			}
		}
	}
	if base {
		list.Append(value.DictOf("GALAXY_SERVERS", value.NewDict()))
	}
	return list
}

// facts is what is known of each setting: type, default, environment, place in the file, choices.
func (c *configCommand) facts() value.Value {
	base, kinds := c.kinds()
	out := value.NewDict()
	if base {
		for _, d := range config.Definitions() {
			out.SetStr(d.Name, factsOf(d))
		}
	}
	if len(kinds) > 0 {
		all := value.NewDict()
		for _, kind := range kinds {
			ofKind := value.NewDict()
			for plugin, settings := range config.PluginDefinitions(kind) {
				one := value.NewDict()
				for name, d := range settings {
					one.SetStr(name, factsOf(d))
				}
				ofKind.SetStr(plugin, one)
			}
			all.SetStr(kind, ofKind)
		}
		out.SetStr("PLUGINS", all)
	}
	return out
}

func factsOf(d config.Def) *value.Dict {
	f := value.DictOf("type", value.NewStr(d.Type.TypeName()))
	f.SetStr("default", value.None)
	if d.Default != config.None {
		f.SetStr("default", value.NewStr(d.Default))
	}
	if d.Env != "" {
		l := value.NewList()
		for n := range strings.FieldsSeq(d.Env) {
			l.Append(value.DictOf("name", value.NewStr(n)))
		}
		f.SetStr("env", l)
	}
	if d.Ini != "" {
		l := value.NewList()
		for n := range strings.FieldsSeq(d.Ini) {
			section, key, _ := strings.Cut(n, ".")
			l.Append(value.DictOf("key", value.NewStr(key), "section", value.NewStr(section)))
		}
		f.SetStr("ini", l)
	}
	if d.Choices != "" {
		l := value.NewList()
		for n := range strings.FieldsSeq(d.Choices) {
			l.Append(value.NewStr(n))
		}
		f.SetStr("choices", l)
	}
	return f
}

// view prints the file of the settings.
func (c *configCommand) view() error {
	path := c.settings.File()
	if path == "" {
		return withCode(ExitError, fmt.Errorf("Invalid or no config file was supplied"))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return withCode(ExitError, err)
	}
	out := strings.TrimRight(string(text), "\n")
	_, err = fmt.Fprintln(c.env.Stdout, out)
	return err
}

// init prints a file with all settings at their defaults, each with its type before it.
func (c *configCommand) init() error {
	base, kinds := c.kinds()
	var defs []config.Def
	if base {
		defs = config.Definitions()
	}
	for _, kind := range kinds {
		for _, settings := range config.PluginDefinitions(kind) {
			for _, d := range settings {
				defs = append(defs, d)
			}
		}
	}
	mark := ""
	if c.line.has("disabled") {
		mark = ";"
	}
	switch orWord(c.line.str("format"), "ini") {
	case "env":
		return c.initEnv(defs, strings.Replace(mark, ";", "#", 1))
	case "vars":
		return withCode(ExitOptions, fmt.Errorf("the format vars is not supported: settings are not variables here"))
	}
	return c.initFile(defs, mark)
}

func (c *configCommand) initEnv(defs []config.Def, mark string) error {
	for _, d := range defs {
		if env, _, _ := strings.Cut(d.Env, " "); env != "" {
			fmt.Fprintf(c.env.Stdout, "# (%s) %s\n%s%s=%s\n\n", d.Type.TypeName(), d.Name, mark, env, shownDefault(d))
		}
	}
	return nil
}

func (c *configCommand) initFile(defs []config.Def, mark string) error {
	bySection := map[string][]string{}
	for _, d := range defs {
		name, _, _ := strings.Cut(d.Ini, " ")
		section, key, ok := strings.Cut(name, ".")
		if !ok {
			continue
		}
		entry := fmt.Sprintf("# (%s) %s\n%s%s=%s\n", d.Type.TypeName(), d.Name, mark, key, shownDefault(d))
		bySection[section] = append(bySection[section], entry)
	}
	var sections []string
	for s := range bySection {
		sections = append(sections, s)
	}
	sort.Slice(sections, func(i, j int) bool {
		if (sections[i] == "defaults") != (sections[j] == "defaults") {
			return sections[i] == "defaults"
		}
		return sections[i] < sections[j]
	})
	for i, s := range sections {
		if i > 0 {
			fmt.Fprintln(c.env.Stdout)
		}
		sort.Strings(bySection[s])
		fmt.Fprintf(c.env.Stdout, "[%s]\n%s", s, strings.Join(bySection[s], "\n"))
	}
	return nil
}

func shownDefault(d config.Def) string {
	if d.Default == config.None {
		return ""
	}
	return d.Default
}

// validate tells names in the file, or in the environment, that no setting has.
func (c *configCommand) validate() error {
	_, kinds := c.kinds()
	found := false
	tell := func(text string) {
		found = true
		fmt.Fprintf(c.env.Stderr, "[ERROR]: %s\n", text)
	}
	if c.line.str("format") == "env" {
		for _, name := range c.settings.UnknownVariables(kinds...) {
			tell(fmt.Sprintf("Found unknown environment variable '%s'.", name))
		}
	} else {
		for _, e := range c.settings.Validate(kinds...) {
			tell(e.Error())
		}
	}
	if found {
		return &CodeError{Code: ExitError}
	}
	_, err := fmt.Fprintln(c.env.Stdout, "All configurations seem valid!")
	return err
}

package inventory

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// autoPlugin stands for the inventory plugins that a YAML file can ask for by its key "plugin".
var autoPlugin = plugin{
	name: "auto",
	verify: func(path string, info fs.FileInfo) bool {
		ext := filepath.Ext(path)
		return info != nil && (ext == ".yml" || ext == ".yaml")
	},
	parse: func(ctx context.Context, inv *Inventory, path string) error {
		v, err := inv.loadYAML(path, true)
		if err != nil {
			return err
		}
		if d, ok := v.(*value.Dict); ok {
			if name, ok := d.Stored("plugin").(value.Str); ok && name.String() != "" {
				if p, known := plugins[shortName(name.String())]; known {
					if !p.verify(path, nonFile{}) {
						return &pluginError{msg: fmt.Sprintf("inventory source '%s' could not be verified by inventory plugin '%s'", path, name)}
					}
					return inv.parseWith(ctx, p, path)
				}
				if parts := strings.Split(name.String(), "."); len(parts) > 2 && shortName(name.String()) == name.String() {
					inv.warn(Warning{Text: fmt.Sprintf("Error loading plugin '%s': No module named 'ansible_collections.%s'", name, parts[0])})
				}
				msg := fmt.Sprintf("inventory config '%s' specifies unknown plugin '%s'", path, name)
				return &pluginError{msg: msg, finds: diag.Errorf(value.OriginOf(name), "the inventory plugin %q is not available", name.String()).
					Hint("inventories in YAML, INI, scripts and lists of hosts are read")}
			}
		}
		return &pluginError{msg: fmt.Sprintf("no root 'plugin' key found, '%s' is not a valid YAML inventory plugin config file", path)}
	},
}

// nonFile stands for the information about a file of which no plugin asks more than that it is there.
type nonFile struct{ fs.FileInfo }

// yamlPlugin reads the YAML format (Ansible documentation, "ansible.builtin.yaml inventory").
var yamlPlugin = plugin{
	name: "yaml",
	verify: func(path string, info fs.FileInfo) bool {
		switch filepath.Ext(path) {
		case "", ".yml", ".yaml", ".json":
			return info != nil
		}
		return false
	},
	parse: func(_ context.Context, inv *Inventory, path string) error {
		v, err := inv.loadYAML(path, false)
		if err != nil {
			return err
		}
		d, ok := v.(*value.Dict)
		switch {
		case v == value.None || ok && d.Len() == 0:
			return &pluginError{msg: "Parsed empty YAML file"}
		case !ok:
			msg := "YAML inventory has invalid structure, it should be a dictionary, got: " + pyClass(v)
			return &pluginError{msg: msg, finds: diag.Errorf(value.OriginOf(v), "a YAML inventory is a mapping of groups, not a %s", v.Type())}
		}
		if p := d.Stored("plugin"); p != nil && truthy(p) {
			return &pluginError{msg: "Plugin configuration YAML file, not YAML inventory"}
		}
		for it := d.Iterate(); it.Next(); {
			if _, err := inv.yamlGroup(it.Key(), it.Stored()); err != nil {
				return err
			}
		}
		return nil
	},
}

// loadYAML reads a file; quiet is for the plugin that only looks.
func (inv *Inventory) loadYAML(path string, quiet bool) (value.Value, error) {
	f, err := inv.read(path)
	if err != nil {
		return nil, err
	}
	return inv.loadText(f, quiet)
}

func truthy(v value.Value) bool {
	switch v := v.(type) {
	case value.Str:
		return v.String() != ""
	case value.Bool:
		return bool(v)
	}
	return v != value.None
}

// pyClass names the type of v as Python prints it for a value of a file.
func pyClass(v value.Value) string {
	name := ""
	switch v.(type) {
	case value.NoneType:
		return "<class 'NoneType'>"
	case value.Bool:
		return "<class 'bool'>"
	case *value.List:
		name = "List"
	case *value.Dict:
		name = "Dict"
	case value.Str:
		name = "Str"
	case value.Int:
		name = "Int"
	case value.Float:
		name = "Float"
	default:
		return fmt.Sprintf("<class '%s'>", v.Type())
	}
	return "<class 'ansible.module_utils._internal._datatag._AnsibleTagged" + name + "'>"
}

// describe gives a value for a message.
func describe(v value.Value) string {
	if value.IsSecret(v) {
		return "(secret)"
	}
	text, err := yaml.Dump(v, yaml.DumpOptions{Flow: yaml.Flow, Unicode: true, Width: -1})
	if err != nil {
		return "of type " + v.Type()
	}
	if n := len(text); n > 0 && text[n-1] == '\n' {
		text = text[:n-1]
	}
	return text
}

// yamlGroup reads a group with its hosts, variables and children.
func (inv *Inventory) yamlGroup(key, data value.Value) (*Group, error) {
	d, isDict := data.(*value.Dict)
	if !isDict && data != value.None {
		text := ""
		if s, ok := key.(value.Str); ok {
			text = "'" + s.String() + "'"
		} else {
			text = describe(key)
		}
		inv.warn(Warning{Text: fmt.Sprintf("Skipping %s as this is not a valid group definition", text)})
		return nil, nil
	}
	name, ok := key.(value.Str)
	if !ok {
		msg := fmt.Sprintf("Unable to add group %s: Invalid group name supplied, expected a string but got %s for %s", describe(key), pyClass(key), describe(key))
		return nil, &pluginError{msg: msg, finds: diag.Errorf(value.OriginOf(key), "a group's name must be a text").Hint("put it in quotes")}
	}
	g, err := inv.AddGroup(name.String())
	if err != nil || d == nil {
		return g, err
	}
	sections, err := inv.yamlSections(name.String(), d)
	if err != nil {
		return nil, err
	}
	for it := d.Iterate(); it.Next(); {
		section, ok := it.Key().(value.Str)
		if !ok || sections[section.String()] == nil {
			if !ok || section.String() != "vars" && section.String() != "children" && section.String() != "hosts" {
				inv.warn(Warning{Text: fmt.Sprintf(`Skipping unexpected key (%s) in group (%s), only "vars", "children" and "hosts" are valid`,
					plainText(it.Key()), name)})
			}
			continue
		}
		if err := inv.yamlSection(g, section.String(), sections[section.String()]); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func plainText(v value.Value) string {
	if s, ok := v.(value.Str); ok {
		return s.String()
	}
	return describe(v)
}

// yamlSections checks the sections of a group before any is read: each is a mapping, one text, or nothing.
func (inv *Inventory) yamlSections(group string, d *value.Dict) (map[string]*value.Dict, error) {
	sections := map[string]*value.Dict{}
	for _, name := range []string{"vars", "children", "hosts"} {
		switch v := d.Stored(name).(type) {
		case nil, value.NoneType:
		case *value.Dict:
			sections[name] = v
		case value.Str:
			one := value.NewDict()
			_ = one.Set(v, value.None)
			sections[name] = one
		default:
			msg := fmt.Sprintf(`Invalid "%s" entry for "%s" group, requires a dictionary, found "%s" instead.`, name, group, pyClass(v))
			hint := fmt.Sprintf("write each of the %s as a key of its own: a colon behind it, no dash before it", name)
			return nil, &pluginError{msg: msg, finds: diag.Errorf(value.OriginOf(v), "%q of the group %q must be a mapping, not a %s", name, group, v.Type()).Hint("%s", hint)}
		}
	}
	return sections, nil
}

func (inv *Inventory) yamlSection(g *Group, section string, entries *value.Dict) error {
	for it := entries.Iterate(); it.Next(); {
		var err error
		switch section {
		case "vars":
			err = inv.setGroupVar(g, it.Key(), it.Stored())
		case "children":
			var child *Group
			if child, err = inv.yamlGroup(it.Key(), it.Stored()); err == nil && child != nil {
				err = g.addChild(child)
			}
		default:
			err = inv.yamlHost(g, it.Key(), it.Stored())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (inv *Inventory) yamlHost(g *Group, key, data value.Value) error {
	pattern, ok := key.(value.Str)
	if !ok {
		msg := fmt.Sprintf("Host pattern %s must be a string. Enclose integers/floats in quotation marks.", describe(key))
		return &pluginError{msg: msg, finds: diag.Errorf(value.OriginOf(key), "a host's name must be a text").Hint("put it in quotes")}
	}
	names, port, err := expandHosts(pattern.String())
	if err != nil {
		return &pluginError{msg: err.Error(), finds: diag.Errorf(value.OriginOf(key), "%s", err)}
	}
	vars, ok := data.(*value.Dict)
	if !ok && data != value.None {
		msg := "Invalid data from file, expected dictionary and got:\n\n" + describe(data)
		return &pluginError{msg: msg, finds: diag.Errorf(value.OriginOf(data), "the variables of the host %q must be a mapping, not a %s", pattern.String(), data.Type())}
	}
	for _, name := range names {
		h, err := inv.AddHost(name, g, port)
		if err != nil {
			return err
		}
		if vars == nil {
			continue
		}
		for it := vars.Iterate(); it.Next(); {
			inv.setHostVar(h, it.Key(), it.Stored())
		}
	}
	return nil
}

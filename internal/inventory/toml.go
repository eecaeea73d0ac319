package inventory

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// tomlPlugin reads the TOML format (Ansible documentation, "ansible.builtin.toml inventory"): a table for each group with
// its hosts, vars and children.
var tomlPlugin = plugin{
	name:   "toml",
	verify: func(path string, info fs.FileInfo) bool { return info != nil && filepath.Ext(path) == ".toml" },
	parse: func(_ context.Context, inv *Inventory, path string) error {
		f, err := inv.read(path)
		if err != nil {
			return err
		}
		d, err := loadTOML(f)
		if err != nil {
			return err
		}
		if d.Len() == 0 {
			return &pluginError{msg: "Parsed empty TOML file"}
		}
		if d.Has("plugin") {
			return &pluginError{msg: "Plugin configuration TOML file, not TOML inventory"}
		}
		for it := d.Iterate(); it.Next(); {
			if err := inv.tomlGroup(plainText(it.Key()), it.Stored()); err != nil {
				return err
			}
		}
		return nil
	},
}

// tomlGroup reads a group.
func (inv *Inventory) tomlGroup(name string, data value.Value) error {
	g, err := inv.AddGroup(name)
	if err != nil {
		return err
	}
	d, ok := data.(*value.Dict)
	if !ok {
		inv.warn(Warning{Text: fmt.Sprintf("Skipping '%s' as this is not a valid group definition", name)})
		return nil
	}
	for it := d.Iterate(); it.Next(); {
		switch section, v := plainText(it.Key()), it.Stored(); section {
		case "vars":
			vars, ok := v.(*value.Dict)
			if !ok {
				return tomlInvalid(section, name, "dict", v)
			}
			for vs := vars.Iterate(); vs.Next(); {
				if err := inv.setGroupVar(g, vs.Key(), vs.Stored()); err != nil {
					return err
				}
			}
		case "children":
			if err := inv.tomlChildren(g, v); err != nil {
				return err
			}
		case "hosts":
			hosts, ok := v.(*value.Dict)
			if !ok {
				return tomlInvalid(section, name, "dict", v)
			}
			for hs := hosts.Iterate(); hs.Next(); {
				if err := inv.yamlHost(g, hs.Key(), hs.Stored()); err != nil {
					return err
				}
			}
		default:
			inv.warn(Warning{Text: fmt.Sprintf(`Skipping unexpected key "%s" in group "%s", only "vars", "children" and "hosts" are valid`, section, name)})
		}
	}
	return nil
}

func (inv *Inventory) tomlChildren(g *Group, v value.Value) error {
	names, ok := v.(*value.List)
	if !ok {
		return tomlInvalid("children", g.name, "list", v)
	}
	for _, n := range names.Stored() {
		child, err := inv.AddGroup(plainText(n))
		if err == nil {
			err = g.addChild(child)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func tomlInvalid(section, group, wanted string, v value.Value) error {
	msg := fmt.Sprintf(`Invalid "%s" entry for "%s" group, requires a %s, found "%s" instead.`, section, group, wanted, pyClass(v))
	return &pluginError{msg: msg, finds: diag.Errorf(source.Pos{}, "%q of the group %q must be a %s, not a %s", section, group, wanted, v.Type())}
}

// loadTOML reads a text; its values are trusted as templates like those of other inventories.
func loadTOML(f *source.File) (*value.Dict, error) {
	var data map[string]any
	meta, err := toml.Decode(f.Text(), &data)
	var at toml.ParseError
	if errors.As(err, &at) {
		return nil, diag.Errorf(source.At(f, at.Position.Line, at.Position.Col), "TOML file (%s) is invalid: %s", f.Name(), at.Message)
	}
	if err != nil {
		return nil, err
	}
	t := tomlReader{order: map[string][]string{}, marks: value.Marks{Origin: source.At(f, 0, 0), Trusted: true, Secret: f.Sensitive()}}
	for _, key := range meta.Keys() {
		for i := range key {
			t.note(strings.Join(key[:i], "\x00"), key[i])
		}
	}
	return t.table("", data), nil
}

// tomlReader makes values; the library gives tables without an order, and the order of their keys apart.
type tomlReader struct {
	order map[string][]string
	marks value.Marks
}

func (t *tomlReader) note(path, key string) {
	for _, have := range t.order[path] {
		if have == key {
			return
		}
	}
	t.order[path] = append(t.order[path], key)
}

func (t *tomlReader) table(path string, data map[string]any) *value.Dict {
	d := value.NewDict()
	for _, key := range t.order[path] {
		below := key
		if path != "" {
			below = path + "\x00" + key
		}
		if v, ok := data[key]; ok {
			_ = d.Set(value.WithMarks(value.NewStr(key), t.marks), t.value(below, v)) // a text can be a key
		}
	}
	return d
}

func (t *tomlReader) value(path string, data any) value.Value {
	switch v := data.(type) {
	case map[string]any:
		return t.table(path, v)
	case []map[string]any:
		l := value.NewList()
		for _, e := range v {
			l.Append(t.table(path, e))
		}
		return l
	case []any:
		l := value.NewList()
		for _, e := range v {
			l.Append(t.value(path, e))
		}
		return l
	case string:
		return value.WithMarks(value.NewStr(v), t.marks)
	case int64:
		return value.WithMarks(value.NewInt(v), t.marks)
	case float64:
		return value.WithMarks(value.NewFloat(v), t.marks)
	case bool:
		return value.Bool(v)
	case time.Time:
		return value.DateTime{Time: v, Aware: v.Location() != time.Local}
	}
	return value.None
}

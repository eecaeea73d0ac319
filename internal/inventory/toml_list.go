package inventory

import (
	"fmt"
	"io"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// TOML writes what `ansible-inventory --list --toml` prints: a table for each group, with its hosts and their variables,
// which stand where a host is met first. TOML has nothing for null: that is an error.
func (l *Lister) TOML(w io.Writer) error {
	out := value.NewDict()
	if err := l.tomlGroup(out, l.Inventory.groupOf[All], map[*Host]bool{}); err != nil {
		return err
	}
	for _, k := range out.Keys() {
		if d, ok := out.Stored(k.(value.Str).String()).(*value.Dict); ok && d.Len() == 0 {
			_, _ = out.Delete(k)
		}
	}
	return l.writeTOML(w, out)
}

// HostTOML writes the variables of a host in TOML.
func (l *Lister) HostTOML(w io.Writer, h *Host) error {
	vars, err := l.HostVars(h)
	if err != nil {
		return err
	}
	return l.writeTOML(w, vars)
}

// tomlGroup adds a group and those below it to out.
func (l *Lister) tomlGroup(out *value.Dict, g *Group, seen map[*Host]bool) error {
	entry := value.NewDict()
	out.SetStr(g.name, entry)
	if g.name != All && len(g.children) > 0 {
		names := value.NewList()
		for _, c := range g.children {
			names.Append(value.NewStr(c.name))
		}
		entry.SetStr("children", names)
	}
	for _, c := range g.children {
		if err := l.tomlGroup(out, c, seen); err != nil {
			return err
		}
	}
	hosts := value.NewDict()
	for _, h := range g.hosts {
		if g.name == All || !l.shows(h) {
			continue
		}
		vars := value.NewDict()
		if !seen[h] {
			seen[h] = true
			var err error
			if vars, err = l.HostVars(h); err != nil {
				return err
			}
		}
		hosts.SetStr(h.name, vars)
	}
	if hosts.Len() > 0 {
		entry.SetStr("hosts", hosts)
	}
	if !l.Export {
		return nil
	}
	vars, err := l.GroupVars(g)
	if err == nil && vars.Len() > 0 {
		entry.SetStr("vars", vars)
	}
	return err
}

func (l *Lister) writeTOML(w io.Writer, d *value.Dict) error {
	v, _, err := each(d, l.marked)
	if err != nil {
		return err
	}
	t := &tomlWriter{}
	if err := t.table("", v.(*value.Dict), false); err != nil {
		return err
	}
	_, err = io.WriteString(w, t.b.String())
	return err
}

// tomlLine is the length up to which a table in an array stands in one line.
const tomlLine = 100

// tomlWriter writes TOML 1.0 (https://toml.io/en/v1.0.0): in each table the plain values before the tables.
type tomlWriter struct{ b strings.Builder }

func (t *tomlWriter) table(name string, d *value.Dict, element bool) error {
	type sub struct {
		key string
		v   value.Value
	}
	var plain, tables []sub
	for it := d.Iterate(); it.Next(); {
		s := sub{tomlKey(plainText(it.Key())), it.Stored()}
		switch v := s.v.(type) {
		case *value.Dict:
			tables = append(tables, s)
		case *value.List:
			if isTables(v) {
				tables = append(tables, s)
			} else {
				plain = append(plain, s)
			}
		default:
			plain = append(plain, s)
		}
	}
	begun := false
	if element || name != "" && (len(plain) > 0 || len(tables) == 0) {
		begun = true
		if element {
			fmt.Fprintf(&t.b, "[[%s]]\n", name)
		} else {
			fmt.Fprintf(&t.b, "[%s]\n", name)
		}
	}
	for _, s := range plain {
		begun = true
		text, err := tomlValue(s.v, 0)
		if err != nil {
			return fmt.Errorf("%s: %w", s.key, err)
		}
		fmt.Fprintf(&t.b, "%s = %s\n", s.key, text)
	}
	for _, s := range tables {
		path := s.key
		if name != "" {
			path = name + "." + s.key
		}
		elems := []value.Value{s.v}
		list, isList := s.v.(*value.List)
		if isList {
			elems = list.Stored()
		}
		for _, e := range elems {
			if begun {
				t.b.WriteByte('\n')
			}
			begun = true
			if err := t.table(path, e.(*value.Dict), isList); err != nil {
				return err
			}
		}
	}
	return nil
}

// isTables reports whether a list is written as an array of tables: it holds nothing else, and not all fit in a line.
func isTables(l *value.List) bool {
	fit := true
	for _, e := range l.Stored() {
		d, ok := e.(*value.Dict)
		if !ok {
			return false
		}
		text, err := tomlValue(d, 0)
		fit = fit && err == nil && len(text)+5 <= tomlLine && !strings.Contains(text, "\n")
	}
	return l.Len() > 0 && !fit
}

func tomlKey(key string) string {
	for _, r := range key {
		if r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return tomlString(key)
		}
	}
	if key == "" {
		return `""`
	}
	return key
}

func tomlString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if short, ok := tomlEscapes[r]; ok {
			b.WriteString(short)
		} else if r < ' ' || r == 0x7f {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

var tomlEscapes = map[rune]string{'\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`, '"': `\"`, '\\': `\\`}

func tomlValue(v value.Value, level int) (string, error) {
	switch v := v.(type) {
	case value.Str:
		return tomlString(v.String()), nil
	case value.Bool:
		return fmt.Sprint(bool(v)), nil
	case value.Int, value.Float:
		return value.Text(v)
	case yaml.Ciphertexter:
		return tomlString(v.Ciphertext()), nil
	case *value.List:
		if v.Len() == 0 {
			return "[]", nil
		}
		indent := strings.Repeat("    ", level)
		var b strings.Builder
		b.WriteString("[\n")
		for _, e := range v.Stored() {
			text, err := tomlValue(e, level+1)
			if err != nil {
				return "", err
			}
			b.WriteString(indent + "    " + text + ",\n")
		}
		return b.String() + indent + "]", nil
	case *value.Dict:
		if v.Len() == 0 {
			return "{}", nil
		}
		var parts []string
		for it := v.Iterate(); it.Next(); {
			text, err := tomlValue(it.Stored(), level)
			if err != nil {
				return "", err
			}
			parts = append(parts, tomlKey(plainText(it.Key()))+" = "+text)
		}
		return "{ " + strings.Join(parts, ", ") + " }", nil
	}
	return "", fmt.Errorf("TOML has nothing for a value of type %s", v.Type())
}

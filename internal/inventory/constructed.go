package inventory

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// configFile reports whether a file may be the configuration of a plugin.
func configFile(path string, info fs.FileInfo) bool {
	return info != nil && slices.Contains([]string{"", ".config", ".yml", ".yaml", ".json"}, filepath.Ext(path))
}

// pluginConfig reads the configuration of a plugin, whose key "plugin" must have one of names.
func (inv *Inventory) pluginConfig(path string, names ...string) (*value.Dict, error) {
	v, err := inv.loadYAML(path, true)
	if err != nil {
		return nil, err
	}
	d, ok := v.(*value.Dict)
	if !ok {
		return nil, &pluginError{msg: fmt.Sprintf("inventory source has invalid structure, it should be a dictionary, got: %s", pyClass(v))}
	}
	name, _ := d.Stored("plugin").(value.Str)
	if !slices.Contains(names, name.String()) {
		return nil, &pluginError{msg: "Incorrect plugin name in file: " + name.String()}
	}
	return d, nil
}

// constructedPlugin makes variables and groups of what the sources before it gave (Ansible documentation,
// "ansible.builtin.constructed inventory").
var constructedPlugin = plugin{
	name: "constructed", verify: configFile,
	parse: func(ctx context.Context, inv *Inventory, path string) error {
		d, err := inv.pluginConfig(path, "constructed", "ansible.builtin.constructed")
		if err != nil {
			return err
		}
		c, err := newConstructor(ctx, inv, path, d)
		if err != nil {
			return err
		}
		for _, h := range inv.hosts {
			if err := c.host(h); err != nil {
				failed := &pluginError{msg: fmt.Sprintf("Failed to parse '%s': %s", path, err), finds: diag.Errorf(value.OriginOf(d), "%s", err)}
				var form *groupNameError
				if !errors.As(err, &form) {
					failed.chain = fmt.Sprintf("Failed to parse '%s'.\nOrigin: <inventory plugin 'auto' with source '%s'>\n\n<<< caused by >>>\n\n%s", path, path, err)
				}
				return failed
			}
		}
		return nil
	},
}

// constructor carries out compose, groups and keyed_groups.
type constructor struct {
	ctx             context.Context
	inv             *Inventory
	strict          bool
	leading, vars   bool
	extra           bool
	compose, groups *value.Dict
	keyed           []*value.Dict
}

func newConstructor(ctx context.Context, inv *Inventory, path string, d *value.Dict) (*constructor, error) {
	if inv.opts.Scope == nil {
		return nil, &pluginError{msg: "templates can't be evaluated here"}
	}
	c := &constructor{ctx: ctx, inv: inv, leading: true}
	for name, into := range map[string]*bool{"strict": &c.strict, "leading_separator": &c.leading, "use_vars_plugins": &c.vars, "use_extra_vars": &c.extra} {
		if v := d.Stored(name); v != nil {
			*into = truthy(v)
			if s, ok := v.(value.Str); ok {
				*into = slices.Contains([]string{"yes", "true", "True", "on", "1"}, s.String())
			}
		}
	}
	c.compose, _ = d.Stored("compose").(*value.Dict)
	c.groups, _ = d.Stored("groups").(*value.Dict)
	if l, ok := d.Stored("keyed_groups").(*value.List); ok {
		for _, e := range l.Stored() {
			k, ok := e.(*value.Dict)
			if !ok {
				return nil, &pluginError{msg: "keyed_groups must be a list of dictionaries", finds: diag.Errorf(value.OriginOf(e), "an element of keyed_groups is a mapping, not a %s", e.Type())}
			}
			c.keyed = append(c.keyed, k)
		}
	}
	for it := d.Iterate(); it.Next(); {
		switch plainText(it.Key()) {
		case "plugin", "strict", "leading_separator", "use_vars_plugins", "use_extra_vars", "compose", "groups", "keyed_groups", "cache":
		default:
			return nil, &pluginError{
				msg:   fmt.Sprintf("the option %s of %s is not known", plainText(it.Key()), path),
				finds: diag.Errorf(value.OriginOf(it.Key()), "the plugin constructed has no option %q", plainText(it.Key())),
			}
		}
	}
	return c, nil
}

// hostVars are the variables that expressions see: those of the groups and the host, as far as they are known by now.
func (c *constructor) hostVars(h *Host) (*value.Dict, error) {
	d := value.NewDict()
	lay := func(over *value.Dict) {
		for it := over.Iterate(); it.Next(); {
			_ = d.Set(it.Key(), it.Stored()) // it was a key already
		}
	}
	if c.vars {
		layers, err := c.inv.Layers(h, c.inv.opts.PlaybookDir)
		if err != nil {
			return nil, err
		}
		for _, l := range layers {
			lay(l.Vars)
		}
	} else {
		lay(c.inv.groupOf[All].vars)
		for _, g := range h.Groups() {
			lay(g.vars)
		}
		lay(h.vars)
	}
	names := value.NewList()
	for _, g := range h.Groups() {
		names.Append(value.NewStr(g.name))
	}
	short, _, _ := cutDot(h.name)
	d.SetStr("inventory_hostname", value.NewStr(h.name))
	d.SetStr("inventory_hostname_short", value.NewStr(short))
	d.SetStr("group_names", names)
	if c.extra && c.inv.opts.Extra != nil {
		lay(c.inv.opts.Extra)
	}
	return d, nil
}

func cutDot(name string) (before, after string, found bool) {
	for i := range name {
		if name[i] == '.' {
			return name[:i], name[i+1:], true
		}
	}
	return name, "", false
}

// evaluate gives the value of an expression.
func (c *constructor) evaluate(expression value.Value, vars *value.Dict) (value.Value, error) {
	s, ok := expression.(value.Str)
	if !ok {
		return expression, nil
	}
	text := value.WithMarks(value.NewStr("{{"+s.String()+"}}"), value.Marks{Origin: value.OriginOf(s), Trusted: true})
	return c.inv.opts.Scope(c.ctx, dictVars{vars}).Finalize(text)
}

// dictVars are variables of a mapping.
type dictVars struct{ d *value.Dict }

// Lookup gives a variable as it was written.
func (v dictVars) Lookup(name string) (value.Value, bool) {
	stored := v.d.Stored(name)
	return stored, stored != nil
}

// Names gives the names of all.
func (v dictVars) Names() []string {
	var names []string
	for it := v.d.Iterate(); it.Next(); {
		names = append(names, plainText(it.Key()))
	}
	return names
}

var _ templating.Vars = dictVars{}

func (c *constructor) host(h *Host) error {
	vars, err := c.hostVars(h)
	if err != nil {
		return err
	}
	if c.compose != nil {
		for it := c.compose.Iterate(); it.Next(); {
			v, err := c.evaluate(it.Stored(), vars)
			if err == nil {
				at := value.OriginOf(it.Key())
				v, _, _ = each(v, func(e value.Value) (value.Value, bool, error) {
					s, ok := e.(value.Str)
					if !ok || value.IsTrusted(s) {
						return e, false, nil
					}
					return value.WithMarks(s, value.Marks{Origin: at, Secret: value.IsSecret(s)}), true, nil // no template, and shown so
				})
				c.inv.setHostVar(h, it.Key(), v)
			} else if c.strict {
				return fmt.Errorf("Could not set %s for host %s: %w", plainText(it.Key()), h.name, err)
			}
		}
	}
	if vars, err = c.hostVars(h); err != nil {
		return err
	}
	if c.groups != nil {
		for it := c.groups.Iterate(); it.Next(); {
			if err := c.conditional(h, plainText(it.Key()), it.Stored(), vars); err != nil {
				return err
			}
		}
	}
	for _, k := range c.keyed {
		if err := c.keyedGroup(h, k, vars); err != nil {
			return err
		}
	}
	return nil
}

// conditional puts the host into a group if an expression is true.
func (c *constructor) conditional(h *Host, name string, expression value.Value, vars *value.Dict) error {
	v, err := c.evaluate(expression, vars)
	in := false
	if err == nil {
		in, err = value.Truth(v)
	}
	if err != nil {
		if c.strict {
			return fmt.Errorf("Could not add host %s to group %s: %w", h.name, name, err)
		}
		return nil
	}
	if !in {
		return nil
	}
	g, err := c.inv.AddGroup(cleanGroup(name))
	if err == nil {
		g.addHost(h)
	}
	return err
}

// cleanGroup is a name that a group may have.
func cleanGroup(name string) string { return oddInGroupName().ReplaceAllString(name, "_") }

// keyedGroup puts the host into groups that are named after the value of a variable.
func (c *constructor) keyedGroup(h *Host, k, vars *value.Dict) error {
	key, err := c.evaluate(orNone(k.Stored("key")), vars)
	if err != nil {
		if c.strict {
			return fmt.Errorf("Could not generate group for host %s from %s entry: %w", h.name, plainText(orNone(k.Stored("key"))), err)
		}
		return nil
	}
	fallback, hasFallback := k.Stored("default_value").(value.Str)
	if full, _ := value.Truth(key); !full {
		if !hasFallback {
			if c.strict {
				return fmt.Errorf("No key or key resulted empty for %s in host %s, invalid entry", plainText(orNone(k.Stored("key"))), h.name)
			}
			return nil
		}
		key = fallback
	}
	prefix := textOr(k.Stored("prefix"), "")
	sep := textOr(k.Stored("separator"), "_")
	names, err := keyedNames(key, sep, fallback, hasFallback, k.Stored("trailing_separator") == nil || truthy(k.Stored("trailing_separator")))
	if err != nil {
		return err
	}
	parentName := textOr(k.Stored("parent_group"), "")
	for _, name := range names {
		if prefix == "" && !c.leading {
			sep = ""
		}
		g, err := c.inv.AddGroup(cleanGroup(prefix + sep + name))
		if err != nil {
			return err
		}
		g.addHost(h)
		if parentName == "" {
			continue
		}
		parent, err := c.evaluateText(parentName, vars)
		if err != nil {
			return err
		}
		p, err := c.inv.AddGroup(cleanGroup(parent))
		if err == nil {
			err = p.addChild(g)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *constructor) evaluateText(text string, vars *value.Dict) (string, error) {
	v, err := c.inv.opts.Scope(c.ctx, dictVars{vars}).Finalize(value.WithMarks(value.NewStr(text), value.Marks{Trusted: true}))
	if err != nil {
		return "", err
	}
	return value.Text(v)
}

func orNone(v value.Value) value.Value {
	if v == nil {
		return value.None
	}
	return v
}

func textOr(v value.Value, other string) string {
	if s, ok := v.(value.Str); ok {
		return s.String()
	}
	return other
}

// groupNameError is a value that no group can be named after; its text is Ansible's.
type groupNameError struct{ class string }

// Error gives Ansible's message.
func (e *groupNameError) Error() string {
	return "Invalid group name format, expected a string or a list of them or dictionary, got: " + e.class
}

// keyedNames are the ends of the names: of a text itself, of a list each element, of a mapping each key and value.
func keyedNames(key value.Value, sep string, fallback value.Str, hasFallback, trailing bool) ([]string, error) {
	var names []string
	switch key := key.(type) {
	case *value.List:
		for _, e := range key.Stored() {
			text, err := value.Text(e)
			if err != nil {
				return nil, err
			}
			if text == "" && hasFallback {
				text = fallback.String()
			}
			names = append(names, text)
		}
	case *value.Dict:
		for it := key.Iterate(); it.Next(); {
			text, err := value.Text(it.Stored())
			if err != nil {
				return nil, err
			}
			if text == "" && hasFallback {
				text = fallback.String()
			}
			if text == "" && !trailing {
				names = append(names, plainText(it.Key()))
				continue
			}
			names = append(names, plainText(it.Key())+sep+text)
		}
	case value.Str:
		names = append(names, key.String())
	default:
		return nil, &groupNameError{pyClass(key)}
	}
	return names, nil
}

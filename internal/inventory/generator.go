package inventory

import (
	"context"
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// maxGenerated bounds the hosts that one file may stand for.
const maxGenerated = maxRange

// generatorPlugin makes a host of every combination of its layers (Ansible documentation, "ansible.builtin.generator inventory").
var generatorPlugin = plugin{
	name: "generator", verify: configFile,
	parse: func(ctx context.Context, inv *Inventory, path string) error {
		names := []string{"generator", "ansible.builtin.generator"}
		d, err := inv.pluginConfig(path, names...)
		if err != nil {
			return err
		}
		if inv.opts.Scope == nil {
			return &pluginError{msg: "templates can't be evaluated here"}
		}
		hosts, ok := d.Stored("hosts").(*value.Dict)
		layers, ok2 := d.Stored("layers").(*value.Dict)
		if !ok || !ok2 || hosts.Stored("name") == nil {
			return &pluginError{msg: "the plugin generator needs hosts with a name, and layers"}
		}
		g := &generator{constructor{ctx: ctx, inv: inv}}
		return g.combine(layers.Keys(), layers, hosts, value.NewDict(), new(int))
	},
}

type generator struct{ constructor }

// combine goes through the layers, and makes a host of each combination of their elements.
func (g *generator) combine(names []value.Value, layers, hosts, vars *value.Dict, made *int) error {
	if len(names) == 0 {
		if *made++; *made > maxGenerated {
			return fmt.Errorf("the layers stand for more than %d hosts", maxGenerated)
		}
		name, err := g.text(hosts.Stored("name"), vars)
		if err != nil {
			return err
		}
		h, err := g.inv.AddHost(name, nil, 0)
		if err != nil {
			return err
		}
		return g.parents(hosts.Stored("parents"), vars, func(p *Group) error {
			p.addHost(h)
			return nil
		})
	}
	layer := plainText(names[0])
	l, ok := layers.Stored(layer).(*value.List)
	if !ok {
		return &pluginError{msg: fmt.Sprintf("the layer %s must be a list", layer)}
	}
	for _, e := range l.Stored() {
		with := vars.Copy()
		with.SetStr(layer, e)
		if err := g.combine(names[1:], layers, hosts, with, made); err != nil {
			return err
		}
	}
	return nil
}

func (g *generator) text(v value.Value, vars *value.Dict) (string, error) {
	return g.evaluateText(textOr(v, ""), vars)
}

// parents makes the groups of a list, with their variables and the groups above them; into puts a host or group into each.
func (g *generator) parents(list value.Value, vars *value.Dict, into func(*Group) error) error {
	l, ok := list.(*value.List)
	if !ok {
		return nil
	}
	for _, e := range l.Stored() {
		d, ok := e.(*value.Dict)
		if !ok || d.Stored("name") == nil {
			return &pluginError{msg: "Element " + describe(e) + " of parents has no name"}
		}
		name, err := g.text(d.Stored("name"), vars)
		if err != nil {
			return err
		}
		p, err := g.inv.AddGroup(name)
		if err != nil {
			return err
		}
		if groupVars, ok := d.Stored("vars").(*value.Dict); ok {
			for it := groupVars.Iterate(); it.Next(); {
				text, err := g.text(it.Stored(), vars)
				if err != nil {
					return err
				}
				if err := g.inv.setGroupVar(p, it.Key(), value.NewStr(text)); err != nil {
					return err
				}
			}
		}
		if err := into(p); err != nil {
			return err
		}
		if err := g.parents(d.Stored("parents"), vars, func(above *Group) error { return above.addChild(p) }); err != nil {
			return err
		}
	}
	return nil
}

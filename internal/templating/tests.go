package templating

import (
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinjatests"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// findTest finds a test: Ansible's own come before Jinja2's of the same name.
func findTest(name string) (*jinja.Func, error) {
	if f, ok := testFuncs.Load(name); ok {
		return f.(*jinja.Func), nil
	}
	f := calledBy(jinja.Tests.Get(short(name)), name)
	if d := jinjatests.All.Lookup(name); d != nil {
		f = pluginFunc(d, name)
	}
	testFuncs.Store(name, f)
	return f, nil
}

func testNames() []string {
	names := jinja.Tests.Names()
	for _, n := range jinjatests.All.Names() {
		names = append(names, short(n))
	}
	return names
}

// pluginFunc makes a Jinja filter or test of one of Ansible's; one with several names is called as the template has it.
func pluginFunc(d *filters.Def, name string) *jinja.Func {
	if called := "ansible.builtin." + short(name); slices.Contains(d.Aliases, called) {
		name = called
	} else {
		name = d.Name
	}
	return &jinja.Func{Name: name, Undefined: d.Undefined, Run: func(c *jinja.Call) (value.Value, error) {
		args := make([]value.Value, 0, 1+len(c.Args))
		args = append(append(args, c.Value), c.Args...)
		if !indexing[d.Name] {
			if err := asDicts(args); err != nil {
				return nil, err
			}
		}
		if greedy[d.Name] {
			for _, a := range args {
				if err := useAll(a); err != nil {
					return nil, err
				}
			}
		}
		var host *filters.Host
		if s := scopeOf(c.Ctx()); s != nil {
			host = s.filterHost()
		}
		return d.Call(c.Ctx(), host, args, c.Kwargs)
	}}
}

// greedy are the filters that use all entries of the dicts that they are given, also of those that others take the place of.
var greedy = map[string]bool{"ansible.builtin.combine": true}

// useAll fails when an entry of a dict can't be had.
func useAll(v value.Value) error {
	d, ok := v.(*value.Dict)
	if !ok {
		return nil
	}
	for it := d.Iterate(); it.Next(); {
		e, err := it.Value()
		if err != nil {
			return err
		}
		if u, ok := e.(*value.Undefined); ok {
			return &value.UndefinedError{Value: u}
		}
	}
	return nil
}

// indexing are the filters that take a Mapping as it is; others get the dict that it stands for.
var indexing = map[string]bool{
	"ansible.builtin.extract": true, "ansible.builtin.type_debug": true, "ansible.builtin.mandatory": true, "ansible.builtin.ternary": true,
}

func asDicts(args []value.Value) error {
	for i, a := range args {
		m, ok := a.(Mapping)
		if !ok {
			continue
		}
		d, err := m.Dict()
		if err != nil {
			return err
		}
		args[i] = d
	}
	return nil
}

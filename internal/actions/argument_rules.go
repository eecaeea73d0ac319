package actions

import (
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// specTypes checks the types of the action's own arguments, in ansible-core's words.
func (c *Call) specTypes() error {
	if !c.Args.Has("argument_spec") {
		shown, err := value.Repr(c.Args)
		if err != nil {
			return err
		}
		return c.raise(`"argument_spec" arg is required in args: %s`, shown)
	}
	for _, name := range []string{"argument_spec", "provided_arguments"} {
		v := c.Args.Stored(name)
		if _, isDict := v.(*value.Dict); v == nil || isDict {
			continue
		}
		return c.raise("Incorrect type for %s, expected dict and got <class 'ansible.module_utils._internal._datatag.%s'>", name, pythonType(v))
	}
	return nil
}

// notMappings finds the first argument whose specification is no mapping.
func notMappings(c *Call, options *value.Dict) error {
	for it := options.Iterate(); it.Next(); {
		if _, isDict := it.Stored().(*value.Dict); !isDict {
			return c.raise("'%s' object has no attribute 'get'", pythonType(it.Stored()))
		}
	}
	return nil
}

// groups reads a list of lists of names.
func groups(v value.Value) ([][]string, error) {
	l, isList := v.(*value.List)
	if !isList {
		return nil, fmt.Errorf("%s is not a list of lists", v.Type())
	}
	var out [][]string
	for _, e := range l.Stored() {
		names, err := texts(e)
		if err != nil {
			return nil, err
		}
		out = append(out, names)
	}
	return out, nil
}

// requiredIf reads a list of [name, value, [names], whether one of them is enough].
func requiredIf(v value.Value) ([]module.RequiredIf, error) {
	l, isList := v.(*value.List)
	if !isList {
		return nil, fmt.Errorf("required_if is %s, not a list of lists", v.Type())
	}
	var out []module.RequiredIf
	for _, e := range l.Stored() {
		rule, isList := e.(*value.List)
		if !isList || rule.Len() < 3 {
			return nil, fmt.Errorf("a rule of required_if is a list of a name, a value and a list of names")
		}
		parts := rule.Stored()
		name, err := value.Text(parts[0])
		if err != nil {
			return nil, err
		}
		then, err := texts(parts[2])
		if err != nil {
			return nil, err
		}
		r := module.RequiredIf{Name: name, Is: parts[1], Then: then}
		if len(parts) > 3 {
			if r.AnyOf, err = module.ToBool(parts[3]); err != nil {
				return nil, err
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// requiredBy reads a mapping of a name to the names that it needs.
func requiredBy(v value.Value) ([]module.RequiredBy, error) {
	d, isDict := v.(*value.Dict)
	if !isDict {
		return nil, fmt.Errorf("required_by is %s, not a mapping", v.Type())
	}
	var out []module.RequiredBy
	for it := d.Iterate(); it.Next(); {
		name, err := value.Text(it.Key())
		if err != nil {
			return nil, err
		}
		needs, err := texts(it.Stored())
		if s, isStr := it.Stored().(value.Str); isStr {
			needs, err = []string{s.String()}, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, module.RequiredBy{Name: name, Needs: needs})
	}
	return out, nil
}

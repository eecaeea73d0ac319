package templating

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// pprint is Jinja2's filter of that name. Ansible's lists and dicts are types of their own, which Python's pprint prints in
// one line and unsorted.
var pprint = &jinja.Func{Name: "pprint", Sig: "do_pprint(value)", Run: func(c *jinja.Call) (value.Value, error) {
	switch c.Value.(type) {
	case *value.List, *value.Dict:
		r, err := value.Repr(c.Value)
		return value.DeriveDeep(value.NewStr(r), c.Value), err
	}
	return jinja.Filters.Get("pprint").Run(c)
}}

// defaultTo is Jinja2's filter default, for which the value of an inline if without else is a value as any other in
// Ansible: false, but not undefined.
var defaultTo = func() *jinja.Func {
	base := jinja.Filters.Get("default")
	return &jinja.Func{
		Name: base.Name, Sig: "ansible_default(value, default_value='', boolean=False)", Undefined: base.Undefined, Markup: base.Markup, Brief: base.Brief, Probe: base.Probe, Quick: base.Quick,
		Run: func(c *jinja.Call) (value.Value, error) {
			if isNoElse(c.Value) {
				if boolean, err := value.Truth(c.Args[1]); err != nil || !boolean {
					return c.Value, err
				}
			}
			return base.Run(c)
		},
	}
}()

func isNoElse(v value.Value) bool {
	if _, ok := v.(*value.Undefined); ok {
		return false
	}
	return v != nil && v.Type() == "Undefined"
}

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

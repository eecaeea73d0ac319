package templating

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// An undefined value may be an element of a list, or the value of a key: what surfaces it is a filter or test that looks at it.

// walked are the filters and tests that look at each element of a list.
var walked = set("list", "sort", "reverse", "sum", "max", "min", "batch", "slice", "groupby",
	"ansible.builtin.items2dict", "ansible.builtin.combine", "ansible.builtin.extract",
	"ansible.builtin.path_join", "ansible.builtin.zip", "ansible.builtin.zip_longest", "ansible.builtin.product",
	"ansible.builtin.permutations", "ansible.builtin.combinations", "ansible.builtin.rekey_on_member", "ansible.builtin.subelements",
	"ansible.utils.ipaddr", "ansible.utils.ipwrap", "ansible.utils.ipv4", "ansible.utils.ipv6",
	"eq", "ne", "lt", "le", "gt", "ge", "in", "ansible.builtin.contains")

// walkedArgs are those that look at each element of lists among their arguments, too.
var walkedArgs = set("ansible.builtin.zip", "ansible.builtin.zip_longest", "ansible.builtin.product", "eq", "ne", "lt", "le", "gt", "ge", "in")

// walkedDicts are the filters that look at each value of a dict.
var walkedDicts = set("items", "dictsort", "xmlattr", "ansible.builtin.dict2items", "ansible.builtin.rekey_on_member")

// handed are the filters of Ansible that hand on what they do not look at. All of Jinja2's do, too.
var handed = set("ansible.builtin.extract", "ansible.builtin.mandatory", "ansible.builtin.permutations", "ansible.builtin.combinations",
	"ansible.builtin.product", "ansible.builtin.random", "ansible.builtin.rekey_on_member", "ansible.builtin.shuffle", "ansible.builtin.ternary",
	"ansible.builtin.unique", "ansible.builtin.zip", "ansible.builtin.zip_longest", "community.general.json_query")

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range names {
		m[n] = true
	}
	return m
}

// met gives the first undefined value that a filter or test looks at in what it was given, or nil.
func met(c *jinja.Call) *value.Undefined {
	name := c.Func.Name
	switch v := c.Value.(type) {
	case *value.List:
		if walked[name] {
			if u := undefinedElement(v.Stored()); u != nil {
				return u
			}
		}
	case *value.Dict:
		if walkedDicts[name] {
			return undefinedInDict(v)
		}
	}
	if !walkedArgs[name] {
		return nil
	}
	for _, args := range [2][]value.Value{c.Args, c.Rest} {
		for _, a := range args {
			if l, ok := a.(*value.List); ok {
				if u := undefinedElement(l.Stored()); u != nil {
					return u
				}
			}
		}
	}
	return nil
}

// handsOn reports whether a filter hands on what it does not look at. Others copy it, and meet what is undefined then.
func handsOn(f *jinja.Func) bool {
	return f.Undefined || !strings.Contains(f.Name, ".") || handed[f.Name]
}

func undefinedElement(elems []value.Value) *value.Undefined {
	for _, e := range elems {
		if u, ok := e.(*value.Undefined); ok {
			return u
		}
	}
	return nil
}

// undefinedInside finds an undefined value in a list, or in a dict that is it or its element.
func undefinedInside(v value.Value) *value.Undefined {
	switch v := v.(type) {
	case *value.List:
		for _, e := range v.Stored() {
			switch e := e.(type) {
			case *value.Undefined:
				return e
			case *value.Dict:
				if u := undefinedInDict(e); u != nil {
					return u
				}
			}
		}
	case *value.Dict:
		return undefinedInDict(v)
	}
	return nil
}

func undefinedInDict(d *value.Dict) *value.Undefined {
	for it := d.Iterate(); it.Next(); {
		if u, ok := it.Stored().(*value.Undefined); ok {
			return u
		}
	}
	return nil
}

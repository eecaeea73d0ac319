// Package jinjatests holds Ansible's own tests, those of ansible.builtin and the ones of collections that people use most
// ({{ result is changed }}); Jinja2's own are in the room of the template language. A test is declared as a filter is, by a
// filters.Def, and gives True or False.
package jinjatests

import (
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// All are the tests of this room.
var All filters.Set

// add puts a test under its names into the set; the first name is that of the signature.
func add(sig string, f filters.Func, names ...string) *filters.Def {
	d := filters.Def{Sig: sig, Func: f}
	for i, n := range names {
		n = "ansible.builtin." + n
		if i == 0 {
			d.Name = n
		} else {
			d.Aliases = append(d.Aliases, n)
		}
	}
	return All.Add(d)
}

func fail(format string, args ...any) error {
	return value.Raise("AnsibleFilterError", "%s", fmt.Sprintf(format, args...))
}

func repr(v value.Value) string {
	if value.HasSecret(v) {
		return "a secret value"
	}
	r, _ := value.Repr(v)
	return r
}

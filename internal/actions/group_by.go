package actions

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.group_by", Run: runGroupBy, Page: &module.Def{
	Check: module.Full,
	Args: module.Args{
		{Name: "key", Required: true, Help: "The name of the group."},
		{Name: "parents", Type: module.List, Elements: module.Str, Default: []string{"all"}, Help: "Groups that the group belongs to."},
	},
	Doc: module.Doc{
		Short:    "Put the host into a group that is named by a value.",
		Examples: "- ansible.builtin.group_by:\n    key: os_{{ ansible_facts.distribution }}\n",
		Returns:  []module.Return{{Name: "add_group", Type: "str", When: "success", Help: "The group."}, {Name: "parent_groups", Type: "list", When: "success", Help: "The groups it is in."}},
	},
}})

// runGroupBy puts the host into a group that is named by a key.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/group_by_module.html
func runGroupBy(_ context.Context, c *Call) (*result.Result, error) {
	if err := c.onlyOptions("key", "parents"); err != nil {
		return nil, err
	}
	key := c.Args.Stored("key")
	if key == nil {
		return c.fail("the 'key' param is required when using group_by"), nil
	}
	group, err := c.groupName(key)
	if err != nil {
		return nil, err
	}
	parents := []string{"all"}
	if v := c.Args.Stored("parents"); v != nil {
		all := []value.Value{v}
		if l, isList := v.(*value.List); isList {
			all = l.Stored()
		}
		parents = nil
		for _, p := range all {
			name, err := c.groupName(p)
			if err != nil {
				return nil, err
			}
			parents = append(parents, name)
		}
	}
	changed, err := c.Inventory.AddGroup(c.HostName, group, parents)
	if err != nil {
		return nil, err
	}
	r := ok("add_group", value.NewStr(group), "parent_groups", stringList(parents))
	r.Changed = changed
	r.Values.SetStr("changed", value.Bool(changed))
	return r, nil
}

// groupName is a group's name without blanks.
func (c *Call) groupName(v value.Value) (string, error) {
	s, isStr := v.(value.Str)
	if !isStr {
		return "", c.raise("'%s' object has no attribute 'replace'", pythonType(v))
	}
	return strings.ReplaceAll(s.String(), " ", "-"), nil
}

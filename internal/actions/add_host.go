package actions

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.add_host", Run: runAddHost, Once: true, Page: &module.Def{
	Check: module.Full,
	Args: module.Args{
		{Name: "name", Aliases: []string{"host", "hostname"}, Required: true, Help: "The host, also with a port: name:port."},
		{Name: "groups", Aliases: []string{"group", "groupname"}, Type: module.List, Elements: module.Str, Help: "Groups that it belongs to, also one text with commas between."},
	},
	Doc: module.Doc{
		Short:    "Add a host to the inventory of the run.",
		Notes:    []string{"All other arguments become variables of the host.", "Runs once, whatever the number of hosts."},
		Examples: "- ansible.builtin.add_host:\n    name: \"{{ new_machine }}\"\n    groups: [web]\n    http_port: 8080\n",
		Returns:  []module.Return{{Name: "add_host", Type: "dict", When: "success", Help: "The name, the groups and the variables."}},
	},
}})

// NewHost is a host that add_host adds to the inventory.
type NewHost struct {
	Name   string
	Groups []string
	Vars   *value.Dict
}

// Inventory takes hosts and groups that a run adds, from several goroutines at once.
type Inventory interface {
	// AddHost adds a host, or groups and variables to one that is there; changed tells whether anything was new.
	AddHost(h NewHost) (changed bool, err error)
	// AddGroup puts a host into a group below parents, each of which is made if it is not there.
	AddGroup(host, group string, parents []string) (changed bool, err error)
	// Address parts a port from a name, 0 where there is none.
	Address(name string) (host string, port int)
}

// runAddHost adds a host to the inventory.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/add_host_module.html
func runAddHost(_ context.Context, c *Call) (*result.Result, error) {
	if raw, ok := c.Args.Stored("_raw_params").(value.Str); ok && raw.String() != "" {
		return nil, c.errorf("Invalid raw parameters passed, requires a dictionary/mapping got a  "+
			"<class 'ansible.module_utils._internal._datatag.%s'>", pythonType(raw))
	}
	name := c.first("name", "hostname", "host")
	if name == nil || name == value.None {
		return nil, c.errorf("name, host or hostname needs to be provided")
	}
	full, err := value.Text(name)
	if err != nil {
		return nil, err
	}
	groups, err := c.hostGroups(c.first("groupname", "groups", "group"))
	if err != nil {
		return nil, err
	}
	h := NewHost{Groups: groups, Vars: value.NewDict()}
	for it := c.Args.Iterate(); it.Next(); {
		switch key, _ := value.Text(it.Key()); key {
		case "name", "hostname", "groupname", "groups":
		default:
			h.Vars.SetStr(key, it.Stored())
		}
	}
	var port int
	if h.Name, port = c.Inventory.Address(full); port != 0 {
		h.Vars.SetStr("ansible_ssh_port", value.NewInt(int64(port)))
	}
	changed, err := c.Inventory.AddHost(h)
	if err != nil {
		return nil, err
	}
	r := ok("add_host", value.DictOf("host_name", value.NewStr(h.Name), "groups", stringList(h.Groups), "host_vars", h.Vars))
	r.Changed = changed
	r.Values.SetStr("changed", value.Bool(changed))
	return r, nil
}

// first is the first of the arguments that is given, nil when none is.
func (c *Call) first(names ...string) value.Value {
	for _, n := range names {
		if v := c.Args.Stored(n); v != nil {
			return v
		}
	}
	return nil
}

// hostGroups reads names of groups: a list, or a text with commas between them.
func (c *Call) hostGroups(v value.Value) ([]string, error) {
	groups := []string{}
	add := func(name string) {
		for _, g := range groups {
			if g == name {
				return
			}
		}
		groups = append(groups, name)
	}
	switch v := v.(type) {
	case nil, value.NoneType:
	case *value.List:
		for _, e := range v.Stored() {
			text, err := value.Text(e)
			if err != nil {
				return nil, err
			}
			add(strings.TrimSpace(text))
		}
	case value.Str:
		if v.String() == "" {
			break
		}
		for _, name := range strings.Split(v.String(), ",") {
			add(strings.TrimSpace(name))
		}
	default:
		return nil, &Error{Msg: "Groups must be specified as a list.", Pos: value.OriginOf(v)}
	}
	return groups, nil
}

func stringList(texts []string) *value.List {
	l := value.NewList()
	for _, s := range texts {
		l.Append(value.NewStr(s))
	}
	return l
}

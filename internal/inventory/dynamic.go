package inventory

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// NewHost is a host that a run adds: add_host.
type NewHost struct {
	Name   string
	Groups []string
	Vars   *value.Dict
}

// AddDynamicHost adds a host to the inventory of a run, or variables and groups to one that is there. changed tells whether
// anything was new.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/add_host_module.html
func (inv *Inventory) AddDynamicHost(n NewHost) (changed bool, err error) {
	h := inv.hostOf[n.Name]
	if h == nil {
		if h, err = inv.AddHost(n.Name, inv.groupOf[All], 0); err != nil {
			return false, err
		}
		changed = true
	}
	for it := n.Vars.Iterate(); it.Next(); {
		key, err := value.Text(it.Key())
		if err != nil {
			return changed, err
		}
		old := h.vars.Stored(key)
		if old != nil {
			if same, err := value.Equal(old, it.Stored()); err == nil && same {
				continue
			}
		}
		h.SetVar(key, it.Stored())
		changed = true
	}
	for _, name := range n.Groups {
		fresh := inv.groupOf[name] == nil
		g, err := inv.AddGroup(name)
		if err != nil {
			return changed, err
		}
		if fresh || !h.named(g) {
			g.addHost(h)
			changed = true
		}
	}
	if changed {
		inv.Reconcile()
	}
	return changed, nil
}

// AddDynamicGroup puts a host into a group below parents, each of which is made if it is not there: group_by. changed tells
// whether anything was new.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/group_by_module.html
func (inv *Inventory) AddDynamicGroup(host, group string, parents []string) (changed bool, err error) {
	changed = inv.groupOf[group] == nil
	g, err := inv.AddGroup(group)
	if err != nil {
		return false, err
	}
	for _, name := range parents {
		changed = changed || inv.groupOf[name] == nil
		p, err := inv.AddGroup(name)
		if err != nil {
			return changed, err
		}
		if !g.childOf(p) {
			if err := p.addChild(g); err != nil {
				return changed, err
			}
			changed = true
		}
	}
	if h := inv.Host(host); h != nil && !h.named(g) {
		g.addHost(h)
		changed = true
	}
	if changed {
		inv.Reconcile()
	}
	return changed, nil
}

// Address parts the port from the name of a host, such as "web:2222" or "[::1]:22"; 0 where there is none.
func Address(name string) (host string, port int) {
	host, port, _ = splitPort(name)
	return host, port
}

// named reports whether the group names the host itself.
func (h *Host) named(g *Group) bool {
	for _, o := range h.groups {
		if o == g {
			return true
		}
	}
	return false
}

func (g *Group) childOf(p *Group) bool {
	for _, o := range g.parents {
		if o == p {
			return true
		}
	}
	return false
}

package cli

import (
	"context"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
)

// dynamicInventory takes the hosts and groups that tasks add, and keeps them through a meta: refresh_inventory.
type dynamicInventory struct {
	hosts   *vars.Hosts
	changed func() // drops what was kept of the inventory

	mu    sync.Mutex
	added []func(inv *inventory.Inventory) (bool, error)
}

func (d *dynamicInventory) do(add func(inv *inventory.Inventory) (bool, error)) (changed bool, err error) {
	d.mu.Lock()
	d.added = append(d.added, add)
	d.mu.Unlock()
	d.hosts.Change(func(inv *inventory.Inventory) { changed, err = add(inv) })
	if changed {
		d.changed()
	}
	return changed, err
}

// AddHost is add_host.
func (d *dynamicInventory) AddHost(h actions.NewHost) (changed bool, err error) {
	return d.do(func(inv *inventory.Inventory) (bool, error) { return inv.AddDynamicHost(inventory.NewHost(h)) })
}

// AddGroup is group_by.
func (d *dynamicInventory) AddGroup(host, group string, parents []string) (changed bool, err error) {
	return d.do(func(inv *inventory.Inventory) (bool, error) { return inv.AddDynamicGroup(host, group, parents) })
}

// Address parts a port from a name.
func (*dynamicInventory) Address(name string) (host string, port int) { return inventory.Address(name) }

var _ actions.Inventory = (*dynamicInventory)(nil)

// refreshInventory reads the sources of the inventory anew; what tasks added stays.
func (r *run) refreshInventory(ctx context.Context) error {
	inv, err := r.readInventory(ctx)
	if err != nil {
		return err
	}
	for _, add := range r.dynamic.added {
		if _, err := add(inv); err != nil {
			return err
		}
	}
	limit, err := inv.NewLimit(r.req.options.limit...)
	if err != nil {
		return withCode(ExitError, err)
	}
	r.inventory.Inventory, r.inventory.limit = inv, limit
	r.hostVars.Replace(inv)
	r.vars.InventoryChanged()
	return nil
}

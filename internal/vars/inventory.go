package vars

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Hosts is an Inventory of what the inventory room has read. It may be used by several goroutines at once.
type Hosts struct {
	inv    *inventory.Inventory
	mu     sync.RWMutex // guards what inv holds against Change
	age    atomic.Int64 // grows with each Forget
	layers sync.Map     // layersOf -> []*value.Dict
}

type layersOf struct{ host, playbookDir string }

// Change lets f change the inventory while nobody reads it.
func (h *Hosts) Change(f func(inv *inventory.Inventory)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(h.inv)
}

// Read lets f read the inventory while nobody changes it.
func (h *Hosts) Read(f func(inv *inventory.Inventory)) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	f(h.inv)
}

// Replace takes another inventory in the place of the one that was read.
func (h *Hosts) Replace(inv *inventory.Inventory) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inv = inv
}

// FromInventory makes the variables' view of an inventory.
func FromInventory(inv *inventory.Inventory) *Hosts { return &Hosts{inv: inv} }

// Check reads the group_vars and host_vars files of every host, with those beside the playbook ("" for none), and returns
// a diag.List of what is wrong with them. What Check does not find can't be wrong later.
func (h *Hosts) Check(playbookDir string) error {
	var findings diag.List
	seen := map[string]bool{}
	for _, host := range h.inv.Hosts() {
		if _, err := h.inv.Layers(host, playbookDir); err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			findings.Add(err)
		}
	}
	return findings.Err()
}

// HostNames returns the names of all hosts in the inventory's order.
func (h *Hosts) HostNames() []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	hosts := h.inv.Hosts()
	names := make([]string, len(hosts))
	for i, host := range hosts {
		names[i] = host.Name()
	}
	return names
}

// Layers returns the variables of a host without those beside a playbook.
func (h *Hosts) Layers(host string) ([]*value.Dict, bool) { return h.LayersIn(host, "") }

// LayersIn returns the variables of a host, the weakest first; those of files that can't be read are left out: see Check.
func (h *Hosts) LayersIn(host, playbookDir string) ([]*value.Dict, bool) {
	key := layersOf{host, playbookDir}
	if l, ok := h.layers.Load(key); ok {
		return l.([]*value.Dict), true
	}
	age := h.age.Load()
	h.mu.RLock()
	defer h.mu.RUnlock()
	it := h.inv.Host(host)
	if it == nil {
		return nil, false
	}
	found, _ := h.inv.Layers(it, playbookDir)
	layers := make([]*value.Dict, len(found))
	for i, l := range found {
		layers[i] = l.Vars
	}
	h.layers.Store(key, layers)
	if h.age.Load() != age { // the inventory was changed meanwhile
		h.layers.Delete(key)
	}
	return layers, true
}

// Forget drops what was kept of the inventory, after it was changed.
func (h *Hosts) Forget() {
	h.age.Add(1)
	h.layers.Clear()
}

// GroupNames returns the names of the groups that the host is in, sorted and without "all".
func (h *Hosts) GroupNames(host string) []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	it := h.inv.Host(host)
	if it == nil {
		return nil
	}
	var names []string
	for _, g := range it.Groups() {
		names = append(names, g.Name())
	}
	slices.Sort(names)
	return names
}

// GroupHosts returns the names of all groups in order, and of the hosts in each.
func (h *Hosts) GroupHosts() ([]string, map[string][]string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var names []string
	hosts := map[string][]string{}
	for _, g := range h.inv.Groups() {
		names = append(names, g.Name())
		members := g.Hosts()
		list := make([]string, len(members))
		for i, m := range members {
			list[i] = m.Name()
		}
		hosts[g.Name()] = list
	}
	return names, hosts
}

// SourceOf returns inventory_file and inventory_dir of a host.
func (h *Hosts) SourceOf(host string) (file, dir string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	it := h.inv.Host(host)
	if it == nil {
		return "", ""
	}
	return it.File(), it.Dir()
}

var _ Inventory = (*Hosts)(nil)

package cli

import (
	"context"
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
)

// hostSet is the inventory of a run as variables see it.
type hostSet struct {
	*inventory.Inventory
	limit       inventory.Limit
	playbookDir string
}

// loadInventory reads the inventory and the limit.
func (r *run) loadInventory(ctx context.Context) error {
	inv, err := inventory.Load(ctx, r.req.inventories, inventory.Options{
		Dir: r.env.Dir,
		Open: func(text []byte, where source.Pos) ([]byte, error) {
			plain, _, err := r.secrets.decrypt(text, where)
			return plain, err
		},
		Opened: r.secrets.fileOpened, Vault: r.secrets.ring.Hook, Warn: r.warnInventory, Env: r.env.Environ,
	})
	if err != nil {
		return err
	}
	r.inventory = &hostSet{Inventory: inv, playbookDir: r.playbookDir()}
	for _, h := range inv.Hosts() {
		r.redactor.Exempt(h.Name())
	}
	for _, g := range inv.Groups() {
		r.redactor.Exempt(g.Name())
	}
	if r.inventory.limit, err = inv.NewLimit(r.req.options.limit...); err != nil {
		return withCode(ExitError, err)
	}
	return nil
}

func (r *run) warnInventory(w inventory.Warning) {
	if w.Deprecated {
		r.sink.Handle(event.Deprecation{Text: w.Text, Pos: w.Pos})
		return
	}
	r.sink.Handle(event.Warning{Text: w.Text, Pos: w.Pos})
}

// hosts gives the hosts of a pattern within the limit. Their variables are read, so that a file that can't be opened is
// told before anything runs.
func (r *run) hosts(pattern string) ([]string, error) {
	found, err := r.inventory.Match(r.inventory.limit, pattern)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(found))
	for i, h := range found {
		if _, err := r.inventory.Inventory.Layers(h, r.inventory.playbookDir); err != nil {
			return nil, withCode(ExitParser, err)
		}
		names[i] = h.Name()
	}
	return names, nil
}

// HostNames returns the names of all hosts.
func (s *hostSet) HostNames() []string {
	names := make([]string, 0, len(s.Hosts()))
	for _, h := range s.Hosts() {
		names = append(names, h.Name())
	}
	return names
}

// Layers returns the variables of a host, the weakest first. Files that can't be read were told by hosts.
func (s *hostSet) Layers(name string) ([]*value.Dict, bool) { return s.LayersIn(name, s.playbookDir) }

// LayersIn is Layers with the group_vars and host_vars beside the playbooks in a folder.
func (s *hostSet) LayersIn(name, playbookDir string) ([]*value.Dict, bool) {
	h := s.Host(name)
	if h == nil {
		return nil, false
	}
	layers, err := s.Inventory.Layers(h, playbookDir)
	if err != nil {
		return nil, false
	}
	out := make([]*value.Dict, len(layers))
	for i, l := range layers {
		out[i] = l.Vars
	}
	return out, true
}

// GroupNames returns the names of the groups of a host, sorted and without "all".
func (s *hostSet) GroupNames(name string) []string {
	h := s.Host(name)
	if h == nil {
		return nil
	}
	var names []string
	for _, g := range h.Groups() {
		if g.Name() != inventory.All {
			names = append(names, g.Name())
		}
	}
	slices.Sort(names)
	return names
}

// GroupHosts returns the names of all groups, and of the hosts in each.
func (s *hostSet) GroupHosts() ([]string, map[string][]string) {
	var names []string
	hosts := map[string][]string{}
	for _, g := range s.Groups() {
		names = append(names, g.Name())
		for _, h := range g.Hosts() {
			hosts[g.Name()] = append(hosts[g.Name()], h.Name())
		}
	}
	return names, hosts
}

// SourceOf returns the file and the folder of the inventory that a host comes from.
func (s *hostSet) SourceOf(name string) (file, dir string) {
	if h := s.Host(name); h != nil {
		return h.File(), h.Dir()
	}
	return "", ""
}

var _ vars.Inventory = (*hostSet)(nil)

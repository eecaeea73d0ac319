package inventory

import (
	"fmt"
	"sync"
	"unicode"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Inventory holds hosts and groups in the order in which the sources name them.
type Inventory struct {
	opts     Options
	hosts    []*Host
	groups   []*Group
	hostOf   map[string]*Host
	groupOf  map[string]*Group
	sources  []string // absolute paths, and comma lists as they were given
	parsed   bool
	current  string // the source that is being read
	badNames bool
	files    varsFiles
	plugins  []plugin // that are enabled
	failed   error    // a source that had to be understood was not

	mu        sync.Mutex // guards localhost
	localhost *Host
}

// New gives an inventory with the groups "all" and "ungrouped" and no host.
func New(opts Options) *Inventory {
	inv := &Inventory{opts: opts, hostOf: map[string]*Host{}, groupOf: map[string]*Group{}}
	inv.files.inv = inv
	for _, name := range []string{All, Ungrouped} {
		_, _ = inv.AddGroup(name)
	}
	_ = inv.groupOf[All].addChild(inv.groupOf[Ungrouped])
	return inv
}

// Hosts returns every host that a source names, in the order in which they came.
func (inv *Inventory) Hosts() []*Host { return inv.hosts }

// Groups returns every group, "all" and "ungrouped" first, then in the order in which they came.
func (inv *Inventory) Groups() []*Group { return inv.groups }

// Sources returns the sources: absolute paths, and lists of hosts as they were given.
func (inv *Inventory) Sources() []string { return inv.sources }

// Parsed reports whether any source was understood.
func (inv *Inventory) Parsed() bool { return inv.parsed }

// Group returns the group of that name, or nil.
func (inv *Inventory) Group(name string) *Group { return inv.groupOf[name] }

// localNames are the names that mean this machine where no host has them.
var localNames = map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true}

// Host returns the host of that name, or nil. localhost, 127.0.0.1 and ::1 always exist: where no source names one of
// them, they are the implicit localhost with the connection "local", which belongs to no group.
func (inv *Inventory) Host(name string) *Host {
	if h := inv.hostOf[name]; h != nil {
		return h
	}
	if !localNames[name] {
		return nil
	}
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.localhost == nil {
		h := &Host{name: name, vars: value.NewDict(), implicit: true}
		h.vars.SetStr("ansible_connection", value.NewStr("local"))
		if inv.opts.LocalPython != "" {
			h.vars.SetStr("ansible_python_interpreter", value.NewStr(inv.opts.LocalPython))
		}
		inv.localhost = h
	}
	return inv.localhost
}

var oddInGroupName = lazyregexp.New(`^[^\pL_]|[^\pL\pN_]`)

// isGroupName reports whether a name has what names of groups may have.
func isGroupName(name string) bool {
	for i, c := range name {
		if c != '_' && !unicode.IsLetter(c) && (i == 0 || !unicode.IsNumber(c)) {
			return false
		}
	}
	return name != ""
}

// AddGroup gives the group of that name, which it makes if there is none.
func (inv *Inventory) AddGroup(name string) (*Group, error) {
	if name == "" {
		//lint:ignore ST1005 Ansible's words
		return nil, fmt.Errorf("Invalid empty/false group name provided: %s", name)
	}
	if g := inv.groupOf[name]; g != nil {
		return g, nil
	}
	if !isGroupName(name) {
		switch inv.opts.GroupNames {
		case "always", "silently":
			if name = oddInGroupName().ReplaceAllString(name, "_"); !inv.badNames && inv.opts.GroupNames == "always" {
				inv.warn(Warning{Text: "Invalid characters were found in group names and automatically replaced, use -vvvv to see details"})
			}
			if g := inv.groupOf[name]; g != nil {
				return g, nil
			}
		case "ignore":
		default:
			if !inv.badNames {
				inv.warn(Warning{Text: "Invalid characters were found in group names but not replaced, use -vvvv to see details"})
			}
		}
		inv.badNames = true
	}
	g := &Group{name: name, vars: value.NewDict(), priority: 1}
	inv.groupOf[name] = g
	inv.groups = append(inv.groups, g)
	return g, nil
}

// AddHost gives the host of that name, which it makes if there is none, and puts it into the group, unless that is nil.
// A port other than 0 becomes the host's ansible_port.
func (inv *Inventory) AddHost(name string, group *Group, port int) (*Host, error) {
	if name == "" {
		//lint:ignore ST1005 Ansible's words
		return nil, fmt.Errorf("Invalid empty host name provided: %s", name)
	}
	h := inv.hostOf[name]
	if h == nil {
		h = &Host{name: name, vars: value.NewDict(), file: inv.current, dir: inv.sourceDir(inv.current)}
		if port != 0 {
			h.vars.SetStr("ansible_port", value.NewInt(int64(port)))
		}
		inv.hostOf[name] = h
		inv.hosts = append(inv.hosts, h)
		if localNames[name] {
			if inv.localhost == nil {
				inv.localhost = h
			} else {
				inv.warn(Warning{Text: fmt.Sprintf("A duplicate localhost-like entry was found (%s). First found localhost was %s", name, inv.localhost.name)})
			}
		}
	}
	if group != nil {
		group.addHost(h)
	}
	return h, nil
}

// AddChild makes a group the child of another. A loop is an error.
func (inv *Inventory) AddChild(parent, child *Group) error { return parent.addChild(child) }

// SetVar sets a variable of a group; ansible_group_priority is not one, but sets the priority.
func (g *Group) SetVar(key string, v value.Value) error {
	if key == "ansible_group_priority" {
		return g.setPriority(v)
	}
	g.vars.SetStr(key, v)
	return nil
}

func (g *Group) setPriority(v value.Value) error {
	switch n := v.(type) {
	case value.Int:
		if i, ok := n.Int64(); ok {
			g.priority = int(i)
			return nil
		}
	case value.Str:
		if i, err := pyInt(n.String()); err == nil {
			g.priority = i
			return nil
		}
	}
	return fmt.Errorf("invalid group priority %v", describe(v))
}

// SetVar sets a variable of a host.
func (h *Host) SetVar(key string, v value.Value) { h.vars.SetStr(key, v) }

// Reconcile puts what belongs to no group into "ungrouped", groups without a parent into "all", and warns of names that
// are both. Load calls it; who adds hosts or groups later calls it again.
func (inv *Inventory) Reconcile() {
	all, ungrouped := inv.groupOf[All], inv.groupOf[Ungrouped]
	for _, g := range inv.groups {
		if g != all && len(g.parents) == 0 {
			_ = all.addChild(g)
		}
	}
	for _, h := range inv.hosts {
		named := false
		for _, g := range h.groups {
			named = named || g != all && g != ungrouped
		}
		switch {
		case h.in(ungrouped) && named:
			ungrouped.removeHost(h)
		case !named && !h.implicit:
			ungrouped.addHost(h)
		}
	}
	for _, g := range inv.groups {
		if inv.hostOf[g.name] != nil {
			inv.warn(Warning{Text: "Found both group and host with same name: " + g.name})
		}
	}
}

// Warning is what Ansible tells about an inventory and goes on.
type Warning struct {
	Text       string     // what Ansible prints behind "[WARNING]: " or "[DEPRECATION WARNING]: "
	Help       string     // what Ansible prints below the excerpt of Pos, or ""
	Deprecated bool       // a deprecation warning
	Pos        source.Pos // where, if it is known
	Err        error      // the finding behind it with place and hint, a *diag.Error, or nil

	plugin string // that failed
	asked  bool   // the failure has a finding of its own
}

func (inv *Inventory) warn(w Warning) {
	if inv.opts.Warn != nil {
		inv.opts.Warn(w)
	}
}

package inventory

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Level says where variables of a host come from. The levels are in the order of precedence, the weakest first, which is
// that of Ansible's setting VARIABLE_PRECEDENCE.
type Level int

// The levels.
const (
	AllInventory        Level = iota + 1 // the group "all" in a source
	GroupsInventory                      // other groups in a source
	AllFilesInventory                    // group_vars/all beside a source
	AllFilesPlaybook                     // group_vars/all beside the playbook
	GroupFilesInventory                  // group_vars/* beside a source
	GroupFilesPlaybook                   // group_vars/* beside the playbook
	HostInventory                        // the host in a source
	HostFilesInventory                   // host_vars/* beside a source
	HostFilesPlaybook                    // host_vars/* beside the playbook
)

// Layer is one set of variables of a host. Layers are shared between hosts and must not be changed.
type Layer struct {
	Level Level
	Name  string // of the group or host
	File  string // of a group_vars or host_vars file, else ""
	Vars  *value.Dict
}

// Layers returns the variables of a host as they were defined, the weakest first: a later layer's variable replaces an
// earlier one's (or is merged into it, under hash_behaviour=merge). playbookDir is the folder of the playbook, "" for none.
// The error is that of the first group_vars or host_vars file that cannot be read, a *diag.Error.
func (inv *Inventory) Layers(h *Host, playbookDir string) ([]Layer, error) {
	groups := h.Groups()
	l := &layers{inv: inv, playbookDir: playbookDir}
	all := []*Group{inv.groupOf[All]}
	l.own(AllInventory, all)
	l.own(GroupsInventory, groups)
	l.groupFiles(AllFilesInventory, AllFilesPlaybook, all)
	l.groupFiles(GroupFilesInventory, GroupFilesPlaybook, groups)
	if h.vars.Len() > 0 {
		l.out = append(l.out, Layer{Level: HostInventory, Name: h.name, Vars: h.vars})
	}
	for _, dir := range inv.sourceDirs() {
		l.files(HostFilesInventory, dir, "host_vars", h.name)
	}
	if playbookDir != "" {
		l.files(HostFilesPlaybook, playbookDir, "host_vars", h.name)
	}
	return l.out, l.err
}

type layers struct {
	inv         *Inventory
	playbookDir string
	out         []Layer
	err         error
}

func (l *layers) own(level Level, groups []*Group) {
	for _, g := range groups {
		if g.vars.Len() > 0 {
			l.out = append(l.out, Layer{Level: level, Name: g.name, Vars: g.vars})
		}
	}
}

// groupFiles adds the files of groups: source by source, and for each the groups in their order.
func (l *layers) groupFiles(inventory, playbook Level, groups []*Group) {
	for _, dir := range l.inv.sourceDirs() {
		for _, g := range groups {
			l.files(inventory, dir, "group_vars", g.name)
		}
	}
	if l.playbookDir != "" {
		for _, g := range groups {
			l.files(playbook, l.playbookDir, "group_vars", g.name)
		}
	}
}

func (l *layers) files(level Level, dir, kind, name string) {
	if l.err != nil {
		return
	}
	files, err := l.inv.files.find(dir, kind, name)
	if err != nil {
		l.err = err
		return
	}
	for _, f := range files {
		l.out = append(l.out, Layer{Level: level, Name: name, File: f.Path, Vars: f.Vars})
	}
}

// sourceDirs are the folders beside the sources, in their order.
func (inv *Inventory) sourceDirs() []string {
	dirs := make([]string, 0, len(inv.sources))
	for _, s := range inv.sources {
		switch info, err := os.Stat(s); {
		case err != nil && strings.Contains(s, ","):
		case err == nil && info.IsDir():
			dirs = append(dirs, s)
		default:
			dirs = append(dirs, filepath.Dir(s))
		}
	}
	return dirs
}

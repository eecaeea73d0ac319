package playbook

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// builtinGroups are the groups of modules that ansible-core 2.19 itself names: all of their modules are in collections.
var builtinGroups = []string{"acme", "aws", "azure", "cpm", "docker", "gcp", "k8s", "os", "ovirt", "testgroup", "testlegacy", "vmware"}

// ActionGroup gives the full names of the modules in a group, as module_defaults names it behind "group/"; dir is the folder of
// the playbook. ok is false when no group has that name.
// https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_module_defaults.html#module-defaults-groups
func (l *Loader) ActionGroup(name, dir string) (actions []string, ok bool) {
	return l.actionGroup(name, dir, nil)
}

func (l *Loader) actionGroup(name, dir string, above []string) (actions []string, ok bool) {
	name = strings.TrimPrefix(name, "ansible.builtin.")
	parts := strings.Split(name, ".")
	switch {
	case len(parts) == 1:
		return nil, slices.Contains(builtinGroups, name)
	case len(parts) != 3 || slices.Contains(above, name):
		return nil, false
	}
	for _, root := range l.collectionRoots(dir) {
		file := filepath.Join(root, parts[0], parts[1], "meta", "runtime.yml")
		if !l.isFile(file) {
			continue
		}
		v, _, err := l.ReadYAML(file)
		meta, _ := v.(*value.Dict)
		if err != nil || meta == nil {
			continue
		}
		groups, _ := meta.Stored("action_groups").(*value.Dict)
		if groups == nil || !groups.Has(parts[2]) {
			continue
		}
		collection := parts[0] + "." + parts[1] + "."
		for _, e := range listOf(groups.Stored(parts[2])) {
			actions = append(actions, l.groupMember(e, collection, dir, append(above, name))...)
		}
		return actions, true
	}
	return nil, false
}

// groupMember gives the modules of one element of a group: a module's name, or metadata that extends the group by others.
func (l *Loader) groupMember(e value.Value, collection, dir string, above []string) []string {
	full := func(name string) string {
		if strings.Count(name, ".") < 2 {
			return collection + name
		}
		return name
	}
	if s, ok := e.(value.Str); ok {
		return []string{full(s.String())}
	}
	d, _ := e.(*value.Dict)
	if d == nil {
		return nil
	}
	meta, _ := d.Stored("metadata").(*value.Dict)
	if meta == nil {
		return nil
	}
	var actions []string
	for _, other := range listOf(meta.Stored("extend_group")) {
		if s, ok := other.(value.Str); ok {
			more, _ := l.actionGroup(full(s.String()), dir, above)
			actions = append(actions, more...)
		}
	}
	return actions
}

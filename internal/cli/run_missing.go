package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/galaxy"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/preflight"
)

// missing gives what Ansible says of collections that are not there, while it looks for an action: in the collection that its
// name tells, or in the collections of the play and the role until it is found.
func (f *pluginFiles) missing(name string, collections []string) []string {
	if playbook.BuiltinName(name) != name {
		return nil
	}
	if strings.Count(name, ".") >= 2 {
		if f.knownAction(name, nil) {
			return nil
		}
		parts := strings.SplitN(name, ".", 3)
		return f.notThere(name, parts[0]+"."+parts[1])
	}
	for _, c := range collections {
		if full := c + "." + name; c == "ansible.builtin" || c == "ansible.legacy" || preflight.Known(full) || f.collected(full, "modules", "action") {
			break
		}
		if told := f.notThere(name, c); told != nil {
			if to := preflight.Redirect(name); to != "" {
				told = append(f.notThere(to, c), told...)
			}
			return told
		}
	}
	return nil
}

// notThere is the warning of a collection that is not there; nil when it is.
func (f *pluginFiles) notThere(plugin, collection string) []string {
	ns, name, _ := strings.Cut(collection, ".")
	why := ""
	switch {
	case !strings.Contains(collection, "."):
		why = collection + "." + plugin + " is not a valid collection reference"
	case !galaxy.IsName(collection):
		why = "invalid collection name (must be of the form namespace.collection): " + collection
	case f.there(ns, name):
		return nil
	case f.there(ns, ""):
		why = fmt.Sprintf("No module named 'ansible_collections.%s.%s'", ns, name)
	default:
		why = fmt.Sprintf("No module named 'ansible_collections.%s'", ns)
	}
	return []string{fmt.Sprintf("Error loading plugin '%s': %s", plugin, why)}
}

// hasCollection reports whether the collection of a full name is there.
func (f *pluginFiles) hasCollection(name string) bool {
	parts := strings.Split(name, ".")
	return len(parts) > 2 && f.there(parts[0], parts[1])
}

// there reports whether a collection lies in one of the folders, or is one of Ansible's package; with an empty name it is
// asked for any of the namespace.
func (f *pluginFiles) there(ns, name string) bool {
	prefix := ns + "."
	if name != "" {
		prefix += name + "."
	}
	if preflight.KnownCollection(prefix) {
		return true
	}
	for _, root := range f.collections {
		if info, err := os.Stat(filepath.Join(root, "ansible_collections", ns, name)); err == nil && info.IsDir() {
			return true
		}
	}
	return false
}

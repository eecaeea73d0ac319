package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lookups"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/preflight"
)

// pluginFiles looks for modules, actions and lookups that somebody else has written, where Ansible looks for them: beside the
// playbooks, in roles, in the folders of the settings, in collections. None of them is run here; that there is one makes a
// playbook one that Ansible reads.
type pluginFiles struct {
	beside      []string // folders of playbooks
	roles       []string // folders of the roles that were read so far
	collections []string // folders that hold ansible_collections
	modules     []string // folders of modules, by the settings

	mu     sync.Mutex
	listed map[string][]string
}

// exists reports whether a folder has a file of that name with any ending but those of texts.
func (f *pluginFiles) exists(dir, name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	names, seen := f.listed[dir]
	if !seen {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if f.listed == nil {
			f.listed = map[string][]string{}
		}
		f.listed[dir] = names
	}
	for _, n := range names {
		ext := filepath.Ext(n)
		if n == name || strings.TrimSuffix(n, ext) == name && !slices.Contains(noPlugins, ext) {
			return true
		}
	}
	return false
}

// noPlugins are endings of files that are no plugins (the setting module_ignore_exts).
var noPlugins = []string{".pyc", ".pyo", ".swp", ".bak", ".rpm", ".md", ".txt", ".rst", ".yaml", ".yml", ".ini"}

// local reports whether there is a plugin of a name without a collection. kinds are the folders' names: library, action_plugins.
func (f *pluginFiles) local(name string, kinds ...string) bool {
	for _, kind := range kinds {
		for _, dir := range f.beside {
			if f.exists(filepath.Join(dir, kind), name) {
				return true
			}
		}
		f.mu.Lock()
		roles := slices.Clone(f.roles)
		f.mu.Unlock()
		for _, dir := range roles {
			if f.exists(filepath.Join(dir, kind), name) {
				return true
			}
		}
	}
	return false
}

// addRole takes the folder of a role: what has plugins in it is found by all that is read after it.
func (f *pluginFiles) addRole(dir string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.roles, dir) {
		f.roles = append(f.roles, dir)
	}
}

// collected reports whether a collection has a plugin. kinds are the folders' names below plugins.
func (f *pluginFiles) collected(full string, kinds ...string) bool {
	parts := strings.SplitN(full, ".", 3)
	if len(parts) < 3 {
		return false
	}
	for _, root := range f.collections {
		base := filepath.Join(root, "ansible_collections", parts[0], parts[1])
		for _, kind := range kinds {
			below := strings.Split(parts[2], ".")
			dir := filepath.Join(append([]string{base, "plugins", kind}, below[:len(below)-1]...)...)
			if f.exists(dir, below[len(below)-1]) {
				return true
			}
		}
	}
	return false
}

// files makes what finds plugins for a run.
func (r *run) pluginFiles(collections []string) *pluginFiles {
	f := &pluginFiles{collections: collections, modules: r.settings.Paths("DEFAULT_MODULE_PATH")}
	for _, p := range r.req.playbooks {
		dir := filepath.Dir(r.abs(p))
		f.beside = append(f.beside, dir)
		f.collections = append(f.collections, filepath.Join(dir, "collections"))
	}
	return f
}

// knownAction reports whether Ansible would find a module or action: one that is built in, one of Ansible's package, or a file
// where it looks.
func (f *pluginFiles) knownAction(name string, collections []string) bool {
	if _, native := executor.FullName(name); native {
		return true
	}
	if short := playbook.BuiltinName(name); short != name {
		return preflight.Known("ansible.builtin."+short) || preflight.Redirected(short)
	}
	if strings.Contains(name, ".") {
		return preflight.Known(name) || preflight.Redirected(name) || f.collected(name, "modules", "action")
	}
	if preflight.Known("ansible.builtin."+name) || preflight.Redirected(name) || f.local(name, "library", "action_plugins") {
		return true
	}
	for _, dir := range f.modules {
		if f.exists(dir, name) {
			return true
		}
	}
	for _, c := range collections {
		if full := c + "." + name; preflight.Known(full) || preflight.Redirected(full) || f.collected(full, "modules", "action") {
			return true
		}
	}
	return false
}

// retired gives what Ansible says of a module that its collection has removed (gone) or will remove, "" of any other. A module of
// a name without a collection that lies as a file where Ansible looks comes before it.
func (f *pluginFiles) retired(name string, collections []string) (told string, gone bool) {
	short := playbook.BuiltinName(name)
	if short == name && !strings.Contains(name, ".") {
		for _, c := range collections {
			if c == "ansible.builtin" || c == "ansible.legacy" {
				break
			}
			full := c + "." + name
			if r, ok := preflight.FindRetired(full); ok {
				return r.Text(), r.Gone
			}
			if preflight.Known(full) || preflight.Redirected(full) || f.collected(full, "modules", "action") {
				return "", false
			}
		}
		if f.local(name, "library", "action_plugins") || slices.ContainsFunc(f.modules, func(dir string) bool { return f.exists(dir, name) }) {
			return "", false
		}
	}
	r, ok := preflight.FindRetired(short)
	if !ok {
		return "", false
	}
	return r.Text(), r.Gone
}

// knownLookup reports whether there is a lookup for a loop with_NAME.
func (f *pluginFiles) knownLookup(name string, collections []string) bool {
	if lookups.Set.Has(name) || f.local(name, "lookup_plugins") {
		return true
	}
	if parts := strings.Split(name, "."); len(parts) > 2 { // which lookups a collection has is not known here
		return f.there(parts[0], parts[1])
	}
	for _, c := range collections {
		if f.collected(c+"."+name, "lookup") {
			return true
		}
	}
	return oldLookups[name]
}

// oldLookups are lookups whose names without a collection mean one of a collection.
var oldLookups = map[string]bool{}

func init() {
	for n := range strings.FieldsSeq(`dig flattened cartesian filetree hashi_vault redis etcd passwordstore k8s onepassword credstash aws_ssm
		aws_secret nios keyring lastpass mongodb shelvefile hiera chef_databag consul_kv cyberarkpassword rabbitmq laps_password
		grafana_dashboard conjur_variable aws_account_attribute aws_service_ip_ranges`) {
		oldLookups[n] = true
	}
}

// nearAction gives the name of the built-in module that is nearest.
func nearAction(name string) string { return diag.Nearest(name, executor.Names()) }

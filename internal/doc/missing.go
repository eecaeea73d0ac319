package doc

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
)

// ansibleText has a line for each of our modules and actions: its name, and the arguments that Ansible's module of that name
// has, as `ansible-doc -j` of ansible-core 2.19 and the package ansible 12 tells them: "name|alias", "name.suboption".
//
//go:embed ansible.tsv
var ansibleText string

var ansibleArguments = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	// how ansible-doc calls what is written as the text of a task, or as arguments of any name
	free := []string{"free_form", "free-form", "key_value"}
	for line := range strings.Lines(ansibleText) {
		name, list, _ := strings.Cut(strings.TrimSpace(line), "\t")
		out[name] = slices.DeleteFunc(strings.Fields(list), func(a string) bool { return slices.Contains(free, a) })
	}
	return out
})

// Missing gives the arguments of Ansible's module, and their aliases, that ours refuses. A name that begins with an underscore
// is for other parts of Ansible and does not count.
func Missing(d *module.Def) []string {
	var out []string
	for _, a := range ansibleArguments()[d.Name] {
		path := strings.Split(a, ".")
		names := strings.Split(path[len(path)-1], "|")
		spec := d.Spec()
		known := true
		for _, p := range path[:len(path)-1] {
			parent := spec.Find(p)
			if known = parent != nil && parent.Options != nil; !known {
				break // the parent is missing, or takes whatever it is given
			}
			spec = parent.Options
		}
		if !known {
			continue
		}
		within := strings.Join(append(slices.Clone(path[:len(path)-1]), ""), ".")
		for _, n := range names {
			if !strings.HasPrefix(n, "_") && spec.Find(n) == nil {
				out = append(out, within+n)
			}
		}
	}
	return out
}

// Listed reports whether it is known which arguments Ansible's module of that full name has.
func Listed(name string) bool { return ansibleArguments()[name] != nil }

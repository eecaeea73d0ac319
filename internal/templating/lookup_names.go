package templating

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lookups"
)

// HasLookup reports whether there is a lookup of that name; what collections have is taken for granted.
func (e *Engine) HasLookup(name string) bool {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "ansible.builtin."), "ansible.legacy.")
	return strings.Contains(name, ".") || lookups.Set.Find(name) != nil || e.o.Lookups[name] != nil
}

package cli

import (
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/preflight"
)

// TestRedirects: a module that is built in answers to every name by which Ansible knows it.
func TestRedirects(t *testing.T) {
	short := 0
	for _, def := range modules.All().Defs() {
		name := def.Name[strings.LastIndexByte(def.Name, '.')+1:]
		for _, other := range []string{name, "community.general." + name} {
			if strings.HasPrefix(def.Name, "ansible.builtin.") || preflight.Redirect(other) != def.Name {
				continue
			}
			short++
			if modules.Find(other) == nil {
				t.Errorf("%s does not lead to %s", other, def.Name)
			}
		}
	}
	if short < 40 {
		t.Errorf("only %d other names were looked at", short)
	}
}

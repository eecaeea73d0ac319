package commands_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/commands"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

func TestFaults(t *testing.T) {
	moduletest.RunFaults(t, &commands.Set, modules.Find, []moduletest.Fault{}, map[string]string{
		"command": "what it runs writes",
		"shell":   "what it runs writes",
		"expect":  "what it runs writes",
	})
}

package selinux_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/selinux"
)

func TestFaults(t *testing.T) {
	moduletest.RunFaults(t, &selinux.Set, modules.Find, []moduletest.Fault{
		{Name: "selinux", Module: "selinux", Args: `{"state": "disabled", "configfile": "@W@/c"}`, Files: map[string]string{"c": "SELINUX=permissive\n"}},
	}, map[string]string{
		"seboolean":          "setsebool writes",
		"sefcontext":         "semanage writes",
		"selinux_permissive": "semanage writes",
		"seport":             "semanage writes",
	})
}

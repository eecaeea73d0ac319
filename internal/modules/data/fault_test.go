package data_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/data"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

func TestFaults(t *testing.T) {
	moduletest.RunFaults(t, &data.Set, modules.Find, []moduletest.Fault{}, map[string]string{
		"ping": "it answers",
	})
}

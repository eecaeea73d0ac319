package storage_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/storage"
)

func TestFaults(t *testing.T) {
	moduletest.RunFaults(t, &storage.Set, modules.Find, nil, map[string]string{
		"filesystem": "mkfs and the like write",
		"lvg":        "the programs of LVM write",
		"lvol":       "the programs of LVM write",
	})
}

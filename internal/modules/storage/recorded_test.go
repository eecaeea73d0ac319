package storage_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

func TestMachine(t *testing.T) { moduletest.RunMachine(t, modules.Find) }

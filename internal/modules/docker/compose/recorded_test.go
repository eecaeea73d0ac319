package compose_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

// TestAsAnsible: a stub stands for docker, and writes events of all versions of Compose.
func TestAsAnsible(t *testing.T) { moduletest.Run(t, modules.Find) }

// TestMachine: with real engines and Compose.
func TestMachine(t *testing.T) { moduletest.RunMachine(t, modules.Find) }

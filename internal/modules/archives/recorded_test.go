package archives_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

func TestAsAnsible(t *testing.T) { moduletest.Run(t, modules.Find) }

package languages_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/languages"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

func TestFaults(t *testing.T) {
	moduletest.RunFaults(t, &languages.Set, modules.Find, nil, map[string]string{
		"pip":      "pip writes",
		"composer": "composer writes",
	})
}

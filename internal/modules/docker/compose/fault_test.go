package compose_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/compose"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

func TestFaults(t *testing.T) {
	const works = "docker compose does the work"
	moduletest.RunFaults(t, &compose.Set, modules.Find, nil, map[string]string{
		"docker_compose_v2_pull": works,
		"docker_compose_v2_run":  works,
	})
}

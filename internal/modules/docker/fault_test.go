package docker_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

func TestFaults(t *testing.T) {
	const engine, reads = "the engine writes", "reads"
	moduletest.RunFaults(t, &docker.Set, modules.Find, nil, map[string]string{
		"docker_container_info": reads,
		"docker_host_info":      reads,
		"docker_prune":          engine,
		"docker_container":      engine,
		"docker_network":        engine,
		"docker_network_info":   reads,
		"docker_volume":         engine,
		"docker_volume_info":    reads,
	})
}

package image_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/image"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

func TestFaults(t *testing.T) {
	const engine, reads = "the engine writes", "reads"
	moduletest.RunFaults(t, &image.Set, modules.Find, nil, map[string]string{
		"docker_image_build": "docker buildx writes", "docker_login": "writes through a draft, which a case on an engine shows",
		"docker_image_export": "writes through a draft, which a case on an engine shows", "docker_image_info": reads, "docker_image_load": engine,
		"docker_image_pull": engine, "docker_image_push": engine, "docker_image_remove": engine, "docker_image_tag": engine,
	})
}

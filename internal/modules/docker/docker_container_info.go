package docker

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_container_info", Redirects: []string{"ansible.builtin.docker_container_info", "community.general.docker_container_info"}, Check: module.Full, Run: runContainerInfo,
	Args:  withEngine(module.Args{{Name: "name", Required: true, Help: "The container, by its name or its id."}}),
	Rules: rules(module.Rules{}),
	Doc: module.Doc{
		Short: "Tell about a container of Docker.",
		Examples: `- community.docker.docker_container_info:
    name: kimai
  register: kimai
`,
		Returns: []module.Return{
			{Name: "exists", Type: "bool", When: "always", Help: "Whether there is such a container."},
			{Name: "container", Type: "dict", When: "always", Help: "What the engine tells of it, or null."},
		},
	},
})

func runContainerInfo(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	c, failed, err := engine.Open(ctx, sys, p)
	if failed != nil || err != nil {
		return orFailed(failed, err)
	}
	d, err := findContainer(ctx, c, p.Str("name"))
	if err != nil {
		if engine.IsRefusal(err) {
			return module.Fail("Error retrieving container list: %v", err), nil
		}
		return engine.Failed(ctx, err)
	}
	return found("container", d), nil
}

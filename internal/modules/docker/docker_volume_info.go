package docker

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_volume_info", Redirects: []string{"ansible.builtin.docker_volume_info", "community.general.docker_volume_info"}, Check: module.Full, Run: runVolumeInfo,
	Args:  withEngine(module.Args{{Name: "name", Aliases: []string{"volume_name"}, Required: true, Help: "The volume."}}),
	Rules: rules(module.Rules{}),
	Doc: module.Doc{
		Short: "Tell about a volume of Docker.",
		Examples: `- community.docker.docker_volume_info:
    name: kimai_var
  register: volume
`,
		Returns: []module.Return{
			{Name: "exists", Type: "bool", When: "always", Help: "Whether there is such a volume."},
			{Name: "volume", Type: "dict", When: "always", Help: "What the engine tells of it, or null."},
		},
	},
})

func runVolumeInfo(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	c, failed, err := engine.Open(ctx, sys, p)
	if failed != nil || err != nil {
		return orFailed(failed, err)
	}
	d, err := c.Find(ctx, engine.Request{Path: "/volumes/" + engine.Escape(p.Str("name"))})
	if err != nil {
		return engine.Failed(ctx, err)
	}
	return found("volume", d), nil
}

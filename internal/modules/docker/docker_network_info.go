package docker

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_network_info", Redirects: []string{"ansible.builtin.docker_network_info", "community.general.docker_network_info"}, Check: module.Full, Run: runNetworkInfo,
	Args:  withEngine(module.Args{{Name: "name", Required: true, Help: "The network, by its name or its id."}}),
	Rules: rules(module.Rules{}),
	Doc: module.Doc{
		Short: "Tell about a network of Docker.",
		Examples: `- community.docker.docker_network_info:
    name: kimai
  register: network
`,
		Returns: []module.Return{
			{Name: "exists", Type: "bool", When: "always", Help: "Whether there is such a network."},
			{Name: "network", Type: "dict", When: "always", Help: "What the engine tells of it, or null."},
		},
	},
})

func runNetworkInfo(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	c, failed, err := engine.Open(ctx, sys, p)
	if failed != nil || err != nil {
		return orFailed(failed, err)
	}
	d, err := findNetwork(ctx, c, p.Str("name"))
	if err != nil {
		return engine.Failed(ctx, err)
	}
	return found("network", d), nil
}

// found is the result of a module that tells about one thing, which may be nil.
func found(key string, d *value.Dict) module.Result {
	var r module.Result
	r.Set("exists", d != nil)
	if d == nil {
		return r.With(key, nil)
	}
	return r.With(key, d)
}

// orFailed gives the result of a call that ends before its work.
func orFailed(r *module.Result, err error) (module.Result, error) {
	if r == nil {
		r = &module.Result{}
	}
	return *r, err
}

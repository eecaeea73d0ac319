package docker

import (
	"context"
	"net/url"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_prune", Redirects: []string{"ansible.builtin.docker_prune", "community.general.docker_prune"}, Check: module.None, Run: runPrune,
	Args: withEngine(module.Args{
		{Name: "containers", Type: module.Bool, Default: false, Help: "Remove containers that have ended."},
		{Name: "containers_filters", Type: module.Dict, Help: "Which of them, as until: 24h or label: KEY=VALUE."},
		{Name: "images", Type: module.Bool, Default: false, Help: "Remove images that have no name and no container."},
		{Name: "images_filters", Type: module.Dict, Help: "Which of them; with dangling: false those with a name too."},
		{Name: "networks", Type: module.Bool, Default: false, Help: "Remove networks without a container."},
		{Name: "networks_filters", Type: module.Dict, Help: "Which of them."},
		{Name: "volumes", Type: module.Bool, Default: false, Help: "Remove volumes without a container."},
		{Name: "volumes_filters", Type: module.Dict, Help: "Which of them."},
		{Name: "builder_cache", Type: module.Bool, Default: false, Help: "Remove what builds have kept."},
		{Name: "builder_cache_all", Type: module.Bool, Default: false, Help: "All of that, also what may be used again. From version 1.39 of the API on."},
		{Name: "builder_cache_filters", Type: module.Dict, Help: "Which of it. From version 1.31 of the API on."},
		{Name: "builder_cache_keep_storage", Help: "How much of it may stay, as 10G. From version 1.39 of the API on."},
	}),
	Rules: rules(module.Rules{}),
	Doc: module.Doc{
		Short: "Remove what an engine of Docker no longer uses.",
		Examples: `- community.docker.docker_prune:
    images: true
    images_filters:
      dangling: false
`,
		Returns: []module.Return{
			{Name: "containers", Type: "list", When: "containers", Help: "The containers that were removed; images, networks, volumes and builder_cache_caches_deleted tell of those."},
			{Name: "containers_space_reclaimed", Type: "int", When: "containers", Help: "The bytes that are free now; images_, volumes_ and builder_cache_space_reclaimed tell of those."},
		},
	},
})

// prunable are the things that can be pruned: the argument, its path, the answer's key for what was removed and the result's.
var prunable = []struct{ arg, path, key, told string }{
	{"containers", "/containers/prune", "ContainersDeleted", "containers"},
	{"images", "/images/prune", "ImagesDeleted", "images"},
	{"networks", "/networks/prune", "NetworksDeleted", "networks"},
	{"volumes", "/volumes/prune", "VolumesDeleted", "volumes"},
	{"builder_cache", "/build/prune", "CachesDeleted", "builder_cache_caches_deleted"},
}

func runPrune(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	c, failed, err := engine.Open(ctx, sys, p)
	if failed != nil || err != nil {
		return orFailed(failed, err)
	}
	var r module.Result
	for _, what := range prunable {
		if !p.Bool(what.arg) {
			continue
		}
		filters, err := filtersText(p.Dict(what.arg + "_filters"))
		if err != nil {
			return r, err
		}
		query := url.Values{"filters": {filters}}
		if what.arg == "builder_cache" {
			if p.Bool("builder_cache_all") {
				query.Set("all", "true")
			}
			if s := p.Str("builder_cache_keep_storage"); s != "" {
				n, err := bytesOf(s)
				if err != nil {
					return module.Fail("Error while parsing value of builder_cache_keep_storage: %v", err), nil
				}
				query.Set("keep-storage", value.NewInt(n).String())
			}
		}
		d, err := c.Dict(ctx, engine.Request{Method: "POST", Path: what.path, Query: query, Wait: true})
		if err != nil {
			return engine.Failed(ctx, err)
		}
		gone := engine.At(d, what.key)
		if gone == nil && what.arg != "builder_cache" {
			gone = value.NewList()
		}
		freed := engine.Int(d, "SpaceReclaimed")
		r.Set(what.told, orNone(gone))
		if what.arg != "networks" {
			r.Set(what.arg+"_space_reclaimed", freed)
		}
		r.Changed = r.Changed || len(engine.List(gone)) > 0 || freed > 0
	}
	return r, nil
}

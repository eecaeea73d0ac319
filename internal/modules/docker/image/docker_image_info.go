package image

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_image_info", Redirects: []string{"ansible.builtin.docker_image_info", "community.general.docker_image_info"}, Check: module.Full, Run: runInfo, Rules: rules,
	Args: withEngine(module.Args{
		{Name: "name", Type: module.List, Elements: module.Str, Help: "The images, by name or identifier; without it all."},
	}),
	Doc: module.Doc{
		Short:    "What an engine of Docker knows of images.",
		Examples: "- community.docker.docker_image_info:\n    name: kimai/kimai2:2.65.0\n",
		Returns:  []module.Return{{Name: "images", Type: "list", When: "always", Help: "What the engine tells of each; those that are not there are left out."}},
	},
})

func runInfo(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	return start(ctx, sys, p, func(w *work) (module.Result, error) {
		var want []reference
		if p.Has("name") {
			for _, n := range p.Strs("name") {
				want = append(want, parse(n, "latest"))
			}
		} else {
			list, err := w.c.JSON(ctx, engine.Request{Path: "/images/json"})
			if err != nil {
				return module.Result{}, err
			}
			for _, e := range engine.List(list) {
				want = append(want, reference{repository: engine.Str(e, "Id")})
			}
		}
		images := value.NewList()
		for _, r := range want {
			d, err := w.find(ctx, r)
			if err != nil {
				return module.Result{}, err
			}
			if d != nil {
				images.Append(d)
			}
		}
		r := module.Result{}
		r.Set("images", images)
		return r, nil
	})
}

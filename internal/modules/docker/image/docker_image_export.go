package image

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_image_export", Check: module.Full, Run: runExport, Rules: rules,
	Args: withEngine(module.Args{
		{Name: "names", Aliases: []string{"name"}, Type: module.List, Elements: module.Str, Required: true, Help: "The images, by name or identifier."},
		{Name: "tag", Default: "latest", Help: "The tag of those whose name has none."},
		{Name: "path", Type: module.Path, Help: "The archive that is written."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Write it even where it has these images."},
	}),
	Doc: module.Doc{
		Short:    "Writes images to an archive.",
		Examples: "- community.docker.docker_image_export:\n    name: app:1\n    path: /var/backups/app.tar\n",
		Returns:  []module.Return{{Name: "images", Type: "list", When: "success", Help: "What the engine tells of each."}},
	},
})

func runExport(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	return start(ctx, sys, p, func(w *work) (module.Result, error) {
		if !isTag().MatchString(p.Str("tag")) {
			return module.Fail(`"%s" is not a valid docker tag`, p.Str("tag")), nil
		}
		if len(p.Strs("names")) == 0 {
			return module.Fail("At least one image name must be specified"), nil
		}
		var refs []reference
		var ids []string
		images := value.NewList()
		for _, n := range p.Strs("names") {
			ref := parse(n, p.Str("tag"))
			d, err := w.find(ctx, ref)
			if err != nil {
				return module.Result{}, err
			}
			if d == nil {
				return module.Fail("Image %s not found", ref), nil
			}
			refs, ids = append(refs, ref), append(ids, engine.Str(d, "Id"))
			images.Append(d)
		}
		if !p.Has("path") {
			return module.Fail("missing required arguments: path"), nil
		}
		msg := ""
		if p.Bool("force") {
			msg = "Exporting since force=true"
		} else {
			msg = unlike(sys, p.Str("path"), refs, ids)
		}
		r := module.Result{Changed: msg != ""}
		if r.Changed {
			r.Msg, r.HasMsg = msg, true
			if !p.Check {
				if err := w.save(ctx, refs, p.Str("path")); err != nil {
					return module.Result{}, err
				}
			}
		}
		r.Set("images", images)
		return r, nil
	})
}

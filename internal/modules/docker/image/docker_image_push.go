package image

import (
	"context"
	"net/url"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/credentials"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_image_push", Check: module.None, Run: runPush, Rules: rules,
	Args: withEngine(module.Args{
		{Name: "name", Required: true, Help: "The image, with its registry."},
		{Name: "tag", Default: "latest", Help: "The tag, where the name has none."},
	}),
	Doc: module.Doc{
		Short:    "Sends an image to a registry.",
		Examples: "- community.docker.docker_image_push:\n    name: registry.example.com/app:1\n",
		Returns:  []module.Return{{Name: "image", Type: "dict", When: "success", Help: "What the engine tells of the image."}, {Name: "actions", Type: "list", When: "success", Help: "What was done."}},
	},
})

func runPush(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	return start(ctx, sys, p, func(w *work) (module.Result, error) {
		if !isTag().MatchString(p.Str("tag")) {
			return module.Fail(`"%s" is not a valid docker tag!`, p.Str("tag")), nil
		}
		ref := parse(p.Str("name"), p.Str("tag"))
		if ref.id() {
			return module.Fail("Cannot push an image by ID"), nil
		}
		is, err := w.find(ctx, ref)
		if err != nil {
			return module.Result{}, err
		}
		if is == nil {
			return module.Fail("Cannot find image %s", ref), nil
		}
		changed, err := w.push(ctx, ref)
		if err != nil {
			return module.Result{}, err
		}
		r := module.Result{Changed: changed}
		r.Set("actions", []string{"Pushed image " + ref.String()}).Set("image", is)
		return r, nil
	})
}

// push has the engine send an image to its registry. It reports whether the registry lacked a layer of it.
func (w *work) push(ctx context.Context, ref reference) (bool, error) {
	header, err := credentials.Header(ctx, w.sys, ref.repository)
	if err != nil {
		return false, programs.Fail("Error reading the login for %s: %v", ref.repository, err)
	}
	if header == nil {
		header = []string{"X-Registry-Auth: e30="} // the engine wants one: {}
	}
	changed := false
	path := "/images/" + reference{repository: ref.repository}.path() + "/push"
	err = w.c.Messages(ctx, engine.Request{Method: "POST", Path: path, Query: url.Values{"tag": {ref.tag}}, Header: header, Wait: true}, func(d *value.Dict) error {
		if text := engine.Str(d, "error"); text != "" {
			return programs.Fail("Error pushing image %s: %s", ref, text)
		}
		if s := engine.Str(d, "status"); strings.HasPrefix(s, "Pushed") || strings.HasPrefix(s, "Pushing") {
			changed = true
		}
		return nil
	})
	if engine.HasStatus(err, 401) || engine.HasStatus(err, 403) {
		return false, programs.Fail("Error pushing image %s: %v. Did you log in?", ref, err)
	}
	return changed, told(ctx, err, "Error pushing image "+ref.String()+": ")
}

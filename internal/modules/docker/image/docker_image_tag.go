package image

import (
	"context"
	"fmt"
	"net/url"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_image_tag", Check: module.Full, Diff: module.Full, Run: runTag, Rules: rules,
	Args: withEngine(module.Args{
		{Name: "name", Required: true, Help: "The image, by name or identifier."},
		{Name: "tag", Default: "latest", Help: "Its tag, where the name has none."},
		{Name: "repository", Type: module.List, Elements: module.Str, Required: true, Help: "The names that it gets; those without a tag get the one of tag."},
		{Name: "existing_images", Default: "overwrite", Choices: []string{"keep", "overwrite"}, Help: "What is done where another image has the name."},
	}),
	Doc: module.Doc{
		Short:    "Gives an image further names.",
		Examples: "- community.docker.docker_image_tag:\n    name: app:1\n    repository: [\"registry.example.com/app:1\"]\n",
		Returns: []module.Return{
			{Name: "image", Type: "dict", When: "success", Help: "What the engine tells of the image."},
			{Name: "actions", Type: "list", When: "success", Help: "What was done with each name."},
			{Name: "tagged_images", Type: "list", When: "success", Help: "The names that it got."},
		},
	},
})

func runTag(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	return start(ctx, sys, p, func(w *work) (module.Result, error) {
		if !isTag().MatchString(p.Str("tag")) {
			return module.Fail(`"%s" is not a valid docker tag`, p.Str("tag")), nil
		}
		names, err := newNames(p.Strs("repository"), p.Str("tag"))
		if err != nil {
			return module.Result{}, err
		}
		ref := parse(p.Str("name"), p.Str("tag"))
		is, err := w.find(ctx, ref)
		if err != nil {
			return module.Result{}, err
		}
		if is == nil {
			return module.Fail("Cannot find image %s", ref), nil
		}
		r := module.Result{}
		before, after, actions, tagged := value.NewList(), value.NewList(), value.NewList(), value.NewList()
		for _, n := range names {
			t, err := w.tag(ctx, is, n, p.Str("existing_images") == "keep")
			if err != nil {
				return module.Result{}, err
			}
			before.Append(t.before)
			after.Append(t.after)
			actions.Append(value.NewStr(t.action))
			if t.changed {
				tagged.Append(value.NewStr(n.String()))
				r.Changed = true
			}
		}
		r.Set("actions", actions).Set("image", is).Set("tagged_images", tagged)
		if p.Diff {
			r.Diff = module.Diff{Before: value.DictOf("images", before), After: value.DictOf("images", after)}.Value()
		}
		return r, nil
	})
}

// newNames reads names that an image is to get.
func newNames(names []string, tag string) ([]reference, error) {
	out := make([]reference, 0, len(names))
	for i, n := range names {
		ref := parse(n, tag)
		switch {
		case ref.id():
			return nil, programs.Fail("repository[%d] must not be an image ID; got: %s", i+1, n)
		case ref.digest():
			return nil, programs.Fail("repository[%d] must not have a digest; got: %s", i+1, n)
		case !isTag().MatchString(ref.tag):
			return nil, programs.Fail("repository[%d] must not have a digest; got: %s", i+1, n)
		}
		out = append(out, ref)
	}
	return out, nil
}

// tagging is what came of one name.
type tagging struct {
	before, after *value.Dict
	action        string
	changed       bool
}

// tag gives an image a name, unless it has it, or keep is set and another has it.
func (w *work) tag(ctx context.Context, image *value.Dict, n reference, keep bool) (tagging, error) {
	has, err := w.find(ctx, n)
	if err != nil {
		return tagging{}, err
	}
	entry := func(d *value.Dict) *value.Dict {
		out := facts(d)
		out.SetStr("name", value.NewStr(n.repository))
		out.SetStr("tag", value.NewStr(n.tag))
		return out
	}
	t := tagging{before: entry(has), after: entry(has)}
	id, old, why := engine.Str(image, "Id"), engine.Str(has, "Id"), "target image did not exist"
	switch {
	case has != nil && old == id:
		t.action = fmt.Sprintf("Not tagged image %s as %s: target image already exists (%s) and is as expected", id, n, old)
		return t, nil
	case has != nil && keep:
		t.action = fmt.Sprintf("Not tagged image %s as %s: target image already exists (%s) and is not as expected, but kept", id, n, old)
		return t, nil
	case has != nil:
		why = fmt.Sprintf("target image existed (%s) and was not as expected", old)
	}
	t.changed, t.after = true, entry(image)
	t.action = fmt.Sprintf("Tagged image %s as %s: %s", id, n, why)
	if w.p.Check {
		return t, nil
	}
	return t, w.name(ctx, id, n)
}

// name has the engine give an image a name.
func (w *work) name(ctx context.Context, id string, n reference) error {
	path := "/images/" + id + "/tag?tag=" + url.QueryEscape(n.tag) + "&repo=" + url.QueryEscape(n.repository) + "&force=True"
	_, err := w.c.JSON(ctx, engine.Request{Method: "POST", Path: path})
	return told(ctx, err, "Error: failed to tag image as "+n.told()+" - ")
}

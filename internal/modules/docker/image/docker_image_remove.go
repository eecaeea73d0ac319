package image

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_image_remove", Check: module.Full, Diff: module.Full, Run: runRemove, Rules: rules,
	Args: withEngine(module.Args{
		{Name: "name", Required: true, Help: "The image, by name or identifier."},
		{Name: "tag", Default: "latest", Help: "Its tag, where the name has none."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Remove it, with all of its names, even where a stopped container uses it."},
		{Name: "prune", Type: module.Bool, Default: true, Help: "Remove parents that have no name, too."},
	}),
	Doc: module.Doc{
		Short:    "Removes an image, or a name of it.",
		Examples: "- community.docker.docker_image_remove:\n    name: app:1\n",
		Returns: []module.Return{
			{Name: "image", Type: "dict", When: "success", Help: "What the engine told of the image."},
			{Name: "actions", Type: "list", When: "success", Help: "What was done."},
			{Name: "untagged", Type: "list", When: "success", Help: "The names that it lost."},
			{Name: "deleted", Type: "list", When: "success", Help: "The images and layers that are gone."},
		},
	},
})

func runRemove(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	return start(ctx, sys, p, func(w *work) (module.Result, error) {
		if !isTag().MatchString(p.Str("tag")) {
			return module.Fail(`"%s" is not a valid docker tag`, p.Str("tag")), nil
		}
		ref := parse(p.Str("name"), p.Str("tag"))
		is, err := w.find(ctx, ref)
		if err != nil {
			return module.Result{}, err
		}
		r := module.Result{Changed: is != nil}
		actions := value.NewList()
		var gone removed
		after := is
		if is != nil {
			actions.Append(value.NewStr("Removed image " + ref.told()))
			if p.Check {
				if ref.id() && !p.Bool("force") && len(engine.Strs(is, "RepoTags")) > 1 {
					return module.Fail("Cannot delete image by ID that is still in use - use force=true"), nil
				}
				gone, after = foresee(is, ref)
			} else if gone, err = w.remove(ctx, is, ref, p.Bool("force"), p.Bool("prune")); err == nil {
				after, err = w.find(ctx, reference{repository: engine.Str(is, "Id")})
			}
			if err != nil {
				return module.Result{}, err
			}
		}
		r.Set("actions", actions).Set("image", shown(is)).Set("untagged", value.Of(orEmpty(gone.untagged))).Set("deleted", value.Of(orEmpty(gone.deleted)))
		if p.Diff {
			r.Diff = module.Diff{Before: names(is), After: names(after)}.Value()
		}
		return r, nil
	})
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	slices.Sort(list)
	return list
}

// removed is what a removal takes away.
type removed struct{ untagged, deleted []string }

// names are what a diff says of an image with its names.
func names(image *value.Dict) *value.Dict {
	d := facts(image)
	if image != nil {
		tags, digests := engine.Strs(image, "RepoTags"), engine.Strs(image, "RepoDigests")
		d.SetStr("exists", value.True)
		d.SetStr("tags", value.Of(orEmpty(tags)))
		d.SetStr("digests", value.Of(orEmpty(digests)))
	}
	return d
}

// foresee tells what a removal would take away, and what of the image would be left.
func foresee(is *value.Dict, ref reference) (removed, *value.Dict) {
	tags, digests := engine.Strs(is, "RepoTags"), engine.Strs(is, "RepoDigests")
	if ref.id() {
		return removed{untagged: append(tags, digests...), deleted: []string{engine.Str(is, "Id")}}, nil
	}
	of := func(name string) bool { return name == ref.String() }
	left := is.Copy()
	gone := removed{untagged: []string{ref.told()}}
	tags, digests = slices.DeleteFunc(tags, of), slices.DeleteFunc(digests, of)
	if len(tags) == 0 {
		gone.deleted = []string{engine.Str(is, "Id")}
	}
	left.SetStr("RepoTags", value.Of(tags))
	left.SetStr("RepoDigests", value.Of(digests))
	return gone, left
}

// remove has the engine remove an image, or a name of it.
func (w *work) remove(ctx context.Context, is *value.Dict, ref reference, force, prune bool) (removed, error) {
	q := url.Values{"force": {boolText(force)}, "noprune": {boolText(!prune)}}
	list, err := w.c.JSON(ctx, engine.Request{Method: "DELETE", Path: "/images/" + ref.path(), Query: q, Wait: true})
	if engine.IsNotFound(err) { // somebody else was faster
		return removed{}, nil
	}
	if err != nil {
		return removed{}, told(ctx, err, "Error removing image "+ref.told()+" - ")
	}
	var out removed
	for _, e := range engine.List(list) {
		if n := engine.Str(e, "Untagged"); n != "" {
			out.untagged = append(out.untagged, n)
		}
		if n := engine.Str(e, "Deleted"); n != "" {
			out.deleted = append(out.deleted, n)
		}
	}
	return out, nil
}

func boolText(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// trimmed is a list of lines as a text.
func trimmed(lines []string) string { return strings.Join(lines, "\n") }

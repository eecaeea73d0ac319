package image

import (
	"context"
	"net/url"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/credentials"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_image_pull", Check: module.Partial, Diff: module.Full, Run: runPull, Rules: rules,
	Args: withEngine(module.Args{
		{Name: "name", Required: true, Help: "The image, with or without a tag or a digest."},
		{Name: "tag", Default: "latest", Help: "The tag, where the name has none."},
		{Name: "platform", Help: "The platform that is wanted, as linux/arm64."},
		{Name: "pull", Default: "always", Choices: []string{"always", "not_present"}, Help: "Whether an image is pulled that is there already."},
	}),
	Doc: module.Doc{
		Short:    "Pulls an image from a registry.",
		Examples: "- community.docker.docker_image_pull:\n    name: kimai/kimai2:2.65.0\n    pull: not_present\n",
		Returns:  []module.Return{{Name: "image", Type: "dict", When: "success", Help: "What the engine tells of the image."}, {Name: "actions", Type: "list", When: "success", Help: "What was done."}},
	},
})

func runPull(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	return start(ctx, sys, p, func(w *work) (module.Result, error) {
		if !isTag().MatchString(p.Str("tag")) {
			return module.Fail(`"%s" is not a valid docker tag!`, p.Str("tag")), nil
		}
		ref := parse(p.Str("name"), p.Str("tag"))
		if ref.id() {
			return module.Fail("Cannot pull an image by ID"), nil
		}
		before, err := w.find(ctx, ref)
		if err != nil {
			return module.Result{}, err
		}
		r := module.Result{}
		after, shownAfter := before, facts(before)
		actions := value.NewList()
		if before == nil || p.Str("pull") == "always" || p.Has("platform") && !hasPlatform(before, p.Str("platform")) {
			actions.Append(value.NewStr("Pulled image " + ref.told()))
			if p.Check {
				r.Changed, shownAfter = true, value.DictOf("id", value.NewStr("unknown"))
			} else {
				if err := w.pull(ctx, ref, p.Str("platform")); err != nil {
					return module.Result{}, err
				}
				if after, err = w.find(ctx, ref); err != nil {
					return module.Result{}, err
				}
				r.Changed, shownAfter = engine.Str(after, "Id") != engine.Str(before, "Id"), facts(after)
			}
		}
		r.Set("actions", actions).Set("image", shown(after))
		if p.Diff {
			r.Diff = module.Diff{Before: facts(before), After: shownAfter}.Value()
		}
		return r, nil
	})
}

// pull has the engine get an image.
func (w *work) pull(ctx context.Context, ref reference, platform string) error {
	header, err := credentials.Header(ctx, w.sys, ref.repository)
	if err != nil {
		return programs.Fail("Error reading the login for %s: %v", ref.repository, err)
	}
	path := "/images/create?tag=" + url.QueryEscape(ref.tag) + "&fromImage=" + url.QueryEscape(ref.repository)
	if platform != "" {
		path += "&platform=" + url.QueryEscape(platform)
	}
	err = w.c.Messages(ctx, engine.Request{Method: "POST", Path: path, Header: header, Wait: true}, func(d *value.Dict) error {
		if text := engine.Str(d, "error"); text != "" {
			detail, code := engine.Str(d, "errorDetail", "message"), "None"
			if c := engine.At(d, "errorDetail", "code"); c != nil {
				code, _ = value.Text(c)
			}
			if detail != "" {
				return programs.Fail("Error pulling %s - code: %s message: %s", ref.repository, code, detail)
			}
			return programs.Fail("Error pulling %s - %s", ref.repository, text)
		}
		return nil
	})
	return told(ctx, err, "Error pulling image "+ref.told()+" - ")
}

// told makes an error of the engine a *programs.Failed that begins with before.
func told(ctx context.Context, err error, before string) error {
	if _, failed := err.(*programs.Failed); err == nil || failed || ctx.Err() != nil { //nolint:errorlint // is not wrapped
		return err
	}
	return programs.Fail("%s%v", before, err)
}

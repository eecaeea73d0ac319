package docker

import (
	"context"
	"net/url"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/credentials"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// imageID is an image named by its id.
var imageID = lazyregexp.New(`^sha256:[0-9a-fA-F]{64}$`)

// withTag gives an image's name with a tag.
func withTag(name string) string {
	if strings.Contains(name, "@") || imageID().MatchString(name) {
		return name
	}
	if i := strings.LastIndexByte(name, ':'); i < 0 || strings.Contains(name[i:], "/") {
		return name + ":latest"
	}
	return name
}

func (ct *container) inspectImage(ctx context.Context, name string) (*value.Dict, error) {
	return ct.c.Find(ctx, engine.Request{Path: "/images/" + engine.Escape(name) + "/json"})
}

// findImage looks for the image that the task names, and pulls it where that is wanted.
func (ct *container) findImage(ctx context.Context, info *value.Dict) error {
	p := ct.p
	name := p.Str("image")
	if name == "" {
		return nil
	}
	full := withTag(name)
	var err error
	if ct.image, err = ct.inspectImage(ctx, full); err != nil {
		return err
	}
	if imageID().MatchString(name) {
		if ct.image == nil {
			return refuse("Cannot find image with ID %s", name)
		}
		return nil
	}
	pull, _ := value.Text(p.Value("pull"))
	switch {
	case ct.image == nil && pull == "never":
		return refuse("Cannot find image with name %s, and pull=never", full)
	case pull == "never", ct.image != nil && pull != "always" && pull != "True" && pull != "true" && pull != "yes":
		return nil
	}
	if p.Check {
		if ct.image == nil {
			ct.did("pulled_image", value.NewStr(full), "changed", value.True)
		} else if p.Str("pull_check_mode_behavior") == "always" {
			ct.did("pulled_image", value.NewStr(full))
		}
		return nil
	}
	old := engine.Str(ct.image, "Id")
	if err := ct.pull(ctx, full); err != nil {
		return err
	}
	if ct.image, err = ct.inspectImage(ctx, full); err != nil {
		return err
	}
	changed := engine.Str(ct.image, "Id") != old
	ct.actions.Append(value.DictOf("pulled_image", value.NewStr(full), "changed", value.Bool(changed)))
	ct.changed = ct.changed || changed
	return nil
}

// pull has the engine get the image.
func (ct *container) pull(ctx context.Context, full string) error {
	repo, tag, _ := strings.Cut(full, "@")
	if tag == "" {
		i := strings.LastIndexByte(full, ':')
		repo, tag = full[:i], full[i+1:]
	}
	query := url.Values{"fromImage": {repo}, "tag": {tag}}
	if platform := ct.p.Str("platform"); platform != "" {
		query.Set("platform", platform)
	}
	r := engine.Request{Method: "POST", Path: "/images/create", Query: query, Wait: true}
	login, err := credentials.Header(ctx, ct.sys, repo)
	if err != nil {
		return refuse("%v", err)
	}
	r.Header = login
	err = ct.c.Messages(ctx, r, func(d *value.Dict) error {
		if msg := engine.Str(d, "error"); msg != "" {
			return refuse("Error pulling %s - %s", repo, msg)
		}
		return nil
	})
	if engine.IsRefusal(err) {
		return refuse("Error pulling image %s - %v", full, err)
	}
	return err
}

package docker

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// findContainer gives what the engine tells of a container, by its name or its id, also its short one, nil where there is none.
func findContainer(ctx context.Context, c *engine.Client, name string) (*value.Dict, error) {
	id, err := containerID(ctx, c, name)
	if id == "" || err != nil {
		return nil, err
	}
	return inspectContainer(ctx, c, id)
}

func inspectContainer(ctx context.Context, c *engine.Client, id string) (*value.Dict, error) {
	return c.Find(ctx, engine.Request{Path: "/containers/" + engine.Escape(id) + "/json"})
}

// containerID gives the id of a container by its name or the beginning of its id, "" where there is none.
func containerID(ctx context.Context, c *engine.Client, name string) (string, error) {
	list, err := c.JSON(ctx, engine.Request{Path: "/containers/json", Query: url.Values{"all": {"1"}, "limit": {"-1"}, "size": {"0"}, "trunc_cmd": {"0"}}})
	if err != nil {
		return "", err
	}
	l, _ := list.(*value.List)
	if l == nil {
		return "", nil
	}
	want := name
	if !strings.HasPrefix(want, "/") {
		want = "/" + want
	}
	for _, d := range l.Stored() {
		if slices.Contains(engine.Strs(d, "Names"), want) {
			return engine.Str(d, "Id"), nil
		}
	}
	for _, d := range l.Stored() {
		id := engine.Str(d, "Id")
		if id == name || len(name) == 12 && strings.HasPrefix(id, name) {
			return id, nil
		}
	}
	return "", nil
}

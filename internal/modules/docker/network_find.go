package docker

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// findNetwork gives what the engine tells of a network, by its name or else its id, nil where there is none. A name is looked for in
// the list of all networks first, since the engine would take the beginning of an id for a name.
func findNetwork(ctx context.Context, c *engine.Client, name string) (*value.Dict, error) {
	list, err := c.JSON(ctx, engine.Request{Path: "/networks"})
	if err != nil {
		return nil, err
	}
	l, _ := list.(*value.List)
	if l == nil {
		return nil, nil
	}
	id := ""
	for _, key := range []string{"Name", "Id"} {
		for _, n := range l.Stored() {
			if id == "" && engine.Str(n, key) == name {
				id = engine.Str(n, "Id")
			}
		}
	}
	if id == "" && len(name) >= 12 { // the short form of an id
		for _, n := range l.Stored() {
			if full := engine.Str(n, "Id"); len(full) > 12 && full[:12] == name {
				id = full
			}
		}
	}
	if id == "" {
		return nil, nil
	}
	return c.Find(ctx, engine.Request{Path: "/networks/" + engine.Escape(id)})
}

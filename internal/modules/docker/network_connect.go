package docker

import (
	"context"
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// attached gives the names of the containers on the network.
func (n *network) attached() []string {
	var out []string
	if d := engine.Dict(n.is, "Containers"); d != nil {
		for it := d.Iterate(); it.Next(); {
			out = append(out, engine.Str(it.Stored(), "Name"))
		}
	}
	return out
}

// connect connects the containers that are to be on the network and are not. One that is not there at all is passed over.
func (n *network) connect(ctx context.Context, there []string) error {
	for _, name := range n.connected {
		if slices.Contains(there, name) {
			continue
		}
		c, err := findContainer(ctx, n.c, name)
		if err != nil {
			return err
		}
		if c == nil {
			continue
		}
		n.did("Connected container " + name)
		n.show("connected."+name, false, true)
		if n.p.Check {
			continue
		}
		body := value.DictOf("Container", value.NewStr(name))
		if _, err := n.c.JSON(ctx, engine.Request{Method: "POST", Path: "/networks/" + engine.Escape(n.name) + "/connect", JSON: body}); err != nil {
			return err
		}
	}
	return nil
}

// takeOff takes the containers off that are not to be on the network.
func (n *network) takeOff(ctx context.Context, there []string) error {
	for _, name := range there {
		if !slices.Contains(n.connected, name) {
			if err := n.disconnect(ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (n *network) disconnect(ctx context.Context, name string) error {
	n.did("Disconnected container " + name)
	n.show("connected."+name, true, false)
	if n.p.Check {
		return nil
	}
	body := value.DictOf("Container", value.NewStr(name), "Force", value.True)
	_, err := n.c.JSON(ctx, engine.Request{Method: "POST", Path: "/networks/" + engine.Escape(n.name) + "/disconnect", JSON: body})
	return err
}

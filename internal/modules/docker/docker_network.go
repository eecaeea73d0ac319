package docker

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_network", Redirects: []string{"ansible.builtin.docker_network", "community.general.docker_network"}, Check: module.Full, Diff: module.Full, Run: runNetwork,
	Args: withEngine(module.Args{
		{Name: "name", Aliases: []string{"network_name"}, Required: true, Help: "The network."},
		{Name: "config_from", Help: "The network that has only settings, which are taken."},
		{Name: "config_only", Type: module.Bool, Help: "Keep settings for other networks, nothing else."},
		{Name: "connected", Aliases: []string{"containers"}, Type: module.List, Default: []string{}, Help: "The containers that are connected to it; when some are named, others are taken off."},
		{Name: "state", Default: "present", Choices: []string{"present", "absent"}, Help: "Whether it is to be there."},
		{Name: "driver", Default: "bridge", Help: "The kind of network."},
		{Name: "driver_options", Type: module.Dict, Default: value.NewDict(), Help: "What the driver is told."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Make it anew though nothing has changed."},
		{Name: "appends", Aliases: []string{"incremental"}, Type: module.Bool, Default: false, Help: "Leave other containers connected."},
		{Name: "ipam_driver", Help: "What gives out addresses."},
		{Name: "ipam_driver_options", Type: module.Dict, Help: "What that is told."},
		{Name: "ipam_config", Type: module.List, Elements: module.Dict, Help: "The addresses it has.", Options: module.Args{
			{Name: "subnet", Help: "A network, as 10.1.0.0/24."},
			{Name: "iprange", Help: "What part of it is given out."},
			{Name: "gateway", Help: "The gateway's address."},
			{Name: "aux_addresses", Type: module.Dict, Help: "Addresses of others, by their names, which are not given out."},
		}},
		{Name: "enable_ipv4", Type: module.Bool, Help: "Have IPv4. From version 1.47 of the API on."},
		{Name: "enable_ipv6", Type: module.Bool, Help: "Have IPv6."},
		{Name: "internal", Type: module.Bool, Help: "Let nothing in or out."},
		{Name: "labels", Type: module.Dict, Default: value.NewDict(), Help: "Labels that it has to have."},
		{Name: "scope", Choices: []string{"local", "global", "swarm"}, Help: "How far it reaches."},
		{Name: "attachable", Type: module.Bool, Help: "Containers that are no services may be connected to it, in a swarm."},
		{Name: "ingress", Type: module.Bool, Help: "It is the one that spreads connections over a swarm."},
	}),
	Rules: rules(module.Rules{}),
	Doc: module.Doc{
		Short: "Make or remove a network of Docker, and connect containers to it.",
		Notes: []string{"A network that has to become another is removed and made anew; the containers on it are taken off first, and connected again."},
		Examples: `- community.docker.docker_network:
    name: kimai
    driver_options:
      com.docker.network.bridge.name: kimai0
    ipam_config:
      - subnet: 172.23.27.0/24
`,
		Returns: []module.Return{{Name: "network", Type: "dict", When: "present", Help: "What the engine tells of it."}},
	},
})

// network is one call.
type network struct {
	*report
	c         *engine.Client
	name      string
	driver    string
	options   *value.Dict
	labels    *value.Dict
	connected []string
	is        *value.Dict // nil where there is none
}

func runNetwork(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	c, failed, err := engine.Open(ctx, sys, p)
	if failed != nil || err != nil {
		return orFailed(failed, err)
	}
	n := &network{report: newReport(p), c: c, name: p.Str("name"), driver: p.Str("driver"), connected: p.Strs("connected")}
	if p.Bool("config_only") {
		n.driver = "null"
	}
	if p.Has("enable_ipv4") && !c.AtLeast("1.47") {
		return module.Fail("Docker API version is %s. Minimum version required is 1.47 to set enable_ipv4 option.", c.Version()), nil
	}
	if n.labels, err = textDict(p, "labels"); err == nil {
		n.options, err = driverOptions(p, "driver_options")
	}
	if err != nil {
		return module.Fail("%v", err), nil
	}
	p.Show("labels", n.labels)
	if n.is, err = findNetwork(ctx, c, n.name); err != nil {
		if engine.IsRefusal(err) {
			return module.Fail("Error retrieving network list: %v", err), nil
		}
		return engine.Failed(ctx, err)
	}
	for _, block := range p.List("ipam_config") {
		if s := engine.Str(block, "subnet"); s != "" && cidrVersion(s) == 0 {
			return module.Fail("%q is not a valid CIDR", s), nil
		}
	}
	if len(n.connected) == 0 {
		n.connected = n.attached()
	}
	if p.Str("state") == "absent" {
		n.show("exists", n.is != nil, false)
		if err := n.remove(ctx); err != nil {
			return engine.Failed(ctx, err)
		}
		return n.absent(), nil
	}
	return n.make(ctx)
}

// make sees to it that the network is there as it should be.
func (n *network) make(ctx context.Context) (module.Result, error) {
	n.show("exists", n.is != nil, true)
	anew := n.is == nil
	if n.is != nil {
		if err := n.compare(); err != nil {
			return module.Raise(err.Error()), nil
		}
		if anew = len(n.differences) > 0 || n.p.Bool("force"); anew {
			if err := n.remove(ctx); err != nil {
				return engine.Failed(ctx, err)
			}
		}
	}
	if anew {
		n.did("Created network " + n.name + " with driver " + n.driver)
		if !n.p.Check {
			if err := n.create(ctx); err != nil {
				return engine.Failed(ctx, err)
			}
		}
	}
	there := n.attached()
	if anew {
		there = nil
	}
	if err := n.connect(ctx, there); err != nil {
		return engine.Failed(ctx, err)
	}
	if !n.p.Bool("appends") {
		if err := n.takeOff(ctx, there); err != nil {
			return engine.Failed(ctx, err)
		}
	}
	var err error
	if n.is, err = findNetwork(ctx, n.c, n.name); err != nil {
		return engine.Failed(ctx, err)
	}
	return n.present("network", orNil(n.is)), nil
}

// remove takes all containers off and removes the network.
func (n *network) remove(ctx context.Context) error {
	if n.is == nil {
		return nil
	}
	for _, name := range n.attached() {
		if err := n.disconnect(ctx, name); err != nil {
			return err
		}
	}
	n.did("Removed network " + n.name)
	if n.p.Check {
		return nil
	}
	_, err := n.c.JSON(ctx, engine.Request{Method: "DELETE", Path: "/networks/" + engine.Escape(n.name)})
	return err
}

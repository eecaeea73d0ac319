package docker

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// wantedNetwork is a network that the container is to be connected to.
type wantedNetwork struct {
	*value.Dict
	name, id string
}

// endpoints gives the network in which the container is made, with how it is connected there; the others are connected later. The second
// is the same as it is told.
func (ct *container) endpoints() (endpoints, told *value.Dict) {
	endpoints, told = value.NewDict(), value.NewDict()
	if !ct.p.Bool("networks_cli_compatible") || len(ct.wantedNetworks) == 0 {
		return endpoints, told
	}
	n := ct.wantedNetworks[0]
	endpoints.SetStr(n.name, n.endpoint(ct.c))
	told.SetStr(n.name, n.told())
	return endpoints, told
}

// endpoint is how the container is connected to the network, as the engine takes it.
func (n *wantedNetwork) endpoint(c *engine.Client) *value.Dict {
	out := value.NewDict()
	if l := n.links(); l != nil {
		out.SetStr("Links", l)
	}
	if v := engine.At(n.Dict, "aliases"); v != nil {
		out.SetStr("Aliases", v)
	}
	ipam := value.NewDict()
	if v := engine.Str(n.Dict, "ipv4_address"); v != "" {
		ipam.SetStr("IPv4Address", value.NewStr(v))
	}
	if v := engine.Str(n.Dict, "ipv6_address"); v != "" {
		ipam.SetStr("IPv6Address", value.NewStr(v))
	}
	if ipam.Len() > 0 {
		out.SetStr("IPAMConfig", ipam)
	}
	if v := engine.At(n.Dict, "mac_address"); v != nil && c.AtLeast("1.44") {
		out.SetStr("MacAddress", v)
	}
	return out
}

func (n *wantedNetwork) links() *value.List {
	l := engine.Strs(n.Dict, "links")
	if l == nil {
		return nil
	}
	return strs(l)
}

// told is how the container is to be connected, in the words of the arguments.
func (n *wantedNetwork) told() *value.Dict {
	out := value.NewDict()
	for _, k := range []string{"aliases", "ipv4_address", "ipv6_address", "links", "mac_address"} {
		out.SetStr(k, orNone(engine.At(n.Dict, k)))
	}
	if l := engine.Strs(n.Dict, "links"); l != nil {
		pairs := value.NewList()
		for _, s := range l {
			to, alias, ok := strings.Cut(s, ":")
			if !ok {
				alias = to
			}
			pairs.Append(strs([]string{to, alias}))
		}
		out.SetStr("links", pairs)
	}
	return out
}

// named is told with the network itself.
func (n *wantedNetwork) named() *value.Dict {
	out := n.told()
	out.SetStr("name", value.NewStr(n.name))
	out.SetStr("id", value.NewStr(n.id))
	return out
}

// readNetworks looks up the networks that the task names.
func (ct *container) readNetworks(ctx context.Context) error {
	for _, e := range ct.p.List("networks") {
		d, _ := e.(*value.Dict)
		n := &wantedNetwork{Dict: d, name: engine.Str(d, "name")}
		if engine.At(d, "mac_address") != nil && !ct.c.AtLeast("1.44") {
			return refuse("Docker API version is %s. Minimum version required is 1.44 to set networks.mac_address option.", ct.c.Version())
		}
		info, err := findNetwork(ctx, ct.c, n.name)
		if err != nil {
			return err
		}
		if info == nil {
			return refuse("Parameter error: network named %s could not be found. Does it exist?", n.name)
		}
		n.id = engine.Str(info, "Id")
		if ip := engine.Str(info, "Options", "com.docker.network.bridge.host_binding_ipv4"); ip != "" && engine.Str(info, "Driver") == "bridge" && ct.bridgeIP == "" {
			ct.bridgeIP = ip
		}
		ct.wantedNetworks = append(ct.wantedNetworks, n)
	}
	if ct.p.Has("networks") {
		shown := value.NewList()
		for _, n := range ct.wantedNetworks {
			shown.Append(n.named())
		}
		ct.p.Show("networks", shown)
	}
	return nil
}

// networks connects the container to the networks that are wanted, and takes it off others where they are compared strictly.
func (ct *container) networks(ctx context.Context, info *value.Dict, created bool) (*value.Dict, error) {
	mode := ct.compare["networks"]
	if mode == ignore && !created {
		return info, nil
	}
	connect, err := ct.connect(ctx, info)
	if err != nil {
		return nil, err
	}
	extra := ct.extraNetworks(info)
	if mode != strict || !ct.p.Has("networks") {
		extra = nil
	}
	if len(extra) > 0 {
		list := value.NewList()
		for _, name := range extra {
			gone := value.DictOf("name", value.NewStr(name), "id", value.NewStr(engine.Str(info, "NetworkSettings", "Networks", name, "NetworkID")))
			list.Append(gone)
			ct.show("network."+name, gone, nil)
		}
		ct.differ("purge_networks", list)
	}
	for _, name := range extra {
		if err := ct.takeOff(ctx, info, name); err != nil {
			return nil, err
		}
	}
	if !connect && len(extra) == 0 || ct.p.Check {
		return info, nil
	}
	return inspectContainer(ctx, ct.c, idOf(info))
}

// connect connects the container to the networks that it is not on, or not as it should be. It reports whether there are any.
func (ct *container) connect(ctx context.Context, info *value.Dict) (bool, error) {
	differ := value.NewList()
	var list []*wantedNetwork
	for _, n := range ct.wantedNetworks {
		is := engine.Dict(info, "NetworkSettings", "Networks", n.name)
		if is != nil && n.same(is, ct.c) {
			continue
		}
		list = append(list, n)
		have := connectionTold(n.name, is)
		differ.Append(value.DictOf("parameter", n.named(), "container", have))
		ct.show("network."+n.name, have, n.named())
	}
	if len(list) > 0 {
		ct.differ("network_differences", differ)
	}
	for _, n := range list {
		if err := ct.reconnect(ctx, idOf(info), n, engine.Dict(info, "NetworkSettings", "Networks", n.name) != nil); err != nil {
			return false, err
		}
	}
	return len(list) > 0, nil
}

// differ adds to the differences that the diff tells.
func (ct *container) differ(name string, v value.Value) {
	if ct.differences == nil {
		ct.differences = value.NewList()
	}
	ct.differences.Append(value.DictOf(name, v))
}

// connectionTold is a connection that is there, in the words of the arguments.
func connectionTold(name string, is *value.Dict) value.Value {
	if is == nil {
		return value.None
	}
	text := func(keys ...string) value.Value {
		if s := engine.Str(is, keys...); s != "" {
			return value.NewStr(s)
		}
		return value.None
	}
	return value.DictOf("name", value.NewStr(name), "aliases", orNone(engine.At(is, "Aliases")), "links", orNone(engine.At(is, "Links")),
		"ipv4_address", text("IPAMConfig", "IPv4Address"), "ipv6_address", text("IPAMConfig", "IPv6Address"), "mac_address", orNone(engine.At(is, "MacAddress")))
}

// same reports whether a connection is as it should be.
func (n *wantedNetwork) same(is *value.Dict, c *engine.Client) bool {
	for _, k := range [][2]string{{"ipv4_address", "IPv4Address"}, {"ipv6_address", "IPv6Address"}} {
		if v := engine.Str(n.Dict, k[0]); v != "" && v != engine.Str(is, "IPAMConfig", k[1]) {
			return false
		}
	}
	has := func(arg, key string) bool {
		for _, s := range engine.Strs(n.Dict, arg) {
			if !slices.Contains(engine.Strs(is, key), s) {
				return false
			}
		}
		return true
	}
	if v := engine.Str(n.Dict, "mac_address"); v != "" && c.AtLeast("1.44") && v != engine.Str(is, "MacAddress") {
		return false
	}
	return has("aliases", "Aliases") && has("links", "Links")
}

func (ct *container) reconnect(ctx context.Context, id string, n *wantedNetwork, connected bool) error {
	if connected {
		ct.did("removed_from_network", value.NewStr(n.name))
		if !ct.p.Check {
			if err := ct.disconnect(ctx, id, n.id); err != nil {
				return refuseAs(err, "Error disconnecting container from network %s", n.name)
			}
		}
	}
	ct.did("added_to_network", value.NewStr(n.name), "network_parameters", n.named())
	if ct.p.Check {
		return nil
	}
	body := value.DictOf("Container", value.NewStr(id), "EndpointConfig", n.endpoint(ct.c))
	_, err := ct.ask(ctx, "POST", "/networks/"+engine.Escape(n.id)+"/connect", nil, body)
	return refuseAs(err, "Error connecting container to network %s", n.name)
}

func (ct *container) disconnect(ctx context.Context, id, network string) error {
	_, err := ct.ask(ctx, "POST", "/networks/"+engine.Escape(network)+"/disconnect", nil, value.DictOf("Container", value.NewStr(id)))
	return err
}

// extraNetworks gives the networks that the container is on and should not be.
func (ct *container) extraNetworks(info *value.Dict) []string {
	var out []string
	if d := engine.Dict(info, "NetworkSettings", "Networks"); d != nil {
		for _, name := range keys(d) {
			if !slices.ContainsFunc(ct.wantedNetworks, func(n *wantedNetwork) bool { return n.name == name }) {
				out = append(out, name)
			}
		}
	}
	return out
}

func (ct *container) takeOff(ctx context.Context, info *value.Dict, name string) error {
	ct.did("removed_from_network", value.NewStr(name))
	if ct.p.Check {
		return nil
	}
	return refuseAs(ct.disconnect(ctx, idOf(info), name), "Error disconnecting container from network %s", name)
}

package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// cidrVersion gives 4 or 6 for a network's address with the length of its prefix, 0 for what is none.
func cidrVersion(s string) int {
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		return 0
	case p.Addr().Is4():
		return 4
	}
	return 6
}

// flags are the arguments that are yes or no, with the engine's names.
var networkFlags = []struct{ arg, key string }{
	{"enable_ipv4", "EnableIPv4"}, {"enable_ipv6", "EnableIPv6"}, {"internal", "Internal"}, {"scope", "Scope"}, {"attachable", "Attachable"}, {"ingress", "Ingress"},
}

// ipamKeys are the arguments of a block of addresses, with the engine's names.
var ipamKeys = []struct{ arg, key string }{
	{"subnet", "Subnet"}, {"iprange", "IPRange"}, {"gateway", "Gateway"}, {"aux_addresses", "AuxiliaryAddresses"},
}

func (n *network) create(ctx context.Context) error {
	body := value.DictOf("Name", value.NewStr(n.name), "Driver", value.NewStr(n.driver), "Options", n.options)
	p := n.p
	if p.Has("ipam_driver") || p.Has("ipam_driver_options") || len(p.List("ipam_config")) > 0 {
		list := value.NewList()
		for _, block := range p.List("ipam_config") {
			d := value.NewDict()
			for _, k := range ipamKeys {
				d.SetStr(k.key, orNone(engine.At(block, k.arg)))
			}
			list.Append(d)
		}
		body.SetStr("IPAM", value.DictOf("Driver", p.Value("ipam_driver"), "Config", list, "Options", p.Value("ipam_driver_options")))
	}
	if p.Bool("config_only") {
		body.SetStr("ConfigOnly", value.True)
	}
	if p.Has("config_from") {
		body.SetStr("ConfigFrom", value.DictOf("Network", p.Value("config_from")))
	}
	for _, f := range networkFlags {
		if p.Has(f.arg) {
			body.SetStr(f.key, p.Value(f.arg))
		}
	}
	body.SetStr("Labels", n.labels)
	_, err := n.c.JSON(ctx, engine.Request{Method: "POST", Path: "/networks/create", JSON: body})
	return err
}

// compare notes where the network is another than it should be.
func (n *network) compare() error {
	p := n.p
	if p.Has("config_only") && p.Bool("config_only") != engine.Bool(n.is, "ConfigOnly") {
		n.differs("config_only", value.Bool(engine.Bool(n.is, "ConfigOnly")), p.Value("config_only"))
	}
	if from := engine.Str(n.is, "ConfigFrom", "Network"); p.Has("config_from") && p.Str("config_from") != from {
		n.differs("config_from", value.NewStr(from), p.Value("config_from"))
	}
	if n.driver != engine.Str(n.is, "Driver") {
		n.differs("driver", n.is.Stored("Driver"), value.NewStr(n.driver))
	}
	n.compareDict("driver_options", n.options, engine.Dict(n.is, "Options"), true)
	if p.Has("ipam_driver") && p.Str("ipam_driver") != engine.Str(n.is, "IPAM", "Driver") {
		n.differs("ipam_driver", n.is.Stored("IPAM"), p.Value("ipam_driver"))
	}
	if p.Has("ipam_driver_options") {
		have := engine.Dict(n.is, "IPAM", "Options")
		if have == nil {
			have = value.NewDict()
		}
		if !same(have, p.Dict("ipam_driver_options")) {
			n.differs("ipam_driver_options", have, p.Value("ipam_driver_options"))
		}
	}
	if err := n.compareIPAM(); err != nil {
		return err
	}
	for _, f := range networkFlags {
		have := n.is.Stored(f.key)
		if have == nil { // engines that don't know it yet
			have = value.False
		}
		if p.Has(f.arg) && !same(p.Value(f.arg), have) {
			n.differs(f.arg, have, p.Value(f.arg))
		}
	}
	n.compareDict("labels", n.labels, engine.Dict(n.is, "Labels"), true)
	return nil
}

// compareIPAM looks for each of the blocks of addresses among those of the network. Of one that is not there, all that is wanted differs.
func (n *network) compareIPAM() error {
	for i, block := range n.p.List("ipam_config") {
		if engine.Str(block, "subnet") == "" {
			return errors.New("expected string or bytes-like object, got 'NoneType'")
		}
		has := func(is value.Value) bool {
			for _, k := range ipamKeys {
				if want := engine.At(block, k.arg); want != nil && !same(want, engine.At(is, k.key)) {
					return false
				}
			}
			return true
		}
		if slices.ContainsFunc(engine.List(n.is, "IPAM", "Config"), has) {
			continue
		}
		for it := block.(*value.Dict).Iterate(); it.Next(); { // in the order of the task
			arg, _, _ := it.Name()
			if want := engine.At(block, arg); want != nil {
				n.differs(fmt.Sprintf("ipam_config[%d].%s", i, arg), nil, want)
			}
		}
	}
	return nil
}

package docker

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// wantPorts takes the ports that are published, and those that are exposed, which they are too.
func (ct *container) wantPorts() error {
	p := ct.p
	exposed, bindings := []string{}, value.NewDict()
	if ip := p.Str("default_host_ip"); ip != "" {
		if _, err := netip.ParseAddr(ip); err != nil {
			return refuse("The value of default_host_ip must be an empty string, an IPv4 address, or an IPv6 address. Got %q instead.", ip)
		}
	}
	for _, s := range p.Strs("exposed_ports") {
		port, proto, ok := strings.Cut(s, "/")
		if !ok {
			proto = "tcp"
		}
		exposed = append(exposed, port+"/"+proto)
	}
	for _, s := range p.Strs("published_ports") {
		if s == "all" {
			return refuse(`Specifying "all" in published_ports is no longer allowed. Set publish_all_ports to "true" instead to randomly assign port mappings for those not specified by published_ports.`)
		}
		list, err := ct.publish(s)
		if err != nil {
			return err
		}
		for _, b := range list {
			exposed = append(exposed, b.port)
			l, _ := bindings.Stored(b.port).(*value.List)
			if l == nil {
				l = value.NewList()
				bindings.SetStr(b.port, l)
			}
			l.Append(value.DictOf("HostIp", value.NewStr(b.ip), "HostPort", value.NewStr(b.host)))
		}
	}
	exposed = unique(exposed)
	d := value.NewDict()
	for _, s := range exposed {
		d.SetStr(s, value.NewDict())
	}
	ct.body.SetStr("ExposedPorts", d)
	ct.wanted("exposed_ports", set, strs(exposed), func(info *value.Dict) value.Value {
		if d := engine.Dict(info, "Config", "ExposedPorts"); d != nil {
			return strs(keys(d))
		}
		return value.NewList()
	})
	if p.Has("publish_all_ports") {
		if p.Bool("publish_all_ports") {
			ct.host.SetStr("PublishAllPorts", value.True)
		}
		ct.wanted("publish_all_ports", single, p.Value("publish_all_ports"), hostConfig("PublishAllPorts"))
	}
	if p.Has("published_ports") {
		ct.host.SetStr("PortBindings", bindings)
		ct.wanted("published_ports", dict, bindings, hostConfig("PortBindings"))
	}
	return nil
}

// binding is a port of the container, with its protocol, at a port of the host.
type binding struct{ port, ip, host string }

var portRange = lazyregexp.New(`^\d+(-\d+)?$`)

// ports gives the ports of "9000" or "9000-9002".
func ports(s string) (from, to int, err error) {
	if !portRange().MatchString(s) {
		return 0, 0, refuse("Invalid port: %q", s)
	}
	a, b, ok := strings.Cut(s, "-")
	from, _ = strconv.Atoi(a) // digits
	to = from
	if ok {
		to, _ = strconv.Atoi(b)
	}
	if to < from {
		return 0, 0, refuse("Invalid port range: %s", s)
	}
	return from, to, nil
}

// publish reads "80", "8000:80", "127.0.0.1:8000:80/udp", "[::1]::80" and ranges of ports.
func (ct *container) publish(s string) ([]binding, error) {
	spec, proto, ok := strings.Cut(s, "/")
	if !ok {
		proto = "tcp"
	}
	inner, rest, bracketed := strings.Cut(strings.TrimPrefix(spec, "["), "]:")
	parts := strings.Split(spec, ":")
	if bracketed && spec[0] == '[' {
		parts = append([]string{inner}, strings.Split(rest, ":")...)
	}
	if len(parts) > 3 {
		return nil, refuse("Invalid port description %q - expected 1 to 3 colon-separated parts, but got %d. Maybe you forgot to use square brackets ([...]) around an IPv6 address?", s, len(parts))
	}
	ip, host, in := "", "", parts[len(parts)-1]
	if len(parts) > 1 {
		host = parts[len(parts)-2]
	}
	if len(parts) > 2 {
		ip = parts[0]
	}
	if ip == "" {
		ip = ct.hostIP()
	} else if _, err := netip.ParseAddr(ip); err != nil {
		return nil, refuse("Bind addresses for published ports must be IPv4 or IPv6 addresses, not hostnames. Use the dig lookup to resolve hostnames. (Found hostname: %s)", ip)
	}
	from, to, err := ports(in)
	if err != nil {
		return nil, err
	}
	var out []binding
	if host == "" || strings.Contains(host, "-") && from == to {
		for n := from; n <= to; n++ {
			out = append(out, binding{fmt.Sprintf("%d/%s", n, proto), ip, host})
		}
		return out, nil
	}
	hostFrom, hostTo, err := ports(host)
	if err != nil {
		return nil, err
	}
	for i := range min(to-from, hostTo-hostFrom) + 1 {
		out = append(out, binding{fmt.Sprintf("%d/%s", from+i, proto), ip, strconv.Itoa(hostFrom + i)})
	}
	return out, nil
}

// hostIP is where ports are published that name no address.
func (ct *container) hostIP() string {
	if ct.p.Has("default_host_ip") {
		return ct.p.Str("default_host_ip")
	}
	if ct.bridgeIP != "" {
		return ct.bridgeIP
	}
	return "0.0.0.0"
}

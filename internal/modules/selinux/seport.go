package selinux

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.general.seport", Redirects: []string{"ansible.builtin.seport"}, Check: module.Full, Run: runSeport,
	Args: module.Args{
		{Name: "ignore_selinux_state", Type: module.Bool, Default: false, Help: "Work on the policy's store even where SELinux is disabled."},
		{Name: "ports", Type: module.List, Elements: module.Str, Required: true, Help: "Ports and ranges (\"8000-8010\")."},
		{Name: "proto", Required: true, Choices: []string{"tcp", "udp"}, Help: "The protocol."},
		{Name: "setype", Required: true, Help: "The type of SELinux."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether the ports have the type."},
		{Name: "reload", Type: module.Bool, Default: true, Help: "Load the policy afterwards."},
		{Name: "local", Type: module.Bool, Default: false, Help: "Look at what was added or changed on this machine alone."},
	},
	Doc: module.Doc{
		Short:    "Types of network ports in SELinux's policy.",
		Notes:    []string{"By semanage of policycoreutils; Ansible's module needs Python libraries of the target."},
		Examples: "- community.general.seport:\n    ports: 8443\n    proto: tcp\n    setype: http_port_t\n",
	},
})

func runSeport(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	r, err := setPorts(ctx, policyStore{sys, p, "port"})
	return programs.Answer(r, err)
}

func setPorts(ctx context.Context, s policyStore) (module.Result, error) {
	r := module.Result{}
	if err := s.usable(); err != nil {
		return r, err
	}
	p := s.p
	types, err := portTypes(ctx, s)
	if err != nil {
		return r, err
	}
	proto, want := p.Str("proto"), p.Str("setype")
	for _, port := range p.Strs("ports") {
		is, there := types[proto+"/"+port]
		var args []string
		switch absent := p.Str("state") == "absent"; {
		case absent && is == want:
			args = []string{"-d", "-p", proto, port}
		case absent || is == want:
			continue
		case there:
			args = []string{"-m", "-t", want, "-p", proto, port}
		default:
			args = []string{"-a", "-t", want, "-p", proto, port}
		}
		if err := s.change(ctx, args...); err != nil {
			return module.Result{}, err
		}
		r.Changed = true
	}
	r.Set("ports", p.Strs("ports")).Set("proto", proto).Set("setype", want).Set("state", p.Str("state"))
	return r, nil
}

// portTypes are the types of ports and ranges, by "tcp/80". What was changed on this machine has its new type.
func portTypes(ctx context.Context, s policyStore) (map[string]string, error) {
	types := map[string]string{}
	read := func(local bool) (twice bool, err error) {
		list, err := s.list(ctx, local)
		for line := range strings.Lines(list) {
			c := columns(line)
			if len(c) != 3 || c[1] != "tcp" && c[1] != "udp" {
				continue
			}
			for port := range strings.SplitSeq(c[2], ",") {
				key := c[1] + "/" + strings.TrimSpace(port)
				twice = twice || types[key] != "" && types[key] != c[0]
				types[key] = c[0]
			}
		}
		return twice, err
	}
	twice, err := read(s.p.Bool("local"))
	if err == nil && twice {
		_, err = read(true)
	}
	return types, err
}

package actions

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = Set.Add(Def{Name: "ansible.builtin.dnf", Run: runDnf, Async: true})
	_ = Set.Add(Def{Name: "ansible.builtin.yum", Run: runDnf, Async: true}) // another name of it since ansible-core 2.17
)

// dnfBackends are the values of use_backend and the modules that they mean; all others ask for the fact pkg_mgr.
var dnfBackends = map[string]string{"dnf": "dnf", "dnf4": "dnf", "dnf5": "dnf5", "yum": "yum", "yum4": "dnf"}

// runDnf has the module for the host's version of dnf run: that of use_backend, or use,
// else that of the fact pkg_mgr, and where that is none of them, what the host tells.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/dnf_module.html
func runDnf(ctx context.Context, c *Call) (*result.Result, error) {
	if c.Args.Has("use") && c.Args.Has("use_backend") {
		return nil, c.errorf("parameters are mutually exclusive: ('use', 'use_backend')")
	}
	wanted := "auto"
	for _, name := range []string{"use", "use_backend"} {
		if c.Args.Has(name) {
			wanted = text(c.Args, name)
		}
	}
	if wanted == "auto" || wanted == "yum" {
		fact, err := c.knownFact("pkg_mgr")
		if err != nil {
			return nil, err
		}
		if fact != "" {
			wanted = fact
		}
	}
	backend, known := dnfBackends[wanted]
	asked := !known
	if asked {
		fact, err := c.askFact(ctx, "pkg_mgr")
		if err != nil {
			return nil, err
		}
		if backend, known = dnfBackends[fact]; !known {
			return c.undetected(fact), nil
		}
	}
	name := "ansible.legacy." + backend
	if backend == "yum" || !c.HasModule(backend) {
		return c.fail("Could not find a dnf module backend for %s.", name), nil
	}
	args := c.proxied(backend, "use", "use_backend")
	r, err := c.Module(ctx, name, args, nil)
	if err == nil && asked && r.Values.Stored("ansible_facts") == nil {
		r.Values.SetStr("ansible_facts", value.DictOf("pkg_mgr", value.NewStr(backend)))
	}
	return r, err
}

// undetected is the failure when neither the task nor the host says which version of dnf there is.
func (c *Call) undetected(fact string) *result.Result {
	r := c.failWith(module.V([]string{
		"Could not detect which major revision of dnf is in use, which is required to determine module backend.",
		"You should manually specify use_backend to tell the module whether to use the dnf4 or dnf5 backend})",
	}))
	r.Fault.Cause.Cause.Msg = "('Could not detect which major revision of dnf is in use, which is required to determine module backend.', " +
		"'You should manually specify use_backend to tell the module whether to use the dnf4 or dnf5 backend})')"
	r.Values.SetStr("ansible_facts", value.DictOf("pkg_mgr", value.NewStr(fact)))
	return r
}

package actions

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.service", Run: runService, Async: true})

// unusedBySystemd are arguments of the action that the module systemd does not have.
var unusedBySystemd = []string{"pattern", "runlevel", "sleep", "arguments", "args"}

// serviceModules are the modules of ansible-core that manage services.
var serviceModules = []string{"systemd", "sysvinit", "service"}

// runService has the module run that fits the host's way to manage services: that of the argument use, else that of the fact
// service_mgr, else the module service.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/service_module.html
func runService(ctx context.Context, c *Call) (*result.Result, error) {
	name := "auto"
	if use := c.Args.Stored("use"); use != nil {
		s, isStr := use.(value.Str)
		if !isStr {
			return nil, c.raise("'%s' object has no attribute 'lower'", pythonType(use))
		}
		name = strings.ToLower(s.String())
	}
	if name == "auto" {
		fact, err := c.factNow(ctx, "service_mgr")
		if err != nil {
			return nil, err
		}
		name = fact
	}
	if name == "" || name == "auto" || !c.HasModule(name) {
		name = "service"
	}
	args := c.proxied(name, "use")
	var warned []result.Warning
	told := value.NewList()
	if name == "systemd" {
		for _, unused := range unusedBySystemd {
			if args.Has(unused) {
				args.DeleteStr(unused)
				text := fmt.Sprintf("Ignoring \"%s\" as it is not used in \"systemd\"", unused)
				warned = append(warned, result.Warning{Text: text})
				told.Append(value.NewStr(text))
			}
		}
	}
	if slices.Contains(serviceModules, name) {
		name = "ansible.legacy." + name
	}
	r, err := c.Module(ctx, name, args, nil)
	if err != nil || told.Len() == 0 {
		return r, err
	}
	r.Warnings = append(warned, r.Warnings...)
	if l, ok := r.Values.Stored("warnings").(*value.List); ok {
		for _, w := range l.Stored() {
			told.Append(w)
		}
	}
	r.Values.SetStr("warnings", told)
	return r, err
}

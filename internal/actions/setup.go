package actions

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
)

var _ = Set.Add(Def{Name: "ansible.builtin.setup", Run: runSetup})

// runSetup runs the module; hundreds of facts are not shown, with -v neither.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/setup_module.html
func runSetup(ctx context.Context, c *Call) (*result.Result, error) {
	r, err := c.Module(ctx, c.Name, c.Args, nil)
	if err != nil {
		return nil, err
	}
	r.Quiet = true
	return r, nil
}

package actions

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.fail", Run: runFail})

var failArgs = module.Args{
	{Name: "msg", Type: module.Raw, Default: value.NewStr("Failed as requested from task"), Help: "Why."},
}

// runFail fails with a message.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/fail_module.html
func runFail(_ context.Context, c *Call) (*result.Result, error) {
	p, err := c.validate(failArgs)
	if err != nil {
		return nil, err
	}
	return c.failWith(p.Value("msg")), nil
}

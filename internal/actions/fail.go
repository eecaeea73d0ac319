package actions

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.fail", Run: runFail, Page: &module.Def{
	Check: module.Full,
	Args: module.Args{
		{Name: "msg", Default: "Failed as requested from task", Help: "What to tell."},
	},
	Doc: module.Doc{
		Short:    "Fail the task.",
		Examples: "- ansible.builtin.fail:\n    msg: This needs Debian.\n  when: ansible_facts.os_family != 'Debian'\n",
	},
}})

// runFail fails with a message.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/fail_module.html
func runFail(_ context.Context, c *Call) (*result.Result, error) {
	if err := c.onlyOptions("msg"); err != nil {
		return nil, err
	}
	msg := c.Args.Stored("msg")
	if msg == nil {
		msg = value.NewStr("Failed as requested from task")
	}
	return c.failWith(msg), nil
}

package actions

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.async_status", Run: runAsyncStatus})

var asyncStatusArgs = module.Args{
	{Name: "jid", Required: true, Help: "The job: what the task that started it returned as ansible_job_id."},
	{Name: "mode", Default: value.NewStr("status"), Choices: []string{"status", "cleanup"}, Help: "Ask after the job, or remove its file."},
}

// runAsyncStatus asks after a job on the target, in the folder that the variable ansible_async_dir names.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/async_status_module.html
func runAsyncStatus(ctx context.Context, c *Call) (*result.Result, error) {
	p, err := c.validate(asyncStatusArgs)
	if err != nil {
		return nil, err
	}
	args := value.DictOf("jid", value.NewStr(p.Str("jid")), "mode", value.NewStr(p.Str("mode")))
	if c.AsyncDir != "" {
		args.SetStr("_async_dir", value.NewStr(c.AsyncDir))
	}
	return c.Module(ctx, "ansible.legacy.async_status", args, nil)
}

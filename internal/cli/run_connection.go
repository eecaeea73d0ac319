package cli

import (
	"context"
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// client gives what runs modules on a host, by the connection that its variables, else the keyword, name.
func (r *run) client(ctx context.Context, to executor.Target) (client.Client, error) {
	kind := to.Keywords[playbook.Connection]
	if stored, ok := to.Vars.Lookup("ansible_connection"); ok {
		v, err := r.engine.Scope(ctx, to.Vars, nil).Finalize(stored)
		if err != nil {
			return nil, err
		}
		if kind, err = value.Text(v); err != nil {
			return nil, err
		}
	}
	if isLocal(kind) {
		return client.NewLocal(r.playbookDir(), r.secrets.environ)
	}
	if kind == "" {
		kind = "ssh"
	}
	return nil, &connection.Error{Host: to.Host, Op: "connect", Err: fmt.Errorf(
		"the connection %q of host %s is not supported by the native engine; only local is", kind, to.Host,
	)}
}

func isLocal(connection string) bool {
	return connection == "local" || connection == "ansible.builtin.local"
}

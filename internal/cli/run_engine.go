package cli

import (
	"context"
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// newEngine makes what evaluates templates.
func (r *run) newEngine() *templating.Engine {
	return templating.New(templating.Options{
		Dir:     r.playbookDir(),
		Getenv:  r.env.LookupEnv,
		Environ: r.secrets.environ,
		Read:    r.secrets.readFile,
		Now:     r.env.Now,
		Warn:    func(text string, pos source.Pos) { r.sink.Handle(event.Warning{Text: text, Pos: pos}) },
		Depr:    func(text string, pos source.Pos) { r.sink.Handle(event.Deprecation{Text: text, Pos: pos}) },

		Extensions:             r.settings.List("DEFAULT_JINJA2_EXTENSIONS"),
		AllowBrokenConditional: r.settings.Bool("ALLOW_BROKEN_CONDITIONALS"),
		NoEmbeddedTemplates:    !r.settings.Bool("ALLOW_EMBEDDED_TEMPLATES"),
		Managed:                r.settings.String("DEFAULT_MANAGED_STR"),
		Hosts:                  r.matching,
	})
}

// matching gives the hosts of the inventory that a pattern means, whatever the limit.
func (r *run) matching(pattern string) ([]string, error) {
	found, err := r.inventory.Match(inventory.Limit{}, pattern)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(found))
	for i, h := range found {
		names[i] = h.Name()
	}
	return names, nil
}

// client gives what runs modules on a host, by the connection that its variables, else the keyword, name.
func (r *run) client(ctx context.Context, host, connection string, vars templating.Vars) (client.Client, error) {
	if stored, ok := vars.Lookup("ansible_connection"); ok {
		v, err := r.engine.Scope(ctx, vars, nil).Finalize(stored)
		if err != nil {
			return nil, err
		}
		if connection, err = value.Text(v); err != nil {
			return nil, err
		}
	}
	if isLocal(connection) {
		return client.NewLocal(r.playbookDir(), r.secrets.environ)
	}
	if connection == "" {
		connection = "ssh"
	}
	return nil, fmt.Errorf("the connection %q of host %s is not supported by the native engine; only local is", connection, host)
}

func isLocal(connection string) bool {
	return connection == "local" || connection == "ansible.builtin.local"
}

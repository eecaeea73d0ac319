package cli

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
)

// newEngine makes what evaluates templates.
func (r *run) newEngine() *templating.Engine {
	return templating.New(templating.Options{
		Dir:     r.playbookDir(),
		Getenv:  r.env.LookupEnv,
		Environ: r.secrets.environ,
		Read:    r.secrets.readFile,
		Opened:  r.secrets.mask,
		Now:     r.env.Now,
		Tell:    func(n templating.Notice) { r.sink.Handle(executor.Told(n)) },

		Extensions:             r.settings.List("DEFAULT_JINJA2_EXTENSIONS"),
		AllowBrokenConditional: r.settings.Bool("ALLOW_BROKEN_CONDITIONALS"),
		NoEmbeddedTemplates:    !r.settings.Bool("ALLOW_EMBEDDED_TEMPLATES"),
		Managed:                r.settings.String("DEFAULT_MANAGED_STR"),
		Hosts:                  r.matching,
		Setting:                r.setting,
	})
}

// matching gives the hosts of the inventory that a pattern means, whatever the limit.
func (r *run) matching(pattern string) ([]string, error) {
	var names []string
	var err error
	r.hostVars.Read(func(inv *inventory.Inventory) {
		var found []*inventory.Host
		found, err = inv.Match(inventory.Limit{}, pattern)
		for _, h := range found {
			names = append(names, h.Name())
		}
	})
	return names, err
}

package data

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.ping", Check: module.Full, Run: runPing,
	Args: module.Args{
		{Name: "data", Default: "pong", Help: "What is returned as ping; \"crash\" makes the module fail as a broken one does."},
	},
	Doc: module.Doc{
		Short:    "Show that a host is reached and modules run on it.",
		Examples: "- ansible.builtin.ping:\n",
		Returns:  []module.Return{{Name: "ping", Type: "str", When: "success", Help: "The argument data."}},
	},
})

func runPing(_ context.Context, _ target.System, p *module.Params) (module.Result, error) {
	if p.Str("data") == "crash" {
		return module.Raise("boom"), nil
	}
	return module.Result{}.With("ping", p.Str("data")), nil
}

package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
)

// useFactCache keeps facts as the settings of fact_caching say: in memory, or in a JSON file for each host.
func (r *run) useFactCache() error {
	switch plugin := strings.TrimPrefix(r.settings.String("CACHE_PLUGIN"), "ansible.builtin."); plugin {
	case "memory":
		return nil
	case "jsonfile":
	default:
		o := r.settings.Origin("CACHE_PLUGIN")
		return withCode(ExitError, diag.Errorf(o.Pos, "the fact cache %q (%s) is not supported by the native engine", plugin, o).
			Hint("there are memory and jsonfile"))
	}
	dir := r.settings.Path("cache/jsonfile/_uri")
	if dir == "" {
		o := r.settings.Origin("CACHE_PLUGIN")
		return withCode(ExitError, diag.Errorf(o.Pos, "the fact cache jsonfile (%s) has no folder", o).Hint("say which one: fact_caching_connection = DIR"))
	}
	r.vars.UseCache(&vars.FileCache{
		Dir: dir, Prefix: r.settings.String("cache/jsonfile/_prefix"), Now: r.env.Now,
		Timeout: time.Duration(r.settings.Int("cache/jsonfile/_timeout")) * time.Second,
	}, func(host string, err error) { r.warn(fmt.Sprintf("the cached facts of %s: %v", host, err)) })
	return nil
}

// flushCache forgets the cached facts of all hosts.
func (r *run) flushCache() {
	for _, h := range r.inventory.Hosts() {
		r.vars.ClearFacts(h.Name())
	}
}

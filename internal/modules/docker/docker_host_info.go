package docker

import (
	"context"
	"net/url"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_host_info", Redirects: []string{"ansible.builtin.docker_host_info", "community.general.docker_host_info"}, Check: module.Full, Run: runHostInfo,
	Args: withEngine(module.Args{
		{Name: "containers", Type: module.Bool, Default: false, Help: "List containers."},
		{Name: "containers_all", Type: module.Bool, Default: false, Help: "Also those that do not run."},
		{Name: "containers_filters", Type: module.Dict, Help: "Which of them, as label: KEY=VALUE."},
		{Name: "images", Type: module.Bool, Default: false, Help: "List images."},
		{Name: "images_filters", Type: module.Dict, Help: "Which of them."},
		{Name: "networks", Type: module.Bool, Default: false, Help: "List networks."},
		{Name: "networks_filters", Type: module.Dict, Help: "Which of them."},
		{Name: "volumes", Type: module.Bool, Default: false, Help: "List volumes."},
		{Name: "volumes_filters", Type: module.Dict, Help: "Which of them."},
		{Name: "disk_usage", Type: module.Bool, Default: false, Help: "Tell how much room they take."},
		{Name: "verbose_output", Type: module.Bool, Default: false, Help: "Tell all that the engine tells."},
	}),
	Rules: rules(module.Rules{}),
	Doc: module.Doc{
		Short: "Tell about an engine of Docker and what it has.",
		Examples: `- community.docker.docker_host_info:
    containers: true
  register: engine
`,
		Returns: []module.Return{
			{Name: "can_talk_to_docker", Type: "bool", When: "always", Help: "Whether the engine answers."},
			{Name: "host_info", Type: "dict", When: "always", Help: "What the engine tells of itself."},
			{Name: "containers", Type: "list", When: "containers", Help: "Its containers; images, networks, volumes and disk_usage tell of those."},
		},
	},
})

// lists are what can be listed, with what is told of each when not all is.
var lists = []struct {
	arg, path string
	told      []string
}{
	{"volumes", "/volumes", []string{"Driver", "Name"}},
	{"networks", "/networks", []string{"Id", "Driver", "Name", "Scope"}},
	{"containers", "/containers/json", []string{"Id", "Image", "Command", "Created", "Status", "Ports", "Names"}},
	{"images", "/images/json", []string{"Id", "RepoTags", "Created", "Size"}},
}

func runHostInfo(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	c, failed, err := engine.Open(ctx, sys, p)
	if failed != nil || err != nil {
		r, err := orFailed(failed, err)
		return r.With("can_talk_to_docker", false), err
	}
	fail := func(what string, err error) (module.Result, error) {
		if !engine.IsRefusal(err) {
			return engine.Failed(ctx, err)
		}
		return module.Fail("Error inspecting docker %s: %v", what, err).With("can_talk_to_docker", true), nil
	}
	var r module.Result
	info, err := c.Dict(ctx, engine.Request{Path: "/info"})
	if err != nil {
		return fail("host", err)
	}
	r.Set("can_talk_to_docker", true).Set("host_info", info)
	if p.Bool("disk_usage") {
		usage, err := c.Dict(ctx, engine.Request{Path: "/system/df", Wait: true})
		if err != nil {
			return fail("host", err)
		}
		r.Set("disk_usage", brief(p, usage, []string{"LayersSize"}))
	}
	for _, l := range lists {
		if !p.Bool(l.arg) {
			continue
		}
		query := url.Values{}
		if l.arg == "containers" && p.Bool("containers_all") {
			query.Set("all", "1")
		}
		if p.Has(l.arg + "_filters") {
			filters, err := filtersText(p.Dict(l.arg + "_filters"))
			if err != nil {
				return r, err
			}
			query.Set("filters", filters)
		}
		v, err := c.JSON(ctx, engine.Request{Path: l.path, Query: query})
		if err != nil {
			return fail("host for object '"+l.arg+"'", err)
		}
		if d, ok := v.(*value.Dict); ok {
			v = orNone(engine.At(d, "Volumes"))
		}
		out := value.NewList()
		for _, e := range engine.List(v) {
			d, _ := e.(*value.Dict)
			out.Append(brief(p, d, l.told))
		}
		r.Set(l.arg, out)
	}
	return r, nil
}

// brief gives what is told of a thing: all that the engine tells, or some of it.
func brief(p *module.Params, d *value.Dict, names []string) *value.Dict {
	if p.Bool("verbose_output") {
		return d
	}
	out := value.NewDict()
	for _, name := range names {
		if d != nil && d.Has(name) {
			out.SetStr(name, d.Stored(name))
		}
	}
	return out
}

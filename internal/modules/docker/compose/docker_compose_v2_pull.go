package compose

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_compose_v2_pull", Check: module.Full, Run: runPull,
	Args: withProject(module.Args{
		{Name: "services", Type: module.List, Elements: module.Str, Help: "The images of these services alone."},
		{Name: "policy", Default: "always", Choices: []string{"always", "missing"}, Help: "Whether images are pulled that are there already; missing needs Compose 2.22."},
		{Name: "ignore_buildable", Type: module.Bool, Default: false, Help: "Leave out images that can be built."},
		{Name: "include_deps", Type: module.Bool, Default: false, Help: "Pull those of services, too, that those depend on."},
	}),
	Rules: projectRules,
	Doc: module.Doc{
		Short:    "Pulls the images of a project of Docker Compose.",
		Examples: "- community.docker.docker_compose_v2_pull:\n    project_src: /opt/kimai\n    policy: missing\n",
		Returns:  []module.Return{{Name: "actions", Type: "list", When: "success", Help: "What was done: what, id and status of each."}},
	},
})

func runPull(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	j, err := open(ctx, sys, p)
	if j != nil {
		defer j.close()
	}
	missing := p.Str("policy") == "missing"
	if err == nil && missing && !j.version.AtLeast(2, 22, 0) {
		err = programs.Fail("A pull policy other than always is only supported since Docker Compose 2.22.0. %s has version %s", j.docker.Program(), j.told)
	}
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	command := []string{"pull"}
	if missing {
		command = append(command, "--policy", "missing")
	}
	command = j.options(command, "ignore_buildable", "--ignore-buildable")
	command = j.options(command, "include_deps", "--include-deps")
	one, err := j.run(ctx, j.services(j.dry(command))...)
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	j.warned.ofEvents(one.events)
	r := module.Result{}
	if one.RC != 0 {
		r = j.failure(one, one.Stdout)
	} else {
		if one.Stdout != "" {
			r.Set("stdout", one.Stdout)
		}
		if one.Stderr != "" {
			r.Set("stderr", one.Stderr)
		}
	}
	var ignored []string
	if !missing && !p.Check { // that it looks for a newer one is no change; a layer is
		ignored = []string{pulling}
	}
	r.Changed = changed(one.events, ignored...)
	r.Set("actions", actions(one.events))
	return r, nil
}

package compose

import (
	"context"
	"slices"
	"strconv"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_compose_v2_exec", Check: module.None, Run: runExec,
	Args: withProject(slices.Concat(commandArgs, module.Args{
		{Name: "index", Type: module.Int, Help: "The number of the container, where the service has several."},
		{Name: "privileged", Type: module.Bool, Default: false, Help: "Give the command all rights."},
	})),
	Rules: projectRules,
	Doc: module.Doc{
		Short:    "Runs a command in a container of a service of a project of Docker Compose.",
		Examples: "- community.docker.docker_compose_v2_exec:\n    project_src: /opt/kimai\n    service: kimai\n    argv: [/opt/kimai/bin/console, \"kimai:version\"]\n",
		Returns:  commandReturns,
	},
})

func runExec(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	j, err := open(ctx, sys, p)
	if j != nil {
		defer j.close()
	}
	if err == nil && !p.Has("argv") && !p.Has("command") {
		err = programs.Fail("one of the following is required: argv, command")
	}
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	before := []string{"exec"}
	if p.Has("index") {
		before = append(before, "--index", strconv.FormatInt(p.Int("index"), 10))
	}
	out, err := j.command(ctx, before)
	if err != nil || p.Bool("detach") {
		return programs.Answer(module.Result{}, err)
	}
	return commandResult(p, out), nil
}

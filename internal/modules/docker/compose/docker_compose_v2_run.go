package compose

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_compose_v2_run", Check: module.None, Run: runRun,
	Args: withProject(slices.Concat(commandArgs, module.Args{
		{Name: "build", Type: module.Bool, Default: false, Help: "Build the image before."},
		{Name: "cap_add", Type: module.List, Elements: module.Str, Help: "Capabilities that the container gets."},
		{Name: "cap_drop", Type: module.List, Elements: module.Str, Help: "Capabilities that it loses."},
		{Name: "cleanup", Type: module.Bool, Default: false, Help: "Remove the container at its end."},
		{Name: "entrypoint", Help: "The entrypoint in place of the image's."},
		{Name: "interactive", Type: module.Bool, Default: true, Help: "Keep its standard input open."},
		{Name: "labels", Type: module.List, Elements: module.Str, Help: "Labels that it gets."},
		{Name: "name", Help: "Its name."},
		{Name: "no_deps", Type: module.Bool, Default: false, Help: "Do not start the services that this one depends on."},
		{Name: "publish", Type: module.List, Elements: module.Str, Help: "Ports of it that are published."},
		{Name: "quiet_pull", Type: module.Bool, Default: false, Help: "Do not write how a pull gets on."},
		{Name: "remove_orphans", Type: module.Bool, Default: false, Help: "Remove containers of services that are not defined any more."},
		{Name: "service_ports", Type: module.Bool, Default: false, Help: "Publish the ports of the service."},
		{Name: "use_aliases", Type: module.Bool, Default: false, Help: "Give it the names of the service in its networks."},
		{Name: "volumes", Type: module.List, Elements: module.Str, Help: "Volumes and folders that are mounted in it."},
	})),
	Rules: projectRules,
	Doc: module.Doc{
		Short:    "Runs a command in a new container of a service of a project of Docker Compose.",
		Examples: "- community.docker.docker_compose_v2_run:\n    project_src: /opt/kimai\n    service: kimai\n    command: /opt/kimai/bin/console kimai:version\n    cleanup: true\n",
		Returns:  append(slices.Clone(commandReturns), module.Return{Name: "container_id", Type: "str", When: "with detach", Help: "The container."}),
	},
})

func runRun(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	j, err := open(ctx, sys, p)
	if j != nil {
		defer j.close()
	}
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	before := j.options([]string{"run"}, "build", "--build")
	before = append(before, each("--cap-add", p.Strs("cap_add"))...)
	before = append(before, each("--cap-drop", p.Strs("cap_drop"))...)
	if p.Has("entrypoint") {
		before = append(before, "--entrypoint", p.Str("entrypoint"))
	}
	if !p.Bool("interactive") {
		before = append(before, "--no-interactive")
	}
	before = append(before, each("--label", p.Strs("labels"))...)
	if p.Has("name") {
		before = append(before, "--name", p.Str("name"))
	}
	before = j.options(before, "no_deps", "--no-deps")
	before = append(before, each("--publish", p.Strs("publish"))...)
	for _, o := range [][2]string{
		{"quiet_pull", "--quiet-pull"},
		{"remove_orphans", "--remove-orphans"},
		{"cleanup", "--rm"},
		{"service_ports", "--service-ports"},
		{"use_aliases", "--use-aliases"},
	} {
		before = j.options(before, o[0], o[1])
	}
	before = append(before, each("--volume", p.Strs("volumes"))...)
	out, err := j.command(ctx, before)
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	if p.Bool("detach") {
		r := module.Result{}
		r.Set("container_id", strings.TrimSpace(out.Stdout))
		return r, nil
	}
	return commandResult(p, out), nil
}

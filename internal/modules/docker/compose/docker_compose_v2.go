package compose

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_compose_v2", Check: module.Full, Run: runCompose,
	Args: withProject(module.Args{
		{Name: "state", Default: "present", Choices: []string{"absent", "stopped", "restarted", "present"}, Help: "What is wanted of the project: down, stop, restart and up of docker compose."},
		{Name: "services", Type: module.List, Elements: module.Str, Help: "These services alone."},
		{Name: "build", Default: "policy", Choices: []string{"always", "never", "policy"}, Help: "Whether images are built before the containers start."},
		{Name: "pull", Default: "policy", Choices: []string{"always", "missing", "never", "policy"}, Help: "Whether images are pulled before the containers start."},
		{Name: "recreate", Default: "auto", Choices: []string{"always", "never", "auto"}, Help: "Whether containers are made anew; auto is where their definition has changed."},
		{Name: "renew_anon_volumes", Type: module.Bool, Default: false, Help: "Give containers that are made anew new anonymous volumes."},
		{Name: "dependencies", Type: module.Bool, Default: true, Help: "Start the services, too, that those depend on."},
		{Name: "scale", Type: module.Dict, Help: "How many containers services get."},
		{Name: "timeout", Type: module.Int, Help: "How many seconds containers get to stop."},
		{Name: "wait", Type: module.Bool, Default: false, Help: "Wait until the services run, or are healthy."},
		{Name: "wait_timeout", Type: module.Int, Help: "How many seconds at most."},
		{Name: "assume_yes", Type: module.Bool, Default: false, Help: "Answer questions with yes; needs Compose 2.32."},
		{Name: "ignore_build_events", Type: module.Bool, Default: true, Help: "That an image was built is no change."},
		{Name: "remove_orphans", Type: module.Bool, Default: false, Help: "Remove containers of services that are not defined any more."},
		{Name: "remove_images", Choices: []string{"all", "local"}, Help: "With state absent, remove images, too: all, or those without a name of their own."},
		{Name: "remove_volumes", Type: module.Bool, Default: false, Help: "With state absent, remove volumes, too."},
	}),
	Rules: projectRules,
	Doc: module.Doc{
		Short:    "Projects of Docker Compose.",
		Long:     "Runs docker compose, 2.18 or later, which has to be there with the program docker.",
		Examples: "- community.docker.docker_compose_v2:\n    project_src: /opt/kimai\n    remove_orphans: true\n    wait: true\n\n- community.docker.docker_compose_v2:\n    project_src: /opt/kimai\n    state: absent\n",
		Returns: []module.Return{
			{Name: "actions", Type: "list", When: "success", Help: "What was done: what, id and status of each."},
			{Name: "containers", Type: "list", When: "success", Help: "The containers of the project, as docker compose ps tells them."},
			{Name: "images", Type: "list", When: "success", Help: "The images of its containers, as docker compose images tells them."},
		},
	},
})

func runCompose(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	j, err := open(ctx, sys, p)
	if j != nil {
		defer j.close()
	}
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	scale, err := j.scale()
	if err == nil && p.Bool("assume_yes") && !j.version.AtLeast(2, 32, 0) {
		err = programs.Fail("assume_yes=true needs Docker Compose 2.32.0 or newer, not version %s", j.told)
	}
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	var runs []*run
	switch p.Str("state") {
	case "present":
		runs, err = j.runs(ctx, j.up(scale, false))
	case "stopped":
		runs, err = j.stopped(ctx, scale)
	case "restarted":
		runs, err = j.runs(ctx, j.restart())
	default:
		runs, err = j.runs(ctx, j.down())
	}
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	return programs.Answer(j.result(ctx, runs))
}

// runs is one command as a list of them.
func (j *project) runs(ctx context.Context, command []string) ([]*run, error) {
	r, err := j.run(ctx, command...)
	return []*run{r}, err
}

// stopped has the containers made, and then stopped if one of the project runs.
func (j *project) stopped(ctx context.Context, scale []string) ([]*run, error) {
	runs, err := j.runs(ctx, j.up(scale, true))
	if err != nil || runs[0].RC != 0 {
		return runs, err
	}
	containers, err := j.containers(ctx)
	if err != nil {
		return nil, err
	}
	runsStill := func(c value.Value) bool {
		return !slices.Contains([]string{"created", "exited", "stopped"}, plain(c.(*value.Dict).Stored("State"))) // checked by containers
	}
	if !slices.ContainsFunc(containers, runsStill) {
		return runs, nil
	}
	r, err := j.run(ctx, j.stop()...)
	return append(runs, r), err
}

// result is what the runs came to, with what the project has now.
func (j *project) result(ctx context.Context, runs []*run) (module.Result, error) {
	var events []event
	var stdout, stderr []string
	r := module.Result{}
	for _, one := range runs {
		events = append(events, one.events...)
		if one.RC != 0 {
			r = j.failure(one, one.Stdout)
		}
		for _, o := range []struct {
			to   *[]string
			text string
		}{{&stdout, one.Stdout}, {&stderr, one.Stderr}} {
			if o.text != "" {
				*o.to = append(*o.to, o.text)
			}
		}
	}
	j.warned.ofEvents(events)
	ignored := []string{pulling}
	if state := j.p.Str("state"); j.p.Bool("ignore_build_events") && (state == "present" || state == "stopped") {
		ignored = append(ignored, "Building")
	}
	r.Changed = changed(events, ignored...)
	r.Set("actions", actions(events))
	containers, err := j.containers(ctx)
	if err != nil {
		return r, err
	}
	images, err := j.images(ctx)
	if err != nil {
		return r, err
	}
	r.Set("containers", value.NewList(containers...)).Set("images", images)
	if r.Failed {
		return r, nil
	}
	for key, texts := range map[string][]string{"stdout": stdout, "stderr": stderr} {
		if len(texts) > 0 {
			r.Set(key, strings.Join(texts, "\n"))
		}
	}
	return r, nil
}

// scale gives the options that tell how many containers services get.
func (j *project) scale() ([]string, error) {
	var out []string
	d := j.p.Dict("scale")
	if d == nil {
		return nil, nil
	}
	shown := value.NewDict()
	for it := d.Iterate(); it.Next(); {
		v := it.Stored()
		n, err := module.ToInt(v)
		if err != nil {
			return nil, programs.Fail("The value %s for `scale[%s]` is not an integer", quoted(v), quoted(it.Key()))
		}
		if n < 0 {
			return nil, programs.Fail("The value %d for `scale[%s]` is negative", n, quoted(it.Key()))
		}
		shown.SetStr(plain(it.Key()), value.NewInt(n))
		out = append(out, plain(it.Key())+"="+strconv.FormatInt(n, 10))
	}
	j.p.Show("scale", shown)
	slices.Sort(out)
	return each("--scale", out), nil
}

// up is the command that starts the services, or only makes their containers.
func (j *project) up(scale []string, only bool) []string {
	p := j.p
	out := []string{"up", "--detach", "--no-color", "--quiet-pull"}
	if pull := p.Str("pull"); pull != "policy" {
		out = append(out, "--pull", pull)
	}
	out = j.options(out, "remove_orphans", "--remove-orphans")
	out = append(out, map[string][]string{"always": {"--force-recreate"}, "never": {"--no-recreate"}}[p.Str("recreate")]...)
	out = j.options(out, "renew_anon_volumes", "--renew-anon-volumes")
	out = j.dependencies(out)
	out = j.timeout(out)
	out = append(out, map[string][]string{"always": {"--build"}, "never": {"--no-build"}}[p.Str("build")]...)
	out = append(out, scale...)
	if p.Bool("wait") {
		out = append(out, "--wait")
		if p.Has("wait_timeout") {
			out = append(out, "--wait-timeout", strconv.FormatInt(p.Int("wait_timeout"), 10))
		}
	}
	if only {
		out = append(out, "--no-start")
	}
	if p.Check {
		out = append(out, "--dry-run")
	}
	if p.Bool("assume_yes") {
		yes := "-y"
		if j.version.AtLeast(2, 34, 0) {
			yes = "--yes"
		}
		out = append(out, yes)
	}
	return j.services(out)
}

func (j *project) stop() []string { return j.services(j.dry(j.timeout([]string{"stop"}))) }

func (j *project) restart() []string {
	return j.services(j.dry(j.timeout(j.dependencies([]string{"restart"}))))
}

func (j *project) down() []string {
	out := j.options([]string{"down"}, "remove_orphans", "--remove-orphans")
	if j.p.Has("remove_images") {
		out = append(out, "--rmi", j.p.Str("remove_images"))
	}
	return j.services(j.dry(j.timeout(j.options(out, "remove_volumes", "--volumes"))))
}

// options adds an option where an argument is true.
func (j *project) options(command []string, arg, option string) []string {
	if j.p.Bool(arg) {
		command = append(command, option)
	}
	return command
}

func (j *project) dependencies(command []string) []string {
	if !j.p.Bool("dependencies") {
		command = append(command, "--no-deps")
	}
	return command
}

func (j *project) timeout(command []string) []string {
	if j.p.Has("timeout") {
		command = append(command, "--timeout", strconv.FormatInt(j.p.Int("timeout"), 10))
	}
	return command
}

func (j *project) dry(command []string) []string {
	if j.p.Check {
		command = append(command, "--dry-run")
	}
	return command
}

// services ends a command with the services that it is about.
func (j *project) services(command []string) []string {
	return append(append(command, "--"), j.p.Strs("services")...)
}

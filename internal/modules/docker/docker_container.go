package docker

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_container", Redirects: []string{"ansible.builtin.docker_container", "community.general.docker_container"}, Check: module.Partial, Diff: module.Full, Run: runContainer,
	Args: withEngine(containerArgs),
	Rules: rules(module.Rules{
		RequiredBy: []module.RequiredBy{{Name: "log_options", Needs: []string{"log_driver"}}, {Name: "restart_retries", Needs: []string{"restart_policy"}}},
		RequiredIf: []module.RequiredIf{{Name: "state", Is: "present", Then: []string{"image"}}},
	}),
	Doc: module.Doc{
		Short: "See to it that a container runs as it should, or is not there.",
		Notes: []string{
			"A container that has to become another is removed and made anew with what the task says, and nothing else but its image. comparisons tells what counts.",
			"In check mode no image is pulled; pull_check_mode_behavior tells what that means for the result.",
			"What a container without detach writes is in the result (container.Output); with output_logs Ansible's module writes it to the system's log too, which this one does not.",
		},
		Examples: `- community.docker.docker_container:
    name: kimai
    image: kimai/kimai2:2.65.0
    restart_policy: unless-stopped
    published_ports: ["127.0.0.1:8001:8001"]
    env:
      TRUSTED_PROXIES: 127.0.0.1
    volumes:
      - kimai_var:/opt/kimai/var
    healthcheck:
      test: [CMD, curl, --fail, "http://127.0.0.1:8001/health"]
      interval: 30s
`,
		Returns: []module.Return{
			{Name: "container", Type: "dict", When: "it is there", Help: "What the engine tells of it; without detach its output too, as Output."},
			{Name: "status", Type: "int", When: "detach is false", Help: "What its process ended with."},
			{Name: "actions", Type: "list", When: "check mode or debug", Help: "What was, or would be, asked of the engine."},
		},
	},
})

// container is one call.
type container struct {
	p              *module.Params
	c              *engine.Client
	sys            target.System
	name           string
	wants          []want            // the options that the task gives, in the order in which they are told
	compare        map[string]string // how each option is compared, where that is not by its kind
	image          *value.Dict       // the image that is wanted, nil where none is named
	body           *value.Dict       // what a container is made of
	host           *value.Dict       // its HostConfig
	wantedNetworks []*wantedNetwork
	bridgeIP       string // where its networks publish ports, "" where none says so

	changed     bool
	actions     *value.List
	before      *value.Dict
	after       *value.Dict
	otherImage  bool        // it is made anew since its image is another
	differences *value.List // nil where nothing is made anew
}

func runContainer(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	c, failed, err := engine.Open(ctx, sys, p)
	if failed != nil || err != nil {
		return orFailed(failed, err)
	}
	ct := &container{
		p: p, c: c, sys: sys, name: p.Str("name"),
		actions: value.NewList(), before: value.NewDict(), after: value.NewDict(),
	}
	if failed := ct.comparisons(); failed != nil {
		return *failed, nil
	}
	done, err := ct.act(ctx)
	if done != nil {
		return *done, nil
	}
	if err != nil {
		return ct.failed(ctx, err)
	}
	return ct.result(ctx, nil)
}

// act does what the task wants. It gives a result where that is not what the container is in the end.
func (ct *container) act(ctx context.Context) (*module.Result, error) {
	if ct.p.Str("state") == "absent" {
		return nil, ct.absent(ctx)
	}
	if err := ct.readNetworks(ctx); err != nil {
		return nil, err
	}
	if err := ct.want(ctx); err != nil {
		return nil, err
	}
	return ct.present(ctx)
}

// refusal is a failure that is told to the user as it is.
type refusal struct{ text string }

// Error gives the text.
func (r *refusal) Error() string { return r.text }

// failed makes a result of an error.
func (ct *container) failed(ctx context.Context, err error) (module.Result, error) {
	if r, ok := err.(*refusal); ok { //nolint:errorlint // made here, never wrapped
		return module.Fail("%s", r.text), nil
	}
	return engine.Failed(ctx, err)
}

// did notes an action of which the result tells, and that something changes.
func (ct *container) did(pairs ...any) {
	ct.changed = true
	ct.actions.Append(value.DictOf(pairs...))
}

func (ct *container) show(name string, before, after value.Value) {
	ct.before.SetStr(name, orNone(before))
	ct.after.SetStr(name, orNone(after))
}

// result tells what was done, and what the container is now. facts are those of a container that is gone, else nil.
func (ct *container) result(ctx context.Context, facts *value.Dict) (module.Result, error) {
	r := module.Result{Changed: ct.changed}
	if facts == nil && ct.p.Str("state") != "absent" {
		var err error
		if facts, err = findContainer(ctx, ct.c, ct.name); err != nil {
			return ct.failed(ctx, err)
		}
	}
	if facts != nil {
		r.Set("container", facts)
	}
	if ct.p.Check || ct.p.Bool("debug") {
		r.Set("actions", ct.actions)
	}
	if ct.p.Diff {
		d := module.Diff{Before: ct.before, After: ct.after}.Value()
		if ct.differences != nil {
			d.SetStr("differences", ct.differences)
		}
		if ct.otherImage {
			d.SetStr("image_different", value.True)
		}
		r.Diff = d
	}
	return r, nil
}

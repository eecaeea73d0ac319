package docker

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_volume", Redirects: []string{"ansible.builtin.docker_volume", "community.general.docker_volume"}, Check: module.Full, Diff: module.Full, Run: runVolume,
	Args: withEngine(module.Args{
		{Name: "volume_name", Aliases: []string{"name"}, Required: true, Help: "The volume."},
		{Name: "state", Default: "present", Choices: []string{"present", "absent"}, Help: "Whether it is to be there."},
		{Name: "driver", Default: "local", Help: "What keeps it: local, or a plugin of the engine."},
		{Name: "driver_options", Type: module.Dict, Default: value.NewDict(), Help: "What the driver is told."},
		{Name: "labels", Type: module.Dict, Help: "Labels that it has to have."},
		{Name: "recreate", Default: "never", Choices: []string{"always", "never", "options-changed"}, Help: "When it is removed, with its content, and made anew."},
	}),
	Rules: rules(module.Rules{}),
	Doc: module.Doc{
		Short: "Make or remove a volume of Docker.",
		Examples: `- community.docker.docker_volume:
    name: kimai_var
    labels:
      app: kimai
`,
		Returns: []module.Return{{Name: "volume", Type: "dict", When: "present", Help: "What the engine tells of it."}},
	},
})

// volume is one call.
type volume struct {
	*report
	c       *engine.Client
	name    string
	labels  *value.Dict
	options *value.Dict
	is      *value.Dict // nil where there is none
}

func runVolume(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	c, failed, err := engine.Open(ctx, sys, p)
	if failed != nil || err != nil {
		return orFailed(failed, err)
	}
	v := &volume{report: newReport(p), c: c, name: p.Str("volume_name"), options: p.Dict("driver_options")}
	if v.labels, err = textDict(p, "labels"); err != nil {
		return module.Fail("%v", err), nil
	}
	if v.labels != nil {
		p.Show("labels", v.labels)
	}
	if err := v.find(ctx); err != nil {
		return plainly(ctx, err)
	}
	if p.Str("state") == "absent" {
		v.show("exists", v.is != nil, false)
		if err := v.remove(ctx); err != nil {
			return plainly(ctx, err)
		}
		return v.absent(), nil
	}
	if err := v.make(ctx); err != nil {
		return plainly(ctx, err)
	}
	return v.present("volume", orNil(v.is)), nil
}

func orNil(d *value.Dict) value.Value {
	if d == nil {
		return value.None
	}
	return d
}

// plainly is the result for an error of the engine that a module tells without words of its own.
func plainly(ctx context.Context, err error) (module.Result, error) {
	r, e := engine.Failed(ctx, err)
	if engine.IsRefusal(err) {
		r.Msg = err.Error()
	}
	return r, e
}

func (v *volume) find(ctx context.Context) error {
	all, err := v.c.Dict(ctx, engine.Request{Path: "/volumes"})
	if err != nil {
		return err
	}
	v.is = nil
	for _, d := range engine.List(all, "Volumes") {
		if engine.Str(d, "Name") == v.name {
			v.is, _ = d.(*value.Dict)
		}
	}
	return nil
}

func (v *volume) make(ctx context.Context) error {
	v.show("exists", v.is != nil, true)
	if v.is != nil {
		v.compare()
		if how := v.p.Str("recreate"); how == "always" || how == "options-changed" && len(v.differences) > 0 {
			if err := v.remove(ctx); err != nil {
				return err
			}
			if !v.p.Check {
				v.is = nil
			}
		} else {
			return nil
		}
	}
	v.did("Created volume " + v.name + " with driver " + v.p.Str("driver"))
	if v.p.Check {
		return nil
	}
	body := value.DictOf("Name", value.NewStr(v.name), "Driver", value.NewStr(v.p.Str("driver")), "DriverOpts", v.options)
	if v.labels != nil {
		body.SetStr("Labels", v.labels)
	}
	if _, err := v.c.JSON(ctx, engine.Request{Method: "POST", Path: "/volumes/create", JSON: body}); err != nil {
		return err
	}
	return v.find(ctx)
}

// compare notes where the volume is another than it should be.
func (v *volume) compare() {
	if driver := v.p.Str("driver"); driver != engine.Str(v.is, "Driver") {
		v.differs("driver", v.is.Stored("Driver"), value.NewStr(driver))
	}
	v.compareDict("driver_options", v.options, engine.Dict(v.is, "Options"), true)
	v.compareDict("labels", v.labels, engine.Dict(v.is, "Labels"), false)
}

func (v *volume) remove(ctx context.Context) error {
	if v.is == nil {
		return nil
	}
	v.did("Removed volume " + v.name)
	if v.p.Check {
		return nil
	}
	_, err := v.c.JSON(ctx, engine.Request{Method: "DELETE", Path: "/volumes/" + engine.Escape(v.name)})
	return err
}

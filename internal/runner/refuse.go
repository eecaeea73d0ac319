package runner

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// refuse ends a run before it starts where a play asks for what is not there, rather than running it in another way.
func (r *Runner) refuse(p *playbook.Play) error {
	if err := r.unknownGroups(p, p.Scope.Attrs.Get(playbook.ModuleDefaults)); err != nil {
		return err
	}
	for _, section := range p.Compile() {
		if err := r.refuseIn(p, section.Blocks); err != nil {
			return err
		}
	}
	return r.refuseIn(p, p.AllHandlers())
}

// refuseIn looks through tasks for defaults of groups of modules that there are not and for the end of a role where there is none.
func (r *Runner) refuseIn(p *playbook.Play, blocks []*playbook.Block) (err error) {
	for _, b := range blocks {
		b.Walk(func(t *playbook.Task) {
			if err == nil && isMeta(t, "end_role") && t.Role() == nil {
				err = roleless(t)
			}
			if err == nil {
				err = r.unknownGroups(p, t.Inherited(playbook.ModuleDefaults))
			}
		})
	}
	return err
}

// roleless is the error of meta: end_role outside of a role.
func roleless(t *playbook.Task) error {
	e := diag.Errorf(t.Pos, "meta: end_role stands in no role")
	e.Cause = &playbook.Verdict{
		Msg: "Cannot execute 'end_role' from outside of a role\nOrigin: <unknown>\n\nTASK: meta (end_role)\n", Exit: 4,
	}
	return e.Hint("meta: end_play or end_host end what is not a role")
}

// unknownGroups refuses module_defaults for groups of modules that no collection has.
func (r *Runner) unknownGroups(p *playbook.Play, defaults value.Value) error {
	all := []value.Value{defaults}
	if l, ok := defaults.(*value.List); ok {
		all = l.Stored()
	}
	for _, one := range all {
		d, ok := one.(*value.Dict)
		if !ok {
			continue
		}
		for it := d.Iterate(); it.Next(); {
			s, _ := it.Key().(value.Str)
			name, isGroup := strings.CutPrefix(s.String(), "group/")
			if !isGroup {
				continue
			}
			if _, ok := r.Loader.ActionGroup(name, p.Dir); !ok {
				return unknownGroup(name, value.OriginOf(s))
			}
		}
	}
	return nil
}

func unknownGroup(name string, at source.Pos) error {
	e := diag.Errorf(at, "no collection has a group of modules %q", name).Hint("install the collection, or name the modules one by one")
	if !strings.Contains(name, ".") {
		name = "ansible.builtin." + name
	}
	e.Cause = &playbook.Verdict{Exit: 4, Msg: "Error loading module_defaults: could not resolve the module_defaults group " + name}
	return e
}

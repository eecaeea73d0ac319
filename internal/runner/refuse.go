package runner

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// refuse ends a run before it starts where a play asks for what is not there, rather than running it in another way.
func (r *Runner) refuse(p *playbook.Play) error {
	if err := refuseGroups(p.Scope.Attrs.Get(playbook.ModuleDefaults)); err != nil {
		return err
	}
	for _, section := range p.Compile() {
		if err := refuseIn(section.Blocks); err != nil {
			return err
		}
	}
	return refuseIn(p.AllHandlers())
}

// RefusedKeywords are those of a play of which some values are not carried out.
func RefusedKeywords() []playbook.Keyword {
	return []playbook.Keyword{playbook.ModuleDefaults}
}

// refuseIn looks through tasks for defaults of groups of modules and for the end of a role where there is none.
func refuseIn(blocks []*playbook.Block) (err error) {
	for _, b := range blocks {
		b.Walk(func(t *playbook.Task) {
			if err == nil && isMeta(t, "end_role") && t.Role() == nil {
				err = roleless(t)
			}
			if err == nil {
				err = refuseGroups(t.Inherited(playbook.ModuleDefaults))
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

// refuseGroups refuses module_defaults for a group of modules: which modules are in it is said by collections.
func refuseGroups(defaults value.Value) error {
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
			if s, ok := it.Key().(value.Str); ok && strings.HasPrefix(s.String(), "group/") {
				return diag.Errorf(value.OriginOf(it.Key()), "module_defaults for %s: groups of modules are not supported by the native engine", s).
					Hint("name the modules one by one")
			}
		}
	}
	return nil
}

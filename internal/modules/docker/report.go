package docker

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// report is what a module that makes one thing as it should be tells of its work: what it did, or would do, and where the thing was
// another.
type report struct {
	p             *module.Params
	changed       bool
	actions       []string
	before, after *value.Dict
	differences   []string
}

func newReport(p *module.Params) *report {
	return &report{p: p, before: value.NewDict(), after: value.NewDict()}
}

// did notes a change, which is not made in check mode.
func (r *report) did(action string) {
	r.changed = true
	r.actions = append(r.actions, action)
}

// show notes a difference for the diff.
func (r *report) show(name string, before, after any) {
	r.before.SetStr(name, value.Of(before))
	r.after.SetStr(name, value.Of(after))
}

// differs notes where the thing is another, by the argument.
func (r *report) differs(name string, before, after value.Value) {
	r.differences = append(r.differences, name)
	r.show(name, orNone(before), orNone(after))
}

func orNone(v value.Value) value.Value {
	if v == nil {
		return value.None
	}
	return v
}

// diff gives the diff. Where nobody asks for one, the arguments that differ are told for debug and in check mode.
func (r *report) diff(differences bool) value.Value {
	if !r.p.Diff && !r.p.Check && !r.p.Bool("debug") {
		return nil
	}
	out := value.NewDict()
	if r.p.Diff {
		out = module.Diff{Before: r.before, After: r.after}.Value()
	}
	if differences {
		out.SetStr("differences", strs(r.differences))
	}
	return out
}

// present is the result for a thing that is to be there.
func (r *report) present(key string, thing value.Value) module.Result {
	out := module.Result{Changed: r.changed, Diff: r.diff(true)}
	if r.p.Check || r.p.Bool("debug") {
		out.Set("actions", strs(r.actions))
	}
	return out.With(key, orNone(thing))
}

// absent is the result for a thing that is not to be there.
func (r *report) absent() module.Result {
	out := module.Result{Changed: r.changed, Diff: r.diff(false)}
	return out.With("actions", strs(r.actions))
}

// strs makes a list of texts, which is not null when it is empty.
func strs(list []string) *value.List {
	out := value.NewList()
	for _, s := range list {
		out.Append(value.NewStr(s))
	}
	return out
}

package runner

import (
	"fmt"
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
)

// reserved warns of variables whose names are keywords: who writes one may have meant the keyword. Each mapping is looked at
// once. A nil *reserved warns of nothing: lists are made without a run.
type reserved struct {
	sink event.Sink
	seen map[*value.Dict]bool
	base map[string]bool // names that the play's hosts, the play and its roles have: they are told there
}

func (r *reserved) look(d *value.Dict) {
	if r == nil || d == nil || r.seen[d] {
		return
	}
	r.seen[d] = true
	r.names(d)
}

// names looks at a mapping that a task has made: there is none like it, and it is not kept.
func (r *reserved) names(d *value.Dict) {
	if r == nil || d == nil {
		return
	}
	for it := d.Iterate(); it.Next(); {
		if name, ok := it.Key().(value.Str); ok {
			r.name(name.String(), value.OriginOf(name))
		}
	}
}

func (r *reserved) name(name string, pos source.Pos) {
	if r != nil && vars.IsReserved(name) {
		r.sink.Handle(event.Warning{Text: fmt.Sprintf("Found variable using reserved name '%s'.", name), Pos: pos})
	}
}

// WarnReserved warns of variables whose names are keywords, each name once: of those in layers, the weakest first, and of extra,
// the names of the extra vars.
func WarnReserved(sink event.Sink, layers []*value.Dict, extra []string) {
	r := &reserved{sink: sink}
	seen := map[string]bool{}
	for _, d := range layers {
		for it := d.Iterate(); it.Next(); {
			if name, ok := it.Key().(value.Str); ok && !seen[name.String()] {
				seen[name.String()] = true
				r.name(name.String(), value.OriginOf(name))
			}
		}
	}
	r.extra(slices.DeleteFunc(slices.Clone(extra), func(name string) bool { return seen[name] }))
}

// extra looks at the names of extra vars, which stand in no file.
func (r *reserved) extra(names []string) {
	for _, name := range names {
		if vars.IsReserved(name) {
			r.sink.Handle(event.Warning{Text: fmt.Sprintf("Found variable using reserved name '%s'.\nOrigin: <CLI option '-e'>\n\n%s\n", name, name)})
		}
	}
}

// plays looks at what is known before the run: the variables of plays that have roles or includes, and of the includes. Those of other
// plays are looked at when the play begins.
func (r *reserved) plays(books []Playbook) {
	for _, b := range books {
		for _, p := range b.Plays {
			if brings(p) {
				r.look(p.Vars())
			}
			for _, s := range p.Compile() {
				for _, block := range s.Blocks {
					block.Walk(func(t *playbook.Task) {
						if t.Include() != playbook.NoInclude {
							r.look(t.Attrs.Vars())
						}
					})
				}
			}
		}
	}
}

// brings reports whether a play has tasks of another file, or will have.
func brings(p *playbook.Play) bool {
	found := false
	for _, s := range p.Compile() {
		for _, block := range s.Blocks {
			block.Walk(func(t *playbook.Task) {
				found = found || t.Include() != playbook.NoInclude || t.Role() != nil || t.File != "" && t.File != p.File
			})
		}
	}
	return found
}

// batch looks at the variables of the hosts of a batch and of the play's roles.
func (r *reserved) batch(b *batch) {
	r.base = map[string]bool{}
	for _, h := range b.hosts {
		for _, d := range b.r.Vars.InventoryLayers(h) {
			r.look(d)
			r.among(d)
		}
	}
	b.play.EachVars(func(_ string, _ any, d *value.Dict) {
		r.look(d)
		r.among(d)
	})
}

// among keeps the names of a mapping that all tasks of the play see.
func (r *reserved) among(d *value.Dict) {
	if d == nil {
		return
	}
	for it := d.Iterate(); it.Next(); {
		if name, ok := it.Key().(value.Str); ok && vars.IsReserved(name.String()) {
			r.base[name.String()] = true
		}
	}
}

// lookWithin is look for what stands on tasks and blocks.
func (r *reserved) lookWithin(d *value.Dict) {
	if d == nil || r.seen[d] {
		return
	}
	r.seen[d] = true
	for it := d.Iterate(); it.Next(); {
		if name, ok := it.Key().(value.Str); ok && !r.base[name.String()] && !vars.Unseen(name.String()) {
			r.name(name.String(), value.OriginOf(name))
		}
	}
}

// task looks at the variables that stand on a task and on the blocks around it, and at what it registers.
func (r *reserved) task(t *playbook.Task) {
	for s := t.Parent; s != nil; s = s.Parent {
		if s.Kind == playbook.BlockScope {
			r.lookWithin(s.Attrs.Vars())
		}
	}
	if t.Include() == playbook.NoInclude {
		r.lookWithin(t.Attrs.Vars())
	}
}

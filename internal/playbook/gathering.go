package playbook

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

// Gathering makes the block with the task "Gathering Facts" that a play begins with when it gathers facts. It runs whatever
// tags are selected, unless the play has tags of its own.
// https://docs.ansible.com/ansible/latest/collections/ansible/builtin/gather_facts_module.html
func (p *Play) Gathering() *Block {
	t := &Task{Pos: p.Pos, File: p.File, Parent: p.Scope, Implicit: true, Action: "ansible.builtin.gather_facts", Args: value.NewDict()}
	t.Attrs.set(Name, p.Pos, value.NewStr("Gathering Facts"))
	if !p.Scope.Attrs.Has(Tags) {
		t.Attrs.set(Tags, p.Pos, value.NewList(value.NewStr("always")))
	}
	for _, k := range []Keyword{GatherSubset, GatherTimeout, FactPath} {
		if v := p.Scope.Attrs.Get(k); v != nil && v != value.None {
			t.Args.SetStr(k.String(), v)
		}
	}
	return &Block{Scope: p.Scope, Pos: p.Pos, Implicit: true, Tasks: []Node{t}}
}

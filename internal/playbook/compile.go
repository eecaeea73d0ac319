package playbook

import (
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Compile gives the play as it is executed: its sections in order, with an implicit `meta: flush_handlers` behind
// pre_tasks, tasks and post_tasks; what roles notify is flushed behind tasks. Dependencies stand before the roles that need them, and
// an implicit `meta: role_complete` behind the tasks of each role.
// https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_handlers.html
func (p *Play) Compile() []Section {
	var roles []*Block
	for _, r := range p.Roles {
		roles = append(roles, r.compile()...)
	}
	flush := func(blocks []*Block) []*Block {
		return append(append([]*Block(nil), blocks...), implicitMeta(p.Scope, "flush_handlers"))
	}
	return []Section{
		{PreTasksSection, flush(p.PreTasks)},
		{RolesSection, append([]*Block(nil), roles...)},
		{TasksSection, flush(p.Tasks)},
		{PostTasksSection, flush(p.PostTasks)},
	}
}

// Blocks gives the role as it is executed: its dependencies, its tasks and an implicit `meta: role_complete`.
func (r *Role) Blocks() []*Block { return r.compile() }

func (r *Role) compile() []*Block {
	var out []*Block
	for _, d := range r.Dependencies {
		out = append(out, d.compile()...)
	}
	out = append(out, r.Tasks...)
	return append(out, implicitMeta(r.Scope, "role_complete"))
}

// implicitMeta makes a meta task that nobody wrote. It runs whatever tags are selected.
func implicitMeta(s *Scope, what string) *Block {
	t := &Task{Parent: s, Implicit: true, Action: "meta", Args: value.DictOf(RawParams, value.NewStr(what))}
	return &Block{Scope: s, Implicit: true, Tasks: []Node{t}}
}

// isRoleEnd reports whether t is the implicit end of a role.
func (t *Task) isRoleEnd() bool {
	s, ok := t.Args.Stored(RawParams).(value.Str)
	return t.Implicit && t.IsMeta() && ok && s.String() == "role_complete"
}

// AllHandlers returns the handlers of the play's roles and imported roles, those of dependencies first, and then the play's own.
func (p *Play) AllHandlers() []*Block {
	var out []*Block
	for _, r := range p.StaticRoles() {
		out = append(out, r.Handlers...)
	}
	return append(out, p.Handlers...)
}

// AllHandlers returns the handlers of the role's dependencies and its own.
func (r *Role) AllHandlers() []*Block {
	var out []*Block
	for _, d := range r.Dependencies {
		out = append(out, d.AllHandlers()...)
	}
	return append(out, r.Handlers...)
}

// RolesOf returns the roles that the tasks of blocks come from by import_role, each once and in order: what an included file
// imports.
func RolesOf(blocks []*Block) []*Role {
	var out []*Role
	for _, b := range blocks {
		b.Walk(func(t *Task) {
			for s := t.Parent; s != nil && s.Kind != IncludeScope; s = s.Parent {
				if s.Kind == RoleScope && !slices.Contains(out, s.Role) {
					out = append(out, s.Role)
				}
			}
		})
	}
	return out
}

// StaticRoles returns all roles of the play that are known before it starts, dependencies before the roles that need them.
func (p *Play) StaticRoles() []*Role {
	var out []*Role
	var add func(r *Role)
	add = func(r *Role) {
		for _, d := range r.Dependencies {
			add(d)
		}
		out = append(out, r)
	}
	for _, r := range p.Roles {
		add(r)
	}
	for _, r := range p.imported {
		add(r)
	}
	return out
}

package playbook

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// The levels of precedence that the tree itself has variables for, in the words of Ansible's documentation; the recorded
// order of ansible-core 2.19 is finer than its list of 22. EachVars hands them to the room of variables.
const (
	LevelRoleDefaults    = "role defaults"
	LevelPlayVars        = "play vars"
	LevelRoleVars        = "role vars"
	LevelRoleKeywordVars = "role keyword vars" // the `vars` given where a role is used
	LevelBlockVars       = "block vars"        // also of `apply`
	LevelTaskVars        = "task vars"         //
	LevelImportVars      = "import vars"       // of import_tasks and import_role; above include_vars
	LevelRoleParams      = "role params"       //
	LevelIncludeParams   = "include params"    // the `vars` of include_tasks and include_role
)

// EachVars visits the variables that the tree gives the tasks of a play, without those of a single task: the play's own
// and those of its static roles, each level from the weakest to the strongest. owner is what they belong to.
func (p *Play) EachVars(visit func(level string, owner any, d *value.Dict)) {
	roles := p.StaticRoles()
	for _, r := range roles {
		if r.Public {
			visit(LevelRoleDefaults, r, r.Defaults)
		}
	}
	visit(LevelPlayVars, p, p.Vars())
	for _, r := range roles {
		if r.Public {
			visit(LevelRoleVars, r, r.Vars)
		}
	}
}

// EachVars visits the role's defaults and vars and those of its dependencies, the weakest first.
func (r *Role) EachVars(visit func(level string, owner any, d *value.Dict)) {
	for _, d := range r.Dependencies {
		d.EachVars(visit)
	}
	visit(LevelRoleDefaults, r, r.Defaults)
	visit(LevelRoleVars, r, r.Vars)
}

// EachVars visits the variables that the tree gives this task beyond those of its play: of the roles, blocks, imports and
// includes around it and its own. Within a level the weakest comes first. For an include owner is its *Scope, and it is
// visited even without vars, so that those of its loop can join. A nil d is a level without variables.
func (t *Task) EachVars(visit func(level string, owner any, d *value.Dict)) {
	var chain []*Scope
	for s := t.Parent; s != nil; s = s.Parent {
		chain = append(chain, s)
	}
	for i := len(chain) - 1; i >= 0; i-- {
		chain[i].eachVars(t.Role(), visit)
	}
	visit(LevelTaskVars, t, t.Attrs.Vars())
}

// eachVars visits the variables of one scope; role is the role of the task that they are for.
func (s *Scope) eachVars(role *Role, visit func(level string, owner any, d *value.Dict)) {
	switch s.Kind {
	case RoleScope:
		if s.Role != role { // of a role further out the keyword's vars are weaker than the role's own, recorded so
			visit(LevelRoleVars, s, s.Attrs.Vars())
		}
		s.Role.EachVars(visit)
		if s.Role == role {
			visit(LevelRoleKeywordVars, s, s.Attrs.Vars())
		}
		visit(LevelRoleParams, s, s.Role.Params)
	case BlockScope, ApplyScope:
		visit(LevelBlockVars, s, s.Attrs.Vars())
	case ImportScope:
		visit(LevelImportVars, s, s.Attrs.Vars())
	case IncludeScope:
		visit(LevelIncludeParams, s, s.Attrs.Vars())
		if s.Role != nil && s.Task.Include() == IncludeRole { // the parameters of the role that includes win, recorded so
			visit(LevelIncludeParams, s.Role, s.Role.Params)
		}
	}
}

// RoleFacts returns what magic variables say of the role that the task comes from: role_name, ansible_role_name, role_path,
// ansible_collection_name, ansible_parent_role_names and ansible_parent_role_paths. ok is false outside of roles.
func (t *Task) RoleFacts() (name, full, path, collection string, parents, parentPaths []string, ok bool) {
	r := t.Role()
	if r == nil {
		return "", "", "", "", nil, nil, false
	}
	for _, p := range r.Parents() {
		parents = append(parents, p.Name)
		parentPaths = append(parentPaths, p.Path)
	}
	return r.ShortName(), r.Name, r.Path, r.Collection, parents, parentPaths, true
}

// RoleNames returns the names of the play's static roles: those that it uses itself, each as often as it is used in another
// way, and those that come as dependencies, each once.
func (p *Play) RoleNames() (own, dependencies []string) {
	var depend func(r *Role)
	depend = func(r *Role) {
		for _, d := range r.Dependencies {
			depend(d)
			dependencies = appendOnce(dependencies, d.Name)
		}
	}
	seen := map[*RoleIdentity]bool{}
	for _, r := range p.Roles {
		if !seen[r.Identity] {
			own = append(own, r.Name)
		}
		seen[r.Identity] = true
		depend(r)
	}
	for _, r := range p.imported {
		own = appendOnce(own, r.Name)
		depend(r)
	}
	return own, dependencies
}

// Folder returns playbook_dir.
func (p *Play) Folder() string { return p.Dir }

// VarScope returns the play, for those who keep something for each play.
func (t *Task) VarScope() any { return t.Parent.Play }

// Describe gives the task as ansible_failed_task shows it: its name, action, arguments and the keywords that stand on it,
// as they are written.
func (t *Task) Describe() *value.Dict {
	d := value.DictOf("name", value.NewStr(""), "action", value.NewStr(t.Action), "args", t.Args)
	for _, a := range t.Attrs {
		d.SetStr(a.Keyword.String(), a.Value)
	}
	if t.Loop != nil {
		d.SetStr("loop", t.Loop)
		if t.LoopWith != "" {
			d.SetStr("loop_with", value.NewStr(t.LoopWith))
		}
	}
	return d
}

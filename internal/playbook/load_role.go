package playbook

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// roleUse is a statement that uses a role.
type roleUse struct {
	name            string
	pos             source.Pos
	attrs           Attrs
	params          *value.Dict
	parent          *Scope
	asking          *Role // the role whose meta/main.yml names it as a dependency
	from            RoleEntryPoints
	static          bool
	fromInclude     bool
	public          bool
	validate        bool
	allowDuplicates *bool
	given           []*value.Dict // the variables of the include: those that stand on it, and its loop's
}

// roleIdentities finds the uses of a role that count as the same.
type roleIdentities struct {
	mu    sync.Mutex
	known map[string]*RoleIdentity
}

// of returns the identity of a use: what it has in common with the others of the same name, parameters, keywords and
// entry points.
func (ids *roleIdentities) of(path string, u roleUse) *RoleIdentity {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\x00%q\x00%v\x00", path, u.from, u.fromInclude)
	var parts []string
	for _, k := range []Keyword{When, Tags, Vars} {
		if v := u.attrs.Get(k); v != nil {
			text, _ := value.Repr(v)
			parts = append(parts, k.String()+text)
		}
	}
	if u.params != nil {
		for it := u.params.Iterate(); it.Next(); {
			text, _ := value.Repr(it.Stored())
			parts = append(parts, "="+keyText(it.Key())+text)
		}
	}
	for i, d := range u.given {
		if d != nil {
			text, _ := value.Repr(d)
			parts = append(parts, fmt.Sprint(i)+text)
		}
	}
	sort.Strings(parts)
	b.WriteString(strings.Join(parts, "\x00"))
	ids.mu.Lock()
	defer ids.mu.Unlock()
	if ids.known == nil {
		ids.known = map[string]*RoleIdentity{}
	}
	id := ids.known[b.String()]
	if id == nil {
		id = &RoleIdentity{Name: u.name}
		ids.known[b.String()] = id
	}
	return id
}

// playRoles reads the `roles` of a play.
func (ld *load) playRoles(v value.Value, play source.Pos) []*Role {
	if v == nil || v == value.None {
		return nil
	}
	l, ok := v.(*value.List)
	if !ok {
		text, _ := value.Text(v)
		ld.errs.Add(seenAt(play, refuse(value.OriginOf(v), fmt.Sprintf("A malformed role declaration was encountered: ds (%s) should be a list but was a %s", text, typeName(v)),
			"roles is a list, not %s", kindOf(v)).Hint("begin each role with \"- \"")))
		return nil
	}
	var roles []*Role
	for _, e := range l.Stored() {
		if r := ld.roleEntry(e, l, ld.play.Scope, nil); r != nil {
			roles = append(roles, r)
		}
	}
	return roles
}

// roleEntry reads e, an element of list: `roles` or of a role's dependencies.
func (ld *load) roleEntry(e, list value.Value, parent *Scope, asking *Role) *Role {
	u := roleUse{pos: value.OriginOf(e), parent: parent, asking: asking, static: true, public: true, validate: true}
	var name value.Value
	switch e := e.(type) {
	case value.Str:
		if strings.Contains(e.String(), ",") && !isTemplate(e) {
			ld.errs.Add(exitsWith(exitError, seenAt(source.Pos{}, refuse(u.pos, "Invalid old style role requirement: "+e.String(), "%q is no name of a role", e.String()))))
			return nil
		}
		name = e
	case *value.Dict:
		for _, k := range []string{"role", "name", "src"} {
			if name = e.Stored(k); name != nil {
				break
			}
		}
		if _, ok := name.(value.Str); !ok {
			ld.errs.Add(exitsWith(exitError, refuse(u.pos, "role definitions must contain a role name", "the role has no name").Hint("add \"role: NAME\"")))
			return nil
		}
		if !ld.roleKeywords(e, &u, asking != nil) {
			return nil
		}
	default:
		ld.errs.Add(seenAt(u.pos, refuse(placeOf(e, list), "Invalid role definition.", "a role is a name or a mapping, not %s", kindOf(e))))
		return nil
	}
	ld.asks(parent)
	text, err := ld.staticName(name, parent)
	if err != nil {
		ld.errs.Add(exitsWith(exitError, refuse(value.OriginOf(name), err.Error(), "the name of the role can't be known before the run: %w", err)))
		return nil
	}
	u.name = text
	return ld.role(u)
}

// roleKeywords sorts the keys of a role's mapping into keywords and parameters.
func (ld *load) roleKeywords(d *value.Dict, u *roleUse, dependency bool) bool {
	attrs, ok := ld.attrs(d, OnRole, "RoleInclude", func(key string, _ source.Pos, v value.Value) bool {
		if key == "src" || dependency && (key == "version" || key == "scm") {
			return true
		}
		if u.params == nil {
			u.params = value.NewDict()
		}
		u.params.SetStr(key, v)
		return true
	})
	for _, a := range attrs {
		if a.Keyword != RoleKeyword && a.Keyword != Name {
			u.attrs = append(u.attrs, a)
		}
	}
	return ok
}

// role reads the role that a statement uses, its dependencies first.
func (ld *load) role(u roleUse) *Role {
	if ld.looped {
		return nil
	}
	if ld.depth++; ld.depth > maxDepth {
		ld.looped = true
		ld.errs.Add(exitsWith(exitError, refuse(u.pos, "A recursion loop was detected with the roles specified. Make sure child roles do not have dependencies on parent roles: maximum recursion depth exceeded",
			"the role %q depends on itself", u.name)))
		ld.depth--
		return nil
	}
	defer func() { ld.depth-- }()
	path, name, ok := ld.findRole(u)
	if !ok {
		ld.errs.Add(ld.roleMissing(u))
		return nil
	}
	if real, err := filepath.EvalSymlinks(path); err == nil && ld.Files == nil {
		path = real
	}
	if ld.RoleFound != nil {
		ld.RoleFound(path)
	}
	r := &Role{Name: name, Path: path, Pos: u.pos, Params: u.params, Public: u.public, Static: u.static, FromInclude: u.fromInclude, From: u.from, Validate: u.validate}
	if parts := strings.Split(name, "."); len(parts) > 2 && strings.Contains(path, "ansible_collections") {
		r.Collection = parts[0] + "." + parts[1]
	}
	if loops(u.parent, path, u.from.Tasks) {
		ld.looped = true
		ld.errs.Add(exitsWith(exitError, refuse(u.pos, "A recursion loop was detected with the roles specified. Make sure child roles do not have dependencies on parent roles: maximum recursion depth exceeded",
			"the role %q depends on itself", u.name)))
		return nil
	}
	r.Scope = &Scope{Kind: RoleScope, Attrs: u.attrs, Parent: u.parent, Play: u.parent.Play, Role: r}
	r.Identity = ld.ids.of(path, u)
	before := len(ld.errs)
	ld.roleVars(r)
	ld.roleMeta(r)
	if u.allowDuplicates != nil {
		r.AllowDuplicates = *u.allowDuplicates
	}
	ld.roleTasks(r)
	if len(ld.errs) > before && len(r.Tasks) == 0 {
		return nil
	}
	return r
}

// loops reports whether a static use of a role stands within the same role.
func loops(s *Scope, path, tasks string) bool {
	for ; s != nil; s = s.Parent {
		if s.Kind == IncludeScope {
			return false
		}
		if s.Kind == RoleScope && s.Role.Path == path && s.Role.From.Tasks == tasks {
			return true
		}
	}
	return false
}

func (ld *load) roleVars(r *Role) {
	for _, part := range []struct {
		sub, from string
		into      **value.Dict
	}{{"defaults", r.From.Defaults, &r.Defaults}, {"vars", r.From.Vars, &r.Vars}} {
		for _, file := range ld.roleVarsFiles(r.Path, part.sub, part.from) {
			v, ok, err := ld.ReadYAML(file)
			if err != nil {
				ld.errs.Add(ld.unreadable(file, r.Pos, err))
				continue
			}
			if !ok || v == value.None {
				continue
			}
			d, isDict := v.(*value.Dict)
			if !isDict {
				ld.errs.Add(seenAt(source.Pos{}, refuse(value.OriginOf(v), fmt.Sprintf("The %s/main.yml file for role '%s' must contain a dictionary of variables", part.sub, r.Name),
					"a file of variables is a mapping, not %s", kindOf(v))))
				continue
			}
			if *part.into == nil {
				*part.into = d
				continue
			}
			merged := (*part.into).Copy()
			for it := d.Iterate(); it.Next(); {
				_ = merged.Set(it.Key(), it.Stored())
			}
			*part.into = merged
		}
	}
}

// https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_reuse_roles.html
var metaKeys = []string{"allow_duplicates", "argument_specs", "collections", "dependencies", "galaxy_info"}

// roleMeta reads meta/main and the specification of the role's arguments.
func (ld *load) roleMeta(r *Role) {
	if r.Collection != "" {
		r.Collections = []string{r.Collection}
	}
	if file, ok, _ := ld.roleFile(r.Path, "meta", ""); ok {
		v, ok, err := ld.ReadYAML(file)
		if err != nil {
			ld.errs.Add(ld.unreadable(file, r.Pos, err))
			return
		}
		d, isDict := v.(*value.Dict)
		switch {
		case isDict:
			r.Meta = d
			ld.metaKeys(r, d)
		case ok && v != value.None:
			ld.errs.Add(seenAt(source.Pos{}, refuse(value.OriginOf(v), "the 'meta/main.yml' for role "+r.Name+" is not a dictionary", "meta/main.yml is a mapping, not %s", kindOf(v))))
		}
	}
	for _, ext := range yamlExtensions {
		file := filepath.Join(r.Path, "meta", "argument_specs"+ext)
		if !ld.isFile(file) {
			continue
		}
		v, _, err := ld.ReadYAML(file)
		if err != nil {
			ld.errs.Add(ld.unreadable(file, r.Pos, err))
			return
		}
		if d, ok := v.(*value.Dict); ok {
			r.ArgumentSpecs, _ = d.Stored("argument_specs").(*value.Dict)
		}
		return
	}
	if r.Meta != nil {
		r.ArgumentSpecs, _ = r.Meta.Stored("argument_specs").(*value.Dict)
	}
}

func (ld *load) metaKeys(r *Role, d *value.Dict) {
	for it := d.Iterate(); it.Next(); {
		key := keyText(it.Key())
		if !slices.Contains(metaKeys, key) {
			ld.errs.Add(seenAt(value.OriginOf(d), unknownKeyword(key, value.OriginOf(it.Key()), 0, "RoleMetadata")))
		}
	}
	if b := boolArg(d.Stored("allow_duplicates")); b != nil {
		r.AllowDuplicates = *b
	}
	for _, v := range listOf(d.Stored("collections")) {
		if s, ok := v.(value.Str); ok && !slices.Contains(r.Collections, s.String()) {
			r.Collections = append(r.Collections, s.String())
		}
	}
	deps := d.Stored("dependencies")
	if deps == nil || deps == value.None {
		return
	}
	l, ok := deps.(*value.List)
	if !ok {
		ld.errs.Add(seenAt(value.OriginOf(d), refuse(value.OriginOf(deps), "Expected role dependencies to be a list.", "dependencies is a list, not %s", kindOf(deps))))
		return
	}
	for _, e := range l.Stored() {
		if dep := ld.roleEntry(e, l, r.Scope, r); dep != nil {
			r.Dependencies = append(r.Dependencies, dep)
		}
	}
}

// roleTasks reads the role's handlers and tasks.
func (ld *load) roleTasks(r *Role) {
	for _, part := range []struct {
		sub, from string
		handlers  bool
		into      *[]*Block
	}{{"tasks", r.From.Tasks, false, &r.Tasks}, {"handlers", r.From.Handlers, true, &r.Handlers}} {
		file, ok, outside := ld.roleFile(r.Path, part.sub, part.from)
		switch {
		case outside:
			ld.errs.Add(seenAt(source.Pos{}, refuse(r.Pos, fmt.Sprintf("Failed loading '%s' for role (%s) as it is not inside the expected role path: '%s'",
				file, r.Name, filepath.Join(r.Path, part.sub)), "%s is outside of the role's %s folder", part.from, part.sub)))
			continue
		case !ok && part.from != "" && part.sub == "tasks":
			ld.errs.Add(seenAt(source.Pos{}, refuse(r.Pos, "Could not find specified file in role: tasks/"+part.from, "the role %q has no tasks/%s", r.Name, part.from)))
			continue
		case !ok:
			continue
		}
		v, there, err := ld.ReadYAML(file)
		if err != nil {
			ld.errs.Add(ld.unreadable(file, r.Pos, err))
			continue
		}
		l, isList := v.(*value.List)
		switch {
		case !there || v == value.None:
		case isList:
			*part.into = ld.blocks(l, r.Scope, file, part.handlers)
		default:
			text, _ := value.Text(v)
			ld.errs.Add(refuse(value.OriginOf(v), fmt.Sprintf("The %s/main.yml file for role '%s' must contain a list of tasks: %s should be a list or None but is %s", part.sub, r.Name, text, typeName(v)),
				"a file of tasks is a list, not %s", kindOf(v)).Hint("begin each task with \"- \""))
		}
	}
	if t := r.validation(); t != nil {
		r.Tasks = append([]*Block{{Scope: r.Scope, Implicit: true, Pos: t.Pos, Tasks: []Node{t}}}, r.Tasks...)
	}
}

// LoadRole reads the role behind an include_role that is running. Role.Blocks then gives its tasks, those of its
// dependencies first; Role.AllHandlers its handlers.
func (l *Loader) LoadRole(ctx context.Context, req RoleRequest) (*Role, error) {
	t := req.Task
	ld := &load{Loader: l, ctx: ctx, play: t.Play(), ids: t.Play().ids, dynamic: true}
	scope := &Scope{Kind: IncludeScope, Attrs: t.Attrs, Parent: t.Parent, Play: t.Parent.Play, Role: t.Parent.Role, Task: t}
	inner, ok := ld.applied(t, req.Apply, scope)
	if !ok {
		return nil, ld.err()
	}
	allow := req.AllowDuplicates
	if allow == nil {
		yes := true // include_role allows duplicates unless told otherwise
		allow = &yes
	}
	r := ld.role(roleUse{
		name: req.Name, pos: t.Pos, parent: inner, from: req.From, fromInclude: true, public: req.Public,
		validate: !req.NoValidate, allowDuplicates: allow, given: []*value.Dict{t.Attrs.Vars(), req.Loop},
	})
	if err := ld.err(); err != nil {
		return nil, err
	}
	return r, nil
}

package playbook

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Role is a role as one statement uses it: with the keywords and parameters given there.
type Role struct {
	Name string     // as shown in banners and in ansible_role_name: as written, "namespace.collection.role" for a collection's
	Path string     // its folder, absolute
	Pos  source.Pos // of the statement that uses it

	Scope  *Scope      // the keywords given where it is used; Kind is RoleScope
	Params *value.Dict // role parameters: what is given beside the keywords; may be nil

	Defaults *value.Dict // defaults/main (or defaults_from); may be nil
	Vars     *value.Dict // vars/main (or vars_from); may be nil

	Dependencies []*Role // of meta/main, which run before it
	Tasks        []*Block
	Handlers     []*Block

	AllowDuplicates bool            // may run more than once in a play with the same parameters
	Public          bool            // its defaults and vars are seen by the rest of the play
	Collection      string          // "namespace.collection" for a role of a collection, else ""
	Collections     []string        // where modules and roles without a collection are looked for
	ArgumentSpecs   *value.Dict     // meta/argument_specs, by entry point; may be nil
	Meta            *value.Dict     // meta/main as written; may be nil
	Static          bool            // of `roles`, of dependencies or of import_role; not of include_role
	FromInclude     bool            // of import_role or include_role
	Validate        bool            // its arguments are checked by a task of its own when it has a specification
	Identity        *RoleIdentity   // the same for two uses that count as the same: what ran once on a host need not run again
	From            RoleEntryPoints // which files were taken
}

// ShortName returns the name without its collection: role_name.
func (r *Role) ShortName() string {
	if r.Collection != "" {
		return strings.TrimPrefix(r.Name, r.Collection+".")
	}
	return r.Name
}

// Parents returns the roles whose include_role or import_role brings this one, from the nearest outwards: ansible_parent_role_names
// and ansible_parent_role_paths. A role that is a dependency has none.
func (r *Role) Parents() []*Role {
	var parents []*Role
	for s := r.Scope.Parent; s != nil; s = s.Parent {
		if (s.Kind == IncludeScope || s.Kind == ImportScope) && s.Role != nil && s.Task != nil {
			switch s.Task.ActionName() {
			case "include_role", "import_role":
				parents = append(parents, s.Role)
			}
		}
	}
	return parents
}

// RoleIdentity is shared by all uses of a role with the same parameters, tags, conditions and entry points. Unless
// AllowDuplicates, a host runs an identity once in a play. Compare the pointers.
type RoleIdentity struct{ Name string }

// RoleEntryPoints names the files of a role that are taken instead of main; "" is main.
type RoleEntryPoints struct {
	Tasks, Defaults, Vars, Handlers string
}

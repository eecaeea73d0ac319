package playbook

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Role is a role as one statement uses it: with the keywords and parameters given there.
type Role struct {
	Name string     // as shown in banners and in role_name: the last part of a path, the whole of a collection's name
	FQCN string     // "namespace.collection.role" for a role of a collection, else Name
	Path string     // its folder, absolute
	Pos  source.Pos // of the statement that uses it

	Scope  *Scope      // the keywords given where it is used; Kind is RoleScope
	Params *value.Dict // role parameters: what is given beside the keywords; may be nil

	Defaults   *value.Dict // defaults/main (or defaults_from); may be nil
	Vars       *value.Dict // vars/main (or vars_from); may be nil
	Dependents []*Role     // the roles that this one is a dependency of, from the nearest outwards

	Dependencies []*Role // of meta/main, which run before it
	Tasks        []*Block
	Handlers     []*Block

	AllowDuplicates bool            // may run more than once in a play with the same parameters
	Public          bool            // its defaults and vars are seen by the rest of the play
	Collections     []string        // where modules without a collection are looked for
	ArgumentSpecs   *value.Dict     // meta/argument_specs, by entry point; may be nil
	Meta            *value.Dict     // meta/main as written; may be nil
	Static          bool            // of `roles`, of dependencies or of import_role; not of include_role
	Identity        *RoleIdentity   // the same for two uses that count as the same: what ran once on a host need not run again
	From            RoleEntryPoints // which files were taken
}

// RoleIdentity is shared by all uses of a role with the same parameters, tags, conditions and entry points. Unless
// AllowDuplicates, a host runs an identity once in a play. Compare the pointers.
type RoleIdentity struct{ Name string }

// RoleEntryPoints names the files of a role that are taken instead of main; "" is main.
type RoleEntryPoints struct {
	Tasks, Defaults, Vars, Handlers string
}

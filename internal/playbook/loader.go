package playbook

import (
	"context"
	"io/fs"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Files is how a Loader reads the control node's files. Names are paths as the system has them.
type Files interface {
	ReadFile(name string) ([]byte, error)
	ReadDir(name string) ([]fs.DirEntry, error)
	Stat(name string) (fs.FileInfo, error)
}

// Loader reads playbooks, task files and roles. It is frozen after its fields are set and may be used by several
// goroutines at once.
type Loader struct {
	Files Files // nil: the file system

	// Dir is the folder that relative names given on the command line start from; "" is the current one.
	Dir string
	// RolesPath are the folders searched for roles after the playbook's own roles folder (roles_path).
	RolesPath []string
	// CollectionsPath are the folders that hold ansible_collections (collections_path).
	CollectionsPath []string

	// Decrypt opens a file that is vaulted as a whole; vaulted is false when text is no vault. nil: a vaulted file is refused.
	Decrypt func(text []byte, where source.Pos) (plain []byte, vaulted bool, err error)
	// Inline makes the value of an inline `!vault` text. nil: such a value is refused.
	Inline func(text string, pos source.Pos) (value.Value, error)

	// Template evaluates what must be known before anything runs: the file of an import_tasks, the name of an import_role or
	// import_playbook. vars are the variables that stand on the import, the play and the command line. nil: such a name must not
	// be a template.
	Template func(ctx context.Context, v value.Value, at *Scope) (value.Value, error)

	// Asks hears of each place where Ansible looks at the variables of a play while it loads: its roles, imports and includes.
	// at is the scope of the statement. nil: nobody does.
	Asks func(at *Scope)

	// RoleFound hears of the folder of each role before any of its files is read. nil: nobody does.
	RoleFound func(dir string)

	// MissingPlugins gives what Ansible says of collections that are not there while it looks for an action. nil: nothing.
	MissingPlugins func(action string, collections []string) []string

	// HasCollection says whether the collection of a full name is there, so that one that module_defaults names and that is in none
	// is refused. nil: every name is taken.
	HasCollection func(name string) bool

	// Action says whether an action or module of that name (as written; with the collections to look in) exists, so that a
	// task whose module exists nowhere is refused. nil: every name that can be one is taken.
	Action func(name string, collections []string) bool

	// Retired gives what Ansible says of a module that its collection has removed (gone), so that a task with it is refused, or will
	// remove; "" for any other. name is as written; collections are those to look in. nil: none is.
	Retired func(name string, collections []string) (told string, gone bool)

	// NearAction gives the name of the module that is nearest to one that does not exist, or "". nil: no hint is given.
	NearAction func(name string) string

	// Lookup says whether a lookup of that name exists, for `with_…`. nil: every name is taken.
	Lookup func(name string, collections []string) bool

	// Shown gives the name under which a file (an absolute path) is told to the user and stands in positions. nil: the path.
	Shown func(path string) string

	// First makes the error of a load the first finding alone, in Ansible's order, instead of all of them by place.
	First bool

	// Warn takes what is worth a warning; one without a *Verdict is of our own, Ansible says nothing there. nil: nobody hears
	// them.
	Warn func(w *diag.Error)
}

// TasksRequest says how an include_tasks is to be loaded.
type TasksRequest struct {
	Task *Task  // the include_tasks task
	File string // the file's name, templated
	// Apply holds the keywords of `apply`, as written or templated; nil: those of the task's own arguments are taken.
	Apply *value.Dict
}

// RoleRequest says how an include_role is to be loaded. All names are templated.
type RoleRequest struct {
	Task            *Task // the include_role task
	Name            string
	From            RoleEntryPoints
	Apply           *value.Dict
	Public          bool
	AllowDuplicates *bool       // nil: the role's own meta decides
	NoValidate      bool        // rolespec_validate: false
	Loop            *value.Dict // the variables of the include's loop; nil without one
}

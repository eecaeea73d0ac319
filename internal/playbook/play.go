package playbook

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Play is one play of a playbook.
type Play struct {
	Pos   source.Pos
	Scope *Scope // its keywords: Scope.Attrs; Kind is PlayScope
	File  string // the absolute path of the playbook that it stands in
	Dir   string // the folder of the playbook given on the command line or imported: playbook_dir

	// Imported holds the `vars`, `tags` and `when` of the import_playbook statements around the play, the outermost first.
	// The tags are part of the play's own already, the conditions apply to each of its tasks.
	Imported []Attrs

	VarsFiles  []VarsFile
	VarsPrompt []VarsPrompt
	Roles      []*Role // of `roles`, in order, without their dependencies (Role.Dependencies)
	PreTasks   []*Block
	Tasks      []*Block
	PostTasks  []*Block
	Handlers   []*Block // the play's own; AllHandlers has those of its roles too

	conditions []value.Value // of the import_playbook statements around it
	imported   []*Role       // by import_role
	ids        *roleIdentities
}

// Get returns a keyword of the play as written, or the keyword's default.
func (p *Play) Get(k Keyword) value.Value {
	if v := p.Scope.Attrs.Get(k); v != nil {
		return v
	}
	return k.Default()
}

// RawName returns the play's name as written, which may be a template, or nil when it has none: its hosts pattern is
// then shown in its place (HostsText).
func (p *Play) RawName() value.Value { return p.Scope.Attrs.Get(Name) }

// Vars returns the play's `vars`, or nil.
func (p *Play) Vars() *value.Dict { return p.Scope.Attrs.Vars() }

// VarsFile is an element of vars_files: the first file of Alternatives that exists is read. The names are templates.
type VarsFile struct {
	Pos          source.Pos
	Alternatives []value.Value
	List         bool // it was written as a list of alternatives
}

// VarsPrompt is an element of vars_prompt. https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_prompts.html
type VarsPrompt struct {
	Pos      source.Pos
	Name     string
	Prompt   value.Value // what to ask; nil: "Name"
	Default  value.Value // nil: no default
	Private  value.Value // nil: true
	Confirm  value.Value // nil: false
	Encrypt  value.Value // a passlib scheme; nil: none
	SaltSize value.Value
	Salt     value.Value
	Unsafe   value.Value // nil: false
}

// SectionKind says which part of a play a Section is.
type SectionKind string

// The sections of a play in the order in which they run.
const (
	PreTasksSection  SectionKind = "pre_tasks"
	RolesSection     SectionKind = "roles"
	TasksSection     SectionKind = "tasks"
	PostTasksSection SectionKind = "post_tasks"
)

// Section is a part of a play as it is executed.
type Section struct {
	Kind   SectionKind
	Blocks []*Block
}

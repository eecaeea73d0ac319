package module

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

// Type is the type of an argument. The zero Type is Str.
type Type int

// Ansible's types of arguments; Any is the element type of a list whose elements are taken as they come.
const (
	Str Type = iota
	Int
	Float
	Bool
	Path
	List
	Dict
	Raw
	JSONArg
	Bytes
	Bits
)

var typeNames = [...]string{"str", "int", "float", "bool", "path", "list", "dict", "raw", "jsonarg", "bytes", "bits"}

// String gives Ansible's name of the type.
func (t Type) String() string { return typeNames[t] }

// Args is an argument spec, in the order of the documentation.
type Args []Arg

// Arg is one argument.
type Arg struct {
	Name      string
	Aliases   []string
	Type      Type
	Elements  Type          // of a List; meaningful when HasElements is set
	Untyped   bool          // of a List: elements are taken as they come
	Default   any           // string, bool, int, float64, []string; nil is no default (Ansible's null)
	DefaultOf func(Env) any // a default that depends on the machine; in place of Default
	Choices   []string      // as text; compared with the converted value's text
	Required  bool
	Ours      bool   // Ansible's module lacks it: it is not shown as an argument
	NoLog     bool   // its value is shown nowhere
	ShowLog   bool   // its name looks like a secret's but its value may be shown (Ansible's no_log=False)
	Options   Args   // of a Dict, or of a List of Dicts
	Rules     Rules  // over Options
	Help      string // one line for the reference page

	// More tells of a value, as the task gives it, that it makes the call one for the part More; nil is never.
	More func(value.Value) bool

	ApplyDefaults     bool         // of a Dict with Options: defaults of the options count even when it is not given
	RemovedInVersion  string       // deprecated: the version that removes it
	RemovedAtDate     string       // deprecated: the date of its removal
	RemovedCollection string       // whose version or date it is
	DeprecatedAliases []Deprecated // aliases whose use is told
}

// Deprecated is an alias that will be removed.
type Deprecated struct{ Name, Version, Date, Collection string }

// Rules are the conditions over several arguments.
type Rules struct {
	MutuallyExclusive [][]string
	RequiredTogether  [][]string
	RequiredOneOf     [][]string
	RequiredIf        []RequiredIf
	RequiredBy        []RequiredBy
}

// RequiredIf demands the arguments Then (one of them if AnyOf, else all) when the argument Name has the value Is.
type RequiredIf struct {
	Name  string
	Is    any
	Then  []string
	AnyOf bool
}

// RequiredBy demands the arguments Needs when the argument Name is given.
type RequiredBy struct {
	Name  string
	Needs []string
}

// find returns the argument of that name, not by alias.
func (a Args) find(name string) *Arg {
	for i := range a {
		if a[i].Name == name {
			return &a[i]
		}
	}
	return nil
}

// Find returns the argument of that name or alias, or nil.
func (a Args) Find(name string) *Arg {
	for i := range a {
		if a[i].Name == name {
			return &a[i]
		}
		for _, alias := range a[i].Aliases {
			if alias == name {
				return &a[i]
			}
		}
	}
	return nil
}

// FileArgs are the arguments that all modules that make or change files share.
//
// Source: the common parameters of ansible.builtin.file in Ansible's documentation.
var FileArgs = Args{
	{Name: "mode", Type: Raw, Help: "Permission bits, octal (\"0644\", or the number 0644) or symbolic (\"u=rwX,g-w\")."},
	{Name: "owner", Help: "Name or number of the owner."},
	{Name: "group", Help: "Name or number of the group."},
	{Name: "seuser", Help: "User part of the SELinux context."},
	{Name: "serole", Help: "Role part of the SELinux context."},
	{Name: "setype", Help: "Type part of the SELinux context."},
	{Name: "selevel", Help: "Level part of the SELinux context."},
	{Name: "unsafe_writes", Type: Bool, Default: false, Help: "Write in place where a file can't be replaced atomically, such as a mount point in a container."},
	{Name: "attributes", Aliases: []string{"attr"}, Help: "Attributes as lsattr shows them, with +, - or = in front."},
}

// Package module is the contract of modules: what a module is called, which arguments it takes, how they are checked,
// what it gives back, and sets of modules. It stands between the executor, which names a module and its arguments, and
// the families below modules/, which do the work on a target.System. It knows nothing of playbooks, connections or
// templates.
//
// A module is a Def. Its file adds it to the set of its family:
//
//	var _ = Set.Add(module.Def{Name: "ansible.builtin.ping", Check: module.Full, Doc: pingDoc, Run: runPing,
//		Args: module.Args{{Name: "data", Default: "pong", Help: "What is returned."}}})
//
//	func runPing(ctx context.Context, sys target.System, p *module.Params) (module.Result, error)
//
// Run gets arguments that have passed Validate: converted to their types, with defaults, without aliases. A module that
// refuses or fails returns Fail(...); a Go error means that it could not work at all. What a Result holds is data from a
// target: it is never trusted as a template.
package module

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// Support says how far a module honours check mode or diff.
type Support int

// The levels of support, in Ansible's words.
const (
	None    Support = iota // not at all: in check mode the module is skipped
	Partial                // for some of its arguments
	Full
)

// String gives Ansible's word.
func (s Support) String() string { return [...]string{"none", "partial", "full"}[s] }

// Func is the code of a module. sys is the machine it works on, p its arguments.
type Func func(ctx context.Context, sys target.System, p *Params) (Result, error)

// Def is a module.
type Def struct {
	Name      string   // the full name, "ansible.builtin.file"
	Redirects []string // further full names that Ansible redirects here
	Called    string   // what messages call it when an action calls it by another name than the task, else ""
	Args      Args
	FileArgs  bool // takes the file-attribute arguments (owner, group, mode...): see FileArgs
	Rules     Rules
	Check     Support
	Diff      Support
	Doc       Doc
	Run       Func
}

// Doc is what is told about a module besides its arguments.
type Doc struct {
	Short    string   // one line: what it does
	Long     string   // further paragraphs
	Notes    []string // what else to know; above all where it differs from Ansible's module
	Examples string   // tasks in YAML
	Returns  []Return
}

// Return is a key of a module's result.
type Return struct{ Name, Type, When, Help string }

// ShortName is the last part of the name: "file".
func (d *Def) ShortName() string { return d.Name[strings.LastIndexByte(d.Name, '.')+1:] }

// specs are the specs that were asked for, by their *Def.
var specs sync.Map

// Spec returns the whole argument spec, with the file-attribute arguments if the module takes them. It must not be changed.
func (d *Def) Spec() Args {
	if !d.FileArgs {
		return d.Args
	}
	if spec, ok := specs.Load(d); ok {
		return spec.(Args)
	}
	out := append(Args(nil), d.Args...)
	for _, a := range FileArgs {
		if out.find(a.Name) == nil { // a module may redefine one, as openssl_privatekey does mode
			out = append(out, a)
		}
	}
	out = slices.Clip(out)
	specs.Store(d, out)
	return out
}

// JobEndMark is what the name of a job's file has behind it in the file by which the job is asked to end.
const JobEndMark = ".end"

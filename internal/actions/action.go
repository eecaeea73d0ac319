// Package actions is the control node's half of a task: what happens here before a module runs on the target, or instead
// of one. A file holds one action. An action reaches the target only through the Host it is handed, and knows nothing of
// playbooks or connections.
package actions

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Host is what an action sees of the target: modules can be run on it.
type Host interface {
	// Exec runs the module on the target. What the module did is in the result; the error means that the target could
	// not be reached.
	Exec(ctx context.Context, name string, args *value.Dict, content *module.Content) (module.Result, error)
	// Fetch copies a file of the target into w, unless its SHA-1, in hex, is have. The result has source, size and checksum;
	// its failures have the words of the module slurp. The error is Exec's.
	Fetch(ctx context.Context, path, have string, w io.Writer) (module.Result, error)
	// Shell runs a line for /bin/sh with an input on a target where no module can run. Where modules can, it gives nil: they
	// are the way then. The error is Exec's.
	Shell(ctx context.Context, line string, stdin io.Reader) (*ShellOutput, error)
	// Local reports whether the target is this machine: modules run in this process. It connects to nothing.
	Local(ctx context.Context) (bool, error)
	// Reset closes what connects to the target, for all of its users; what comes next connects anew.
	Reset(ctx context.Context) error
	// Login tells how the target is reached, without reaching it.
	Login(ctx context.Context) (Login, error)
	// Tunnel lets programs of this machine run commands on the target, over the connection that there is or over one of its own
	// where change asks for that. The error is Exec's.
	Tunnel(ctx context.Context, change Change) (Tunnel, error)
}

// Login is how a target is reached.
type Login struct {
	Kind          string // of connection: "ssh", "local"
	Address, User string // the user is "" where only the target, or a configuration of ssh, knows it
	Port          int    // 0 is the default
	Key           string // the file of the private key, "" where none is named
	SSHArgs       string // what ssh_args, ssh_common_args and ssh_extra_args say
	Become        string // the method, "" where the task does not become anybody
	BecomeUser    string
}

// Change is what a connection does otherwise than the task's.
type Change struct {
	Port    int    // 0 keeps it
	Key     string // the file of a private key, "" keeps it
	AnyUser bool   // the user is whom the configuration of ssh names
}

// Tunnel runs commands for programs of this machine that want to start ssh.
type Tunnel interface {
	// Shell is the command line to start in place of ssh.
	Shell() string
	// Close ends it. The error is that of a connection that was lost meanwhile, or could not be made, as Exec's.
	Close() error
}

// ShellOutput is how a line of a shell ended.
type ShellOutput struct {
	Code           int
	Stdout, Stderr []byte
}

// Call is one use of an action.
type Call struct {
	Name         string            // the action as the task wrote it
	FullName     string            // its full name
	Pos          source.Pos        // where the task begins
	Args         *value.Dict       // finalized
	Raw          *value.Dict       // as the task wrote them, or nil where a template made them
	Scope        *templating.Scope // the variables of the task
	Host         Host
	Bare         func() Host                            // the Host without the variables of the task's keyword environment
	Own          func() Host                            // the Host of the inventory, where Host is the one that the task is delegated to; else Host
	Plain        func() Host                            // the Host as the user that the connection logs in as, whatever become says
	Here         func(env ...string) Host               // this machine as the user who runs the program, with these variables besides the task's environment
	Waiting      Host                                   // the Host for modules that are waited for, though the task be a job
	Fact         func(name string) (value.Value, error) // a fact of the host that the task runs on, nil where it is not known
	HasModule    func(name string) bool                 // whether Ansible has a module of that name, built in here or not
	Defaults     func(module string) *value.Dict        // what module_defaults has for a module, a mapping of the caller's own
	Environ      []string                               // what the keyword environment adds, each "NAME=value"
	HostName     string                                 // the host's name in the inventory
	DelegatedTo  string                                 // the name of the host that the task is delegated to, "" for none
	Inventory    Inventory
	AsyncDir     string // where jobs on the target tell of themselves; "" for the place that is theirs
	Check        bool
	Diff         bool
	Verbosity    int
	Search       []string // the folders that relative file names are looked for in, most special first
	InRole       bool     // the task is a role's, whose folder is the first of Search
	Files        Files
	Vars         VarsReader
	Tell         func(text string) // shows a line to the user while the action runs
	FactsModules []string          // the setting facts_modules
	Last         func()            // tells that the next Exec is the last thing that the action does on the target; nil where nobody asks
	Reads        func(path string) // tells that a file of the control node is about to be read; nil where nobody asks
	Terminal     Terminal          // where somebody could answer a question, nil where nobody could
}

// VarsReader reads files of variables, whose values are trusted.
type VarsReader interface {
	// ReadFile returns what a YAML or JSON file holds, None for an empty one. A whole-file vault is opened.
	ReadFile(path string) (value.Value, error)
}

// Files reads files of the control node. A whole-file vault is opened.
type Files interface {
	// ReadFile returns the content of a file; secret tells whether it came out of a vault.
	ReadFile(name string) (content []byte, secret bool, err error)
}

// Def is one action.
type Def struct {
	Name string // the full name
	// Redirects are further full names that Ansible redirects here.
	Redirects []string
	Async     bool // it can run as a job on the target
	Once      bool // it runs on the first host alone, whatever the keyword run_once says, and counts for that host
	// Page documents an action that no module of its name documents. Its arguments are told, not checked: each action does that
	// itself, in words of its own, as Ansible's do.
	Page *module.Def
	// Also are the arguments that it takes besides those of the module of its name, for that module's page.
	Also module.Args
	Run  func(ctx context.Context, c *Call) (*result.Result, error)
}

// Set are the actions by their full names.
type set map[string]*Def

// Set holds all actions of this package, each added by its file.
var Set = set{}

// Add puts an action into the set. A name that is there already stops the program.
func (s set) Add(d Def) *Def {
	if s[d.Name] != nil {
		panic(fmt.Sprintf("actions: %q is defined twice", d.Name))
	}
	if d.Page != nil {
		d.Page.Name = d.Name
	}
	s[d.Name] = &d
	return &d
}

// Pages returns the documentation of the actions that have one of their own, sorted by name.
func (s set) Pages() []*module.Def {
	var out []*module.Def
	for _, d := range s {
		if d.Page != nil {
			out = append(out, d.Page)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Find returns the action of that name, long or short, or nil.
func (s set) Find(name string) *Def {
	if short, ok := strings.CutPrefix(name, "ansible.legacy."); ok || !strings.Contains(name, ".") {
		if !ok {
			short = name
		}
		name = "ansible.builtin." + short
	}
	if d := s[name]; d != nil {
		return d
	}
	for _, d := range s {
		if slices.Contains(d.Redirects, name) {
			return d
		}
	}
	return nil
}

// Module runs a module on the target with arguments args and gives what it did. It is the whole action of most modules.
func (c *Call) Module(ctx context.Context, name string, args *value.Dict, content *module.Content) (*result.Result, error) {
	r, err := c.Host.Exec(ctx, name, args, content)
	if err != nil {
		return nil, err
	}
	return FromModule(r, c.Pos), nil
}

// last tells that the next Exec is the last thing that the action does on the target: another item of a loop may be sent behind it.
func (c *Call) last() {
	if c.Last != nil {
		c.Last()
	}
}

// Only is Module for what an action does last on the target.
func (c *Call) Only(ctx context.Context, name string, args *value.Dict, content *module.Content) (*result.Result, error) {
	c.last()
	return c.Module(ctx, name, args, content)
}

// FromModule makes what a module returned a task's result.
func FromModule(r module.Result, pos source.Pos) *result.Result {
	out := &result.Result{Changed: r.Changed, Values: r.Dict()}
	for _, w := range r.Warnings {
		out.Warnings = append(out.Warnings, result.Warning{Text: w})
	}
	for _, d := range r.Deprecations {
		out.Deprecations = append(out.Deprecations, result.Warning{Text: d.Msg})
	}
	switch {
	case r.Failed:
		out.Status = result.Failed
		out.Fault = failure("Module failed", r.Msg, pos)
		out.Values.SetStr("exception", value.NewStr(result.NoTraceback))
		if r.Cause != "" {
			out.Fault.Cause.Cause.Cause = &result.Fault{Msg: r.Cause, Pos: pos}
		}
	case r.Skipped:
		out.Status = result.Skipped
		out.Values.SetStr("failed", value.False)
	}
	return out
}

// fail is the result of an action that refuses: the task fails with msg.
func (c *Call) fail(format string, args ...any) *result.Result {
	return c.failWith(value.NewStr(fmt.Sprintf(format, args...)))
}

func (c *Call) failWith(msg value.Value) *result.Result {
	text, err := value.Text(msg)
	if err != nil {
		text = err.Error()
	}
	return &result.Result{
		Status: result.Failed,
		Values: value.DictOf("failed", value.True, "msg", msg, "changed", value.False),
		Fault:  failure("Action failed", text, c.Pos),
	}
}

// failure is the chain for a failed result: "Task failed: Module failed: msg", all of it at the task.
func failure(kind, msg string, pos source.Pos) *result.Fault {
	if msg == "" {
		return &result.Fault{Msg: "Task failed", Pos: pos, Cause: &result.Fault{Msg: kind + ".", Pos: pos}}
	}
	return &result.Fault{Msg: "Task failed", Pos: pos, Cause: &result.Fault{
		Msg: kind, Pos: pos, Cause: &result.Fault{Msg: msg, Pos: pos},
	}}
}

// Failure is the chain for a result that became a failed one outside of the action, by failed_when say.
func Failure(msg string, pos source.Pos) *result.Fault { return failure("Action failed", msg, pos) }

// ok is the result of an action that went well and changed nothing.
func ok(pairs ...any) *result.Result {
	d := value.DictOf("changed", value.False)
	for i := 0; i+1 < len(pairs); i += 2 {
		d.SetStr(pairs[i].(string), pairs[i+1].(value.Value))
	}
	return &result.Result{Values: d}
}

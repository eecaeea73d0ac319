// Package preflight finds what is certainly wrong with a run before it touches the first host: names that exist nowhere,
// arguments that a module does not take, templates that can't be read. It
// collects all findings; it opens no connection, evaluates no template and runs nothing.
package preflight

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Options is what a check must know of the program and of the run.
type Options struct {
	Native   func(name string) bool // the module or action is built in
	Names    []string               // all that are built in, for hints
	Selected func(t *playbook.Task) (bool, error)
	// MissingHandlerWarns is the setting by which a handler that is notified and not there is only warned of.
	MissingHandlerWarns bool
	Engine              *templating.Engine              // what reads templates
	Search              func(t *playbook.Task) []string // the folders in which files of a task are looked for
	// Hosts gives the names of the variables that the hosts of a play have from outside of the playbook; ok is false when
	// they are not all known. nil: none is known, and no variable is told to be undefined.
	Hosts func(p *playbook.Play) (names []string, ok bool)
}

// Findings is what a check found.
type Findings struct {
	Errors   diag.List // what is certainly wrong
	Warnings diag.List // modules that Ansible has and the native engine lacks: their tasks fail if they run
	Refused  diag.List // what Ansible carries out and the native engine does not
	Doubts   diag.List // what is wrong unless something in the run mends it first
}

// OnlyReal is what the real ansible-playbook could do and the native engine cannot, in the order of the files.
func (f Findings) OnlyReal() diag.List {
	all := append(append(diag.List{}, f.Warnings...), f.Refused...)
	_ = all.Err() // sorts
	return all
}

// checker is one check.
type checker struct {
	o     Options
	found Findings
	play  play            // the one that is looked at
	read  map[string]bool // templates that were read
	known map[string]bool // variables that something may set

	closed     bool // nothing else sets variables
	ends       bool // a meta task may end a play early
	makesFiles bool // tasks on this machine may make files that later ones need
}

// Check reads the plays with all that they import statically.
func Check(plays []*playbook.Play, o Options) Findings {
	c := &checker{o: o, read: map[string]bool{}, known: map[string]bool{}}
	c.variables(plays)
	for _, p := range plays {
		c.play = handlersOf(p)
		c.play.open = c.play.open || bringsHandlers(p)
		p.EachVars(func(_ string, _ any, d *value.Dict) { c.definitions(d) })
		walk(p, c.task)
	}
	return c.found
}

// walk visits all tasks and handlers of a play.
func walk(p *playbook.Play, visit func(t *playbook.Task)) {
	for _, section := range p.Compile() {
		for _, b := range section.Blocks {
			b.Walk(visit)
		}
	}
	for _, b := range p.AllHandlers() {
		b.Walk(visit)
	}
}

// bringsHandlers reports whether a play includes roles when it runs: they bring handlers.
func bringsHandlers(p *playbook.Play) bool {
	brings := false
	walk(p, func(t *playbook.Task) { brings = brings || t.Include() != playbook.NoInclude })
	return brings
}

func (c *checker) task(t *playbook.Task) {
	if t.Implicit || t.IsMeta() || !c.selected(t) || neverRuns(t) {
		return
	}
	short := playbook.BuiltinName(t.Action)
	switch short {
	case "copy", "template", "get_url", "fetch", "command", "shell", "file", "git", "unarchive":
		defer func() { c.makesFiles = true }()
	}
	if t.Include() == playbook.NoInclude && !c.module(t) {
		return
	}
	c.arguments(t)
	c.lacking(t)
	c.notify(t)
	if c.o.Search != nil {
		c.files(t)
	}
	if c.o.Engine != nil {
		c.templates(t)
	}
}

// selected reports whether the options for tags let a task run, or may.
func (c *checker) selected(t *playbook.Task) bool {
	if c.o.Selected == nil {
		return true
	}
	is, err := c.o.Selected(t)
	return is || err != nil
}

// neverRuns reports whether a task's condition is plainly false.
func neverRuns(t *playbook.Task) bool {
	for _, cond := range t.When() {
		if s, ok := cond.(value.Str); cond == value.False || ok && strings.EqualFold(strings.TrimSpace(s.String()), "false") {
			return true
		}
	}
	return false
}

// mayBeSkipped reports whether a task may not run although it has no condition: a rescue part, a handler, a play that may end.
func (c *checker) mayBeSkipped(t *playbook.Task) bool {
	return t.Handler || c.ends || t.Setting(playbook.RunOnce) != nil || inBlock(t)
}

// inBlock reports whether a task stands in a block, whose rescue may take over or which may be one.
func inBlock(t *playbook.Task) bool {
	for s := t.Parent; s != nil; s = s.Parent {
		if s.Kind == playbook.BlockScope {
			return true
		}
	}
	return false
}

// module tells a module that is not there; known is false for one that exists nowhere, of which nothing else can be told.
func (c *checker) module(t *playbook.Task) (known bool) {
	name := t.Action
	if strings.Contains(name, "{{") || c.o.Native(name) {
		return true
	}
	full := name
	if !strings.Contains(name, ".") {
		full = "ansible.builtin." + name
	}
	if Known(full) || Redirected(playbook.BuiltinName(name)) {
		if to := Redirect(name); to != "" {
			full = to
		}
		c.found.Warnings.Add(diag.Errorf(t.ActionPos, "the module %s is not native: the task%s fails if it runs", full, named(t)).
			Hint("the real ansible-playbook has it: --engine ansible"))
		return true
	}
	if r, ok := FindRetired(playbook.BuiltinName(name)); ok && r.Gone {
		e := diag.Errorf(t.ActionPos, "the module %s was removed from its collection%s", r.Name, named(t))
		if r.Instead != "" {
			e = e.Hint("use %s instead", r.Instead)
		}
		c.found.Errors.Add(e)
		return false
	}
	e := diag.Errorf(t.ActionPos, "no module named %q%s", name, named(t))
	if near := nearest(name, c.o.Names); near != "" {
		e = e.Hint("did you mean %q?", near)
	} else {
		e = e.Hint("modules of collections have three words: community.general.%s", name[strings.LastIndexByte(name, '.')+1:])
	}
	c.found.Errors.Add(e)
	return false
}

// nearest finds the module whose name is near, by its full or its short name, as it was written.
func nearest(name string, names []string) string {
	if strings.Contains(name, ".") {
		return diag.Nearest(name, slices.Concat(names, knownModules()))
	}
	short := make([]string, len(names))
	for i, n := range names {
		short[i] = n[strings.LastIndexByte(n, '.')+1:]
	}
	return diag.Nearest(name, short)
}

func named(t *playbook.Task) string {
	if s, ok := t.RawName().(value.Str); ok && s.String() != "" {
		return fmt.Sprintf(" (task %q)", s.String())
	}
	return ""
}

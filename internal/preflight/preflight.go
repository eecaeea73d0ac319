// Package preflight finds what is certainly wrong with a run before it touches the first host: names that exist nowhere,
// keywords that the native engine does not carry out, vaulted values that no password opens. It collects all findings; it
// opens no connection and runs nothing.
package preflight

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Options is what a check must know of the program.
type Options struct {
	Native   func(name string) bool // the module or action is built in
	Names    []string               // all that are built in, for hints
	Selected func(t *playbook.Task) bool
	Keywords []playbook.Keyword                           // those of which some values are not carried out
	Refused  func(k playbook.Keyword, v value.Value) bool // whether this one is
}

// Findings is what a check found.
type Findings struct {
	Errors   diag.List // what is certainly wrong
	Warnings diag.List // modules that Ansible has and the native engine lacks: their tasks fail if they run
	Refused  diag.List // what Ansible carries out and the native engine does not
}

// OnlyReal is what the real ansible-playbook could do and the native engine cannot, in the order of the files.
func (f Findings) OnlyReal() diag.List {
	all := append(append(diag.List{}, f.Warnings...), f.Refused...)
	_ = all.Err() // sorts
	return all
}

// Check reads the plays with all that they import statically.
func Check(plays []*playbook.Play, o Options) Findings {
	var f Findings
	for _, p := range plays {
		for _, section := range p.Compile() {
			for _, b := range section.Blocks {
				b.Walk(func(t *playbook.Task) { f.task(t, o) })
			}
		}
		for _, b := range p.AllHandlers() {
			b.Walk(func(t *playbook.Task) { f.task(t, o) })
		}
	}
	return f
}

func (f *Findings) task(t *playbook.Task, o Options) {
	if t.Implicit || t.IsMeta() || t.Include() != playbook.NoInclude || o.Selected != nil && !o.Selected(t) {
		return
	}
	if neverRuns(t) {
		return
	}
	f.module(t, o)
	for _, k := range o.Keywords {
		if v := t.Setting(k); v != nil && o.Refused(k, v) {
			f.Refused.Add(diag.Errorf(t.Pos, "the keyword %s is not supported by the native engine", k).
				Hint("take it out, or run this playbook with ansible-playbook"))
		}
	}
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

func (f *Findings) module(t *playbook.Task, o Options) {
	name := t.Action
	if strings.Contains(name, "{{") || o.Native(name) {
		return
	}
	full := name
	if !strings.Contains(name, ".") {
		full = "ansible.builtin." + name
	}
	if Known(full) {
		f.Warnings.Add(diag.Errorf(t.ActionPos, "the module %s is not native: the task%s fails if it runs", full, named(t)))
		return
	}
	e := diag.Errorf(t.ActionPos, "no module named %q%s", name, named(t))
	if near := nearest(name, o.Names); near != "" {
		e = e.Hint("did you mean %q?", near)
	}
	f.Errors.Add(e)
}

// nearest finds the module whose name is near, by its full or its short name, as it was written.
func nearest(name string, names []string) string {
	if strings.Contains(name, ".") {
		if near := diag.Nearest(name, names); near != "" {
			return near
		}
		return diag.Nearest(name, knownModules())
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

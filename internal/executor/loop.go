package executor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// items evaluates what the task loops over.
func (r *run) items(ctx context.Context) ([]value.Value, error) {
	raw := r.task.Loop
	if r.task.LoopWith != "" {
		return r.scope.LookupItems(ctx, r.task.LoopWith, raw, fileKind(r.task.Action))
	}
	v, err := r.scope.Finalize(raw)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case *value.List:
		return v.Stored(), nil
	case value.Tuple:
		return v.Elems(), nil
	}
	return nil, &noListError{&templating.Error{
		Msg: fmt.Sprintf("The `loop` value must resolve to a 'list', not '%s'.", v.Type()), Pos: value.OriginOf(raw),
		Help: "Provide a list of items/templates, or a template resolving to a list.",
	}}
}

// fileKind is the folder where files for an action are looked for.
func fileKind(action string) string {
	switch {
	case strings.Contains(action, "template"):
		return "templates"
	case strings.Contains(action, "var"):
		return "vars"
	}
	return "files"
}

// noListError says that what a task loops over is no list. It is told without "Task failed" before it.
type noListError struct{ err *templating.Error }

// Error gives the text.
func (e *noListError) Error() string { return e.err.Error() }

// Unwrap gives what has the place.
func (e *noListError) Unwrap() error { return e.err }

func (e *noListError) result() *result.Result { return bareFailure(e.err) }

// bareFailure is the result of a loop that can't be run, which is told without "Task failed" before it.
func bareFailure(err error) *result.Result {
	fault := result.FaultOf(err)
	return &result.Result{Status: result.Failed, Fault: fault, Values: value.DictOf("msg", value.NewStr(fault.Summary()))}
}

// warnInUse warns of a loop variable that hides another of the same name.
func (r *run) warnInUse(lc loopControl) {
	if _, used := r.scope.Vars().Lookup(lc.loopVar); !used {
		return
	}
	text := "The loop variable '" + lc.loopVar + "' is already in use."
	if !lc.varPos.IsValid() {
		text += "\nOrigin: <unknown>\n\n" + lc.loopVar + "\n"
	}
	r.emit(event.Warning{Text: text, Pos: lc.varPos, Help: "You should set the `loop_var` value in the `loop_control` option for the task " +
		"to something else to avoid variable collisions and unexpected behavior."})
}

func textOrType(v value.Value) string {
	if text, err := value.Text(v); err == nil {
		return text
	}
	return v.Type()
}

// loopControl is what the keyword loop_control says.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_loops.html
type loopControl struct {
	loopVar, indexVar string
	varPos            source.Pos // where loop_var is written
	label             value.Value
	pause             time.Duration
	extended          bool
	extendedAll       bool
	breakWhen         []value.Value
}

func (r *run) loopControl() (loopControl, error) {
	lc := loopControl{loopVar: "item", extendedAll: true}
	d, _ := r.task.Attrs.Get(playbook.LoopControl).(*value.Dict)
	if d == nil {
		return lc, nil
	}
	for it := d.Iterate(); it.Next(); {
		key, _ := value.Text(it.Key())
		raw := it.Stored()
		if key == "label" {
			lc.label = raw
			continue
		}
		if key == "break_when" {
			lc.breakWhen = []value.Value{raw}
			if l, ok := raw.(*value.List); ok {
				lc.breakWhen = l.Stored()
			}
			continue
		}
		v, err := r.scope.Finalize(raw)
		if err != nil {
			return lc, &templating.Error{Msg: "Error processing keyword '" + key + "'", Pos: value.OriginOf(raw), Cause: err}
		}
		if name, ok := v.(value.Str); ok && (key == "loop_var" || key == "index_var") && !playbook.IsName(name.String()) {
			return lc, &templating.Error{Msg: "Invalid variable name " + playbook.ShownName(name) + ".", Pos: value.OriginOf(raw), Help: playbook.NameHelp}
		}
		if key == "loop_var" {
			lc.varPos = value.OriginOf(raw)
		}
		if lc.set(key, v) != nil {
			return lc, notOfType(key, raw, v, loopControlTypes[key])
		}
	}
	return lc, nil
}

// loopControlTypes are the types of what loop_control takes.
var loopControlTypes = map[string]string{"pause": "float", "extended": "bool", "extended_allitems": "bool", "loop_var": "str", "index_var": "str"}

func (lc *loopControl) set(key string, v value.Value) (err error) {
	switch key {
	case "loop_var":
		lc.loopVar, err = value.Text(v)
	case "index_var":
		lc.indexVar, err = value.Text(v)
	case "pause":
		var s float64
		s, err = module.ToFloat(v)
		lc.pause = time.Duration(s * float64(time.Second))
	case "extended":
		lc.extended, err = module.ToBool(v)
	case "extended_allitems":
		lc.extendedAll, err = module.ToBool(v)
	}
	return err
}

// loop runs the task once for each item.
func (r *run) loop(ctx context.Context, items []value.Value) *result.Result {
	all := &result.Result{Loop: true, Status: result.OK}
	lc, err := r.loopControl()
	if err != nil {
		return bareFailure(err)
	}
	r.warnInUse(lc)
	if len(items) == 0 {
		all.Status = result.Skipped
		all.Values = value.DictOf("changed", value.False, "skipped", value.True, "skipped_reason", value.NewStr("No items in the list"))
		return all
	}
	l := &lane{r: r, lc: lc, items: items, all: all, wide: r.mayRunAhead(lc), kept: r.keeps(lc)}
	l.run(ctx)
	if l.bad != nil {
		return l.bad
	}
	r.sum(all)
	return all
}

// setLabel evaluates what is shown for an item.
func (lc *loopControl) setLabel(scope *templating.Scope, it *result.Item) error {
	if lc.label == nil {
		return nil
	}
	v, err := scope.Finalize(lc.label)
	it.Label = v
	if err != nil {
		it.Label = nil
	}
	return err
}

// unlabelled is the result of an item whose label can't be evaluated.
func unlabelled(it *result.Item, err error) *result.Result {
	msg := "Failed to template loop_control.label: " + result.FaultOf(err).Summary()
	return &result.Result{Status: result.Failed, Item: it, VerboseAlways: true, Values: value.DictOf("msg", value.NewStr(msg))}
}

// itemVars are the variables that an item's run of the task sees.
func itemVars(item *result.Item) map[string]value.Value {
	vars := map[string]value.Value{}
	for it := item.Vars().Iterate(); it.Next(); {
		vars[it.Key().(value.Str).String()] = it.Stored()
	}
	return vars
}

// more are the variables of the loop beside the item.
func (lc *loopControl) more(items []value.Value, i int) *value.Dict {
	if lc.indexVar == "" && !lc.extended {
		return nil
	}
	d := value.NewDict()
	if lc.indexVar != "" {
		d.SetStr(lc.indexVar, value.NewInt(int64(i)))
		d.SetStr("ansible_index_var", value.NewStr(lc.indexVar))
	}
	if lc.extended {
		d.SetStr("ansible_loop", lc.extendedVar(items, i))
	}
	return d
}

func (lc *loopControl) extendedVar(items []value.Value, i int) *value.Dict {
	n := len(items)
	d := value.DictOf(
		"index", value.NewInt(int64(i+1)), "index0", value.NewInt(int64(i)),
		"first", value.Bool(i == 0), "last", value.Bool(i == n-1), "length", value.NewInt(int64(n)),
		"revindex", value.NewInt(int64(n-i)), "revindex0", value.NewInt(int64(n-i-1)),
	)
	if lc.extendedAll {
		d.SetStr("allitems", value.NewList(items...))
	}
	if i+1 < n {
		d.SetStr("nextitem", items[i+1])
	}
	if i > 0 {
		d.SetStr("previtem", items[i-1])
	}
	return d
}

// breaks reports whether loop_control.break_when ends the loop after an item.
func (r *run) breaks(scope *templating.Scope, lc loopControl, res *result.Result) (bool, error) {
	if len(lc.breakWhen) == 0 {
		return false, nil
	}
	scope, err := r.withRegistered(scope, res)
	if err != nil {
		return false, err
	}
	for _, cond := range lc.breakWhen {
		holds, err := scope.Condition(cond)
		if err != nil || !holds {
			return false, err
		}
	}
	return true, nil
}

// sum makes the result of the whole loop from its items.
func (r *run) sum(all *result.Result) {
	skipped, failed := 0, 0
	for _, item := range all.Items {
		all.Changed = all.Changed || item.Changed
		switch item.Status {
		case result.Skipped:
			skipped++
		case result.Failed:
			failed++
		case result.Unreachable:
			all.Status, all.Fault = result.Unreachable, item.Fault
		}
	}
	msg := "All items completed"
	switch {
	case all.Status == result.Unreachable:
	case failed > 0:
		all.Status, msg = result.Failed, "One or more items failed"
	case skipped == len(all.Items):
		all.Status, msg = result.Skipped, "All items skipped"
	}
	all.Values = value.DictOf("changed", value.Bool(all.Changed), "msg", value.NewStr(msg))
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

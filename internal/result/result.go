// Package result is what came of a task on a host, or of one item of its loop: the values that `register` stores, and
// what those who show a run need to know. What no_log hides is hidden here, once, for everybody.
package result

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Status is how a task ended on a host.
type Status uint8

// The ways in which a task ends. The zero Status is OK.
const (
	OK Status = iota
	Skipped
	Failed
	Unreachable
)

// DiffMode says whether a diff is shown.
type DiffMode uint8

// The zero DiffMode is what the option --diff says.
const (
	DiffAsAsked DiffMode = iota
	DiffShown            // the keyword diff is true
	DiffHidden           // it is false
)

// Result is what came of a task on a host, or of one item of its loop.
type Result struct {
	Status  Status
	Changed bool
	Values  *value.Dict // what the module or action returned, in its order, "diff" among them; Registered adds "changed", "failed" and "skipped"
	Fault   *Fault      // why it failed, for Failed and Unreachable

	NoLog         bool     // nothing of the values may be shown
	Ignored       bool     // failed, but the play goes on: ignore_errors, ignore_unreachable
	VerboseAlways bool     // the values are shown without -v, as those of debug
	Quiet         bool     // the values are not shown even with -v
	Include       bool     // it is what an include asks for: it has neither failed nor changed anything
	Diff          DiffMode // whether its diff is shown
	Raised        bool     // the action gave up, and has no result to judge: failed_when, changed_when and until are not looked at
	Unmet         bool     // until never held, and failed_when says that it went well: registered as failed, and counted as well
	Attempts      int      // how often it was tried, 0 without `until`

	Facts     *value.Dict // variables that the task sets for the host, with their marks: set_fact
	FactsOf   string      // the host that the facts belong to; "" for the task's own
	Cacheable bool        // Facts go into the fact cache, too
	Included  *value.Dict // variables that include_vars read
	Stats     *value.Dict // of set_stats

	Item  *Item     // for one item of a loop
	Items []*Result // for a task with a loop: its items, in order
	Loop  bool      // the task has a loop, if an empty one

	Warnings     []Warning
	Deprecations []Warning
}

// Warning is something that the user should know, with the place that it is about, if there is one.
type Warning struct {
	Text string
	Pos  source.Pos
	Help string // what stands below the place, "" for nothing
}

// Item is the place of a result in a loop.
type Item struct {
	Var   string      // the name of the loop variable
	Value value.Value // the item
	More  *value.Dict // what loop_control adds: the index under the name of index_var, ansible_index_var, ansible_loop; may be nil
	Label value.Value // what is shown for it: the item itself, or loop_control.label
}

// Vars are the variables of the loop at the item, as they stand in its result too: the item, ansible_loop_var, and More.
func (i *Item) Vars() *value.Dict {
	d := value.NewDict()
	if i.Value != nil { // no_log of another engine leaves nothing
		d.SetStr(i.Var, i.Value)
	}
	d.SetStr("ansible_loop_var", value.NewStr(i.Var))
	if i.More != nil {
		for it := i.More.Iterate(); it.Next(); {
			_ = d.Set(it.Key(), it.Stored())
		}
	}
	return d
}

// Bad reports whether the task failed or its host was unreachable.
func (r *Result) Bad() bool { return r.Status == Failed || r.Status == Unreachable }

// Registered gives the values as `register` stores them, in Ansible's order: with "changed" and "failed", with "skipped" or
// "unreachable" where they apply, and with "results" for a loop. They are data: nothing in them is trusted as a template.
func (r *Result) Registered() (value.Value, error) {
	if r.Loop && len(r.Items) > 0 {
		return r.registeredLoop()
	}
	d := value.NewDict()
	if r.Values != nil {
		d = r.Values.Copy()
		if r.Item == nil {
			d.DeleteStr("invocation") // those of items stay, as Ansible has it
		}
	}
	if r.Include && r.Item != nil {
		return value.Untrust(d)
	}
	var item *value.Dict
	if r.Item != nil {
		item = r.Item.Vars()
		for _, key := range item.Keys() {
			d.DeleteStr(key.(value.Str).String())
		}
	}
	r.setStatus(d)
	if item != nil {
		for it := item.Iterate(); it.Next(); {
			_ = d.Set(it.Key(), it.Stored())
		}
	}
	return value.Untrust(d)
}

// setStatus puts what became of the task into its values.
func (r *Result) setStatus(d *value.Dict) {
	d.SetStr("changed", value.Bool(r.Changed))
	if r.Status == Unreachable {
		d.SetStr("unreachable", value.True)
	}
	switch r.Status {
	case Skipped:
		d.SetStr("skipped", value.True)
	case Unreachable: // which Ansible's does not call failed
	default:
		d.SetStr("failed", value.Bool(r.Status == Failed || r.Unmet))
	}
	if (r.Status == Failed || r.Status == Unreachable) && !d.Has("exception") {
		d.SetStr("exception", value.NewStr(NoTraceback))
	}
	if r.Loop {
		d.SetStr("results", value.NewList())
	}
}

// NoTraceback stands where ansible-core 2.19 has no traceback to show.
const NoTraceback = "(traceback unavailable)"

// registeredLoop is Registered of a loop that had items. It says that it failed only if it did.
func (r *Result) registeredLoop() (value.Value, error) {
	results := value.NewList()
	for _, item := range r.Items {
		v, err := item.Registered()
		if err != nil {
			return nil, err
		}
		results.Append(v)
	}
	d := value.DictOf("results", results, "skipped", value.Bool(r.Status == Skipped))
	if r.Changed {
		d.SetStr("changed", value.True)
	}
	if r.Status == Failed {
		d.SetStr("failed", value.True)
	}
	if r.Status == Unreachable {
		d.SetStr("unreachable", value.True)
	}
	if r.Values != nil {
		for it := r.Values.Iterate(); it.Next(); {
			if key, ok := it.Key().(value.Str); !ok || key.String() != "changed" {
				_ = d.Set(it.Key(), it.Stored())
			}
		}
	}
	d.SetStr("changed", value.Bool(r.Changed))
	return value.Untrust(d)
}

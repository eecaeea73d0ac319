package module

import (
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Result is what a module gives back. Values keeps the keys in the order in which they were set, less those that have
// a field of their own here. Everything in it is data from a target: untrusted.
type Result struct {
	Changed bool
	Failed  bool
	Skipped bool
	Msg     string // the key "msg"; HasMsg lets an empty one be returned
	HasMsg  bool
	Cause   string // what stands behind a failure, as "[Errno 2] ...": told after Msg to the user, not in the key "msg"
	// Raised tells a failure that Ansible's module does not handle: it ends with an exception, so that the control node tells it,
	// as "Task failed: Module failed: Msg", and there is no invocation.
	Raised bool
	Values *value.Dict // all other keys; nil is empty
	Diff   value.Value // the key "diff": a dict, or a list of dicts; nil is none

	Warnings     []string
	Deprecations []Deprecation
	// ModuleArgs is what Ansible returns as invocation.module_args: the arguments with their defaults, secret ones
	// replaced. The server sets it; nil stands for a result without (arguments that never reached the module).
	ModuleArgs *value.Dict
}

// Deprecation is something that a user should stop using.
type Deprecation struct{ Msg, Version, Date, Collection string }

// Fail gives a failed result with a message.
func Fail(format string, args ...any) Result {
	return Result{Failed: true, Msg: fmt.Sprintf(format, args...), HasMsg: true}
}

// Raise gives the failed result of a module that ends with an exception with this text.
func Raise(text string) Result {
	return Result{Failed: true, Msg: text, HasMsg: true, Raised: true}
}

// Set puts a key into Values and returns r. v is a value.Value or one of string, bool, int, int64, float64, []string,
// nil.
func (r *Result) Set(key string, v any) *Result {
	if r.Values == nil {
		r.Values = value.NewDict()
	}
	r.Values.SetStr(key, value.Of(v))
	return r
}

// With is Set on a copy, for return statements.
func (r Result) With(key string, v any) Result {
	if r.Values == nil {
		r.Values = value.NewDict()
	} else {
		r.Values = r.Values.Copy()
	}
	r.Values.SetStr(key, value.Of(v))
	return r
}

// Get returns a key of Values, or nil.
func (r *Result) Get(key string) value.Value {
	if r.Values == nil {
		return nil
	}
	return r.Values.Stored(key)
}

// Dict returns the result as a task registers it and as Ansible prints it: Values, then changed, msg, diff, invocation,
// warnings and deprecations where they are there; failed and skipped only when they are true.
func (r *Result) Dict() *value.Dict {
	values := r.Values
	if values == nil {
		values = value.NewDict()
	}
	d := value.MakeDict(values.Len() + 6)
	d.SetStr("changed", value.Bool(r.Changed))
	for it := values.Iterate(); it.Next(); {
		name, _, _ := it.Name()
		d.SetStr(name, it.Stored())
	}
	switch {
	case r.Raised:
		d.SetStr("msg", value.NewStr("Task failed: Module failed: "+r.Msg))
	case r.HasMsg || r.Msg != "":
		d.SetStr("msg", value.NewStr(r.Msg))
	}
	if r.Failed {
		d.SetStr("failed", value.True)
	}
	if r.Skipped {
		d.SetStr("skipped", value.True)
	}
	if r.Diff != nil {
		d.SetStr("diff", r.Diff)
	}
	if r.ModuleArgs != nil && !r.Raised {
		d.SetStr("invocation", value.DictOf("module_args", r.ModuleArgs))
	}
	if len(r.Warnings) > 0 {
		d.SetStr("warnings", value.Of(r.Warnings))
	}
	if len(r.Deprecations) > 0 {
		l := value.NewList()
		for _, dep := range r.Deprecations {
			l.Append(dep.dict())
		}
		d.SetStr("deprecations", l)
	}
	return d
}

func (d Deprecation) dict() *value.Dict {
	out := value.DictOf("msg", value.NewStr(d.Msg))
	for _, kv := range [][2]string{{"version", d.Version}, {"date", d.Date}, {"collection_name", d.Collection}} {
		if kv[1] != "" {
			out.SetStr(kv[0], value.NewStr(kv[1]))
		}
	}
	return out
}

// Diff is one difference, for the key "diff". Before and After are texts or dicts (value.Value, string or nil for "not
// there in the result").
type Diff struct {
	Before, After             any
	BeforeHeader, AfterHeader string
	Prepared                  string
}

// Value gives the dict that Ansible's callbacks print.
func (d Diff) Value() *value.Dict {
	out := value.NewDict()
	if d.Prepared != "" {
		out.SetStr("prepared", value.NewStr(d.Prepared))
		return out
	}
	if d.Before != nil {
		out.SetStr("before", value.Of(d.Before))
	}
	if d.BeforeHeader != "" {
		out.SetStr("before_header", value.NewStr(d.BeforeHeader))
	}
	if d.After != nil {
		out.SetStr("after", value.Of(d.After))
	}
	if d.AfterHeader != "" {
		out.SetStr("after_header", value.NewStr(d.AfterHeader))
	}
	return out
}

// V turns a plain Go value (string, bool, int, int64, float64, []string, nil, value.Value) into a Value.
func V(v any) value.Value { return value.Of(v) }

package executor

import (
	"context"
	"errors"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// once runs the task once: without a loop, or for one item.
func (r *run) once(ctx context.Context, scope *templating.Scope, item *result.Item) *result.Result {
	res := r.onHost(ctx, scope, item)
	res.Item = item
	if item != nil {
		if res.Values == nil {
			res.Values = value.NewDict()
		}
		for it := item.Vars().Iterate(); it.Next(); {
			_ = res.Values.Set(it.Key(), it.Stored())
		}
	}
	return res
}

// onHost is attempt on the host that the task is delegated to.
func (r *run) onHost(ctx context.Context, scope *templating.Scope, item *result.Item) *result.Result {
	d, err := r.delegate(ctx, scope)
	if err != nil {
		r.delegated = r.undelegated()
		return r.failed(err)
	}
	r.delegated = d
	if scope, err = r.withConnection(ctx, scope, d); err != nil {
		return r.failed(err)
	}
	res := r.attempt(ctx, scope, item)
	if d != nil && d.facts {
		res.FactsOf = d.host
	}
	return res
}

func (r *run) attempt(ctx context.Context, scope *templating.Scope, item *result.Item) *result.Result {
	holds, cond, err := r.when(scope)
	if err != nil {
		return r.failed(err)
	}
	if !holds {
		return &result.Result{Status: result.Skipped, Values: value.DictOf(
			"changed", value.False, "skipped", value.True, "skip_reason", value.NewStr("Conditional result was False"), "false_condition", cond,
		)}
	}
	if r.task.Include() != playbook.NoInclude {
		return r.include(scope, item)
	}
	if err := r.checkKeywords(scope); err != nil {
		return r.failed(err)
	}
	call, def, err := r.call(ctx, scope)
	if err != nil {
		return r.failed(err)
	}
	res := r.untilDone(ctx, scope, call, def)
	if r.task.Setting(playbook.Diff) != nil {
		if res.Diff = result.DiffHidden; call.Diff {
			res.Diff = result.DiffShown
		}
	}
	return res
}

// when evaluates the conditions of the task, from the outside to the inside, up to the first that does not hold.
func (r *run) when(scope *templating.Scope) (holds bool, first value.Value, err error) {
	for _, cond := range r.task.When() {
		holds, err := scope.Condition(cond)
		if err != nil || !holds {
			return false, cond, err
		}
	}
	return true, nil, nil
}

// include evaluates what an include_tasks or include_role asks for; the runner brings it in.
func (r *run) include(scope *templating.Scope, item *result.Item) *result.Result {
	args, err := r.args(scope)
	if err != nil {
		return r.failed(err)
	}
	inc := Include{Kind: r.task.Include(), Args: args}
	if item != nil {
		inc.Vars = item.Vars()
		inc.Item = true
		if inc.Label, err = value.Text(item.Label); err != nil {
			return r.failed(err)
		}
	}
	if r.noLog(scope) { // as ansible-core has it, with a loop or not
		inc.Item, inc.Label = true, "(censored due to no_log)"
	}
	r.includes = append(r.includes, inc)
	return &result.Result{Values: includeValues(inc, item), Include: true}
}

// includeValues are the values of an include's result: what is included, and the other arguments.
func includeValues(inc Include, item *result.Item) *value.Dict {
	values, others := value.NewDict(), inc.Args.Copy()
	if inc.Kind == playbook.IncludeTasks {
		for _, key := range []string{playbook.RawParams, "file"} {
			if file := inc.Args.Stored(key); file != nil {
				values.SetStr("include", file)
				others.DeleteStr(key)
			}
		}
	}
	values.SetStr("include_args", others)
	if item == nil {
		values.SetStr("changed", value.False)
	}
	return values
}

// untilDone runs the action, again and again where the task has `until`.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_loops.html#retrying-a-task-until-a-condition-is-met
func (r *run) untilDone(ctx context.Context, scope *templating.Scope, call *actions.Call, def *actions.Def) *result.Result {
	until := r.task.Own(playbook.Until)
	tries := 1
	if len(until) > 0 || r.task.Attrs.Has(playbook.Retries) {
		n, err := r.integer(scope, playbook.Retries, 3)
		if err != nil {
			return r.failed(err)
		}
		tries = max(1, n+1)
	}
	delay, err := r.seconds(scope, playbook.Delay, 5)
	if err != nil {
		return r.failed(err)
	}
	async, err := r.async(scope)
	if err != nil {
		return r.failed(err)
	}
	for attempt := 1; ; attempt++ {
		var res *result.Result
		if async.limit > 0 {
			res = r.job(ctx, scope, async, call, def)
		} else {
			res = r.actTimed(ctx, scope, call, def)
		}
		if res.Raised {
			return res
		}
		if tries > 1 {
			setAttempts(res, attempt)
		}
		after, done, err := r.judge(scope, res, until)
		if err != nil {
			return r.failed(err)
		}
		if tries == 1 || done || res.Status == result.Unreachable {
			return res
		}
		if attempt == tries {
			return r.exhausted(res, attempt-1)
		}
		res.NoLog = r.noLog(after)
		r.emit(event.Retry{Host: r.host, Delegated: r.label(), Task: r.shown, Title: r.plainName(), Left: tries - attempt, Result: res})
		if !sleep(ctx, delay) {
			return r.failed(ctx.Err())
		}
	}
}

// plainName is the task's name without its role, or the module when it has none.
func (r *run) plainName() string {
	if name := r.name(); name != "" {
		return name
	}
	return r.task.Action
}

// setAttempts says how often a task was tried, in its result's values too.
func setAttempts(res *result.Result, attempts int) {
	res.Attempts = attempts
	if res.Values == nil {
		res.Values = value.NewDict()
	}
	res.Values.SetStr("attempts", value.NewInt(int64(attempts)))
}

// exhausted is the result of a task that was tried often enough.
func (r *run) exhausted(res *result.Result, attempts int) *result.Result {
	setAttempts(res, attempts)
	if res.Status != result.Failed {
		r.blame(res)
		if res.Values.Stored("failed_when_result") == value.Value(value.False) {
			res.Unmet = true // failed_when says that it went well: it counts as that, and is registered as failed
			return res
		}
		res.Status = result.Failed
	}
	return res
}

// judge applies changed_when and failed_when to a result and tells whether `until` holds.
func (r *run) judge(scope *templating.Scope, res *result.Result, until []value.Value) (*templating.Scope, bool, error) {
	if res.Status == result.Unreachable || res.Status == result.Skipped && len(until) == 0 {
		return scope, true, nil
	}
	after, err := r.withRegistered(scope, res)
	if err != nil {
		return nil, false, err
	}
	if conds := r.task.Own(playbook.ChangedWhen); len(conds) > 0 && res.Status != result.Skipped {
		changed, err := r.all(after, conds)
		if err != nil {
			r.unjudged(res, playbook.ChangedWhen, err)
			return after, true, nil
		}
		res.Changed = changed
	}
	if conds := r.task.Own(playbook.FailedWhen); len(conds) > 0 && res.Status != result.Skipped {
		failed, err := r.all(after, conds)
		if err != nil {
			r.unjudged(res, playbook.FailedWhen, err)
			return after, true, nil
		}
		r.overrule(res, failed)
	}
	if after, err = r.withRegistered(scope, res); err != nil {
		return nil, false, err
	}
	if len(until) == 0 {
		return after, res.Status != result.Failed, nil
	}
	done, err := r.all(after, until)
	return after, done, err
}

// unjudged fails a result whose changed_when or failed_when can't be evaluated.
func (r *run) unjudged(res *result.Result, k playbook.Keyword, err error) {
	if res.Values == nil {
		res.Values = value.NewDict()
	}
	res.Values.SetStr(k.String()+"_result", value.NewStr(result.FaultOf(err).Summary()))
	if res.Status != result.Failed {
		res.Status = result.Failed
		r.blame(res)
	}
}

// overrule sets a result to failed or not, whatever the action said.
func (r *run) overrule(res *result.Result, failed bool) {
	if res.Values == nil {
		res.Values = value.NewDict()
	}
	res.Values.SetStr("failed_when_result", value.Bool(failed))
	switch {
	case failed:
		if res.Status != result.Failed {
			r.blame(res)
		}
		res.Status = result.Failed
	case res.Status == result.Failed:
		res.Status, res.Fault = result.OK, nil
		if was := res.Values.Stored("exception"); was != nil {
			res.Values.DeleteStr("exception")
			res.Values.SetStr("failed_when_suppressed_exception", was)
		}
	}
}

// blame says why a result became a failed one: its message, or that there is none.
func (r *run) blame(res *result.Result) {
	msg := "Unknown error."
	if v := res.Values.Stored("msg"); v != nil {
		msg = textOrType(v)
	}
	res.Fault = actions.Failure(msg, r.task.Pos)
	if !res.Values.Has("msg") {
		res.Values.SetStr("msg", value.NewStr(res.Fault.Summary()))
	}
}

func (r *run) all(scope *templating.Scope, conds []value.Value) (bool, error) {
	for _, c := range conds {
		holds, err := scope.Condition(c)
		if err != nil || !holds {
			return false, err
		}
	}
	return true, nil
}

// withRegistered gives the scope in which the task's own result is known under the name it registers.
func (r *run) withRegistered(scope *templating.Scope, res *result.Result) (*templating.Scope, error) {
	if res.Facts != nil { // those of set_fact are known as soon as they are made
		scope = scope.With(factsOf(res))
	}
	name := r.task.Register()
	if name == "" {
		return scope, nil
	}
	v, err := res.Registered()
	if err != nil {
		return nil, err
	}
	return scope.With(map[string]value.Value{name: v}), nil
}

func factsOf(res *result.Result) map[string]value.Value {
	facts := make(map[string]value.Value, res.Facts.Len())
	for it := res.Facts.Iterate(); it.Next(); {
		if name, ok := it.Key().(value.Str); ok {
			facts[name.String()] = it.Stored()
		}
	}
	return facts
}

// failure is the result of a task that could not be run, because of err.
func (r *run) failure(err error, t *playbook.Task) *result.Result {
	var unreachable *UnreachableError
	if errors.As(err, &unreachable) {
		return &result.Result{
			Status: result.Unreachable, Values: value.DictOf("msg", value.NewStr("Task failed: "+unreachable.Error())),
			Fault: &result.Fault{Msg: "Task failed", Pos: t.Pos, Cause: &result.Fault{Msg: unreachable.Error(), Pos: t.Pos}},
		}
	}
	fault := &result.Fault{Msg: "Task failed", Pos: t.Pos, Cause: result.FaultOf(err)}
	msg := fault.Summary()
	var plain *actions.Error
	if errors.As(err, &plain) {
		msg = plain.Error()
	}
	return &result.Result{
		Status: result.Failed, Fault: fault, Raised: true,
		Values: value.DictOf("failed", value.True, "exception", value.NewStr(result.NoTraceback), "msg", value.NewStr(msg), "changed", value.False),
	}
}

// UnreachableError says that a host could not be reached, or was lost while a task ran.
type UnreachableError struct {
	Host string
	Err  error
}

// Error tells why.
func (e *UnreachableError) Error() string { return e.Err.Error() }

// Unreachable sets it apart from errors of the task.
func (*UnreachableError) Unreachable() {}

// Unwrap returns why.
func (e *UnreachableError) Unwrap() error { return e.Err }

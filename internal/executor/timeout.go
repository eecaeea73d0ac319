package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// errTimedOut is the cause of the context of a task whose time is over.
var errTimedOut = errors.New("the task's time is over")

// actTimed is act within the keyword timeout: what runs when the time is over is ended, here and on the target, and the task
// fails.
func (r *run) actTimed(ctx context.Context, scope *templating.Scope, call *actions.Call, def *actions.Def) *result.Result {
	seconds, err := r.integer(scope, playbook.Timeout, r.x.TaskTimeout)
	if err != nil {
		return r.failed(err)
	}
	if seconds <= 0 {
		return r.act(ctx, call, def)
	}
	timed, cancel := context.WithTimeoutCause(ctx, time.Duration(seconds)*time.Second, errTimedOut)
	defer cancel()
	res := r.act(timed, call, def)
	if !errors.Is(context.Cause(timed), errTimedOut) || res.Status == result.OK {
		return res
	}
	return r.timedOut(seconds, def)
}

// timedOut is the result of a task whose time is over.
func (r *run) timedOut(seconds int, def *actions.Def) *result.Result {
	msg := fmt.Sprintf("Timed out after %d second(s).", seconds)
	cause := &result.Fault{Msg: msg, Pos: r.task.Pos}
	if def != nil && def.Once { // ansible-core names no place for what waits on the control node
		cause.Pos = source.Pos{}
	}
	return &result.Result{
		Status: result.Failed, Raised: true, Fault: &result.Fault{Msg: "Task failed", Pos: r.task.Pos, Cause: cause},
		Values: value.DictOf("changed", value.False, "msg", value.NewStr("Task failed: "+msg), "timedout", value.DictOf(
			"frame", value.NewStr("Configure `DISPLAY_TRACEBACK` to see a traceback on timeout errors."),
			"period", value.NewInt(int64(seconds)),
		)),
	}
}

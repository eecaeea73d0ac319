package executor

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// asyncTask says that a task runs as a job on the target, for at most limit seconds; it is asked after every poll seconds, or
// left alone when that is 0.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_async.html
type asyncTask struct{ limit, poll int }

// async evaluates the keywords async and poll.
func (r *run) async(scope *templating.Scope) (a asyncTask, err error) {
	if a.limit, err = r.integer(scope, playbook.Async, 0); err != nil || a.limit <= 0 {
		return asyncTask{}, err
	}
	otherwise := r.x.PollInterval
	if !r.task.Attrs.Has(playbook.Poll) {
		a.poll = otherwise
		return a, nil
	}
	a.poll, err = r.integer(scope, playbook.Poll, otherwise)
	return a, err
}

// job runs the action as a job. target is where the call goes.
func (r *run) job(ctx context.Context, scope *templating.Scope, a asyncTask, call *actions.Call, def *actions.Def) *result.Result {
	if def != nil && !def.Async {
		res := r.failed(&actions.Error{Msg: fmt.Sprintf("This action (%s) does not support async.", r.task.Action), Pos: r.task.Pos})
		return res
	}
	host, ok := call.Host.(*hostTarget)
	if !ok {
		return r.failed(fmt.Errorf("the target of %s takes no jobs", r.task.Action))
	}
	dir, err := r.asyncDir(scope)
	if err != nil {
		return r.failed(err)
	}
	start := *host
	start.async, start.asyncDir = a.limit, dir
	started := *call
	started.Host, started.Last = &start, func() { start.final = true }
	res := r.act(ctx, &started, def)
	id := jobID(res)
	if res.Bad() || res.Status == result.Skipped || a.poll <= 0 || id == "" {
		return res
	}
	return r.poll(ctx, a, host, dir, id)
}

// asyncDir is the folder for the files of jobs: the variable ansible_async_dir, else the setting, "" for the target's own.
func (r *run) asyncDir(scope *templating.Scope) (string, error) {
	v, ok, err := scope.Lookup("ansible_async_dir")
	if err != nil || !ok {
		return r.x.AsyncDir, err
	}
	return value.Text(v)
}

func jobID(res *result.Result) string {
	if res.Values == nil {
		return ""
	}
	s, _ := res.Values.Stored("ansible_job_id").(value.Str)
	return s.String()
}

// poll asks after a job until it is at its end or its time is over.
func (r *run) poll(ctx context.Context, a asyncTask, host *hostTarget, dir, id string) *result.Result {
	plain := *host
	plain.check = false // a job is asked after in check mode too
	var res *result.Result
	for left := a.limit; left > 0; left -= a.poll {
		if !sleep(ctx, time.Duration(a.poll)*time.Second) {
			r.endJob(ctx, &plain, dir, id)
			return r.failed(ctx.Err())
		}
		status, err := r.jobStatus(ctx, &plain, dir, id, "status")
		if ctx.Err() != nil {
			r.endJob(ctx, &plain, dir, id)
		}
		if err != nil {
			return r.failed(err)
		}
		res = status
		if truthOf(res, "finished") {
			return r.jobEnded(ctx, &plain, dir, id, res)
		}
		r.emit(event.Async{Host: r.host, JobID: id, State: event.AsyncPoll, Started: truthOf(res, "started")})
	}
	r.emit(event.Async{Host: r.host, JobID: id, State: event.AsyncFailed})
	msg := fmt.Sprintf("async task did not complete within the requested time - %ds", a.limit)
	out := &result.Result{
		Status: result.Failed, Fault: actions.Failure(msg, r.task.Pos),
		Values: value.DictOf("changed", value.False, "msg", value.NewStr(msg)),
	}
	if res != nil {
		shown := res.Values.Copy()
		shown.DeleteStr("changed")
		out.Values.SetStr("async_result", shown)
	}
	return out
}

// endTime is how long a run that is interrupted may take to end a job.
const endTime = 5 * time.Second

// endJob ends a job that is waited for, since the run is interrupted: nothing of it stays on the target. A job that is not waited
// for is left alone.
func (r *run) endJob(ctx context.Context, host *hostTarget, dir, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	_, _ = r.jobStatus(ctx, host, dir, id, "end")
}

// jobEnded tells how a job ended and has its files removed.
func (r *run) jobEnded(ctx context.Context, host *hostTarget, dir, id string, res *result.Result) *result.Result {
	state := event.AsyncOK
	if res.Bad() {
		state = event.AsyncFailed
	}
	r.emit(event.Async{Host: r.host, JobID: id, State: state})
	_, _ = r.jobStatus(ctx, host, dir, id, "cleanup")
	return res
}

// jobStatus runs the module async_status.
func (r *run) jobStatus(ctx context.Context, host *hostTarget, dir, id, mode string) (*result.Result, error) {
	args := value.DictOf("jid", value.NewStr(id), "mode", value.NewStr(mode))
	if mode == "end" {
		args = value.DictOf("jid", value.NewStr(id), "_end", value.True)
	}
	if dir != "" {
		args.SetStr("_async_dir", value.NewStr(dir))
	}
	ran, err := host.Exec(ctx, "ansible.legacy.async_status", args, nil)
	if err != nil {
		return nil, err
	}
	res := actions.FromModule(ran, r.task.Pos)
	if r.x.Verbosity < 3 {
		res.Values.DeleteStr("invocation")
	}
	return res, nil
}

func truthOf(res *result.Result, key string) bool {
	if res.Values == nil {
		return false
	}
	b, err := module.ToBool(res.Values.Stored(key))
	return err == nil && b
}

// Package server is the target's side of a call: it finds the module, checks its arguments, runs it on the machine it
// is on and gives back a result, whatever happens. In-process it serves connection local; in the agent it serves a
// remote host. It knows nothing of playbooks or connections.
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Call is one call of a module.
type Call struct {
	// Module is the name as the task wrote it: messages repeat it.
	Module string
	// Args are the arguments, finalized: no templates, nothing lazy. It is not changed.
	Args *value.Dict

	Check   bool // change nothing
	Diff    bool // return a diff
	Verbose int  // the number of -v
	Unseen  bool // nobody sees what the module returns, unless it fails, but how it went: the rest may be left out

	// Dir is the working directory ("" keeps the System's): for connection local the folder of the playbook.
	Dir string
	// Env are variables added to the environment, each "NAME=value": the task's environment.
	Env []string
	// Content is the file that the action sends along, for copy and template; nil for all other calls.
	Content *module.Content

	// Async makes the call a job: Exec starts it and returns at once, with ansible_job_id, started, finished and
	// results_file; it goes on when the connection ends, for at most so many seconds. The module async_status tells of it.
	Async int
	// AsyncDir is the folder on the target for the files of jobs; "" is $ANSIBLE_ASYNC_DIR there, else ~/.ansible_async.
	AsyncDir string
}

// Run makes a call of one of the modules on sys. It always gives a result: a module that is not there, arguments that do not fit, a Go
// error and a panic become failed ones.
func Run(ctx context.Context, modules module.Union, sys target.System, c Call) (r module.Result) {
	r = run(ctx, modules, sys, c)
	AddLines(&r)
	return r
}

// run is Run without the lines of outputs, which do not travel: they would double what does.
func run(ctx context.Context, modules module.Union, sys target.System, c Call) module.Result {
	d := modules.Find(c.Module)
	if d == nil {
		return module.Fail("The module %s was not found", c.Module)
	}
	if c.Async > 0 {
		return startJob(ctx, sys, d, c)
	}
	return runDef(ctx, sys, d, c)
}

// RunDef is Run for a module that is already found.
func RunDef(ctx context.Context, sys target.System, d *module.Def, c Call) (r module.Result) {
	r = runDef(ctx, sys, d, c)
	AddLines(&r)
	return r
}

func runDef(ctx context.Context, sys target.System, d *module.Def, c Call) (r module.Result) {
	swept := newSweeper(sys.In(c.Dir, c.Env))
	sys = swept
	args := c.Args
	if args == nil {
		args = value.NewDict()
	}
	v := module.Validate(d, cmp.Or(d.Called, c.Module), args, module.EnvOf(sys))
	defer func() {
		if p := recover(); p != nil {
			r = crashed(d, p)
		}
		swept.sweep()
		if c.Unseen && !r.Failed && !r.Skipped {
			r.Values, r.ModuleArgs = seenAnyway(r.Values), nil
		} else {
			tellArgs(&r, &v)
		}
		finish(&r, &v)
	}()
	if v.Problem != "" {
		return module.Fail("%s", v.Problem)
	}
	if c.Check && d.Check == module.None {
		r = module.Result{Skipped: true, HasMsg: true}
		r.Msg = fmt.Sprintf("remote module (%s) does not support check mode", c.Module)
		return r
	}
	v.Params.Check, v.Params.Diff, v.Params.Verbose, v.Params.Unseen, v.Params.Content = c.Check, c.Diff, c.Verbose, c.Unseen, c.Content
	r, err := d.Run(ctx, sys, v.Params)
	if err != nil {
		return broken(ctx, d, err)
	}
	return r
}

// broken is the result of a module that could not work at all.
func broken(ctx context.Context, d *module.Def, err error) module.Result {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, ctx.Err()) {
		return module.Fail("%s was stopped: %v", d.Name, cause)
	}
	return module.Fail("%s: %v", d.Name, err)
}

// crashed is the result of a module that panicked: a mistake of ours. The stack goes where Ansible puts a traceback.
func crashed(d *module.Def, p any) module.Result {
	return module.Fail("MODULE FAILURE: %s crashed: %v; this is a mistake in kimai-ansible", d.Name, p).
		With("exception", string(debug.Stack())).With("module_stdout", "").With("module_stderr", "").With("rc", 1)
}

// seenAnyway leaves of what a module returned what matters though nobody sees it: facts.
func seenAnyway(values *value.Dict) *value.Dict {
	if values == nil || !values.Has(factsKey) {
		return nil
	}
	return value.DictOf(factsKey, values.Stored(factsKey))
}

const factsKey = "ansible_facts"

// tellArgs adds the arguments as the module saw them.
func tellArgs(r *module.Result, v *module.Validated) {
	if r.ModuleArgs != nil {
		return
	}
	r.ModuleArgs = v.ModuleArgs
	if shown := v.Params.Shown(); shown != nil {
		r.ModuleArgs = r.ModuleArgs.Copy()
		for it := shown.Iterate(); it.Next(); {
			_ = r.ModuleArgs.Set(it.Key(), it.Stored())
		}
	}
}

// finish adds what every result carries and takes the texts of no_log arguments out of it.
func finish(r *module.Result, v *module.Validated) {
	warnings, deprecations := v.Params.Warnings()
	r.Warnings = append(warnings, r.Warnings...)
	r.Deprecations = append(deprecations, r.Deprecations...)
	if len(v.Secrets) == 0 {
		return
	}
	r.ModuleArgs, _ = module.Censor(r.ModuleArgs, v.Secrets).(*value.Dict)
	r.Msg = module.CensorText(r.Msg, v.Secrets)
	for i := range r.Warnings {
		r.Warnings[i] = module.CensorText(r.Warnings[i], v.Secrets)
	}
	if r.Values != nil {
		r.Values, _ = module.Censor(r.Values, v.Secrets).(*value.Dict)
	}
	if r.Diff != nil {
		r.Diff = module.Censor(r.Diff, v.Secrets)
	}
}

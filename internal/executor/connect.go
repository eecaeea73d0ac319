package executor

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Target is where, as whom and in which way one task wants modules to run. What it leaves open the settings say.
type Target struct {
	Host      string          // as the inventory names it; of a delegated task, the host that it is delegated to
	Delegated bool            // Host is not the task's own
	Vars      templating.Vars // the variables of Host for the task, with the item of its loop
	// Keywords are what the task, or what it stands in, says with the keywords of ConnectionKeywords, evaluated. One that is
	// written nowhere is not there.
	Keywords map[playbook.Keyword]string
	// Kept is what the items of a loop share, whose Vars differ in nothing that tells how a host is reached, unless a template asks for
	// the item. nil is for what is alone.
	Kept *Kept
}

// Kept is a place for what a Client found out for one item of a loop, to be taken for the others. It is used by one goroutine at a time.
type Kept struct {
	Way     any
	checked bool // what tells it was checked
}

// ConnectionKeywords are the keywords that tell how a task reaches its host.
var ConnectionKeywords = []playbook.Keyword{
	playbook.Connection, playbook.RemoteUser, playbook.Port,
	playbook.Become, playbook.BecomeUser, playbook.BecomeMethod, playbook.BecomeFlags, playbook.BecomeExe,
}

// lazyClient connects when the first module runs: what an action does on the control node needs no host.
type lazyClient struct {
	connect func(ctx context.Context, part module.Part) (client.Client, error)

	mu   sync.Mutex
	made map[module.Part]connected
}

type connected struct {
	client client.Client
	err    error
}

// get gives the client for calls of a part.
func (l *lazyClient) get(ctx context.Context, part module.Part) (client.Client, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, done := l.made[part]
	if !done {
		c.client, c.err = l.connect(ctx, part)
		if l.made == nil {
			l.made = map[module.Part]connected{}
		}
		l.made[part] = c
	}
	return c.client, c.err
}

// forget has the next get connect.
func (l *lazyClient) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.made = nil
}

// hostTarget is the target as actions see it.
type hostTarget struct {
	x           *Executor
	to          Target
	pos         source.Pos // the task's
	client      *lazyClient
	host        string
	env         []string
	verbosity   int
	check, diff bool
	// async, in seconds, makes Exec start a job instead of waiting for the module; asyncDir is where the job tells of itself,
	// "" the default. See client.Call.
	async    int
	asyncDir string
	final    bool  // the next call is the last that the action makes
	unseen   bool  // nobody sees what that returns: see client.Call
	slot     *slot // of the item of a loop, nil without one
}

var _ actions.Host = (*hostTarget)(nil)

// Exec runs a module on the target.
func (h *hostTarget) Exec(ctx context.Context, name string, args *value.Dict, content *module.Content) (module.Result, error) {
	c, err := h.client.get(ctx, modules.PartFor(name, args))
	if err != nil {
		return module.Result{}, unreachable(h.host, err)
	}
	exec, final := c.Exec, h.final
	h.final = false
	if h.slot != nil {
		exec = func(ctx context.Context, call client.Call) (module.Result, error) {
			return h.slot.exec(ctx, c, call, final)
		}
	}
	r, err := exec(ctx, client.Call{
		Module: name, Args: args, Content: content, Env: h.env, Check: h.check, Diff: h.diff, Verbose: h.verbosity,
		Unseen: final && h.unseen, Async: h.async, AsyncDir: h.asyncDir,
	})
	if err != nil {
		return r, unreachable(h.host, err)
	}
	return r, nil
}

// settle waits until all items of a loop before this one are over.
func (h *hostTarget) settle() {
	if h.slot != nil {
		h.slot.settle()
	}
}

// Fetch copies a file of the target.
func (h *hostTarget) Fetch(ctx context.Context, path, have string, w io.Writer) (module.Result, error) {
	h.settle()
	c, err := h.client.get(ctx, module.Core)
	if err != nil {
		return module.Result{}, unreachable(h.host, err)
	}
	r, err := c.Fetch(ctx, path, have, w)
	if err != nil {
		return r, unreachable(h.host, err)
	}
	return r, nil
}

// Shell runs a line on a target where no module can run.
func (h *hostTarget) Shell(ctx context.Context, line string, stdin io.Reader) (*actions.ShellOutput, error) {
	h.settle()
	c, err := h.client.get(ctx, module.Core)
	if err != nil {
		return nil, unreachable(h.host, err)
	}
	bare, ok := c.(*client.Bare)
	if !ok {
		return nil, nil
	}
	out, err := bare.Shell(ctx, line, stdin)
	if err != nil {
		return nil, unreachable(h.host, err)
	}
	return &actions.ShellOutput{Code: out.Code, Stdout: out.Stdout, Stderr: out.Stderr}, nil
}

// Local reports whether modules run in this process.
func (h *hostTarget) Local(ctx context.Context) (bool, error) {
	local, err := h.x.Local(ctx, h.to)
	return local, noWay(err, h.pos)
}

// Reset closes what connects to the target.
func (h *hostTarget) Reset(context.Context) error {
	h.client.forget()
	if err := h.x.Reset(h.host); err != nil && !isLost(err) {
		return err
	}
	return nil
}

// Login tells how the target is reached.
func (h *hostTarget) Login(ctx context.Context) (actions.Login, error) {
	l, err := h.x.Login(ctx, h.to)
	return l, noWay(err, h.pos)
}

// Tunnel lets programs of this machine run commands on the target.
func (h *hostTarget) Tunnel(ctx context.Context, change actions.Change) (actions.Tunnel, error) {
	t, err := h.x.Tunnel(ctx, h.to, change)
	if err != nil {
		return nil, unreachable(h.host, noWay(err, h.pos))
	}
	return &hostTunnel{t, h.host}, nil
}

// hostTunnel tells lost connections as Exec does.
type hostTunnel struct {
	actions.Tunnel
	host string
}

// Close ends the tunnel.
func (t *hostTunnel) Close() error { return unreachable(t.host, t.Tunnel.Close()) }

// noWayError is an error of what says how the host is reached. It is told at the task.
type noWayError struct {
	err error
	pos source.Pos
}

// Error returns the text.
func (e *noWayError) Error() string { return e.err.Error() }

// Fault returns the text and the place of the task.
func (e *noWayError) Fault() (string, source.Pos) { return e.err.Error(), e.pos }

// noWay gives the error of a Client a place, unless it is that of a connection, or has a place of its own.
func noWay(err error, pos source.Pos) error {
	if err == nil || isLost(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if f := result.FaultOf(err); f.Pos.IsValid() || f.Cause != nil {
		return err
	}
	return &noWayError{err, pos}
}

// isLost reports whether an error is that of a connection that was lost: there is nothing to close.
func isLost(err error) bool {
	var lost *connection.Error
	return errors.As(err, &lost)
}

// unreachable makes the failure of a connection an *UnreachableError. What else went wrong fails the task.
func unreachable(host string, err error) error {
	var lost *connection.Error
	if errors.As(err, &lost) {
		return &UnreachableError{Host: host, Err: lost.Err}
	}
	return err
}

// bare is the target without the task's environment.
func (h *hostTarget) bare() *hostTarget {
	b := *h
	b.env = nil
	return &b
}

// target is the host that the task runs on.
func (r *run) target(_ context.Context, scope *templating.Scope) (*hostTarget, error) {
	to := Target{Host: r.host, Vars: scope.Vars(), Keywords: map[playbook.Keyword]string{}}
	if d := r.delegated; d != nil {
		to.Host, to.Delegated, to.Vars = d.host, true, r.x.Vars(d.host, r.task)
	}
	if r.slot != nil && r.delegated == nil {
		to.Kept = r.slot.lane.kept
	}
	for _, k := range ConnectionKeywords {
		v, err := r.setting(scope, k)
		if err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		if to.Keywords[k], err = value.Text(v); err != nil {
			return nil, err
		}
	}
	env, err := r.environment(scope)
	if err != nil {
		return nil, err
	}
	h := (&hostTarget{x: r.x, pos: r.task.Pos, env: env, verbosity: r.x.Verbosity}).at(to)
	h.slot = r.slot
	return h, nil
}

// at is the same for another target, alone.
func (h *hostTarget) at(to Target) *hostTarget {
	n := *h
	n.slot = nil
	n.to, n.host = to, to.Host
	n.client = &lazyClient{connect: func(ctx context.Context, part module.Part) (client.Client, error) {
		c, err := h.x.Client(ctx, to, part)
		return c, noWay(err, h.pos)
	}}
	return &n
}

// own is the host of the inventory of a task that is delegated.
func (r *run) own(h *hostTarget) *hostTarget {
	if r.delegated == nil {
		return h
	}
	to := h.to
	to.Host, to.Delegated, to.Vars, to.Kept = r.host, false, r.x.Vars(r.host, r.task), nil
	return h.at(to)
}

// plain is the target as the user of the connection. A variable counts before the keyword, so it is one.
func (h *hostTarget) plain() *hostTarget {
	to := h.to
	to.Vars, to.Kept = templating.Overlay{Inner: map[string]value.Value{"ansible_become": value.False}, Outer: to.Vars}, nil
	return h.at(to)
}

// here is this machine, with the task's environment and more.
func (h *hostTarget) here(env ...string) *hostTarget {
	n := h.at(Target{Host: "localhost", Vars: templating.Overlay{Inner: map[string]value.Value{
		"ansible_connection": value.NewStr("local"), "ansible_become": value.False,
	}, Outer: noVars{}}, Keywords: map[playbook.Keyword]string{}})
	n.env = append(slices.Clone(h.env), env...)
	return n
}

// noVars are no variables.
type noVars struct{}

func (noVars) Lookup(string) (value.Value, bool) { return nil, false }
func (noVars) Names() []string                   { return nil }

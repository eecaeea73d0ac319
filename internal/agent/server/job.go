package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path"
	"syscall"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/wire"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// startJob has a program of its own run the call, which goes on when this one has ended. What comes of it stands in a
// file, which is at first what startJob returns.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_async.html
func startJob(ctx context.Context, sys target.System, d *module.Def, c Call) module.Result {
	if c.Check && d.Check == module.None {
		return runDef(ctx, sys, d, c) // which says that it does nothing
	}
	sys = sys.In(c.Dir, c.Env)
	if _, real := sys.(*target.Real); !real {
		return module.Fail("a machine in memory has no jobs")
	}
	file, id, err := jobFile(sys, c.AsyncDir)
	if err != nil {
		return module.Fail("could not create the file of the job: %v", err)
	}
	q := wire.Request{
		Module: c.Module, Args: c.Args, Check: c.Check, Diff: c.Diff, Verbose: c.Verbose, Async: c.Async,
	}
	msg, err := q.Encode()
	if err != nil {
		return module.Fail("%v", err)
	}
	if err := detach(sys, file, msg); err != nil {
		_ = sys.Remove(file)
		return module.Fail("could not start the job: %v", err)
	}
	r := module.Result{Changed: true}
	return *r.Set("ansible_job_id", id).Set("started", true).Set("finished", false).Set("results_file", file)
}

// jobFile makes the file of a new job, which says that it has started.
func jobFile(sys target.System, dir string) (file, id string, err error) {
	if dir == "" {
		dir = sys.Getenv("ANSIBLE_ASYNC_DIR")
	}
	if dir == "" {
		dir = "~/.ansible_async"
	}
	env := module.EnvOf(sys)
	dir = module.ExpandUser(module.ExpandVars(dir, env), env)
	if err := mkdirAll(sys, dir); err != nil {
		return "", "", err
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1e12))
	if err != nil {
		return "", "", err
	}
	id = fmt.Sprintf("j%d.%d", n, os.Getpid())
	file = path.Join(dir, id)
	f, err := sys.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", "", err
	}
	_, err = f.Write([]byte(`{"started": true, "finished": false, "ansible_job_id": "` + id + `"}`))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return file, id, err
}

func mkdirAll(sys target.System, dir string) error {
	if info, err := sys.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if parent := path.Dir(dir); parent != dir {
		if err := mkdirAll(sys, parent); err != nil {
			return err
		}
	}
	if err := sys.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

// detach starts the program of a job, in a session of its own. The call reaches it on its input: arguments of a process
// can be seen by everybody.
func detach(sys target.System, file string, msg []byte) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{Name, jobMode, file}, Dir: sys.Dir(), Env: sys.Environ(),
		Stdout: null, Stderr: null,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	_, err = stdin.Write(msg) // here, not beside: this process may end as soon as the job has started
	if cerr := stdin.Close(); err == nil {
		err = cerr
	}
	go func() { _ = cmd.Wait() }() // so that it does not stay a zombie as long as this process lives
	return err
}

// runJob is the program of a job: it runs the call on its input for as long as the call may take and writes what came of
// it into file. A job that takes too long is ended; its file still says that it has started then, as Ansible's does.
func runJob(in io.Reader, modules module.Union, sys target.System, file string) error {
	msg, err := io.ReadAll(io.LimitReader(in, wire.MaxMessage))
	if err != nil {
		return err
	}
	q, err := wire.DecodeRequest(msg)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(q.Async)*time.Second)
	defer cancel()
	go endWhenAsked(ctx, cancel, sys, file+module.JobEndMark)
	r := run(ctx, modules, sys, Call{Module: q.Module, Args: q.Args, Check: q.Check, Diff: q.Diff, Verbose: q.Verbose})
	if errors.Is(ctx.Err(), context.Canceled) {
		return errors.Join(sys.Remove(file), sys.Remove(file+module.JobEndMark))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	text, err := value.AppendJSON(nil, r.Dict(), value.JSONOptions{})
	if err != nil {
		return err
	}
	return replace(sys, file, text)
}

// endWhenAsked ends a job for which somebody has made the file mark.
func endWhenAsked(ctx context.Context, end context.CancelFunc, sys target.System, mark string) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := sys.Stat(mark); err == nil {
			end()
			return
		}
	}
}

// replace writes a file beside its place and renames it: a reader sees all of it or the old one.
func replace(sys target.System, file string, text []byte) error {
	f, err := sys.CreateTemp(path.Dir(file), path.Base(file)+".tmp*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = sys.Rename(f.Name(), file)
	}
	if err != nil {
		_ = sys.Remove(f.Name())
	}
	return err
}

package client_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// both are the agents of a host for the two parts, over one connection.
type both struct {
	pool      *client.Pool
	way       client.Way
	connected int
	parts     map[module.Part]client.Client
}

func newBoth(t *testing.T) *both {
	t.Helper()
	b := &both{pool: &client.Pool{}}
	b.way = way(needs.Folder(t), client.Options{Programs: twoParts(t), Cache: true}, &b.connected)
	b.parts = map[module.Part]client.Client{module.Core: get(t, b.pool, b.way, module.Core), module.More: get(t, b.pool, b.way, module.More)}
	t.Cleanup(func() { _ = b.pool.Close() })
	return b
}

// working is a call under way.
type working struct {
	pid    string // of what it has started
	cancel context.CancelFunc
	done   chan error // takes the error of the call, after its result
	res    module.Result
}

// work has an agent start a program that takes long.
func work(t *testing.T, c client.Client) *working {
	t.Helper()
	file := filepath.Join(needs.Folder(t), "pid")
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	w := &working{cancel: cancel, done: make(chan error, 1)}
	go func() {
		var err error
		w.res, err = c.Exec(ctx, shell("sleep 100 & echo $! > "+file+".new; mv "+file+".new "+file+"; wait"))
		w.done <- err
	}()
	for range 2400 {
		if b, err := os.ReadFile(file); err == nil {
			w.pid = strings.TrimSpace(string(b))
			return w
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatal("nothing was started")
	return nil
}

func (w *working) goesOn(t *testing.T) {
	t.Helper()
	n, err := strconv.Atoi(w.pid)
	if err == nil {
		err = syscall.Kill(n, 0)
	}
	select {
	case <-w.done:
		t.Errorf("the call has ended: %s", text(w.res.Dict()))
	default:
		if err != nil {
			t.Errorf("the process %s is gone: %v", w.pid, err)
		}
	}
}

func (w *working) ended(t *testing.T) error {
	t.Helper()
	select {
	case err := <-w.done:
		gone(t, w.pid)
		return err
	case <-time.After(2 * time.Minute):
		t.Fatal("the call does not end")
		return nil
	}
}

// TestCancelOnePart: what is cancelled in one part ends, with what it has started; the other part goes on.
func TestCancelOnePart(t *testing.T) {
	t.Parallel()
	for _, part := range []module.Part{module.Core, module.More} {
		b := newBoth(t)
		other := module.Core + module.More - part
		stays, ends := work(t, b.parts[other]), work(t, b.parts[part])
		ends.cancel()
		if err := ends.ended(t); err != nil || !strings.Contains(ends.res.Msg, "was stopped") {
			t.Errorf("%s: %s, %v", part, text(ends.res.Dict()), err)
		}
		stays.goesOn(t)
		if r := call(t, b.parts[part], shell("echo on")); text(r.Get("stdout")) != "on" {
			t.Errorf("%s, afterwards: %s", part, text(r.Dict()))
		}
	}
}

// TestResetBothParts: a reset, as before a reboot, ends both parts and all that they run; the next call connects anew, whichever part it is for.
func TestResetBothParts(t *testing.T) {
	t.Parallel()
	b := newBoth(t)
	one, two := work(t, b.parts[module.Core]), work(t, b.parts[module.More])
	if err := b.pool.Reset("h"); err != nil {
		t.Fatal(err)
	}
	for _, w := range []*working{one, two} {
		if err := w.ended(t); err == nil {
			t.Errorf("a call outlived its agent: %s", text(w.res.Dict()))
		}
	}
	for _, part := range []module.Part{module.More, module.Core} {
		if r := call(t, get(t, b.pool, b.way, part), shell("echo anew")); text(r.Get("stdout")) != "anew" {
			t.Errorf("%s: %s", part, text(r.Dict()))
		}
	}
	if b.connected != 2 {
		t.Errorf("%d connections", b.connected)
	}
}

// TestOnePartLost: an agent that is killed takes its calls with it; the other part goes on, and the next call gets another agent.
func TestOnePartLost(t *testing.T) {
	t.Parallel()
	for _, part := range []module.Part{module.Core, module.More} {
		b := newBoth(t)
		other := module.Core + module.More - part
		stays := work(t, b.parts[other])
		pid := b.parts[part].(*client.Remote).Greeting().PID
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if _, err := b.parts[part].Exec(context.Background(), shell("true")); err == nil {
			t.Errorf("%s: a call of an agent that was killed", part)
		}
		if r := call(t, get(t, b.pool, b.way, part), shell("echo again")); text(r.Get("stdout")) != "again" {
			t.Errorf("%s: %s", part, text(r.Dict()))
		}
		stays.goesOn(t)
	}
}

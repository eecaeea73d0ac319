package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/tunnel"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
)

// Login tells how a task reaches its host.
func (c *connections) Login(ctx context.Context, to executor.Target) (actions.Login, error) {
	s := &settings{c: c, ctx: ctx, to: to}
	kind, err := s.kind()
	if err != nil {
		return actions.Login{}, err
	}
	o, _, err := s.options(kind)
	if err != nil {
		return actions.Login{}, err
	}
	how, _, err := s.become(kind, o)
	if err != nil {
		return actions.Login{}, err
	}
	l := actions.Login{Kind: kind.Name, Address: o.Address, User: o.User, Port: o.Port, Key: o.Settings["private_key_file"]}
	var args []string
	for _, name := range []string{"ssh_args", "ssh_common_args", "ssh_extra_args"} {
		if a := o.Settings[name]; a != "" {
			args = append(args, a)
		}
	}
	l.SSHArgs = strings.Join(args, " ")
	if how != nil {
		l.Become, l.BecomeUser = how.Method.Name, how.Options.User
		if l.BecomeUser == "" {
			l.BecomeUser = "root"
		}
	}
	return l, nil
}

// Tunnel lets programs of this machine run commands on a task's host.
func (c *connections) Tunnel(ctx context.Context, to executor.Target, change actions.Change) (actions.Tunnel, error) {
	s := &settings{c: c, ctx: ctx, to: to}
	kind, err := s.kind()
	if err != nil {
		return nil, err
	}
	o, key, err := s.options(kind)
	if err != nil {
		return nil, err
	}
	if change != (actions.Change{}) {
		key += fmt.Sprintf(" changed %+v", change)
		o = changed(o, change)
	}
	conn, err := c.pool.Conn(ctx, client.Way{Host: to.Host, Key: key, Connect: func(ctx context.Context) (connection.Conn, error) { return kind.Open(ctx, o) }})
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	t, err := tunnel.Open(ctx, conn)
	if err != nil {
		return nil, err
	}
	shell, err := t.Shell(self)
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return &hostTunnel{t, shell}, nil
}

// changed puts what a task says about its login alone in the place of the connection's settings.
func changed(o connection.Options, change actions.Change) connection.Options {
	if change.Port != 0 {
		o.Port, o.Settings["port"] = change.Port, strconv.Itoa(change.Port)
	}
	if change.Key != "" {
		o.Settings["private_key_file"] = change.Key
		delete(o.Settings, "private_key")
	}
	if change.AnyUser {
		o.User = ""
		delete(o.Settings, "remote_user")
	}
	return o
}

// hostTunnel is a tunnel as actions see it.
type hostTunnel struct {
	t     *tunnel.Tunnel
	shell string
}

// Shell is the command line to start in place of ssh.
func (h *hostTunnel) Shell() string { return h.shell }

// Close ends the tunnel and tells how it met with the connection.
func (h *hostTunnel) Close() error {
	if err := h.t.Close(); err != nil {
		return err
	}
	return h.t.Err()
}

// remoteShell is this program where another one started it in place of ssh.
func remoteShell(env *Env) int {
	var streams [3]*os.File
	for i, s := range []any{env.Stdin, env.Stdout, env.Stderr} {
		f, ok := s.(*os.File)
		if !ok {
			return int(ExitFailed)
		}
		streams[i] = f
	}
	return tunnel.Main(env.Args[1:], streams[0], streams[1], streams[2])
}

// Package ssh is the connection over the SSH protocol (RFC 4251 to 4254), spoken by golang.org/x/crypto/ssh: no program
// ssh or sshpass is needed here, no sftp on the host. It reads what users of OpenSSH have set up (ssh_config(5),
// known_hosts, keys, certificates, ssh-agent) and the variables of Ansible's plugin, in OpenSSH's order: the first that
// says something counts.
//
// How a host is reached is worked out in settings.go (from Ansible), args.go (from ssh_args and the like), config.go (from
// ssh_config) and tokens.go; dial.go makes the way there (TCP, jump hosts, a proxy command), hostkey.go decides whether it
// is the host, auth.go and keys.go log in, conn.go runs commands.
//
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/ssh_connection.html
package ssh

import (
	"context"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
)

// Type gives the kind "ssh". Connections of one Type share what they have in common: parsed configuration, unlocked keys,
// the connection to ssh-agent, jump hosts.
func Type() connection.Type {
	o := &opener{
		files: map[string]*configFile{}, keys: map[string]*keyFile{}, known: map[string]*knownHosts{}, jumps: map[string]*jump{},
		slots: make(chan struct{}, dialing),
	}
	return connection.Type{
		Name: "ssh", Full: "ansible.builtin.ssh", Remote: true, Settings: settings,
		Open: func(ctx context.Context, c connection.Options) (connection.Conn, error) { return o.open(ctx, c) },
	}
}

// dialing is how many connections are made at once: a handshake costs CPU here, and too many at once only time out.
const dialing = 64

// opener is what connections share.
type opener struct {
	slots chan struct{} // held while a connection is made

	mu    sync.Mutex
	files map[string]*configFile
	keys  map[string]*keyFile
	known map[string]*knownHosts
	jumps map[string]*jump
	asks  sync.Mutex // one question at a time
}

func (o *opener) open(ctx context.Context, c connection.Options) (connection.Conn, error) {
	p, err := o.plan(ctx, c)
	if err != nil {
		return nil, &connection.Error{Host: c.Host, Op: "connect", Err: &Error{Err: err}}
	}
	client, err := o.connect(ctx, p)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &connection.Error{Host: c.Host, Op: "connect", Err: &Error{Err: err}}
	}
	return newConn(o, p, client), nil
}

// Error is why a host could not be reached, in the words that Ansible's users know.
type Error struct{ Err error }

// Error begins as Ansible's message does.
func (e *Error) Error() string { return "Failed to connect to the host via ssh: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

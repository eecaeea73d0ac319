package ssh

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"time"

	"golang.org/x/crypto/ssh"
)

// client is a connection that is logged in.
type client struct {
	*ssh.Client
	name    string // of the host
	wire    *wire
	ctx     context.Context // ends with the connection; its cause is why
	cancel  context.CancelCauseFunc
	forward bool // sessions may use ssh-agent here
	signals bool // commands can be sent signals
}

// The times of keep-alives where ServerAliveInterval and ServerAliveCountMax don't say others: a host that has gone is noticed
// though nothing is sent to it.
const (
	aliveInterval = 15 * time.Second
	aliveCount    = 3
)

// watch notices the end of the connection, and a host that has gone.
func (c *client) watch(p *plan) {
	go func() {
		err := c.Wait()
		c.cancel(err)
		_ = c.wire.Close()
	}()
	every, most := aliveInterval, aliveCount
	if text := p.opts.first("ServerAliveInterval"); text != "" {
		if d, err := parseTime(text); err == nil {
			every = d
		}
	}
	if n, err := strconv.Atoi(p.opts.first("ServerAliveCountMax")); err == nil {
		most = n
	}
	if every <= 0 {
		return
	}
	heard, silent := c.wire.heard.Load(), 0
	var beat *time.Timer
	beat = time.AfterFunc(every, func() {
		if c.ctx.Err() != nil {
			return
		}
		now := c.wire.heard.Load()
		if now == heard {
			if silent++; silent > most {
				c.cancel(errSilent)
				c.close()
				return
			}
			go func() { // the answer counts as being heard, whatever it is
				_, _, _ = c.SendRequest("keepalive@openssh.com", true, nil)
			}()
		} else {
			heard, silent = now, 0
		}
		beat.Reset(every)
	})
	context.AfterFunc(c.ctx, func() { beat.Stop() })
}

// errSilent is why a connection is over whose host does not answer any more.
var errSilent = errors.New("the host did not answer any more")

// close ends the connection at once.
func (c *client) close() {
	_ = c.wire.Close() // the library waits for the other side otherwise
	_ = c.Close()
}

// lost is why the connection is over, in OpenSSH's words.
func (c *client) lost() error {
	if errors.Is(context.Cause(c.ctx), errSilent) {
		return errors.New("Timeout, server " + c.name + " not responding.")
	}
	return errors.New("Shared connection to " + c.name + " closed.")
}

// forwardAgent lets programs of the host use ssh-agent here. A connection to it is made for each.
func (c *client) forwardAgent(path string) {
	channels := c.HandleChannelOpen("auth-agent@openssh.com")
	if channels == nil {
		return
	}
	c.forward = true
	go func() {
		for ask := range channels {
			socket, err := net.Dial("unix", path)
			if err != nil {
				_ = ask.Reject(ssh.ConnectionFailed, "no ssh-agent")
				continue
			}
			channel, requests, err := ask.Accept()
			if err != nil {
				_ = socket.Close()
				continue
			}
			go ssh.DiscardRequests(requests)
			go func() {
				_, _ = io.Copy(socket, channel)
				_ = socket.Close()
			}()
			go func() {
				_, _ = io.Copy(channel, socket)
				_ = channel.Close()
			}()
		}
	}()
}

package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
)

// jumpDepth is how many jump hosts a way may have: one that is longer leads in a circle.
const jumpDepth = 8

// errCircle is the error of jump hosts that lead to each other.
var errCircle = errors.New("ProxyJump leads in a circle")

// jump is a connection to a jump host, which all hosts behind it share. It ends with the last of them.
type jump struct {
	ready  chan struct{}
	client *client
	err    error
	users  int // guarded by opener.mu
}

// hop is a jump host as ProxyJump names it.
type hop struct {
	user, host string
	port       int
}

// parseJump reads the value of ProxyJump: [user@]host[:port] or ssh://[user@]host[:port], with commas between.
func parseJump(text string) ([]hop, error) {
	var hops []hop
	for _, one := range strings.Split(text, ",") {
		one = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(one), "ssh://"), "/")
		var h hop
		if at := strings.LastIndexByte(one, '@'); at >= 0 {
			h.user, one = one[:at], one[at+1:]
		}
		h.host = one
		if name, port, err := net.SplitHostPort(one); err == nil {
			h.host = name
			if h.port, err = strconv.Atoi(port); err != nil || h.port < 1 || h.port > 65535 {
				return nil, fmt.Errorf("ProxyJump: bad port %q", port)
			}
		}
		h.host = strings.Trim(h.host, "[]")
		if h.host == "" {
			return nil, fmt.Errorf("ProxyJump: no host is named in %q", text)
		}
		hops = append(hops, h)
	}
	return hops, nil
}

// hops gives the jump hosts of a plan; none when it is reached directly. A host is not reached through itself: a rule for all
// hosts that names a jump host applies to the others.
func (p *plan) hops() ([]hop, error) {
	text := p.opts.first("ProxyJump")
	if text == "" || strings.EqualFold(text, "none") {
		return nil, nil
	}
	hops, err := parseJump(text)
	if err != nil {
		return nil, err
	}
	if last := hops[len(hops)-1]; p.isHop && last.host == p.name && (last.port == p.port || last.port == 0 && p.port == 22) {
		return nil, nil
	}
	return hops, nil
}

// through gives the connection to the last of some jump hosts. release must be called when it is not needed any more.
func (o *opener) through(ctx context.Context, p *plan, hops []hop) (c *client, release func(), err error) {
	key := fmt.Sprintf("%v %q", hops, p.opts.all("ConfigFile"))
	if slices.Contains(p.via, key) || len(p.via) >= jumpDepth {
		return nil, nil, errCircle
	}
	o.mu.Lock()
	j := o.jumps[key]
	if j == nil {
		j = &jump{ready: make(chan struct{})}
		o.jumps[key] = j
		go func() {
			// who needs it first may be cancelled, and others wait for it too; two that wait for each other have to end
			ctx := context.WithoutCancel(ctx)
			if p.Timeout > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeoutCause(ctx, jumpDepth*p.Timeout, errCircle)
				defer cancel()
			}
			if j.client, j.err = o.jumpTo(ctx, p, hops, key); j.err != nil && ctx.Err() != nil {
				j.err = context.Cause(ctx)
			}
			if j.err == nil {
				context.AfterFunc(j.client.ctx, func() { o.forget(key, j) })
			} else {
				o.forget(key, j)
			}
			close(j.ready)
		}()
	}
	j.users++
	o.mu.Unlock()
	release = func() { o.leave(key, j) }
	select {
	case <-j.ready:
	case <-ctx.Done():
		release()
		return nil, nil, ctx.Err()
	}
	if j.err != nil {
		release()
		return nil, nil, j.err
	}
	return j.client, release, nil
}

// forget takes a jump host that does not work off the list: the next one connects anew.
func (o *opener) forget(key string, j *jump) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.jumps[key] == j {
		delete(o.jumps, key)
	}
}

// leave closes the connection to a jump host when nobody needs it any more.
func (o *opener) leave(key string, j *jump) {
	o.mu.Lock()
	j.users--
	last := j.users == 0
	if last && o.jumps[key] == j {
		delete(o.jumps, key)
	}
	o.mu.Unlock()
	if !last {
		return
	}
	go func() { // it may still be on its way
		if <-j.ready; j.err == nil {
			j.client.close()
		}
	}()
}

// jumpTo connects to the last of some jump hosts. As OpenSSH does it, what is said for the host itself counts for them no
// more than the configuration file does.
func (o *opener) jumpTo(ctx context.Context, p *plan, hops []hop, key string) (*client, error) {
	last := hops[len(hops)-1]
	to := &plan{Options: connection.Options{
		Host: last.host, Address: last.host, User: last.user, Port: last.port, Timeout: p.Timeout, Dir: p.Dir, Env: p.Env, Ask: p.Ask, Note: p.Note,
	}, name: last.host, timeout: p.Timeout, isHop: true, via: append(slices.Clone(p.via), key)}
	if file := p.opts.first("ConfigFile"); file != "" {
		to.opts.add("ConfigFile", file)
	}
	if len(hops) > 1 {
		var names []string
		for _, h := range hops[:len(hops)-1] {
			names = append(names, h.String())
		}
		to.opts.add("ProxyJump", strings.Join(names, ","))
	}
	to.ours()
	if err := o.complete(ctx, to); err != nil {
		return nil, fmt.Errorf("jump host %s: %w", last.host, err)
	}
	c, err := o.connect(ctx, to)
	if err != nil {
		return nil, fmt.Errorf("jump host %s: %w", last.host, err)
	}
	return c, nil
}

// String is the hop as ProxyJump writes it.
func (h hop) String() string {
	s := h.host
	if h.port != 0 {
		s = net.JoinHostPort(s, strconv.Itoa(h.port))
	}
	if h.user != "" {
		s = h.user + "@" + s
	}
	return s
}

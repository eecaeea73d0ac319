package ssh

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// maxPause is the longest pause between two attempts, as Ansible's.
const maxPause = 30 * time.Second

// connect connects to a host and logs in, again where reconnection_retries says so. Its errors have OpenSSH's words.
func (o *opener) connect(ctx context.Context, p *plan) (*client, error) {
	for attempt := 0; ; attempt++ {
		c, err := o.patiently(ctx, p)
		var denied *deniedError
		switch {
		case err == nil, ctx.Err() != nil, attempt >= p.retries:
			return c, err
		case errors.As(err, &denied) && denied.password:
			return nil, words("Invalid/incorrect username/password. Skipping remaining %d retries to prevent account lockout: %w", p.retries-attempt, err)
		}
		pause := min(time.Duration(1<<min(attempt, 10)-1)*time.Second, maxPause)
		if !sleep(ctx, pause) {
			return nil, ctx.Err()
		}
	}
}

// patiently connects to a host. One that closes the connection before it says anything has too many logins under way
// (MaxStartups in sshd_config(5)): it is tried again for as long as connecting may take, after pauses that grow and differ.
func (o *opener) patiently(ctx context.Context, p *plan) (*client, error) {
	begin, pause := time.Now(), 100*time.Millisecond
	for {
		c, err := o.once(ctx, p)
		var busy *busyError
		if !errors.As(err, &busy) || p.timeout > 0 && time.Since(begin)+pause > p.timeout {
			return c, err
		}
		if !sleep(ctx, pause/2+rand.N(pause)) {
			return nil, ctx.Err()
		}
		pause = min(2*pause, 2*time.Second)
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// once connects and logs in.
func (o *opener) once(ctx context.Context, p *plan) (*client, error) {
	check, algorithms, err := o.checker(ctx, p)
	if err != nil {
		return nil, err
	}
	// what leads to the host is connected before: else hosts that wait for it could keep it from being made
	via, err := o.road(ctx, p)
	if err != nil {
		return nil, err
	}
	select {
	case o.slots <- struct{}{}:
		defer func() { <-o.slots }()
	case <-ctx.Done():
		via.leave()
		return nil, ctx.Err()
	}
	w, err := via.dial(ctx, p)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = w.Close() })
	c, err := o.handshake(ctx, p, w, check, algorithms)
	if !stop() && ctx.Err() != nil {
		if c != nil {
			c.close()
		}
		return nil, ctx.Err()
	}
	if err != nil {
		_ = w.Close()
		if said := via.said; said != nil && !w.isSSH.Load() {
			if text := said(); text != "" {
				return nil, fmt.Errorf("%s\n%w", text, err)
			}
		}
		return nil, err
	}
	return c, nil
}

// road is the way to a host.
type road struct {
	jump  *client // the last jump host; nil is none
	leave func()  // ends the use of the jump hosts
	line  string  // the proxy command; "" is none
	said  func() string
}

// road finds the way to a host: ProxyJump or ProxyCommand, whichever is said first, or none.
func (o *opener) road(ctx context.Context, p *plan) (*road, error) {
	r := &road{leave: func() {}}
	for _, one := range p.opts {
		switch {
		case strings.EqualFold(one.name, "ProxyCommand"):
			if !strings.EqualFold(one.text, "none") {
				r.line = one.text
			}
			return r, nil
		case strings.EqualFold(one.name, "ProxyJump"):
			hops, err := p.hops()
			if err != nil || hops == nil {
				return r, err
			}
			r.jump, r.leave, err = o.through(ctx, p, hops)
			return r, err
		}
	}
	return r, nil
}

// dial makes the stream to a host.
func (r *road) dial(ctx context.Context, p *plan) (*wire, error) {
	if p.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.timeout)
		defer cancel()
	}
	address := net.JoinHostPort(p.host, strconv.Itoa(p.port))
	switch {
	case r.line != "":
		c, release, said, err := p.proxyCommand(ctx, r.line)
		if err != nil {
			return nil, err
		}
		r.said, p.proxied = said, true
		return newWire(c, p.timeout, release), nil
	case r.jump != nil:
		c, err := r.jump.DialContext(ctx, "tcp", address)
		if err != nil {
			r.leave()
			return nil, r.stuck(ctx, p, err)
		}
		return newWire(c, p.timeout, r.leave), nil
	}
	d := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: p.opts.is("TCPKeepAlive", true)}}
	if from := p.opts.first("BindAddress"); from != "" {
		ip, err := net.ResolveIPAddr("ip", from)
		if err != nil {
			return nil, fmt.Errorf("BindAddress: %w", err)
		}
		d.LocalAddr = &net.TCPAddr{IP: ip.IP, Zone: ip.Zone}
	}
	network := "tcp"
	switch strings.ToLower(p.opts.first("AddressFamily")) {
	case "inet":
		network = "tcp4"
	case "inet6":
		network = "tcp6"
	}
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, dialError(p, err)
	}
	return newWire(&gatherer{Conn: c}, p.timeout, nil), nil
}

// stuck is the error of a jump host that could not reach the next one, in OpenSSH's words.
func (r *road) stuck(ctx context.Context, p *plan, err error) error {
	var refused *ssh.OpenChannelError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("ssh: connect to host %s port %d: Connection timed out", p.host, p.port)
	case errors.As(err, &refused):
		reason := map[ssh.RejectionReason]string{
			ssh.Prohibited: "administratively prohibited", ssh.ConnectionFailed: "connect failed",
			ssh.UnknownChannelType: "unknown channel type", ssh.ResourceShortage: "resource shortage",
		}[refused.Reason]
		return fmt.Errorf("channel 0: open failed: %s: %s\nstdio forwarding failed\nConnection closed by UNKNOWN port 65535", reason, refused.Message)
	}
	return fmt.Errorf("the jump host %s was lost: %w", r.jump.name, err)
}

// handshake makes the connection secure and logs in.
func (o *opener) handshake(ctx context.Context, p *plan, w *wire, check *checker, algorithms []string) (*client, error) {
	p.wire, p.notes = w, nil
	l := &login{o: o, ctx: ctx, p: p, check: check}
	config := &ssh.ClientConfig{
		User: p.user, Auth: l.methods(), HostKeyAlgorithms: algorithms, ClientVersion: "SSH-2.0-kimai-ansible",
		HostKeyCallback: func(name string, at net.Addr, key ssh.PublicKey) error {
			w.pause()
			defer w.next()
			return check.check(name, at, key)
		},
		BannerCallback: func(string) error { return nil }, // it is for people
		AuthCallback: func(c *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
			l.allowed = c.AllowedMethods
			w.next()
			return nil, nil
		},
	}
	if err := p.algorithms(&config.Config); err != nil {
		return nil, err
	}
	a, socket, path := p.openAgent()
	if socket != nil {
		l.agent = a
		defer socket.Close()
	}
	conn, channels, requests, err := ssh.NewClientConn(w, w.RemoteAddr().String(), config)
	if err == nil && !w.done() {
		err = errors.New("it was too late")
		_ = conn.Close()
	}
	if err != nil {
		return nil, l.failed(w, err)
	}
	c := &client{Client: ssh.NewClient(conn, channels, requests), name: p.host, wire: w}
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	// OpenSSH refuses to signal what root has started: it has no process of its own for root's sessions
	c.signals = p.user != "root" || !strings.HasPrefix(string(conn.ServerVersion()), "SSH-2.0-OpenSSH")
	if p.opts.is("ForwardAgent", false) && path != "" && !check.suspect {
		c.forwardAgent(path)
	}
	c.watch(p)
	return c, nil
}

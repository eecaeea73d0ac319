package tape

import (
	"context"
	"net"
	"net/netip"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// Uname notes what the kernel tells.
func (r *Recorder) Uname() (target.Uname, error) {
	u, err := r.System.Uname()
	r.s.tape.Kernel.Uname = u
	return u, err
}

// Loadavg notes what the kernel tells.
func (r *Recorder) Loadavg() ([3]float64, error) {
	l, err := r.System.Loadavg()
	r.s.tape.Kernel.Loadavg = l
	return l, err
}

// Statfs notes what the kernel tells.
func (r *Recorder) Statfs(name string) (target.Filesystem, error) {
	f, err := r.System.Statfs(name)
	if err == nil {
		r.s.tape.Kernel.Filesystems[r.abs(name)] = f
	}
	return f, err
}

// Addresses notes what the kernel tells.
func (r *Recorder) Addresses() ([]target.Address, error) {
	a, err := r.System.Addresses()
	r.s.tape.Kernel.Addresses = a
	return a, err
}

// LocalRoutes notes what the kernel tells.
func (r *Recorder) LocalRoutes() ([]target.Route, error) {
	l, err := r.System.LocalRoutes()
	r.s.tape.Kernel.LocalRoutes = l
	return l, err
}

// RouteTo notes what the kernel tells.
func (r *Recorder) RouteTo(dst netip.Addr) (target.Route, error) {
	to, err := r.System.RouteTo(dst)
	if err == nil {
		r.s.tape.Kernel.Routes[dst.String()] = to
	}
	return to, err
}

// Dial notes what answers, and what it sends.
func (r *Recorder) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := r.System.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if r.s.tape.Kernel.Listening == nil {
		r.s.tape.Kernel.Listening = map[string]string{}
	}
	if _, seen := r.s.tape.Kernel.Listening[address]; !seen {
		r.s.tape.Kernel.Listening[address] = ""
	}
	return &conn{Conn: c, r: r, address: address}, nil
}

// conn keeps what is read, and the line that was asked for it.
type conn struct {
	net.Conn
	r         *Recorder
	address   string
	sent, got string
}

// Write notes the first line.
func (c *conn) Write(b []byte) (int, error) {
	if !strings.Contains(c.sent, "\n") {
		c.sent += string(b)
	}
	return c.Conn.Write(b)
}

// Read notes what comes; the longest answer of an address is kept.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.got += string(b[:n])
	if line, _, asked := strings.Cut(c.sent, "\n"); asked {
		if c.r.s.tape.Kernel.Answers == nil {
			c.r.s.tape.Kernel.Answers = map[string]string{}
		}
		c.r.s.tape.Kernel.Answers[c.address+" "+strings.TrimSpace(line)] = c.got
		return n, err
	}
	if l := c.r.s.tape.Kernel.Listening; len(c.got) > len(l[c.address]) {
		l[c.address] = c.got
	}
	return n, err
}

// FQDN notes what the resolver tells.
func (r *Recorder) FQDN(name string) string {
	r.s.tape.Kernel.FQDN = r.System.FQDN(name)
	return r.s.tape.Kernel.FQDN
}

package fetch

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"time"
)

// connect opens the connection for a request to a, through a proxy where the environment names one. It returns the
// request's target: the path, or the whole address where the proxy is to hand the request on, and fields for the proxy.
func (c *Client) connect(ctx context.Context, a *address) (conn net.Conn, target string, extra Header, err error) {
	target = a.target
	if c.UnixSocket != "" {
		conn, err = c.sys.Dial(ctx, "unix", c.UnixSocket)
		if err != nil {
			return nil, "", nil, &SocketError{c.UnixSocket, err}
		}
		if a.scheme == "https" {
			conn, err = c.secure(ctx, conn, a.name)
		}
		return conn, target, nil, err
	}
	via := c.proxyFor(a)
	to := a.hostPort()
	if via != nil {
		to = via.hostPort()
	}
	conn, err = c.sys.Dial(ctx, "tcp", to)
	if err != nil {
		return nil, "", nil, &DialError{Err: err}
	}
	raw := conn
	switch {
	case via != nil && a.scheme == "https":
		if err = tunnel(ctx, conn, a, via); err == nil {
			conn, err = c.secure(ctx, conn, a.name)
		}
	case via != nil:
		target, extra = a.scheme+"://"+a.host+a.target, proxyAuth(via)
	case a.scheme == "https":
		conn, err = c.secure(ctx, conn, a.name)
	}
	if err != nil {
		_ = raw.Close()
		return nil, "", nil, err
	}
	return conn, target, extra, nil
}

// SocketError is a UNIX socket that can't be connected to.
type SocketError struct {
	Path string
	Err  error
}

// Error gives it as Ansible does.
func (e *SocketError) Error() string {
	return fmt.Sprintf("Invalid Socket File (%s): %s", e.Path, pyFile(e.Err))
}

// Unwrap gives the system's error.
func (e *SocketError) Unwrap() error { return e.Err }

func proxyAuth(via *address) Header {
	if !via.login {
		return nil
	}
	return Header{{"Proxy-Authorization", basicAuth(via.user, via.pass)}}
}

// tunnel asks a proxy for a connection to a.
func tunnel(ctx context.Context, conn net.Conn, a, via *address) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	to := a.hostPort()
	if err := writeRequest(conn, "CONNECT", to, append(Header{{"Host", to}}, proxyAuth(via)...), nil); err != nil {
		return err
	}
	ans, err := readHead(bufio.NewReaderSize(&oneByOne{conn}, 16))
	if err != nil {
		return err
	}
	if ans.status != 200 {
		return &DialError{&tunnelError{ans.status, ans.reason}}
	}
	return nil
}

// oneByOne reads a byte at a time, so that nothing is taken of what comes behind the proxy's answer.
type oneByOne struct{ conn net.Conn }

// Read reads one byte.
func (o *oneByOne) Read(b []byte) (int, error) { return o.conn.Read(b[:min(1, len(b))]) }

type tunnelError struct {
	status int
	reason string
}

// Error says so in Python's words.
func (e *tunnelError) Error() string {
	return fmt.Sprintf("Tunnel connection failed: %d %s", e.status, e.reason)
}

// proxyFor gives the proxy for an address, by the environment of the task: http_proxy, https_proxy and no_proxy, as Python
// reads them. It is nil for none.
func (c *Client) proxyFor(a *address) *address {
	if c.NoProxy {
		return nil
	}
	env := func(name string) string {
		if v := c.sys.Getenv(name); v != "" {
			return v
		}
		return c.sys.Getenv(strings.ToUpper(name))
	}
	text := env(a.scheme + "_proxy")
	if text == "" || bypass(a.name, env("no_proxy")) {
		return nil
	}
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	via, err := parseAddress(text)
	if err != nil {
		return nil
	}
	return via
}

// bypass reports whether a host is in the list of those that are reached without a proxy: a name, the end of one, or "*".
func bypass(host, list string) bool {
	if list == "*" {
		return true
	}
	host = strings.ToLower(host)
	for name := range strings.SplitSeq(list, ",") {
		name = strings.ToLower(strings.TrimLeft(strings.TrimSpace(name), "."))
		if name != "" && (host == name || strings.HasSuffix(host, "."+name)) {
			return true
		}
	}
	return false
}

// secure starts TLS on a connection to host.
func (c *Client) secure(ctx context.Context, conn net.Conn, host string) (net.Conn, error) {
	conf, err := c.tlsConfig()
	if err != nil {
		return conn, err
	}
	conf.ServerName = host
	t := tls.Client(conn, conf)
	if err := t.HandshakeContext(ctx); err != nil {
		return conn, c.tlsError(err, host)
	}
	return t, nil
}

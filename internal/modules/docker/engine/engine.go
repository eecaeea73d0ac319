// Package engine talks to the engine of Docker over its HTTP API, for the modules of the collection community.docker: JSON
// requests, answers that stream, and connections that become streams. It makes no decisions of a module.
//
// Files, connections and the environment are those of the target.System. HTTP itself is package fetch's: the library of
// Docker, and net/http, would be more than the program on the target may weigh.
//
// Source: https://docs.docker.com/reference/api/engine/
package engine

import (
	"context"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fetch"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Client is an engine that answers.
type Client struct {
	sys     target.System
	network string        // "unix" or "tcp"
	address string        // a path, or HOST:PORT
	base    string        // the address as errors tell it
	timeout time.Duration // for each step
	secure  bool          // TLS
	name    string        // of the server's certificate
	tls     *fetch.Client // its certificates
	version string        // of the API: "1.41"
}

// Request is what is asked of the engine.
type Request struct {
	Method string      // "" is GET
	Path   string      // below the version: "/networks/create"; names in it are escaped by Escape
	Query  url.Values  // may be nil
	Header []string    // fields as "Name: value", such as X-Registry-Auth
	JSON   value.Value // the body, or nil
	Body   io.Reader   // a body that is no JSON, with its Type: a tar
	Size   int64       // the length of Body in bytes, or -1 where it is not known
	Type   string      // the Content-Type of Body
	Wait   bool        // the answer may take longer than the timeout: it is not counted
}

// Escape makes a name part of a path.
func Escape(name string) string { return url.PathEscape(name) }

// Open finds out where the engine of a call is, by its arguments (Args) and the environment, and asks for the version of its API
// where none is given. An engine that can't be reached, or arguments that can't be met, are a *module.Result that tells so as
// Ansible's modules do.
func Open(ctx context.Context, sys target.System, p *module.Params) (*Client, *module.Result, error) {
	c := &Client{sys: sys, timeout: time.Duration(p.Int("timeout")) * time.Second}
	if c.timeout <= 0 {
		c.timeout = time.Minute
	}
	if failed := c.locate(p); failed != nil {
		return nil, failed, nil
	}
	c.version = p.Str("api_version")
	if c.version != "" && c.version != "auto" {
		return c, c.checkVersion(), nil
	}
	v, err := c.JSON(ctx, Request{Path: "/version"})
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if err != nil {
		r := module.Fail("Error connecting: Error while fetching server API version: %v", err)
		return nil, &r, nil
	}
	c.version = Str(v, "ApiVersion")
	return c, c.checkVersion(), nil
}

// oldest is the version of the API below which nothing is asked.
const oldest = "1.21"

func (c *Client) checkVersion() *module.Result {
	msg := ""
	if _, ok := numbers(c.version); !ok {
		msg = "Error connecting: invalid version number '" + c.version + "'"
	} else if !c.AtLeast(oldest) {
		msg = "Error connecting: API versions below " + oldest + " are no longer supported by this library."
	}
	if msg == "" {
		return nil
	}
	r := module.Fail("%s", msg)
	return &r
}

func numbers(version string) ([2]int, bool) {
	major, minor, _ := strings.Cut(version, ".")
	a, err := strconv.Atoi(major)
	if err != nil {
		return [2]int{}, false
	}
	b, err := strconv.Atoi(minor)
	return [2]int{a, b}, err == nil
}

// Version is the version of the API in use, as "1.41".
func (c *Client) Version() string { return c.version }

// AtLeast reports whether the API in use is that version, as "1.44", or a later one.
func (c *Client) AtLeast(version string) bool {
	have, _ := numbers(c.version)
	want, _ := numbers(version)
	return have[0] > want[0] || have[0] == want[0] && have[1] >= want[1]
}

// Address is where the engine is, as docker's own program takes it in DOCKER_HOST.
func (c *Client) Address() string {
	if c.network == "unix" {
		return "unix://" + c.address
	}
	return "tcp://" + c.address
}

// JSON asks and gives the answer read as JSON, None where there is no body. An answer of failure is an *Error.
func (c *Client) JSON(ctx context.Context, r Request) (value.Value, error) {
	s, err := c.Stream(ctx, r)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	b, err := io.ReadAll(s)
	if err != nil {
		return nil, c.broken(ctx, err)
	}
	if len(strings.TrimSpace(string(b))) == 0 {
		return value.None, nil
	}
	return value.FromJSON(b)
}

// Dict is JSON where the answer is an object.
func (c *Client) Dict(ctx context.Context, r Request) (*value.Dict, error) {
	v, err := c.JSON(ctx, r)
	d, _ := v.(*value.Dict)
	if d == nil {
		d = value.NewDict()
	}
	return d, err
}

// Find is Dict for a thing that may not be there: it gives nil then.
func (c *Client) Find(ctx context.Context, r Request) (*value.Dict, error) {
	d, err := c.Dict(ctx, r)
	if IsNotFound(err) {
		return nil, nil
	}
	return d, err
}

// Stream asks and gives the body of the answer as it comes: the caller closes it. An answer of failure is an *Error.
func (c *Client) Stream(ctx context.Context, r Request) (io.ReadCloser, error) {
	conn, resp, err := c.ask(ctx, r)
	if err != nil {
		return nil, err
	}
	return &stream{resp.Body, conn}, nil
}

type stream struct {
	io.Reader
	conn *conn
}

// Close ends the connection.
func (s *stream) Close() error { return s.conn.Close() }

// ask makes a request on a connection of its own.
func (c *Client) ask(ctx context.Context, r Request) (*conn, *fetch.Response, error) {
	if r.Method == "" {
		r.Method = "GET"
	}
	path := r.Path
	if c.version != "" && c.version != "auto" {
		path = "/v" + c.version + path
	}
	if len(r.Query) > 0 {
		path += "?" + r.Query.Encode()
	}
	h := fetch.Header{{Name: "Host", Value: c.hostField()}, {Name: "User-Agent", Value: "kimai-ansible"}, {Name: "Accept-Encoding", Value: "identity"}}
	for _, f := range r.Header {
		name, v, _ := strings.Cut(f, ": ")
		h = append(h, fetch.Field{Name: name, Value: v})
	}
	body, size, kind := r.Body, r.Size, r.Type
	if r.JSON != nil {
		b, err := value.AppendJSON(nil, r.JSON, value.JSONOptions{})
		if err != nil {
			return nil, nil, err
		}
		body, size, kind = strings.NewReader(string(b)), int64(len(b)), "application/json"
	}
	if kind != "" {
		h = append(h, fetch.Field{Name: "Content-Type", Value: kind})
	}
	conn, err := c.dial(ctx, r.Wait)
	if err != nil {
		return nil, nil, c.unreached(ctx, err, path)
	}
	resp, err := fetch.Exchange(conn, r.Method, path, h, body, size)
	if err == nil && resp.Status >= 400 {
		err = c.refused(path, resp)
	} else if err != nil {
		err = c.broken(ctx, err)
	}
	if err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	return conn, resp, nil
}

func (c *Client) hostField() string {
	if c.network == "unix" {
		return "localhost"
	}
	return c.address
}

// dial connects. Without wait each step on the connection may take as long as the timeout.
func (c *Client) dial(ctx context.Context, wait bool) (*conn, error) {
	within, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	raw, err := c.sys.Dial(within, c.network, c.address)
	if err != nil {
		return nil, err
	}
	plain := raw
	if c.secure {
		if raw, err = c.tls.Secure(within, raw, c.name); err != nil {
			_ = plain.Close()
			return nil, err
		}
	}
	out := &conn{Conn: raw, timeout: c.timeout}
	if wait {
		out.timeout = 0
	}
	out.stop = context.AfterFunc(ctx, func() { _ = plain.Close() })
	return out, nil
}

// conn is a connection on which each step may take so long, and that ends with the call.
type conn struct {
	net.Conn
	timeout time.Duration // 0 is for ever
	stop    func() bool
}

// Read waits at most so long.
func (c *conn) Read(b []byte) (int, error) {
	if c.timeout > 0 {
		_ = c.SetReadDeadline(time.Now().Add(c.timeout))
	}
	return c.Conn.Read(b)
}

// Write waits at most so long.
func (c *conn) Write(b []byte) (int, error) {
	if c.timeout > 0 {
		_ = c.SetWriteDeadline(time.Now().Add(c.timeout))
	}
	return c.Conn.Write(b)
}

// Close ends it.
func (c *conn) Close() error {
	c.stop()
	return c.Conn.Close()
}

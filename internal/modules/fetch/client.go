// Package fetch gets what is behind a URL, for the modules that do so on the target: get_url, uri, unarchive. It speaks HTTP/1.1
// alone, one request a connection, as the program that Ansible's modules are does; net/http would double what the agent has
// for the network. Files, connections and the environment are those of the target.System.
//
// Proxies come from the environment; who logs in, by which certificates, and how far redirects are followed is in Client.
package fetch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// Client says how requests are made. The zero Client with New's System asks as Ansible does by default.
type Client struct {
	sys target.System

	Agent        string        // the User-Agent
	User, Pass   string        // for servers that ask who it is; "" is nobody
	ForceBasic   bool          // send them at once
	NoNetrc      bool          // don't look in ~/.netrc
	NoProxy      bool          // don't look in the environment
	NoVerify     bool          // take any certificate
	NoDecompress bool          // leave a body packed by gzip as it is
	CAPath       string        // a file or folder with CAs; "" are the system's
	ClientCert   string        // a file in PEM, which may have the key too
	ClientKey    string        // a file in PEM
	Ciphers      []string      // OpenSSL's names; none is Go's choice
	UnixSocket   string        // connect to this, not to the host
	Timeout      time.Duration // for each step; 0 is 10 s
	Follow       string        // Ansible's follow_redirects: urllib2 (the default), safe, all, none
	NoCache      bool          // ask proxies for a fresh copy
	Unredirected []string      // names of fields that are not sent where a redirect leads to
}

// New gives a client that works on a machine.
func New(sys target.System) *Client { return &Client{sys: sys} }

// Request is what is asked for.
type Request struct {
	Method   string // in capitals; "" is GET
	URL      string
	Header   Header
	Body     []byte
	HasBody  bool      // send Body, though it may be empty
	Modified time.Time // ask only for what has changed since; the zero Time is anyhow
}

// Response is an answer, of whatever status.
type Response struct {
	URL     string // where it came from in the end, without name and password
	Status  int
	Reason  string
	Header  Header
	Cookies []Cookie // that are kept, in the order in which they came
	Length  int64    // of the body as it was sent, -1 when it was not told
	Body    io.ReadCloser
}

// DialError is a server that can't be reached.
type DialError struct{ Err error }

// Error gives it as Python prints it.
func (e *DialError) Error() string {
	var dns *net.DNSError
	var no interface{ Timeout() bool }
	switch {
	case errors.As(e.Err, &dns) && !dns.IsTimeout:
		return "[Errno -2] Name or service not known"
	case errors.As(e.Err, &no) && no.Timeout(), errors.Is(e.Err, context.DeadlineExceeded):
		return "timed out"
	}
	return pyFile(e.Err)
}

// Unwrap gives the system's error.
func (e *DialError) Unwrap() error { return e.Err }

// The bounds of redirects, as urllib has them.
const (
	maxRedirects = 10
	maxRepeats   = 4
)

// Do makes a request, logs in where it is asked to, and follows redirects. An answer with a status of failure is no
// error. The caller closes the body.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	if r.Method == "" {
		r.Method = "GET"
	}
	jar := &jar{}
	visited := map[string]int{}
	user, pass := c.User, c.Pass
	header := slices.Clone(r.Header)
	for n := 0; ; n++ {
		a, err := parseAddress(r.URL)
		if err != nil {
			return nil, err
		}
		if a.scheme == "file" && n == 0 {
			return c.file(a)
		}
		if a.login {
			user, pass = a.user, a.pass
		}
		resp, err := c.login(ctx, a, r, header, jar, user, pass)
		if err != nil {
			return nil, err
		}
		resp.URL, resp.Cookies = a.text, jar.list
		to := resp.Header.Get("Location")
		if to == "" || !isRedirect(resp.Status) {
			return resp, nil
		}
		next, err := a.join(to)
		if err != nil {
			return resp, nil //nolint:nilerr // the answer stands as it is
		}
		resp.Header = append(resp.Header.without(func(name string) bool { return strings.EqualFold(name, "Location") }), Field{"location", next})
		if !c.follows(resp.Status, r.Method) {
			return resp, nil
		}
		if visited[next]++; visited[next] > maxRepeats || n >= maxRedirects {
			resp.Reason = "The HTTP server returned a redirect error that would lead to an infinite loop.\nThe last 30x error message was:\n" + resp.Reason
			return resp, nil
		}
		_ = resp.Body.Close()
		header = c.redirected(header, a, next)
		if method := nextMethod(resp.Status, r.Method, c.Follow); method != r.Method {
			r.Method, r.Body, r.HasBody = method, nil, false
			header = header.without(func(name string) bool { return strings.HasPrefix(strings.ToLower(name), "content-") })
		}
		r.URL = next
	}
}

func isRedirect(status int) bool {
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308
}

// follows reports whether a redirect is followed.
func (c *Client) follows(status int, method string) bool {
	reads := method == "GET" || method == "HEAD"
	switch c.Follow {
	case "none", "no":
		return false
	case "safe":
		return reads
	case "all", "yes":
		return true
	}
	return reads || method == "POST" && status <= 303
}

// nextMethod is the method that is used where a redirect leads to.
func nextMethod(status int, method, follow string) string {
	switch {
	case method == "HEAD", status >= 307:
		return method
	case status == 301 && method != "POST" && follow != "urllib2" && follow != "":
		return method
	}
	return "GET"
}

// redirected gives the header for the address that a redirect leads to. What says who it is does not go to another host,
// which is more careful than Ansible's.
func (c *Client) redirected(h Header, from *address, to string) Header {
	next, err := parseAddress(to)
	elsewhere := err != nil || !strings.EqualFold(next.name, from.name)
	return h.without(func(name string) bool {
		if elsewhere && (strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "Cookie")) {
			return true
		}
		return slices.ContainsFunc(c.Unredirected, func(u string) bool { return strings.EqualFold(u, name) })
	})
}

// login makes a request, and again with name and password if the server asks for them.
func (c *Client) login(ctx context.Context, a *address, r Request, h Header, jar *jar, user, pass string) (*Response, error) {
	h = slices.Clone(h)
	if user != "" && c.ForceBasic {
		h = append(h, Field{"Authorization", basicAuth(user, pass)})
	} else if user == "" && !c.NoNetrc && !h.Has("Authorization") {
		if u, p, ok := netrc(c.sys, a.name); ok {
			h = append(h, Field{"Authorization", basicAuth(u, p)})
		}
	}
	resp, err := c.once(ctx, a, r, h, jar)
	if err != nil || resp.Status != 401 || user == "" || h.Has("Authorization") {
		return resp, err
	}
	scheme, params := challenge(resp.Header.Get("WWW-Authenticate"))
	field, ok := "", false
	switch scheme {
	case "basic":
		field, ok = basicAuth(user, pass), true
	case "digest":
		field, ok = digestAuth(params, user, pass, r.Method, a.target)
	}
	if !ok {
		return resp, nil
	}
	_ = resp.Body.Close()
	resp, err = c.once(ctx, a, r, append(h, Field{"Authorization", field}), jar)
	if err == nil && resp.Status == 401 && scheme == "digest" {
		resp.Reason = "digest auth failed"
	}
	return resp, err
}

// once makes one request on a connection of its own.
func (c *Client) once(ctx context.Context, a *address, r Request, own Header, jar *jar) (*Response, error) {
	h := c.header(a, r, own, jar)
	if err := checkRequest(r.Method, a.raw, h); err != nil {
		return nil, err
	}
	timeout := c.Timeout
	if timeout == 0 {
		timeout = 10 * time.Second
	}
	dial, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	raw, target, extra, err := c.connect(dial, a)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	conn := &patient{Conn: raw, timeout: timeout}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	shut := func() error { stop(); return raw.Close() }
	fail := func(err error) (*Response, error) {
		_ = shut()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	if err := writeRequest(conn, r.Method, target, append(h, extra...), r.Body); err != nil {
		return fail(err)
	}
	ans, err := readAnswer(bufio.NewReader(conn), r.Method)
	if err != nil {
		return fail(err)
	}
	jar.take(a, ans.header)
	resp := &Response{Status: ans.status, Reason: ans.reason, Header: ans.header, Length: ans.length}
	if r.Method == "HEAD" || ans.status == 204 || ans.status == 304 {
		resp.Length = -1
	}
	body := ans.body
	if !c.NoDecompress && strings.EqualFold(ans.header.Get("Content-Encoding"), "gzip") && ans.length != 0 {
		body = &lateGzip{from: body}
	}
	resp.Body = &closer{body, shut}
	return resp, nil
}

// header is what is sent: that of the caller, and what goes without saying.
func (c *Client) header(a *address, r Request, own Header, jar *jar) Header {
	h := Header{}
	add := func(name, v string) {
		if v != "" && !own.Has(name) {
			h = append(h, Field{name, v})
		}
	}
	add("Host", a.host)
	add("Accept-Encoding", "identity")
	if r.HasBody || r.Method == "POST" || r.Method == "PUT" || r.Method == "PATCH" {
		h = append(h, Field{"Content-Length", fmt.Sprint(len(r.Body))})
	}
	if r.HasBody {
		add("Content-Type", "application/x-www-form-urlencoded")
	}
	add("User-Agent", c.Agent)
	if c.NoCache {
		add("cache-control", "no-cache")
	} else if !r.Modified.IsZero() {
		add("If-Modified-Since", r.Modified.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	}
	add("Cookie", jar.send(a))
	for _, f := range own {
		if !strings.EqualFold(f.Name, "Content-Length") && !strings.EqualFold(f.Name, "Connection") {
			h = append(h, f)
		}
	}
	return append(h, Field{"Connection", "close"})
}

// patient is a connection on which each step may take so long.
type patient struct {
	net.Conn
	timeout time.Duration
}

// Read waits at most so long.
func (p *patient) Read(b []byte) (int, error) {
	_ = p.SetReadDeadline(time.Now().Add(p.timeout))
	n, err := p.Conn.Read(b)
	return n, timedOut(err)
}

// Write waits at most so long.
func (p *patient) Write(b []byte) (int, error) {
	_ = p.SetWriteDeadline(time.Now().Add(p.timeout))
	n, err := p.Conn.Write(b)
	return n, timedOut(err)
}

// ErrTimeout is a server that does not go on.
var ErrTimeout = errors.New("timed out")

func timedOut(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return ErrTimeout
	}
	return err
}

// lateGzip unpacks; the body is looked at when it is first read.
type lateGzip struct {
	from io.Reader
	z    *gzip.Reader
}

// Read reads on.
func (l *lateGzip) Read(b []byte) (int, error) {
	if l.z == nil {
		var err error
		if l.z, err = gzip.NewReader(l.from); err != nil {
			return 0, fmt.Errorf("not a gzipped body: %w", err)
		}
	}
	return l.z.Read(b)
}

type closer struct {
	io.Reader
	close func() error
}

// Close ends the connection.
func (c *closer) Close() error { return c.close() }

// file opens a URL of the scheme file.
func (c *Client) file(a *address) (*Response, error) {
	name := unescape(a.target)
	info, err := c.sys.Stat(name)
	if err != nil {
		return nil, &URLError{Msg: "<urlopen error " + pyFile(err) + ": '" + name + "'>"}
	}
	b, err := target.ReadFile(c.sys, name)
	if err != nil {
		return nil, &FileError{name, err}
	}
	h := Header{
		{"Content-type", "text/plain"},
		{"Content-length", fmt.Sprint(info.Size)},
		{"Last-modified", info.Mtime.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")},
	}
	return &Response{URL: a.text, Header: h, Length: info.Size, Body: io.NopCloser(bytes.NewReader(b))}, nil
}

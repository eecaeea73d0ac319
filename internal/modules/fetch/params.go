package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Args are the arguments that all modules which fetch a URL have in common.
var Args = module.Args{
	{Name: "url", Required: true, Help: "The address."},
	{Name: "force", Type: module.Bool, Default: false, Help: "Ask for it though a copy is there; proxies are asked for a fresh one."},
	{Name: "force_basic_auth", Type: module.Bool, Default: false, Help: "Send name and password before the server asks for them."},
	{Name: "http_agent", Default: "ansible-httpget", Help: "The User-Agent."},
	{Name: "use_proxy", Type: module.Bool, Default: true, Help: "Use the proxies that the environment names."},
	{Name: "validate_certs", Type: module.Bool, Default: true, Help: "Check the server's certificate."},
	{Name: "client_cert", Type: module.Path, Help: "A client certificate in PEM, which may have its key too."},
	{Name: "client_key", Type: module.Path, Help: "The key of the client certificate, in PEM."},
	{Name: "use_gssapi", Type: module.Bool, Default: false, Help: "Not supported."},
	{Name: "use_netrc", Type: module.Bool, Default: true, Help: "Take name and password from ~/.netrc when none are given."},
	{Name: "decompress", Type: module.Bool, Default: true, Help: "Unpack what the server has packed with gzip."},
	{Name: "ciphers", Type: module.List, Help: "The ciphers for TLS 1.2, by OpenSSL's names."},
	{Name: "unredirected_headers", Type: module.List, Default: []string{}, Help: "Names of headers that are not sent where a redirect leads to."},
}

// Of gives the client for a call whose arguments are of Args, with url_username, url_password, timeout and, where the
// module has them, ca_path, unix_socket and follow_redirects. What is asked for and not supported is an error.
func Of(sys target.System, p *module.Params) (*Client, error) {
	if p.Bool("use_gssapi") {
		return nil, errors.New("use_gssapi is not supported by the native engine")
	}
	c := New(sys)
	c.Agent, c.User, c.Pass = p.Str("http_agent"), p.Str("url_username"), p.Str("url_password")
	c.ForceBasic, c.NoCache, c.Timeout = p.Bool("force_basic_auth"), p.Bool("force"), time.Duration(p.Int("timeout"))*time.Second
	off := func(name string) bool { return p.Has(name) && !p.Bool(name) }
	c.NoNetrc, c.NoProxy, c.NoVerify, c.NoDecompress = off("use_netrc"), off("use_proxy"), off("validate_certs"), off("decompress")
	c.CAPath, c.ClientCert, c.ClientKey = p.Str("ca_path"), p.Str("client_cert"), p.Str("client_key")
	c.Ciphers, c.Unredirected = p.Strs("ciphers"), p.Strs("unredirected_headers")
	c.UnixSocket, c.Follow = p.Str("unix_socket"), p.Str("follow_redirects")
	return c, nil
}

// HeaderOf gives the fields of a dict argument.
func HeaderOf(d *value.Dict) Header {
	var h Header
	if d == nil {
		return nil
	}
	for it := d.Iterate(); it.Next(); {
		name, _ := value.Text(it.Key())
		v, _ := value.Text(it.Stored())
		h = append(h, Field{titled(name), v})
	}
	return h
}

// titled writes a name of a field as Python does: X-One-Two.
func titled(name string) string {
	b := []byte(strings.ToLower(name))
	for i := range b {
		if (i == 0 || b[i-1] == '-') && b[i] >= 'a' && b[i] <= 'z' {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

// Failed reports whether an answer is told as an error: all but 2xx.
func (r *Response) Failed() bool { return r.Status != 0 && (r.Status < 200 || r.Status > 299) }

// Message tells how it went in Ansible's words.
func (r *Response) Message() string {
	if r.Failed() {
		return fmt.Sprintf("HTTP Error %d: %s", r.Status, r.Reason)
	}
	size := "unknown"
	if n := r.Header.Get("Content-Length"); n != "" {
		size = n
	}
	return "OK (" + size + " bytes)"
}

// Explain tells why there is no answer in Ansible's words. fatal says that it is the call that is wrong.
func Explain(err error) (msg string, fatal bool) {
	var u *URLError
	var file *FileError
	var secure *TLSError
	var dial *DialError
	var socket *SocketError
	var op *net.OpError
	switch {
	case errors.As(err, &u) && u.Unknown:
		return u.Msg, true
	case errors.As(err, &u) && strings.HasPrefix(u.Msg, "<"):
		return "Request failed: " + u.Msg, false
	case errors.As(err, &u), errors.As(err, &secure), errors.As(err, &dial), errors.As(err, &socket):
		return "Request failed: <urlopen error " + err.Error() + ">", false
	case errors.Is(err, ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return "Connection failure: timed out", false
	case errors.As(err, &op) && op.Op == "remote error":
		return "Connection failure: " + alertText(op.Err), false
	case errors.As(err, &op):
		return "Connection failure: " + pyFile(op.Err), false
	case errors.As(err, &file), errors.Is(err, errClosed), errors.Is(err, errNoCipher):
		return "Connection failure: " + err.Error(), false
	}
	return "An unknown error occurred: " + err.Error(), false
}

// alertText gives what a server says in TLS as OpenSSL writes it.
func alertText(err error) string {
	text := strings.TrimPrefix(err.Error(), "tls: ")
	version := "tlsv1"
	if text == "certificate required" {
		version = "tlsv13" // has no such alert before
	}
	return fmt.Sprintf("[SSL: %s_ALERT_%s] %s alert %s", strings.ToUpper(version), strings.ToUpper(strings.ReplaceAll(text, " ", "_")), version, text)
}

// AddTo sets what an answer tells into a result as the module uri does: the fields by their names in small letters, with a
// character in place of each dash.
func (r *Response) AddTo(out *module.Result, dash string) {
	seen := map[string]string{}
	for _, f := range r.Header {
		name := strings.ReplaceAll(strings.ToLower(f.Name), "-", dash)
		v := f.Value
		if old, has := seen[name]; has {
			v = old + ", " + v
		}
		seen[name] = v
		out.Set(name, v)
	}
	if r.Failed() {
		return
	}
	cookies, text := value.NewDict(), make([]string, len(r.Cookies))
	for i, c := range r.Cookies {
		cookies.SetStr(c.Name, value.NewStr(c.Value))
		text[i] = c.Name + "=" + c.Value
	}
	out.Set("cookies", cookies).Set("cookies_string", strings.Join(text, "; "))
}

package lookups

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	neturl "net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "url", Run: runURL, Options: []Option{
	{Name: "validate_certs", Type: Bool, Default: value.True, Help: "Verify the certificate of the server."},
	{Name: "split_lines", Type: Bool, Default: value.True, Help: "Give the lines of the content rather than one text."},
	{Name: "use_proxy", Type: Bool, Default: value.True, Help: "Use the proxies that the environment names."},
	{Name: "username", Type: Str, Help: "The user for authentication."},
	{Name: "password", Type: Str, Help: "The password for authentication."},
	{Name: "headers", Type: Dict, Default: value.NewDict(), Help: "Headers of the request."},
	{Name: "force", Type: Bool, Default: value.False, Var: "ansible_lookup_url_force", Env: "ANSIBLE_LOOKUP_URL_FORCE", Help: "Ask caches for a fresh answer."},
	{Name: "timeout", Type: Float, Default: value.NewFloat(10), Var: "ansible_lookup_url_timeout", Env: "ANSIBLE_LOOKUP_URL_TIMEOUT", Help: "Seconds to wait for the server."},
	{Name: "http_agent", Type: Str, Default: value.NewStr("ansible-httpget"), Var: "ansible_lookup_url_agent", Env: "ANSIBLE_LOOKUP_URL_AGENT", Help: "The User-Agent of the request."},
	{Name: "force_basic_auth", Type: Bool, Default: value.False, Var: "ansible_lookup_url_force_basic_auth", Env: "ANSIBLE_LOOKUP_URL_FORCE_BASIC_AUTH", Help: "Send user and password with the first request."},
	{
		Name: "follow_redirects", Type: Str, Default: value.NewStr("urllib2"), Choices: []string{"all", "no", "none", "safe", "urllib2", "yes"},
		Var: "ansible_lookup_url_follow_redirects", Env: "ANSIBLE_LOOKUP_URL_FOLLOW_REDIRECTS", Help: "Which redirects are followed.",
	},
	{Name: "use_gssapi", Type: Bool, Default: value.False, Var: "ansible_lookup_url_use_gssapi", Env: "ANSIBLE_LOOKUP_URL_USE_GSSAPI", Help: "Not supported."},
	{Name: "use_netrc", Type: Bool, Default: value.True, Var: "ansible_lookup_url_use_netrc", Env: "ANSIBLE_LOOKUP_URL_USE_NETRC", Help: "Take user and password from ~/.netrc."},
	{Name: "unix_socket", Type: Str, Var: "ansible_lookup_url_unix_socket", Env: "ANSIBLE_LOOKUP_URL_UNIX_SOCKET", Help: "A socket to connect to."},
	{Name: "ca_path", Type: Str, Var: "ansible_lookup_url_ca_path", Env: "ANSIBLE_LOOKUP_URL_CA_PATH", Help: "A file with certificates of authorities."},
	{Name: "unredirected_headers", Type: List, Var: "ansible_lookup_url_unredir_headers", Env: "ANSIBLE_LOOKUP_URL_UNREDIR_HEADERS", Help: "Headers that are not sent after a redirect."},
	{Name: "ciphers", Type: List, Var: "ansible_lookup_url_ciphers", Env: "ANSIBLE_LOOKUP_URL_CIPHERS", Help: "Not supported."},
}})

// maxBody bounds what is read of an answer, in bytes.
const maxBody = 256 << 20

// runURL gives the content of URLs.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/url_lookup.html
func runURL(ctx context.Context, c *Call) ([]value.Value, error) {
	for _, name := range []string{"use_gssapi", "ciphers"} {
		if c.given[name] && c.option(name) != value.False {
			return nil, fmt.Errorf("the option %s is not supported", name)
		}
	}
	var out []value.Value
	for _, t := range c.Terms {
		term, err := text(t)
		if err != nil {
			return nil, err
		}
		body, err := c.fetch(ctx, term)
		if err != nil && value.HasSecret(t) {
			return nil, &Error{Msg: "Failed lookup url for ******** : the URL is secret, and so is what is wrong"}
		}
		if err != nil {
			return nil, err
		}
		if !c.bool("split_lines") {
			out = append(out, value.NewStr(body))
			continue
		}
		for _, line := range splitLines(body) {
			out = append(out, value.NewStr(line))
		}
	}
	return out, nil
}

func (c *Call) fetch(ctx context.Context, url string) (string, error) {
	timeout := time.Duration(c.option("timeout").(value.Float).Float64() * float64(time.Second))
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", fmt.Errorf("unknown url type: '%s'", url)
	}
	if err := c.prepare(req); err != nil {
		return "", err
	}
	client, err := c.client(req)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", urlError(url, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusUnauthorized && c.str("username") != "" && req.Header.Get("Authorization") == "" {
		again := req.Clone(ctx)
		again.SetBasicAuth(c.str("username"), c.str("password"))
		second, err := client.Do(again)
		if err != nil {
			return "", urlError(url, err)
		}
		defer second.Body.Close()
		resp = second
	}
	if resp.StatusCode >= 300 {
		return "", &Error{Msg: fmt.Sprintf("Received HTTP error for %s : HTTP Error %d: %s", url, resp.StatusCode, http.StatusText(resp.StatusCode))}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return "", &Error{Msg: fmt.Sprintf("Failed lookup url for %s : %v", url, err)}
	}
	if len(body) > maxBody {
		return "", &Error{Msg: fmt.Sprintf("Failed lookup url for %s : the answer is larger than %d bytes", url, maxBody)}
	}
	return string(body), nil
}

// prepare sets the headers of the request.
func (c *Call) prepare(req *http.Request) error {
	req.Header.Set("User-Agent", c.str("http_agent"))
	if c.bool("force") {
		req.Header.Set("Cache-Control", "no-cache")
	}
	if headers, ok := c.option("headers").(*value.Dict); ok {
		for it := headers.Iterate(); it.Next(); {
			v, err := it.Value()
			if err != nil {
				return err
			}
			name, err := text(it.Key())
			if err != nil {
				return err
			}
			s, err := text(v)
			if err != nil {
				return err
			}
			req.Header.Set(name, s)
		}
	}
	user, password := c.str("username"), c.str("password")
	if c.bool("force_basic_auth") && user != "" {
		req.SetBasicAuth(user, password)
		return nil
	}
	if u := req.URL.User; u != nil {
		p, _ := u.Password()
		req.SetBasicAuth(u.Username(), p)
		return nil
	}
	if user == "" && c.bool("use_netrc") && req.Header.Get("Authorization") == "" {
		if u, p, ok := c.netrc(req.URL.Hostname()); ok {
			req.SetBasicAuth(u, p)
		}
	}
	return nil
}

func (c *Call) client(first *http.Request) (*http.Client, error) {
	t := &http.Transport{DisableKeepAlives: true}
	if c.bool("use_proxy") {
		t.Proxy = http.ProxyFromEnvironment
	}
	if socket := c.str("unix_socket"); socket != "" {
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}
	}
	config := &tls.Config{InsecureSkipVerify: !c.bool("validate_certs")} //nolint:gosec // the user asked for it
	if ca := c.str("ca_path"); ca != "" {
		pem, err := os.ReadFile(c.expand(ca))
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("no certificate in %s", ca)
		}
	}
	t.TLSClientConfig = config
	client := &http.Client{Transport: t}
	hidden, err := texts(orEmpty(c.option("unredirected_headers")), ",")
	if err != nil {
		return nil, err
	}
	follow := c.str("follow_redirects")
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if follow == "no" || follow == "none" {
			return http.ErrUseLastResponse
		}
		if len(via) >= 10 {
			return errors.New("too many redirects")
		}
		for _, h := range hidden {
			req.Header.Del(h)
		}
		return nil
	}
	return client, nil
}

func orEmpty(v value.Value) value.Value {
	if v == value.None {
		return value.NewList()
	}
	return v
}

// urlError words a failed connection as Ansible does.
func urlError(url string, err error) error {
	var errno syscall.Errno
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	reason := err.Error()
	var request *neturl.Error
	if errors.As(err, &request) {
		reason = "<urlopen error " + request.Err.Error() + ">"
	}
	switch {
	case errors.As(err, &unknown), errors.As(err, &host):
		return &Error{Msg: fmt.Sprintf("Error validating the server's certificate for %s: %v", url, errors.Unwrap(err))}
	case errors.As(err, &errno):
		message := errno.Error()
		reason = fmt.Sprintf("<urlopen error [Errno %d] %s>", int(errno), strings.ToUpper(message[:1])+message[1:])
	case errors.As(err, &dns):
		reason = "<urlopen error [Errno -2] Name or service not known>"
	case errors.Is(err, context.DeadlineExceeded):
		reason = "<urlopen error timed out>"
	}
	return &Error{Msg: fmt.Sprintf("Failed lookup url for %s : %s", url, reason)}
}

// netrc finds user and password for a host in the file .netrc of the home folder.
func (c *Call) netrc(host string) (user, password string, ok bool) {
	path, set := c.Getenv("NETRC")
	if !set {
		path = filepath.Join(c.expand("~"), ".netrc")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", "", false
	}
	defer f.Close()
	words := bufio.NewScanner(f)
	words.Split(bufio.ScanWords)
	mine := false
	for words.Scan() {
		switch words.Text() {
		case "machine":
			if ok {
				return user, password, true
			}
			mine = words.Scan() && words.Text() == host
		case "default":
			if ok {
				return user, password, true
			}
			mine = true
		case "login":
			if words.Scan() && mine {
				user, ok = words.Text(), true
			}
		case "password":
			if words.Scan() && mine {
				password, ok = words.Text(), true
			}
		}
	}
	return user, password, ok
}

// Package download fetches what a module needs from an address (a key, a package) from the target itself: connections are made
// by the target's System. It is for small things that a module then uses; a file as the result of a task is get_url's.
package download

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// Limit is the size in bytes beyond which a download is refused.
const Limit = 1 << 30

// Error is why something could not be fetched.
type Error struct {
	Status int    // the server's answer; -1 when there was none
	Msg    string // in the words of Ansible
}

// Error gives the message.
func (e *Error) Error() string { return e.Msg }

// Get fetches an address with the scheme http, https or file. insecure takes every certificate. The error is an *Error, or
// ctx's.
func Get(ctx context.Context, sys target.System, address string, insecure bool) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "file" {
		return nil, &Error{-1, fmt.Sprintf("unknown url type: '%s'", address)}
	}
	if u.Scheme == "file" {
		b, err := target.ReadFile(sys, u.Path)
		if err != nil {
			return nil, &Error{-1, fmt.Sprintf("Request failed: <urlopen error %s>", fileattr.PyError(err, u.Path))}
		}
		return b, nil
	}
	tr := &http.Transport{
		Proxy:               proxyOf(sys),
		DialContext:         sys.Dial,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: insecure}, //nolint:gosec // the user's wish
		TLSHandshakeTimeout: 30 * time.Second,
	}
	defer tr.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &Error{-1, err.Error()}
	}
	req.Header.Set("User-Agent", "ansible-httpget")
	resp, err := (&http.Client{Transport: tr}).Do(req)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, &Error{-1, "Request failed: <urlopen error " + reason(err) + ">"}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &Error{resp.StatusCode, fmt.Sprintf("HTTP Error %d: %s", resp.StatusCode, strings.TrimPrefix(resp.Status, fmt.Sprint(resp.StatusCode)+" "))}
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, Limit+1))
	if err == nil && len(b) > Limit {
		err = errors.New("it is larger than a GiB")
	}
	if err != nil {
		return nil, &Error{resp.StatusCode, "failed to read: " + err.Error()}
	}
	return b, nil
}

// reason is why a connection failed.
func reason(err error) string {
	var no syscall.Errno
	if errors.As(err, &no) {
		return fileattr.PyError(no)
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return "[Errno -2] Name or service not known"
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

// proxyOf finds the proxy in the target's environment: http_proxy, https_proxy, no_proxy.
func proxyOf(sys target.System) func(*http.Request) (*url.URL, error) {
	get := func(name string) string {
		if v := sys.Getenv(name); v != "" {
			return v
		}
		return sys.Getenv(strings.ToUpper(name))
	}
	return func(r *http.Request) (*url.URL, error) {
		p := get(r.URL.Scheme + "_proxy")
		if p == "" {
			return nil, nil
		}
		host := r.URL.Hostname()
		for _, n := range strings.Split(get("no_proxy"), ",") {
			n = strings.TrimPrefix(strings.TrimSpace(n), ".")
			if n == "*" || n != "" && (host == n || strings.HasSuffix(host, "."+n)) {
				return nil, nil
			}
		}
		if !strings.Contains(p, "://") {
			p = "http://" + p
		}
		return url.Parse(p)
	}
}

package fetch

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// address is a URL, kept as it was written: what is sent must be what was asked for, escaped or not.
type address struct {
	text       string // without name and password
	scheme     string
	host       string // as it is sent: a name or address, and the port if it was written
	name, port string
	target     string // path and query
	raw        string // the same, as it was written
	user, pass string
	login      bool // user and pass were written
}

// URLError is an address that can't be used. Unknown says that it is no URL at all.
type URLError struct {
	Msg     string
	Unknown bool
}

// Error gives the message.
func (e *URLError) Error() string { return e.Msg }

// parseAddress takes a URL apart.
func parseAddress(text string) (*address, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || scheme == "" || strings.ContainsAny(scheme, "/?#@ ") {
		if kind, _, ok := strings.Cut(text, ":"); ok && kind != "" && !strings.ContainsAny(kind, "/?#@ ") {
			return nil, &URLError{Msg: "unknown url type: " + kind}
		}
		return nil, &URLError{Msg: "unknown url type: '" + text + "'", Unknown: true}
	}
	a := &address{scheme: strings.ToLower(scheme)}
	rest, _, _ = strings.Cut(rest, "#")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	authority, target := rest[:end], rest[end:]
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, pass, _ := strings.Cut(authority[:i], ":")
		a.user, a.pass, a.login = unescape(user), unescape(pass), true
		authority = authority[i+1:]
	}
	a.host = authority
	a.text = scheme + "://" + authority + target
	a.raw, a.target = target, asciiTarget(target)
	if !strings.HasPrefix(a.target, "/") {
		a.target = "/" + a.target
	}
	a.port = map[string]string{"http": "80", "https": "443"}[a.scheme]
	a.name = authority
	if name, port, err := net.SplitHostPort(authority); err == nil {
		a.name = name
		if port != "" {
			a.port = port
		}
	} else {
		a.name = strings.Trim(authority, "[]")
	}
	switch {
	case a.scheme == "file":
		return a, nil
	case a.scheme != "http" && a.scheme != "https":
		return a, &URLError{Msg: "unknown url type: " + a.scheme}
	case authority == "":
		return a, &URLError{Msg: "no host given"}
	case strings.ContainsAny(authority, " \t\r\n"):
		return a, &URLError{Msg: fmt.Sprintf("nonnumeric port or blanks in %q", authority)}
	}
	return a, nil
}

func unescape(s string) string {
	if out, err := url.PathUnescape(s); err == nil {
		return out
	}
	return s
}

// asciiTarget escapes the bytes that no request may have in its first line, but for blanks and control characters: those
// are an error.
func asciiTarget(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] >= 0x80 {
			fmt.Fprintf(&b, "%%%02X", s[i])
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// hostPort is where to connect to.
func (a *address) hostPort() string { return net.JoinHostPort(a.name, a.port) }

// join gives the address that a redirect leads to.
func (a *address) join(location string) (string, error) {
	base, err := url.Parse(a.text)
	if err != nil {
		return "", err
	}
	if strings.Contains(location, "://") {
		return location, nil
	}
	to, err := url.Parse(strings.ReplaceAll(location, " ", "%20"))
	if err != nil {
		return "", err
	}
	return base.ResolveReference(to).String(), nil
}

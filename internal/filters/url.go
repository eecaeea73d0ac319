package filters

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{Name: "ansible.builtin.urlsplit", Func: urlsplit, Sig: "split_url(value, query='', alias='urlsplit')"})
	_ = All.Add(Def{Name: "ansible.builtin.urldecode", Func: urldecode, Sig: "unquote_plus(string, encoding='utf-8', errors='replace')"})
)

// URL is what Python's urllib.parse.urlsplit makes of an address.
type URL struct{ Scheme, Netloc, Path, Query, Fragment string }

// SplitURL is urllib.parse.urlsplit.
func SplitURL(text string) (URL, error) {
	text = strings.TrimLeftFunc(text, func(r rune) bool { return r <= ' ' })
	text = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(text)
	var u URL
	if i := strings.IndexByte(text, ':'); i > 0 && isLetter(text[0]) && strings.Trim(strings.ToLower(text[:i]), "abcdefghijklmnopqrstuvwxyz0123456789+-.") == "" {
		u.Scheme, text = strings.ToLower(text[:i]), text[i+1:]
	}
	if strings.HasPrefix(text, "//") {
		end := strings.IndexAny(text[2:], "/?#")
		if end < 0 {
			end = len(text) - 2
		}
		u.Netloc, text = text[2:2+end], text[2+end:]
		if err := checkNetloc(u.Netloc); err != nil {
			return u, err
		}
	}
	text, u.Fragment, _ = strings.Cut(text, "#")
	u.Path, u.Query, _ = strings.Cut(text, "?")
	return u, nil
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func checkNetloc(netloc string) error {
	open, closed := strings.Contains(netloc, "["), strings.Contains(netloc, "]")
	if open != closed {
		return value.Raise("ValueError", "Invalid IPv6 URL")
	}
	if !open {
		return nil
	}
	host := netloc[strings.LastIndexByte(netloc, '@')+1:]
	start, end := strings.IndexByte(host, '['), strings.IndexByte(host, ']')
	if start != 0 || end < 0 || end+1 < len(host) && host[end+1] != ':' {
		return value.Raise("ValueError", "Invalid IPv6 URL")
	}
	inner := host[1:end]
	if strings.HasPrefix(inner, "v") {
		return nil
	}
	if a, err := netip.ParseAddr(inner); err != nil {
		return value.Raise("ValueError", "'%s' does not appear to be an IPv4 or IPv6 address", inner)
	} else if a.Is4() {
		return value.Raise("ValueError", "An IPv4 address cannot be in brackets")
	}
	return nil
}

// part gives one of the attributes of Python's SplitResult; ok is false when there is no such attribute.
func (u URL) part(name string) (v value.Value, ok bool, err error) {
	userinfo, host := "", u.Netloc
	at := strings.LastIndexByte(u.Netloc, '@')
	if at >= 0 {
		userinfo, host = u.Netloc[:at], u.Netloc[at+1:]
	}
	port := ""
	if rest, ok := strings.CutPrefix(host, "["); ok {
		host, rest, _ = strings.Cut(rest, "]")
		_, port, _ = strings.Cut(rest, ":")
	} else {
		host, port, _ = strings.Cut(host, ":")
	}
	user, password, hasPassword := strings.Cut(userinfo, ":")
	orNone := func(s string, is bool) value.Value {
		if !is {
			return value.None
		}
		return str(s)
	}
	switch name {
	case "scheme":
		return str(u.Scheme), true, nil
	case "netloc":
		return str(u.Netloc), true, nil
	case "path":
		return str(u.Path), true, nil
	case "query":
		return str(u.Query), true, nil
	case "fragment":
		return str(u.Fragment), true, nil
	case "username":
		return orNone(user, at >= 0), true, nil
	case "password":
		return orNone(password, hasPassword), true, nil
	case "hostname":
		return orNone(value.Lower(host), host != ""), true, nil
	case "port":
		if port == "" {
			return value.None, true, nil
		}
		n, err := strconv.ParseUint(port, 10, 62)
		if err != nil {
			return nil, true, value.Raise("ValueError", "Port could not be cast to integer value as %s", quotedRepr(str(port)))
		}
		if n > 65535 {
			return nil, true, value.Raise("ValueError", "Port out of range 0-65535")
		}
		return value.NewInt(int64(n)), true, nil
	}
	return nil, false, nil
}

var urlParts = []string{"fragment", "hostname", "netloc", "password", "path", "port", "query", "scheme", "username"}

func urlsplit(c *Call) (value.Value, error) {
	text, ok := strOf(c.First())
	if !ok {
		if err := hashable(c.First()); err != nil {
			return nil, err // it is looked up among the texts that were split before
		}
		return nil, value.Raise("AttributeError", "'%s' object has no attribute 'decode'", c.First().Type())
	}
	u, err := SplitURL(text)
	if err != nil {
		return nil, err
	}
	all := value.NewDict()
	for _, name := range urlParts {
		v, _, err := u.part(name)
		if err != nil {
			return nil, err
		}
		all.SetStr(name, v)
	}
	if wanted, err := value.Truth(c.Get("query")); err != nil || !wanted {
		return all, err
	}
	if err := hashable(c.Get("query")); err != nil {
		return nil, err
	}
	query, err := c.Text("query")
	if err != nil {
		return nil, err
	}
	v := all.Stored(query)
	if v == nil {
		alias, _ := c.Text("alias")
		return nil, fail("%s: unknown URL component: %s", alias, query)
	}
	return v, nil
}

func urldecode(c *Call) (value.Value, error) {
	text, ok := strOf(c.First())
	if !ok {
		return nil, value.Raise("AttributeError", "'%s' object has no attribute 'replace'", c.First().Type())
	}
	text = strings.ReplaceAll(text, "+", " ")
	if !strings.Contains(text, "%") {
		return str(text), nil
	}
	encoding, err := c.Text("encoding")
	if err != nil {
		return nil, err
	}
	errs, err := c.Text("errors")
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	for text != "" { // runs of ASCII are decoded, other characters stay
		n := 0
		for n < len(text) && text[n] < 0x80 {
			n++
		}
		s, err := value.Decode(unquoted(text[:n]), encoding, errs)
		if err != nil {
			return nil, err
		}
		out.WriteString(s)
		end := n
		for end < len(text) && text[end] >= 0x80 {
			end++
		}
		out.WriteString(text[n:end])
		text = text[end:]
	}
	return str(out.String()), nil
}

// unquoted puts a byte in place of each %XX.
func unquoted(text string) string {
	b := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			if n, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil && text[i+1] != '+' {
				b = append(b, byte(n))
				i += 2
				continue
			}
		}
		b = append(b, text[i])
	}
	return string(b)
}

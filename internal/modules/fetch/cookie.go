package fetch

import "strings"

// Cookie is a cookie of a server.
type Cookie struct{ Name, Value, Host, Path string }

// jar keeps cookies for the time of one call.
type jar struct{ list []Cookie }

// take keeps the cookies of an answer. One for a domain that is not the host's is left out.
func (j *jar) take(a *address, h Header) {
	for _, f := range h {
		if !strings.EqualFold(f.Name, "Set-Cookie") {
			continue
		}
		parts := strings.Split(f.Value, ";")
		name, v, ok := strings.Cut(strings.TrimSpace(parts[0]), "=")
		if !ok || name == "" {
			continue
		}
		c := Cookie{Name: strings.TrimSpace(name), Value: strings.TrimSpace(v), Host: a.name, Path: defaultPath(a.target)}
		gone := false
		for _, p := range parts[1:] {
			k, v, _ := strings.Cut(strings.TrimSpace(p), "=")
			switch strings.ToLower(k) {
			case "path":
				if strings.HasPrefix(v, "/") {
					c.Path = v
				}
			case "domain":
				c.Host = strings.TrimPrefix(strings.ToLower(v), ".")
			case "max-age":
				gone = strings.TrimSpace(v) == "0"
			}
		}
		if !within(a.name, c.Host) {
			continue
		}
		j.set(c, gone)
	}
}

func within(host, domain string) bool {
	host = strings.ToLower(host)
	return host == strings.ToLower(domain) || strings.HasSuffix(host, "."+domain) && strings.Contains(domain, ".")
}

func defaultPath(target string) string {
	path, _, _ := strings.Cut(target, "?")
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

func (j *jar) set(c Cookie, gone bool) {
	kept := j.list[:0:0]
	for _, o := range j.list {
		if o.Name != c.Name || o.Host != c.Host || o.Path != c.Path {
			kept = append(kept, o)
		}
	}
	if !gone {
		kept = append(kept, c)
	}
	j.list = kept
}

// send gives the field Cookie for a request, "" for none; longer paths come first.
func (j *jar) send(a *address) string {
	path, _, _ := strings.Cut(a.target, "?")
	var out []string
	for n := len(path); n >= 0; n-- {
		for _, c := range j.list {
			if len(c.Path) != n || !within(a.name, c.Host) || !strings.HasPrefix(path, c.Path) {
				continue
			}
			out = append(out, c.Name+"="+c.Value)
		}
	}
	return strings.Join(out, "; ")
}

package facts

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
)

// osRelease is os-release(5).
type osRelease map[string]string

// osRelease reads /etc/os-release, or that of /usr/lib.
func (g *Gathering) osRelease() osRelease {
	for _, f := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		if text := g.read(f); text != "" {
			return parseOSRelease(text)
		}
	}
	return nil
}

// parseOSRelease takes the assignments of a shell that os-release(5) allows.
func parseOSRelease(text string) osRelease {
	out := osRelease{}
	for l := range strings.Lines(text) {
		key, v, ok := strings.Cut(strings.TrimSpace(l), "=")
		if !ok || strings.HasPrefix(key, "#") {
			continue
		}
		if n := len(v); n >= 2 && (v[0] == '"' || v[0] == '\'') && v[n-1] == v[0] {
			v = v[1 : n-1]
		}
		out[key] = unescaper.Replace(v)
	}
	return out
}

var unescaper = strings.NewReplacer(`\"`, `"`, `\$`, `$`, `\\`, `\`, "\\`", "`")

var inParentheses = lazyregexp.New(`\(([^()]*)\)\s*$`)

// codename is the name of a release, "Plow", and whether there is one: by its own key, which may be empty, or in
// parentheses at the end of VERSION.
func (o osRelease) codename() (string, bool) {
	for _, key := range []string{"VERSION_CODENAME", "UBUNTU_CODENAME"} {
		if v, ok := o[key]; ok {
			return v, true
		}
	}
	if m := inParentheses().FindStringSubmatch(o["VERSION"]); m != nil {
		return m[1], true
	}
	return "", false
}

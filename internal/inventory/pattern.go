package inventory

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// patternParts are the parts of a list with colons: anything but blanks, colons and brackets, or a whole bracket.
var patternParts = lazyregexp.New(`(?:[^\s:\[\]]|\[[^\]]*\])+`)

// SplitPattern parts a host pattern into its elements: at commas if there are any, else at colons and blanks, unless the
// whole is one address such as 2001:db8::1 (Ansible documentation, "Patterns: targeting hosts and groups").
func SplitPattern(pattern string) []string {
	var parts []string
	switch _, _, address := splitPort(pattern); {
	case strings.Contains(pattern, ","):
		parts = strings.Split(pattern, ",")
	case address:
		parts = []string{pattern}
	default:
		parts = patternParts().FindAllString(pattern, -1)
	}
	out := parts[:0]
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// JoinPatterns gives one pattern that means what a list of them means: an element of a list may hold colons, which a text with
// commas may not.
func JoinPatterns(patterns []string) string {
	var parts []string
	for _, p := range patterns {
		parts = append(parts, SplitPattern(p)...)
	}
	return strings.Join(parts, ",")
}

// Limit restricts what patterns select (--limit). The zero Limit restricts nothing.
type Limit struct {
	parts []string
	set   bool
}

// NewLimit reads the patterns given with --limit. An element @FILE stands for the lines of the file, each a pattern.
func (inv *Inventory) NewLimit(patterns ...string) (Limit, error) {
	var l Limit
	for _, p := range patterns {
		for _, part := range SplitPattern(p) {
			l.set = true
			name, isFile := strings.CutPrefix(part, "@")
			if !isFile {
				l.parts = append(l.parts, part)
				continue
			}
			lines, err := inv.limitFile(name)
			if err != nil {
				return Limit{}, err
			}
			l.parts = append(l.parts, lines...)
		}
	}
	return l, nil
}

func (inv *Inventory) limitFile(name string) ([]string, error) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(inv.opts.Dir, path)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, diag.Errorf(source.Pos{}, "Unable to find limit file b'%s'", name)
	case err != nil:
		return nil, diag.Errorf(source.Pos{}, "reading the limit file: %w", err)
	case info.IsDir():
		return nil, diag.Errorf(source.Pos{}, `Limit starting with "@" must be a file, not a directory: b'%s'`, name)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, diag.Errorf(source.Pos{}, "reading the limit file: %w", err)
	}
	var lines []string
	for line := range strings.SplitSeq(string(text), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// Match returns the hosts that the patterns select, each once, in Ansible's order, as far as limit lets them pass. An
// element that selects nothing is a Warning. Errors, all *diag.Error, are a broken regular expression and an index
// beyond the hosts.
func (inv *Inventory) Match(limit Limit, patterns ...string) ([]*Host, error) {
	var parts []string
	for _, p := range patterns {
		parts = append(parts, SplitPattern(p)...)
	}
	hosts, err := inv.evaluate(parts)
	if err != nil || !limit.set {
		return hosts, err
	}
	passing, err := inv.evaluate(limit.parts)
	if err != nil {
		return nil, err
	}
	pass := make(map[*Host]bool, len(passing))
	for _, h := range passing {
		pass[h] = true
	}
	return keep(hosts, func(h *Host) bool { return pass[h] }), nil
}

// evaluate takes the elements in Ansible's order: what is added first, then what must be in, then what is taken out.
func (inv *Inventory) evaluate(parts []string) ([]*Host, error) {
	var add, and, not []string
	for _, p := range parts {
		switch p[0] {
		case '!':
			not = append(not, p)
		case '&':
			and = append(and, p)
		default:
			add = append(add, p)
		}
	}
	if len(add) == 0 {
		add = []string{All}
	}
	var hosts []*Host
	seen := map[*Host]bool{}
	for _, p := range append(append(add, and...), not...) {
		that := []*Host{}
		if h := inv.hostOf[p]; h != nil {
			that = append(that, h)
		} else {
			var err error
			if that, err = inv.matchOne(strings.TrimLeft(p, "&!")); err != nil {
				return nil, err
			}
		}
		if p[0] != '&' && p[0] != '!' {
			for _, h := range that {
				if !seen[h] {
					seen[h] = true
					hosts = append(hosts, h)
				}
			}
			continue
		}
		set := make(map[*Host]bool, len(that))
		for _, h := range that {
			set[h] = true
		}
		hosts = keep(hosts, func(h *Host) bool { return set[h] == (p[0] == '&') })
	}
	return hosts, nil
}

func keep(hosts []*Host, want func(*Host) bool) []*Host {
	out := make([]*Host, 0, len(hosts))
	for _, h := range hosts {
		if want(h) {
			out = append(out, h)
		}
	}
	return out
}

// ErrBeyond is the cause of the error of a subscript that no host has.
var ErrBeyond = errors.New("the subscript is beyond the hosts")

// subscript is an index [0], [-1] or a range [0:2], [1:], both ends included, behind a pattern.
var subscript = lazyregexp.New(`^(.+)\[(?:(-?[0-9]+)|([0-9]+)([:-])([0-9]*))\]$`)

// matchOne gives the hosts of one element without its sign.
func (inv *Inventory) matchOne(p string) ([]*Host, error) {
	m := subscript().FindStringSubmatch(p)
	if strings.HasPrefix(p, "~") || m == nil {
		return inv.naming(p)
	}
	if m[4] == "-" {
		inv.warn(Warning{Text: "Use [x:y] inclusive subscripts instead of [x-y] which has been removed"})
	}
	hosts, err := inv.naming(m[1])
	if err != nil || len(hosts) == 0 {
		return hosts, err
	}
	beyond := diag.Errorf(source.Pos{}, "No hosts matched the subscripted pattern '%s'", p).
		Hint("%q selects %d hosts, the first is [0]", m[1], len(hosts))
	beyond.Cause = ErrBeyond
	if m[2] != "" || m[5] != "" && atoi(m[5]) == 0 {
		i, err := strconv.Atoi(m[2] + m[3])
		if i < 0 {
			i += len(hosts)
		}
		if err != nil || i < 0 || i >= len(hosts) {
			return nil, beyond
		}
		return hosts[i : i+1], nil
	}
	start, end := atoi(m[3]), len(hosts)
	if m[5] != "" {
		end = min(end, atoi(m[5])+1)
	}
	if start >= end {
		return nil, nil
	}
	return hosts[start:end], nil
}

// naming gives the hosts of the groups and the hosts that a name, a wildcard or a ~regex matches.
func (inv *Inventory) naming(p string) ([]*Host, error) {
	match, err := matcher(p)
	if err != nil {
		return nil, err
	}
	var hosts []*Host
	matched := false
	if g := inv.groupOf[p]; g != nil && !strings.ContainsAny(p, "~.?*[") {
		hosts, matched = g.Hosts(), true // the common case
	} else {
		for _, g := range inv.groups {
			if match(g.name) {
				matched = true
				hosts = append(hosts, g.Hosts()...)
			}
		}
	}
	if !matched || p[0] == '~' || strings.ContainsAny(p, ".?*[") {
		for _, h := range inv.hosts {
			if match(h.name) {
				hosts = append(hosts, h)
			}
		}
	}
	if len(hosts) == 0 {
		if h := inv.Host(p); h != nil && localNames[p] {
			return []*Host{h}, nil
		}
		if !matched && p != All {
			inv.warn(Warning{Text: "Could not match supplied host pattern, ignoring: " + p})
		}
	}
	return once(hosts), nil
}

func once(hosts []*Host) []*Host {
	seen := make(map[*Host]bool, len(hosts))
	return keep(hosts, func(h *Host) bool {
		had := seen[h]
		seen[h] = true
		return !had
	})
}

// matcher makes the test of a name against a pattern: a regular expression behind "~" from the name's beginning, else
// a wildcard of the shell for the whole name.
func matcher(p string) (func(string) bool, error) {
	if !strings.HasPrefix(p, "~") {
		if !strings.ContainsAny(p, "*?[") {
			return func(name string) bool { return name == p }, nil
		}
		re, err := regexp.Compile(wildcard(p))
		if err != nil {
			return func(name string) bool { return name == p }, nil
		}
		return re.MatchString, nil
	}
	re, err := regexp.Compile(`^(?:` + p[1:] + `)`)
	if err != nil {
		return nil, diag.Errorf(source.Pos{}, "Invalid host list pattern: %s", p).
			Hint("%v; look-around and back references are not available here", err)
	}
	return re.MatchString, nil
}

// wildcard translates a pattern of fnmatch: * ? [abc] [!abc].
func wildcard(p string) string {
	var b strings.Builder
	b.WriteString(`(?s)^`)
	for i := 0; i < len(p); i++ {
		switch c := p[i]; c {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteString(".")
		case '[':
			j := i + 1
			if j < len(p) && p[j] == '!' {
				j++
			}
			if j < len(p) && p[j] == ']' {
				j++
			}
			for j < len(p) && p[j] != ']' {
				j++
			}
			if j >= len(p) {
				b.WriteString(`\[`)
				continue
			}
			set := strings.ReplaceAll(strings.ReplaceAll(p[i+1:j], `\`, `\\`), `[`, `\[`)
			if rest, negated := strings.CutPrefix(set, "!"); negated {
				set = "^" + rest
			} else if strings.HasPrefix(set, "^") {
				set = `\` + set
			}
			if strings.HasPrefix(strings.TrimPrefix(set, "^"), "]") {
				set = strings.Replace(set, "]", `\]`, 1)
			}
			fmt.Fprintf(&b, "[%s]", set)
			i = j
		default:
			b.WriteString(regexp.QuoteMeta(p[i : i+1]))
		}
	}
	return b.String() + `\z`
}

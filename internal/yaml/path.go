package yaml

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
)

// Step is one step of a Path: into a mapping by Key, or into a sequence by Index when Index is 0 or more.
type Step struct {
	Key   string
	Index int // -1 for a key
}

// Path says where in a document a value stands, from the root.
type Path []Step

var bareKey = lazyregexp.New(`^[^\s."'\[\]]+$`)

// String gives the path as people write it: a.b[0]."key.with.dots". Keys that hold a dot, a blank, a bracket or a quote, and
// empty ones, stand in double quotes with the escapes of JSON. The root is ".".
func (p Path) String() string {
	if len(p) == 0 {
		return "."
	}
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.Index >= 0:
			fmt.Fprintf(&b, "[%d]", s.Index)
			continue
		case i > 0:
			b.WriteByte('.')
		}
		if bareKey().MatchString(s.Key) {
			b.WriteString(s.Key)
		} else {
			b.WriteString(strconv.Quote(s.Key))
		}
	}
	return b.String()
}

// Equal reports whether both paths are the same.
func (p Path) Equal(q Path) bool {
	if len(p) != len(q) {
		return false
	}
	for i := range p {
		if p[i] != q[i] {
			return false
		}
	}
	return true
}

// ParsePath reads what Path.String writes; single quotes do as well, and have no escapes. The error names the character at
// which it ends to be a path.
func ParsePath(s string) (Path, error) {
	if s == "." {
		return Path{}, nil
	}
	bad := func(at int, what string) (Path, error) {
		return nil, fmt.Errorf("invalid key path %s: %s at character %d", strconv.Quote(s), what, at+1)
	}
	var p Path
	for i := 0; i < len(s) || i == 0; {
		switch {
		case i < len(s) && s[i] == '[':
			end := strings.IndexByte(s[i:], ']')
			if end < 0 {
				return bad(i, "unclosed bracket")
			}
			n, err := strconv.Atoi(s[i+1 : i+end])
			if err != nil || n < 0 {
				return bad(i+1, "no index")
			}
			p = append(p, Step{Index: n})
			i += end + 1
		default:
			key, n, what := pathKey(s[i:])
			if what != "" {
				return bad(i, what)
			}
			p = append(p, Step{Key: key, Index: -1})
			i += n
		}
		if i == len(s) {
			break
		}
		switch {
		case s[i] == '.' && i+1 < len(s) && s[i+1] != '[':
			i++
		case s[i] != '[':
			return bad(i, "expected a dot or a bracket")
		}
	}
	return p, nil
}

// pathKey reads the key at the beginning of s and gives its length there, or what is wrong.
func pathKey(s string) (key string, n int, what string) {
	switch {
	case strings.HasPrefix(s, `"`):
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return "", 0, "unclosed quote"
		}
		key, _ = strconv.Unquote(quoted)
		return key, len(quoted), ""
	case strings.HasPrefix(s, "'"):
		end := strings.IndexByte(s[1:], '\'')
		if end < 0 {
			return "", 0, "unclosed quote"
		}
		return s[1 : end+1], end + 2, ""
	}
	n = strings.IndexAny(s, ".[")
	if n < 0 {
		n = len(s)
	}
	if !bareKey().MatchString(s[:n]) {
		return "", 0, "expected a key"
	}
	return s[:n], n, ""
}

// Package version compares version numbers as Ansible's test "version" does: loose, strict, semantic and PEP 440.
package version

import (
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Compare orders two versions: -1, 0 or +1. kind is "loose", "strict", "semver" (or "semantic") or "pep440". A version that is not of the
// kind is a ValueError; loose versions that can't be compared, as 1.2 and v1.2, are a TypeError.
func Compare(a, b, kind string) (int, error) {
	x, err := parse(a, kind)
	if err != nil {
		return 0, err
	}
	y, err := parse(b, kind)
	if err != nil {
		return 0, err
	}
	if kind == "semver" || kind == "semantic" {
		return compareSemantic(x, y), nil
	}
	if eq, err := value.Equal(x, y); err != nil || eq {
		return 0, err
	}
	return value.Compare(x, y)
}

// parse turns a version into a value that orders as versions of the kind do.
func parse(text, kind string) (value.Value, error) {
	switch kind {
	case "strict":
		return parseStrict(text)
	case "semver", "semantic":
		return parseSemantic(text)
	case "pep440":
		return parsePEP440(text)
	}
	return Loose(text), nil
}

var looseParts = lazyregexp.New(`[0-9]+|[a-z]+|\.`)

// Loose gives the parts of a loose version: numbers as int, the rest as str.
func Loose(text string) *value.List {
	l := value.NewList()
	last := 0
	part := func(s string) {
		if s == "" || s == "." {
			return
		}
		if n, err := value.ParseInt(s, 10); err == nil && strings.Trim(s, "0123456789") == "" {
			l.Append(n)
			return
		}
		l.Append(value.NewStr(s))
	}
	for _, at := range looseParts().FindAllStringIndex(text, -1) {
		part(text[last:at[0]])
		part(text[at[0]:at[1]])
		last = at[1]
	}
	part(text[last:])
	return l
}

var strictForm = lazyregexp.New(`^([0-9]+)\.([0-9]+)(?:\.([0-9]+))?(?:([ab])([0-9]+))?$`)

func number(s string) value.Value {
	if s == "" {
		s = "0"
	}
	n, err := value.ParseInt(s, 10)
	if err != nil {
		return value.NewInt(0)
	}
	return n
}

func parseStrict(text string) (value.Value, error) {
	m := strictForm().FindStringSubmatch(text)
	if m == nil {
		return nil, value.Raise("ValueError", "invalid version number '%s'", text)
	}
	pre := value.NewTuple(value.NewInt(1)) // no pre-release: after all of them
	if m[4] != "" {
		pre = value.NewTuple(value.NewInt(0), value.NewStr(m[4]), number(m[5]))
	}
	return value.NewTuple(number(m[1]), number(m[2]), number(m[3]), pre), nil
}

var semanticForm = lazyregexp.New(`^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)` +
	`(?:-((?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*))?` +
	`(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$`)

func parseSemantic(text string) (value.Value, error) {
	m := semanticForm().FindStringSubmatch(text)
	if m == nil {
		return nil, value.Raise("ValueError", "invalid semantic version '%s'", text)
	}
	return value.NewTuple(number(m[1]), number(m[2]), number(m[3]), value.NewStr(m[4])), nil
}

func compareSemantic(x, y value.Value) int {
	a, b := x.(value.Tuple).Elems(), y.(value.Tuple).Elems()
	for i := range 3 {
		if c, _ := value.Compare(a[i], b[i]); c != 0 {
			return c
		}
	}
	p, q := a[3].(value.Str).String(), b[3].(value.Str).String()
	switch {
	case p == q:
		return 0
	case p == "":
		return 1
	case q == "":
		return -1
	}
	return comparePre(strings.Split(p, "."), strings.Split(q, "."))
}

// comparePre orders pre-releases: numbers before words, the shorter one first.
func comparePre(a, b []string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		m, err1 := strconv.ParseUint(a[i], 10, 64)
		n, err2 := strconv.ParseUint(b[i], 10, 64)
		c := strings.Compare(a[i], b[i])
		switch {
		case err1 == nil && err2 == nil && m != n:
			c = 1
			if m < n {
				c = -1
			}
		case err1 == nil && err2 == nil:
			c = 0
		case err1 == nil:
			c = -1
		case err2 == nil:
			c = 1
		}
		if c != 0 {
			return c
		}
	}
	return len(a) - len(b)
}

package galaxy

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is a semantic version. Source: https://semver.org
type Version struct {
	Major, Minor, Patch int
	Pre                 []string // identifiers of a pre-release, nil for a release
	text                string
}

// ParseVersion reads a semantic version; build metadata is kept in its text alone.
func ParseVersion(text string) (Version, error) {
	v := Version{text: text}
	core, _, _ := strings.Cut(text, "+")
	core, pre, isPre := strings.Cut(core, "-")
	parts := strings.Split(core, ".")
	if len(parts) != 3 {
		return v, fmt.Errorf("%q is no semantic version", text)
	}
	for i, into := range []*int{&v.Major, &v.Minor, &v.Patch} {
		n, err := strconv.Atoi(parts[i])
		if err != nil || n < 0 || parts[i] != strconv.Itoa(n) {
			return v, fmt.Errorf("%q is no semantic version", text)
		}
		*into = n
	}
	if isPre {
		v.Pre = strings.Split(pre, ".")
		for _, p := range v.Pre {
			if p == "" {
				return v, fmt.Errorf("%q is no semantic version", text)
			}
		}
	}
	return v, nil
}

// String gives the text that was read.
func (v Version) String() string { return v.text }

// Compare is below 0 if v is older than o, above 0 if it is newer.
func (v Version) Compare(o Version) int {
	for _, d := range []int{v.Major - o.Major, v.Minor - o.Minor, v.Patch - o.Patch} {
		if d != 0 {
			return d
		}
	}
	switch {
	case v.Pre == nil && o.Pre == nil:
		return 0
	case v.Pre == nil:
		return 1
	case o.Pre == nil:
		return -1
	}
	for i := range min(len(v.Pre), len(o.Pre)) {
		if c := comparePre(v.Pre[i], o.Pre[i]); c != 0 {
			return c
		}
	}
	return len(v.Pre) - len(o.Pre)
}

// comparePre compares identifiers of pre-releases: numbers as numbers, and below all others.
func comparePre(a, b string) int {
	x, errA := strconv.Atoi(a)
	y, errB := strconv.Atoi(b)
	switch {
	case errA == nil && errB == nil:
		return x - y
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return strings.Compare(a, b)
}

// Range is a set of versions: requirements with commas between, each of which must be met; "*" is any.
type Range struct {
	text string
	all  []requirement
}

type requirement struct {
	op      string
	version Version
}

// ParseRange reads what a requirements file says of versions: "*", "1.2.3", ">=1.0.0,<2.0.0", "!=1.5.0", "==2.0.0".
func ParseRange(text string) (Range, error) {
	r := Range{text: text}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" || part == "*" {
			continue
		}
		op := part[:len(part)-len(strings.TrimLeft(part, "<>=!"))]
		switch op {
		case "", "=", "==", "!=", "<", "<=", ">", ">=":
		default:
			return r, fmt.Errorf("%q is no requirement of a version", part)
		}
		bound := strings.TrimSpace(part[len(op):])
		for strings.Count(bound, ".") < 2 && !strings.ContainsAny(bound, "-+") && bound != "" {
			bound += ".0" // "<2" is "<2.0.0"
		}
		v, err := ParseVersion(bound)
		if err != nil {
			return r, fmt.Errorf("in the requirement %q: %w", text, err)
		}
		r.all = append(r.all, requirement{op, v})
	}
	return r, nil
}

// String gives the text that was read.
func (r Range) String() string { return r.text }

// Exact reports whether the range names one version, which may then be a pre-release.
func (r Range) Exact() bool {
	return len(r.all) == 1 && (r.all[0].op == "" || r.all[0].op == "=" || r.all[0].op == "==")
}

// Has reports whether a version is in the range.
func (r Range) Has(v Version) bool {
	for _, q := range r.all {
		c := v.Compare(q.version)
		ok := false
		switch q.op {
		case "", "=", "==":
			ok = c == 0
		case "!=":
			ok = c != 0
		case "<":
			ok = c < 0
		case "<=":
			ok = c <= 0
		case ">":
			ok = c > 0
		case ">=":
			ok = c >= 0
		}
		if !ok {
			return false
		}
	}
	return true
}

package pyregex_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
)

// TestGlob: what Python's fnmatch.fnmatchcase says.
func TestGlob(t *testing.T) {
	for _, c := range []struct {
		glob, text string
		want       bool
	}{
		{"*.log", "a.log", true},
		{"*.log", "a/b.log", true},
		{"*.log", "a.log\n", false},
		{"a?c", "aéc", true},
		{"a?c", "ac", false},
		{"[ab]*", "bcd", true},
		{"[!ab]*", "bcd", false},
		{"[!ab]*", "^", true},
		{"[^a]", "a", true},
		{"[]x]", "]", true},
		{"[a-c]", "b", true},
		{"[a", "[a", true},
		{"a.b+", "a.b+", true},
		{"a.b", "axb", false},
		{"ü*", "über", true},
		{`a\[b]`, `a\b`, true},
	} {
		m, err := pyregex.FullMatch(pyregex.Glob(c.glob), 0, c.text)
		if err != nil || (m != nil) != c.want {
			t.Errorf("%q, %q: %v, %v", c.glob, c.text, m != nil, err)
		}
	}
}

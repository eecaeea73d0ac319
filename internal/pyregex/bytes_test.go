package pyregex_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
)

// TestBytes: what Python's re does with patterns of bytes.
func TestBytes(t *testing.T) {
	for _, c := range []struct {
		pattern, text, template, want string
		start, end                    int
	}{
		{`\xe4`, "ä\xe4", `x`, "x", 2, 3},
		{`^(.)(.)$`, "ä", `\2\1`, "\xa4\xc3", 0, 2},
		{`\w+`, "äbc", `\g<0>`, "bc", 2, 4},
		{`(?i)B`, "äb", `ü`, "ü", 2, 3},
		{`(ö+)x`, "aöx", `\1`, "ö", 1, 4},
	} {
		re, err := pyregex.CompileBytes(c.pattern, 0)
		if err != nil {
			t.Fatal(err)
		}
		m, err := re.Search(c.text)
		if err != nil || m == nil {
			t.Fatalf("%q: no match, %v", c.pattern, err)
		}
		start, end := m.Span()
		if got, err := re.Expand(m, c.template); err != nil || got != c.want || start != c.start || end != c.end {
			t.Errorf("%q: %q %d %d, %v", c.pattern, got, start, end, err)
		}
	}
}

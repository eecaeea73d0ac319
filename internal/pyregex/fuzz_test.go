package pyregex_test

import (
	"errors"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
)

// Every pattern is refused with Python's words or taken by the engine; nothing panics.
func FuzzReplace(f *testing.F) {
	for _, p := range []string{`(?P<x>a+)\1`, `[^\w-]`, `(?i:a)|b{2,3}?`, `(?<=a)b++`, `\x41\u00e9[[]`, `(a)?(?(1)b|c)`, `(?x) a # b`} {
		f.Add(p, `<\g<1>\n\\>`, "aab AB")
	}
	f.Fuzz(func(t *testing.T, pattern, replacement, text string) {
		if len(pattern) > 30 || len(text) > 30 {
			return // what backtracks for long proves nothing here
		}
		re, err := pyregex.Compile(pattern, 0)
		var refused *pyregex.Error
		if err != nil {
			if !errors.As(err, &refused) {
				t.Errorf("%q: %v", pattern, err)
			}
			return
		}
		_, _, _ = re.Replace(text, replacement, 3)
	})
}

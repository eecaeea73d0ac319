package shellwords_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
)

// FuzzQuote: a quoted word is split into itself, whatever is in it.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a b", "it's", `\`, "é\xff", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := shellwords.Split(shellwords.Quote(s))
		if err != nil || len(got) != 1 || got[0] != s {
			t.Errorf("Quote(%q) splits to %q, %v", s, got, err)
		}
	})
}

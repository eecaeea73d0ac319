package shellwords_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		in, want string
		err      error
	}{
		{"a b  c", "a|b|c", nil},
		{`a "b c" 'd e'`, "a|b c|d e", nil},
		{`a\ b "c\"d" 'e\f' "g\h"`, `a b|c"d|e\f|g\h`, nil},
		{`'' ""x`, "|x", nil},
		{"a #b", "a|#b", nil},
		{"a\nb", "a|b", nil},
		{"a 'b", "", shellwords.ErrNoClosingQuotation},
		{`a "b`, "", shellwords.ErrNoClosingQuotation},
		{`a\`, "", shellwords.ErrNoEscapedCharacter},
		{"é 'ü x'", "é|ü x", nil},
	} {
		got, err := shellwords.Split(c.in)
		if !errors.Is(err, c.err) || strings.Join(got, "|") != c.want {
			t.Errorf("Split(%q) = %q, %v; want %q, %v", c.in, got, err, c.want, c.err)
		}
	}
}

func TestQuoteIsSplitBack(t *testing.T) {
	for _, s := range []string{"", "a", "a b", "it's", `"`, "$x", "é", "a\nb", "*"} {
		got, err := shellwords.Split(shellwords.Quote(s))
		if err != nil || len(got) != 1 || got[0] != s {
			t.Errorf("Quote(%q) = %s splits to %q, %v", s, shellwords.Quote(s), got, err)
		}
	}
}

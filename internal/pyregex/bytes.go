package pyregex

import (
	"strings"
	"unicode/utf8"
)

// Bytes is a pattern of bytes, as re.compile(b"…") gives it: each byte of a text is a character, and the classes know ASCII
// alone. It may be used by many goroutines.
type Bytes struct{ re *Regexp }

// CompileBytes is re.compile of bytes. What is wrong with the pattern is an *Error.
func CompileBytes(pattern string, flags Flags) (*Bytes, error) {
	re, err := Compile(spread(pattern), flags|ASCII)
	if err != nil {
		return nil, err
	}
	return &Bytes{re}, nil
}

// Multiline reports whether "^" and "$" match at each line.
func (b *Bytes) Multiline() bool { return b.re.multiline }

// Search finds the first match in s, nil for none.
func (b *Bytes) Search(s string) (*BytesMatch, error) { return b.find(s, b.re.Search) }

// MatchStart finds a match at the beginning of s, nil for none.
func (b *Bytes) MatchStart(s string) (*BytesMatch, error) { return b.find(s, b.re.MatchStart) }

func (b *Bytes) find(s string, how func(string) (*Match, error)) (*BytesMatch, error) {
	wide := spread(s)
	m, err := how(wide)
	if err != nil || m == nil {
		return nil, err
	}
	return &BytesMatch{m, wide}, nil
}

// Expand is match.expand(template).
func (b *Bytes) Expand(m *BytesMatch, template string) (string, error) {
	out, err := b.re.Expand(m.m, spread(template))
	return gather(out), err
}

// BytesMatch is a match of a pattern of bytes.
type BytesMatch struct {
	m    *Match
	wide string // the text, spread
}

// Span gives the offsets in bytes of what matched.
func (m *BytesMatch) Span() (start, end int) {
	start, end = m.m.Span()
	return utf8.RuneCountInString(m.wide[:start]), utf8.RuneCountInString(m.wide[:end])
}

// spread gives a text with a character for each byte.
func spread(s string) string {
	if ascii(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

// gather is spread undone.
func gather(s string) string {
	if ascii(s) {
		return s
	}
	out := make([]byte, 0, len(s))
	for _, r := range s {
		out = append(out, byte(r))
	}
	return string(out)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

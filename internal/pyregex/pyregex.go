// Package pyregex gives Python's regular expressions (the re module) on a backtracking engine: its syntax, its
// replacement templates and its error texts. Look-behinds of any width are taken, which Python refuses.
package pyregex

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/dlclark/regexp2/v2"
)

// Flags are those of re.compile.
type Flags uint8

// The flags that Ansible hands out.
const (
	IgnoreCase Flags = 1 << iota
	Multiline
	DotAll
	ASCII // \w, \d, \s and \b know ASCII alone, as in Python's patterns of bytes
	full  // the whole text must match
)

// timeout ends a match that backtracks without end; Python would go on for ever.
const timeout = 30 * time.Second

// Error says what is wrong with a pattern or a replacement, in Python's words.
type Error struct {
	Msg     string
	Pattern string
	At      int // the offset in characters, -1 when there is none
}

// Error gives "unterminated character set at position 0".
func (e *Error) Error() string {
	if e.At < 0 {
		return e.Msg
	}
	s := fmt.Sprintf("%s at position %d", e.Msg, e.At)
	if strings.Contains(e.Pattern, "\n") {
		before := []rune(e.Pattern)
		text := string(before[:min(e.At, len(before))])
		line := strings.Count(text, "\n") + 1
		col := len([]rune(text[strings.LastIndexByte(text, '\n')+1:])) + 1
		s += fmt.Sprintf(" (line %d, column %d)", line, col)
	}
	return s
}

// Regexp is a compiled pattern. It may be used by many goroutines.
type Regexp struct {
	re        *regexp2.Regexp
	groups    int
	names     map[string]int
	multiline bool
}

type cacheKey struct {
	pattern string
	flags   Flags
}

// cache keeps compiled patterns; it is emptied when it is full, as Python's is.
var cache = struct {
	sync.Mutex
	m map[cacheKey]*Regexp
}{m: map[cacheKey]*Regexp{}}

const cacheSize = 512

// Compile is re.compile(pattern, flags). What is wrong with the pattern is an *Error.
func Compile(pattern string, flags Flags) (*Regexp, error) {
	key := cacheKey{pattern, flags}
	cache.Lock()
	r := cache.m[key]
	cache.Unlock()
	if r != nil {
		return r, nil
	}
	r, err := compile(pattern, flags)
	if err != nil {
		return nil, err
	}
	cache.Lock()
	if len(cache.m) >= cacheSize {
		clear(cache.m)
	}
	cache.m[key] = r
	cache.Unlock()
	return r, nil
}

func compile(pattern string, flags Flags) (*Regexp, error) {
	t := translator{in: []rune(pattern), pattern: pattern, names: map[string]int{}, ascii: flags&ASCII != 0}
	if err := t.run(); err != nil {
		return nil, err
	}
	opts := t.flags
	for flag, o := range map[Flags]regexp2.RegexOptions{IgnoreCase: regexp2.IgnoreCase, Multiline: regexp2.Multiline, DotAll: regexp2.Singleline} {
		if flags&flag != 0 {
			opts |= o
		}
	}
	text := string(t.out)
	if flags&full != 0 {
		text = `(?:` + text + `)\z`
	}
	re, err := regexp2.Compile(text, opts)
	if err != nil {
		return nil, &Error{Msg: err.Error(), Pattern: pattern, At: -1}
	}
	re.MatchTimeout = timeout
	return &Regexp{re: re, groups: t.groups, names: t.names, multiline: opts&regexp2.Multiline != 0}, nil
}

// Groups returns the number of groups.
func (r *Regexp) Groups() int { return r.groups }

// GroupIndex returns the number of the group called name.
func (r *Regexp) GroupIndex(name string) (int, bool) {
	n, ok := r.names[name]
	return n, ok
}

// Multiline reports whether "^" and "$" match at each line, by a flag or by (?m) in the pattern.
func (r *Regexp) Multiline() bool { return r.multiline }

// Match is where a pattern matched.
type Match struct {
	text  string
	spans [][2]int // byte offsets for each group, -1 when it took no part
}

// Group returns what group n matched ("" and false when it took no part); group 0 is the whole match.
func (m *Match) Group(n int) (string, bool) {
	s := m.spans[n]
	if s[0] < 0 {
		return "", false
	}
	return m.text[s[0]:s[1]], true
}

// Span returns the byte offsets of the match.
func (m *Match) Span() (start, end int) { return m.spans[0][0], m.spans[0][1] }

// GroupSpan returns the byte offsets of what group n matched, -1 when it took no part.
func (m *Match) GroupSpan(n int) (start, end int) { return m.spans[n][0], m.spans[n][1] }

func (r *Regexp) match(s string, m *regexp2.Match) *Match {
	out := &Match{text: s, spans: make([][2]int, r.groups+1)}
	for i, g := range m.Groups() {
		if i > r.groups {
			break
		}
		out.spans[i] = [2]int{-1, -1}
		if len(g.Captures) > 0 {
			at, n := g.ByteRange()
			out.spans[i] = [2]int{at, at + n}
		}
	}
	return out
}

// Search is re.search; nil when nothing matches. An error means that the match took too long.
func (r *Regexp) Search(s string) (*Match, error) {
	m, err := r.re.FindStringMatch(s)
	if err != nil || m == nil {
		return nil, err
	}
	return r.match(s, m), nil
}

// MatchStart is re.match: at the start of s.
func (r *Regexp) MatchStart(s string) (*Match, error) {
	m, err := r.Search(s)
	if m == nil || m.spans[0][0] != 0 {
		return nil, err
	}
	return m, err
}

// FullMatch is re.fullmatch(pattern, s, flags).
func FullMatch(pattern string, flags Flags, s string) (*Match, error) {
	r, err := Compile(pattern, flags|full)
	if err != nil {
		return nil, err
	}
	return r.MatchStart(s)
}

// All is re.finditer; limit 0 means all.
func (r *Regexp) All(s string, limit int) ([]*Match, error) {
	var out []*Match
	m, err := r.re.FindStringMatch(s)
	for m != nil && err == nil {
		out = append(out, r.match(s, m))
		if len(out) == limit {
			break
		}
		m, err = r.re.FindNextMatch(m)
	}
	return out, err
}

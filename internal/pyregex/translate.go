package pyregex

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/dlclark/regexp2/v2"
)

// translator reads a Python pattern and writes the engine's (.NET's) syntax.
type translator struct {
	in      []rune
	pattern string
	i       int
	out     []rune
	groups  int
	names   map[string]int
	open    []openGroup
	atom    int  // where in out the last thing that can be repeated begins, -1 when there is none
	repeats bool // the last thing is a repetition
	flags   regexp2.RegexOptions
	ascii   bool
	verbose bool
}

type openGroup struct {
	at      int // in the pattern
	out     int
	number  int // 0: not capturing
	verbose bool
}

func (t *translator) fail(at int, format string, args ...any) error {
	return &Error{Msg: fmt.Sprintf(format, args...), Pattern: t.pattern, At: at}
}

func (t *translator) add(s string) { t.out = append(t.out, []rune(s)...) }

func (t *translator) peek(s string) bool {
	return strings.HasPrefix(string(t.in[t.i:min(len(t.in), t.i+len(s))]), s)
}

// single begins a new thing that can be repeated.
func (t *translator) single(s string) {
	t.atom, t.repeats = len(t.out), false
	t.add(s)
}

func (t *translator) run() error {
	t.atom = -1
	for t.i < len(t.in) {
		if err := t.next(); err != nil {
			return err
		}
	}
	if n := len(t.open); n > 0 {
		return t.fail(t.open[n-1].at, "missing ), unterminated subpattern")
	}
	return nil
}

func (t *translator) next() error {
	at := t.i
	c := t.in[t.i]
	t.i++
	switch c {
	case '\\':
		return t.escape(at)
	case '[':
		return t.class(at)
	case '(':
		return t.group(at)
	case ')':
		return t.close(at)
	case '*', '+', '?':
		return t.repeat(at, string(c))
	case '{':
		if q, n, ok, err := t.braces(at); err != nil {
			return err
		} else if ok {
			t.i += n
			return t.repeat(at, q)
		}
		t.single(`\{`)
	case '|':
		t.add("|")
		t.atom = -1
	case '^', '$':
		t.add(string(c))
		t.atom, t.repeats = len(t.out)-1, false
	case '.':
		t.single(".")
	default:
		if t.verbose && t.skip(c) {
			return nil
		}
		t.single(literal(c))
	}
	return nil
}

// skip leaves out blanks and comments of a verbose pattern.
func (t *translator) skip(c rune) bool {
	if strings.ContainsRune(" \t\n\r\v\f", c) {
		return true
	}
	if c != '#' {
		return false
	}
	for t.i < len(t.in) && t.in[t.i] != '\n' {
		t.i++
	}
	return true
}

func literal(c rune) string {
	if strings.ContainsRune(`\*+?|{}[]()^$.# -`, c) {
		return `\` + string(c)
	}
	if unicode.IsPrint(c) {
		return string(c)
	}
	if c > 0xffff {
		return string(c)
	}
	return fmt.Sprintf(`\u%04x`, c)
}

// braces reads {m,n} after the brace; ok is false when it is not a repetition but text.
func (t *translator) braces(at int) (q string, n int, ok bool, err error) {
	rest := t.in[t.i:]
	end := 0
	for end < len(rest) && (rest[end] >= '0' && rest[end] <= '9' || rest[end] == ',') {
		end++
	}
	if end == len(rest) || rest[end] != '}' || end == 0 {
		return "", 0, false, nil
	}
	low, high, comma := strings.Cut(string(rest[:end]), ",")
	if strings.Contains(high, ",") {
		return "", 0, false, nil
	}
	if low == "" {
		low = "0"
	}
	m, err1 := strconv.ParseUint(low, 10, 31)
	x, err2 := m, error(nil)
	if high != "" {
		x, err2 = strconv.ParseUint(high, 10, 31)
	}
	if err1 != nil || err2 != nil {
		return "", 0, false, t.fail(-1, "the repetition number is too large")
	}
	if x < m {
		return "", 0, false, t.fail(at+1, "min repeat greater than max repeat")
	}
	switch {
	case !comma:
		return "{" + low + "}", end + 1, true, nil
	case high == "":
		return "{" + low + ",}", end + 1, true, nil
	}
	return "{" + low + "," + high + "}", end + 1, true, nil
}

func (t *translator) repeat(at int, q string) error {
	if t.repeats {
		return t.fail(at, "multiple repeat")
	}
	if t.atom < 0 {
		return t.fail(at, "nothing to repeat")
	}
	if text := string(t.out[t.atom:]); text == "^" { // as Python: an anchor of the start can't be repeated
		return t.fail(at, "nothing to repeat")
	}
	t.add(q)
	t.repeats = true
	if t.i < len(t.in) {
		switch t.in[t.i] {
		case '?':
			t.add("?")
			t.i++
		case '+': // possessive
			body := string(t.out[t.atom:])
			t.out = append(t.out[:t.atom], []rune("(?>"+body+")")...)
			t.i++
		}
	}
	return nil
}

// category gives the class for \w (letters, numbers of all kinds, the underscore), \d, \s and their opposites.
func (t *translator) category(c rune, inClass bool) string {
	inner := map[rune]string{'w': `\p{L}\p{N}_`, 'd': `\d`, 's': `\s\x1c-\x1f`}
	if t.ascii {
		inner = map[rune]string{'w': `a-zA-Z0-9_`, 'd': `0-9`, 's': ` \t-\r`}
	}
	set := inner[unicode.ToLower(c)]
	switch {
	case !inClass && unicode.IsUpper(c):
		return `[^` + set + `]`
	case !inClass:
		return `[` + set + `]`
	case unicode.IsUpper(c):
		return `\` + string(c)
	}
	return set
}

// boundary writes \b or \B by what Python takes for letters of a word, which the engine's own do not.
func (t *translator) boundary(is bool) {
	w := t.category('w', false)
	if is {
		t.single(`(?:(?<=` + w + `)(?!` + w + `)|(?<!` + w + `)(?=` + w + `))`)
		return
	}
	// Python's \B never matches in an empty text
	t.single(`(?:(?!\A\z)(?:(?<=` + w + `)(?=` + w + `)|(?<!` + w + `)(?!` + w + `)))`)
}

func (t *translator) escape(at int) error {
	if t.i >= len(t.in) {
		return t.fail(at, "bad escape (end of pattern)")
	}
	c := t.in[t.i]
	switch {
	case c == 'A':
		t.i++
		t.single(`\A`)
		return nil
	case c == 'b' || c == 'B':
		t.i++
		t.boundary(c == 'b')
		return nil
	case c == 'Z':
		t.i++
		t.single(`\z`)
		return nil
	case strings.ContainsRune("dDsSwW", c):
		t.i++
		t.single(t.category(c, false))
		return nil
	case c >= '1' && c <= '9':
		return t.backreference(at)
	}
	r, err := t.char(at)
	if err != nil {
		return err
	}
	t.single(literal(r))
	return nil
}

func (t *translator) backreference(at int) error {
	if r, n := octal(t.in[t.i:]); n == 3 {
		if r > 0xff {
			return t.fail(at, "octal escape value \\%s outside of range 0-0o377", string(t.in[t.i:t.i+3]))
		}
		t.i += 3
		t.single(literal(r))
		return nil
	}
	n := int(t.in[t.i] - '0')
	t.i++
	if t.i < len(t.in) && t.in[t.i] >= '0' && t.in[t.i] <= '9' {
		n = n*10 + int(t.in[t.i]-'0')
		t.i++
	}
	if err := t.usable(n, at+1); err != nil {
		return err
	}
	t.single(fmt.Sprintf(`(?:\%d)`, n))
	return nil
}

func (t *translator) usable(n, at int) error {
	if n > t.groups {
		return t.fail(at, "invalid group reference %d", n)
	}
	for _, g := range t.open {
		if g.number == n {
			return t.fail(at-1, "cannot refer to an open group")
		}
	}
	return nil
}

// octal reads up to three octal digits.
func octal(s []rune) (r rune, n int) {
	for n < 3 && n < len(s) && s[n] >= '0' && s[n] <= '7' {
		r = r*8 + s[n] - '0'
		n++
	}
	return r, n
}

var simpleEscapes = map[rune]rune{'a': '\a', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', '\\': '\\'}

// char reads the character that an escape stands for; t.i is behind the backslash.
func (t *translator) char(at int) (rune, error) {
	c := t.in[t.i]
	t.i++
	if r, ok := simpleEscapes[c]; ok {
		return r, nil
	}
	if digits := map[rune]int{'x': 2, 'u': 4, 'U': 8}[c]; digits > 0 {
		start := t.i
		for t.i < len(t.in) && t.i < start+digits && strings.ContainsRune("0123456789abcdefABCDEF", t.in[t.i]) {
			t.i++
		}
		if t.i < start+digits {
			return 0, t.fail(at, "incomplete escape \\%s", string(t.in[at+1:t.i]))
		}
		n, err := strconv.ParseUint(string(t.in[start:t.i]), 16, 32)
		if err != nil || n > unicode.MaxRune {
			return 0, t.fail(at, "bad escape \\%s", string(t.in[at+1:t.i]))
		}
		return rune(n), nil
	}
	switch {
	case c == '0':
		r, n := octal(t.in[t.i:min(len(t.in), t.i+2)])
		t.i += n
		return r, nil
	case c < 0x80 && (unicode.IsLetter(c) || unicode.IsDigit(c)):
		return 0, t.fail(at, "bad escape \\%c", c)
	}
	return c, nil
}

// class reads [...]; t.i is behind the bracket.
func (t *translator) class(at int) error {
	t.single("[")
	if t.i < len(t.in) && t.in[t.i] == '^' {
		t.add("^")
		t.i++
	}
	for first := true; ; first = false {
		if t.i >= len(t.in) {
			return t.fail(at, "unterminated character set")
		}
		if t.in[t.i] == ']' && !first {
			t.i++
			t.add("]")
			return nil
		}
		if err := t.classItem(at); err != nil {
			return err
		}
	}
}

func (t *translator) classItem(open int) error {
	start := t.i
	low, set, err := t.classChar(open)
	if err != nil {
		return err
	}
	if t.i+1 >= len(t.in) || t.in[t.i] != '-' || t.in[t.i+1] == ']' {
		if set == "" {
			set = literal(low)
		}
		t.add(set)
		return nil
	}
	t.i++
	high, highSet, err := t.classChar(open)
	if err != nil {
		return err
	}
	if set != "" || highSet != "" || high < low {
		return t.fail(start, "bad character range %s", string(t.in[start:t.i]))
	}
	t.add(literal(low) + "-" + literal(high))
	return nil
}

// classChar reads one character of a class, or a category such as \d as set.
func (t *translator) classChar(open int) (r rune, set string, err error) {
	if t.i >= len(t.in) {
		return 0, "", t.fail(open, "unterminated character set")
	}
	at := t.i
	c := t.in[t.i]
	t.i++
	if c != '\\' {
		return c, "", nil
	}
	if t.i >= len(t.in) {
		return 0, "", t.fail(at, "bad escape (end of pattern)")
	}
	c = t.in[t.i]
	switch {
	case strings.ContainsRune("dDsSwW", c):
		t.i++
		return 0, t.category(c, true), nil
	case c == 'b':
		t.i++
		return '\b', "", nil
	case c >= '0' && c <= '7':
		r, n := octal(t.in[t.i:])
		if r > 0xff {
			return 0, "", t.fail(at, "octal escape value \\%s outside of range 0-0o377", string(t.in[t.i:t.i+n]))
		}
		t.i += n
		return r, "", nil
	}
	r, err = t.char(at)
	return r, "", err
}

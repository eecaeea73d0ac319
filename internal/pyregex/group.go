package pyregex

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// begin opens a group that starts at at in the pattern and is written as text.
func (t *translator) begin(at int, text string, capturing bool) {
	g := openGroup{at: at, out: len(t.out), verbose: t.verbose}
	if capturing {
		t.groups++
		g.number = t.groups
	}
	t.open = append(t.open, g)
	t.add(text)
	t.atom = -1
}

func (t *translator) close(at int) error {
	n := len(t.open)
	if n == 0 {
		return t.fail(at, "unbalanced parenthesis")
	}
	g := t.open[n-1]
	t.open = t.open[:n-1]
	t.add(")")
	t.atom, t.repeats, t.verbose = g.out, false, g.verbose
	return nil
}

// group reads what follows an opening parenthesis.
func (t *translator) group(at int) error {
	if !t.peek("?") {
		t.begin(at, "(", true)
		return nil
	}
	t.i++
	if t.i >= len(t.in) {
		return t.fail(t.i, "unexpected end of pattern")
	}
	for _, plain := range []string{":", ">", "=", "!", "<=", "<!"} {
		if t.peek(plain) {
			t.i += len(plain)
			t.begin(at, "(?"+plain, false)
			return nil
		}
	}
	switch c := t.in[t.i]; c {
	case 'P':
		return t.named(at)
	case '#':
		return t.comment(at)
	case '(':
		return t.conditional(at)
	case '<':
		if t.i+1 >= len(t.in) {
			return t.fail(t.i+1, "unexpected end of pattern")
		}
		return t.fail(at+1, "unknown extension ?<%c", t.in[t.i+1])
	}
	return t.inlineFlags(at)
}

func (t *translator) comment(at int) error {
	for t.i < len(t.in) && t.in[t.i] != ')' {
		t.i++
	}
	if t.i >= len(t.in) {
		return t.fail(at, "missing ), unterminated comment")
	}
	t.i++
	return nil
}

// until reads a name that ends with end.
func (t *translator) until(end rune, what string) (string, error) {
	start := t.i
	for t.i < len(t.in) && t.in[t.i] != end {
		t.i++
	}
	name := string(t.in[start:t.i])
	if t.i >= len(t.in) {
		if name == "" {
			return "", t.fail(start, "missing %s", what)
		}
		return "", t.fail(start, "missing %c, unterminated name", end)
	}
	t.i++
	if name == "" {
		return "", t.fail(start, "missing %s", what)
	}
	return name, nil
}

func (t *translator) named(at int) error {
	t.i++
	switch {
	case t.peek("<"):
		t.i++
		start := t.i
		name, err := t.until('>', "group name")
		if err != nil {
			return err
		}
		if !value.IsIdentifier(name) {
			return t.fail(start, "bad character in group name %s", quoted(name))
		}
		if old, ok := t.names[name]; ok {
			return t.fail(start, "redefinition of group name %s as group %d; was group %d", quoted(name), t.groups+1, old)
		}
		t.begin(at, "(", true)
		t.names[name] = t.groups
		return nil
	case t.peek("="):
		t.i++
		start := t.i
		name, err := t.until(')', "group name")
		if err != nil {
			return err
		}
		n, ok := t.names[name]
		if !ok {
			return t.fail(start, "unknown group name %s", quoted(name))
		}
		if err := t.usable(n, start); err != nil {
			return err
		}
		t.single(fmt.Sprintf(`(?:\%d)`, n))
		return nil
	case t.i >= len(t.in):
		return t.fail(t.i, "unexpected end of pattern")
	}
	return t.fail(at+1, "unknown extension ?P%c", t.in[t.i])
}

func quoted(s string) string {
	r, _ := value.Repr(value.NewStr(s))
	return r
}

func (t *translator) conditional(at int) error {
	t.i++
	start := t.i
	name, err := t.until(')', "group name")
	if err != nil {
		return err
	}
	n, ok := t.names[name]
	if !ok {
		if n, err = strconv.Atoi(name); err != nil {
			return t.fail(start, "unknown group name %s", quoted(name))
		}
	}
	if n == 0 {
		return t.fail(start, "bad group number")
	}
	if n > t.groups {
		return t.fail(start, "invalid group reference %d", n)
	}
	t.begin(at, fmt.Sprintf("(?(%d)", n), false)
	return nil
}

// inlineFlags reads (?ims) for the whole pattern and (?i-m:...) for a group.
func (t *translator) inlineFlags(at int) error {
	flagsAt := t.i
	on, off, minus := "", "", false
	for ; t.i < len(t.in) && strings.ContainsRune("aiLmsux-", t.in[t.i]); t.i++ {
		switch c := t.in[t.i]; {
		case c == '-':
			minus = true
		case minus:
			off += string(c)
		default:
			on += string(c)
		}
	}
	if t.i >= len(t.in) {
		if t.i == flagsAt {
			return t.fail(t.i, "unexpected end of pattern")
		}
		return t.fail(t.i, "missing -, : or )")
	}
	switch c := t.in[t.i]; {
	case t.i == flagsAt:
		return t.fail(at+1, "unknown extension ?%c", c)
	case c == ')' && !minus:
		t.i++
		if at != 0 {
			return t.fail(at, "global flags not at the start of the expression")
		}
		t.setFlags(on)
		return nil
	case c != ':':
		return t.fail(t.i, "unknown flag")
	}
	t.i++
	text := "(?" + engineFlags(on)
	if f := engineFlags(off); f != "" {
		text += "-" + f
	}
	t.begin(at, text+":", false)
	t.verbose = (t.verbose || strings.Contains(on, "x")) && !strings.Contains(off, "x")
	return nil
}

// engineFlags keeps what the engine has to know; blanks and comments of verbose patterns are taken out here.
func engineFlags(flags string) string {
	var b strings.Builder
	for _, f := range flags {
		if strings.ContainsRune("ims", f) {
			b.WriteRune(f)
		}
	}
	return b.String()
}

func (t *translator) setFlags(flags string) {
	for _, f := range flags {
		switch f {
		case 'i':
			t.flags |= regexp2.IgnoreCase
		case 'm':
			t.flags |= regexp2.Multiline
		case 's':
			t.flags |= regexp2.Singleline
		case 'x':
			t.verbose = true
		case 'a':
			t.ascii = true
		}
	}
}

// Escape is re.escape(s).
func Escape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < utf8.RuneSelf && strings.IndexByte("()[]{}?*+-|^$\\.&~# \t\n\r\v\f", c) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

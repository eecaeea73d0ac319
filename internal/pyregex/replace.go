package pyregex

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// part of a replacement: text, or the content of a group.
type part struct {
	text  string
	group int // -1: text
}

// Replace is re.subn(pattern, replacement, s, count); count 0 replaces all. The second result is how many there were.
func (r *Regexp) Replace(s, replacement string, count int) (string, int, error) {
	if count < 0 {
		return s, 0, nil
	}
	parts, err := r.template(replacement)
	if err != nil {
		return "", 0, err
	}
	matches, err := r.All(s, count)
	if err != nil {
		return "", 0, err
	}
	var b strings.Builder
	last := 0
	for _, m := range matches {
		start, end := m.Span()
		b.WriteString(s[last:start])
		for _, p := range parts {
			if p.group < 0 {
				b.WriteString(p.text)
			} else {
				text, _ := m.Group(p.group)
				b.WriteString(text)
			}
		}
		last = end
	}
	b.WriteString(s[last:])
	return b.String(), len(matches), nil
}

// Expand is match.expand(template).
func (r *Regexp) Expand(m *Match, template string) (string, error) {
	parts, err := r.template(template)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, p := range parts {
		if p.group < 0 {
			b.WriteString(p.text)
			continue
		}
		text, _ := m.Group(p.group)
		b.WriteString(text)
	}
	return b.String(), nil
}

func (r *Regexp) template(text string) ([]part, error) {
	if !strings.Contains(text, `\`) {
		return []part{{text, -1}}, nil
	}
	in := []rune(text)
	var parts []part
	add := func(s string) {
		if n := len(parts); n > 0 && parts[n-1].group < 0 {
			parts[n-1].text += s
			return
		}
		parts = append(parts, part{s, -1})
	}
	for i := 0; i < len(in); {
		if in[i] != '\\' {
			add(string(in[i]))
			i++
			continue
		}
		p, n, err := r.templateEscape(text, in, i)
		if err != nil {
			return nil, err
		}
		if i += n; p.group < 0 {
			add(p.text)
		} else {
			parts = append(parts, p)
		}
	}
	return parts, nil
}

// templateEscape reads the escape that begins at in[i] and tells how long it is.
func (r *Regexp) templateEscape(text string, in []rune, i int) (part, int, error) {
	fail := func(at int, format string, args ...any) (part, int, error) {
		return part{}, 0, &Error{Msg: fmt.Sprintf(format, args...), Pattern: text, At: at}
	}
	if i+1 >= len(in) {
		return fail(i, "bad escape (end of pattern)")
	}
	c := in[i+1]
	switch {
	case c == 'g':
		return r.templateGroup(text, in, i)
	case c == '0':
		v, n := octal(in[i+1:])
		if n > 3 {
			n = 3
		}
		return part{string(v), -1}, n + 1, nil
	case c >= '1' && c <= '9':
		if v, n := octal(in[i+1:]); n == 3 {
			if v > 0xff {
				return fail(i, "octal escape value \\%s outside of range 0-0o377", string(in[i+1:i+4]))
			}
			return part{string(v), -1}, 4, nil
		}
		n, width := int(c-'0'), 2
		if i+2 < len(in) && in[i+2] >= '0' && in[i+2] <= '9' {
			n, width = n*10+int(in[i+2]-'0'), 3
		}
		if n > r.groups {
			return fail(i+1, "invalid group reference %d", n)
		}
		return part{"", n}, width, nil
	}
	if v, ok := simpleEscapes[c]; ok {
		return part{string(v), -1}, 2, nil
	}
	if c == 'b' {
		return part{"\b", -1}, 2, nil
	}
	if c < 0x80 && unicode.IsLetter(c) {
		return fail(i, "bad escape \\%c", c)
	}
	return part{`\` + string(c), -1}, 2, nil
}

func (r *Regexp) templateGroup(text string, in []rune, i int) (part, int, error) {
	t := translator{in: in, pattern: text, i: i + 2}
	if !t.peek("<") {
		return part{}, 0, t.fail(i+2, "missing <")
	}
	t.i++
	start := t.i
	name, err := t.until('>', "group name")
	if err != nil {
		return part{}, 0, err
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 0 {
		if n > r.groups {
			return part{}, 0, t.fail(start, "invalid group reference %d", n)
		}
		return part{"", n}, t.i - i, nil
	}
	n, ok := r.names[name]
	if !ok {
		// Python raises an IndexError here, which has no position
		return part{}, 0, &Error{Msg: "unknown group name " + quoted(name), Pattern: text, At: -1}
	}
	return part{"", n}, t.i - i, nil
}

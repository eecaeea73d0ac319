package filters

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = All.Add(Def{Name: "ansible.builtin.comment", Func: comment, Sig: "comment(text, style='plain', **kw)"})

// commentStyle is what stands around and before the lines.
type commentStyle struct{ beginning, decoration, end string }

var commentStyles = map[string]commentStyle{
	"plain":  {decoration: "# "},
	"erlang": {decoration: "% "},
	"c":      {decoration: "// "},
	"cblock": {"/*", " * ", " */"},
	"xml":    {"<!--", " - ", "-->"},
}

func comment(c *Call) (value.Value, error) {
	name, _ := strOf(c.Get("style"))
	style, ok := commentStyles[name]
	if !ok {
		if err := hashable(c.Get("style")); err != nil {
			return nil, err
		}
		return nil, fail("Invalid style %s.", quotedRepr(c.Get("style")))
	}
	var err error
	text, ok := strOf(c.First())
	if !ok {
		return nil, value.Raise("AttributeError", "'%s' object has no attribute 'replace'", c.First().Type())
	}
	option := func(name string, p *string) {
		if c.Extra != nil && err == nil {
			if v := c.Extra.Stored(name); v != nil {
				*p, err = value.Text(v)
			}
		}
	}
	count := func(name string) int {
		n := 1
		if c.Extra != nil && err == nil {
			if v := c.Extra.Stored(name); v != nil {
				n, err = toInt(v)
			}
		}
		return n
	}
	newline := "\n"
	option("beginning", &style.beginning)
	option("decoration", &style.decoration)
	option("end", &style.end)
	option("newline", &newline)
	bare := strings.TrimRight(style.decoration, " \t\n\r\v\f")
	prefix, postfix := bare, bare
	option("prefix", &prefix)
	option("postfix", &postfix)
	before, after := count("prefix_count"), count("postfix_count")
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	if style.beginning != "" {
		b.WriteString(style.beginning + newline)
	}
	if max(before, after) > 10000 {
		return nil, fail("a prefix_count or postfix_count of more than 10000 is not supported")
	}
	if prefix != "" { // an empty postfix still ends a line
		b.WriteString(strings.Repeat(prefix+newline, max(before, 0)))
	}
	body := style.decoration + strings.ReplaceAll(text, newline, newline+style.decoration)
	b.WriteString(strings.ReplaceAll(body, style.decoration+newline, bare+newline))
	b.WriteString(strings.Repeat(newline+postfix, max(after, 0)))
	if style.end != "" {
		b.WriteString(newline + style.end)
	}
	return str(b.String()), nil
}

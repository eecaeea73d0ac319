package module

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// toDict takes a dict, or the text of one: JSON, a Python literal in braces, or key=value pairs separated by blanks or
// commas.
func (c *checker) toDict(v value.Value) (value.Value, string) {
	switch v := v.(type) {
	case *value.Dict:
		return v, ""
	case value.Str:
		s := v.String()
		switch {
		case strings.HasPrefix(s, "{"):
			if d, err := value.FromJSON([]byte(s)); err == nil {
				if d, ok := d.(*value.Dict); ok {
					return d, ""
				}
			}
			if d, ok := pyLiteral(s); ok {
				if d, ok := d.(*value.Dict); ok {
					return d, ""
				}
			}
			return nil, "unable to evaluate string as dictionary"
		case strings.Contains(s, "="):
			d, ok := keyValues(s)
			if !ok {
				return nil, `unable to evaluate string in the "key=value" format as dictionary`
			}
			return d, ""
		}
		return nil, "dictionary requested, could not parse JSON or key=value"
	}
	return nil, errorf("<class '%s'> cannot be converted to a dict", v.Type())
}

// keyValues reads "a=1 b='x y', c=2". Quotes keep blanks and commas together and are removed; a backslash keeps the next
// character as it is.
func keyValues(s string) (*value.Dict, bool) {
	d := value.NewDict()
	var field strings.Builder
	var quote rune
	escaped, any := false, false
	end := func() bool {
		f := field.String()
		field.Reset()
		if !any {
			return true
		}
		any = false
		k, v, ok := strings.Cut(f, "=")
		if ok {
			d.SetStr(k, value.NewStr(v))
		}
		return ok
	}
	for _, r := range strings.TrimSpace(s) {
		switch {
		case escaped:
			field.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped, any = true, true
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				field.WriteRune(r)
			}
		case r == '"' || r == '\'':
			quote, any = r, true
		case r == ',' || r == ' ':
			if !end() {
				return nil, false
			}
		default:
			field.WriteRune(r)
			any = true
		}
	}
	return d, end()
}

// pyLiteral reads a Python literal of dicts, lists, texts, numbers, True, False and None.
func pyLiteral(s string) (value.Value, bool) {
	p := literal{s: s}
	v, ok := p.value(0)
	p.blanks()
	return v, ok && p.s == ""
}

type literal struct{ s string }

func (p *literal) blanks() { p.s = strings.TrimLeft(p.s, " \t\r\n") }

func (p *literal) eat(prefix string) bool {
	p.blanks()
	rest, ok := strings.CutPrefix(p.s, prefix)
	if ok {
		p.s = rest
	}
	return ok
}

func (p *literal) value(depth int) (value.Value, bool) {
	p.blanks()
	if p.s == "" || depth > 100 {
		return nil, false
	}
	switch p.s[0] {
	case '{':
		return p.dict(depth)
	case '[', '(':
		return p.list(depth)
	case '"', '\'':
		return p.str()
	}
	n := strings.IndexAny(p.s, ",]}): \t\r\n")
	if n < 0 {
		n = len(p.s)
	}
	word := p.s[:n]
	p.s = p.s[n:]
	switch word {
	case "True":
		return value.True, true
	case "False":
		return value.False, true
	case "None":
		return value.None, true
	}
	if i, ok := parseInt(word); ok {
		return value.NewBigInt(i), true
	}
	f, msg := toFloat(value.NewStr(word))
	if msg != "" || strings.ContainsAny(word, "nN") {
		return nil, false
	}
	return f, true
}

func (p *literal) str() (value.Value, bool) {
	q := p.s[0]
	var b strings.Builder
	for i := 1; i < len(p.s); i++ {
		switch ch := p.s[i]; {
		case ch == q:
			p.s = p.s[i+1:]
			return value.NewStr(b.String()), true
		case ch == '\\' && i+1 < len(p.s):
			i++
			switch p.s[i] {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			case 'r':
				b.WriteByte('\r')
			case '\\', '\'', '"':
				b.WriteByte(p.s[i])
			default:
				return nil, false // \x.., \u....: not needed by anyone so far, and never read wrongly
			}
		default:
			b.WriteByte(ch)
		}
	}
	return nil, false
}

func (p *literal) list(depth int) (value.Value, bool) {
	end := "]"
	if p.s[0] == '(' {
		end = ")"
	}
	p.s = p.s[1:]
	l := value.NewList()
	for !p.eat(end) {
		v, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		l.Append(v)
		if !p.eat(",") {
			return l, p.eat(end)
		}
	}
	return l, true
}

func (p *literal) dict(depth int) (value.Value, bool) {
	p.s = p.s[1:]
	d := value.NewDict()
	for !p.eat("}") {
		k, ok := p.value(depth + 1)
		if !ok || !p.eat(":") {
			return nil, false
		}
		v, ok := p.value(depth + 1)
		if !ok || d.Set(k, v) != nil {
			return nil, false
		}
		if !p.eat(",") {
			return d, p.eat("}")
		}
	}
	return d, true
}

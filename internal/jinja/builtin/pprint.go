package builtin

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = filter("pprint", "do_pprint(value)", pprint)

func pprint(c *eval.Call) (value.Value, error) {
	p := printer{}
	if err := p.format(c.Value, 0, 0, 1); err != nil {
		return nil, err
	}
	return str(p.b.String()), nil
}

// printer writes values as Python's pprint does: 80 columns wide, the keys of dicts sorted.
type printer struct{ b strings.Builder }

const printWidth = 80

func (p *printer) format(v value.Value, indent, allowance, level int) error {
	if level > 200 {
		return value.Raise("RecursionError", "maximum recursion depth exceeded")
	}
	rep, err := sortedRepr(v, 0)
	if err != nil {
		return err
	}
	if utf8.RuneCountInString(rep) <= printWidth-indent-allowance {
		p.b.WriteString(rep)
		return nil
	}
	switch v := v.(type) {
	case *value.Dict:
		return p.dict(v, indent, allowance+1, level)
	case *value.List:
		return p.list(v, "[", "]", indent, allowance, level)
	case value.Tuple:
		end := ")"
		if v.Len() == 1 {
			end = ",)"
		}
		return p.list(v, "(", end, indent, allowance, level)
	case value.Str:
		p.str(v.String(), rep, indent, allowance, level)
		return nil
	}
	p.b.WriteString(rep)
	return nil
}

func (p *printer) dict(d *value.Dict, indent, allowance, level int) error {
	keys, err := sortedKeys(d)
	if err != nil {
		return err
	}
	p.b.WriteByte('{')
	indent++
	for i, k := range keys {
		rep, err := sortedRepr(k, 0)
		if err != nil {
			return err
		}
		v, _, err := d.Get(k)
		if err != nil {
			return err
		}
		p.b.WriteString(rep + ": ")
		allow := 1
		if i == len(keys)-1 {
			allow = allowance
		}
		if err := p.format(v, indent+utf8.RuneCountInString(rep)+2, allow, level+1); err != nil {
			return err
		}
		if i < len(keys)-1 {
			p.b.WriteString(",\n" + strings.Repeat(" ", indent))
		}
	}
	p.b.WriteByte('}')
	return nil
}

func (p *printer) list(v value.Value, begin, end string, indent, allowance, level int) error {
	elems, err := value.Elems(v)
	if err != nil {
		return err
	}
	p.b.WriteString(begin)
	indent++
	for i, e := range elems {
		allow := 1
		if i == len(elems)-1 {
			allow = allowance + len(end)
		}
		if i > 0 {
			p.b.WriteString(",\n" + strings.Repeat(" ", indent))
		}
		if err := p.format(e, indent, allow, level+1); err != nil {
			return err
		}
	}
	p.b.WriteString(end)
	return nil
}

var partRE = lazyregexp.New(`\S*\s*`)

// str breaks a long text into literals that stand below each other.
func (p *printer) str(s, rep string, indent, allowance, level int) {
	if level == 1 {
		indent++
		allowance++
	}
	width := printWidth - indent
	var chunks []string
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	size := func(s string) int { return utf8.RuneCountInString(reprOf(s)) }
	for i, line := range lines {
		lastLine := i == len(lines)-1
		most := width
		if lastLine {
			most -= allowance
		}
		if size(line) <= most {
			chunks = append(chunks, reprOf(line))
			continue
		}
		parts := partRE().FindAllString(line, -1)
		if n := len(parts); n > 0 && parts[n-1] == "" {
			parts = parts[:n-1]
		}
		current, most := "", width
		for j, part := range parts {
			if lastLine && j == len(parts)-1 {
				most -= allowance
			}
			if size(current+part) > most {
				if current != "" {
					chunks = append(chunks, reprOf(current))
				}
				current = part
				continue
			}
			current += part
		}
		if current != "" {
			chunks = append(chunks, reprOf(current))
		}
	}
	if len(chunks) == 1 {
		p.b.WriteString(rep)
		return
	}
	text := strings.Join(chunks, "\n"+strings.Repeat(" ", indent))
	if level == 1 {
		text = "(" + text + ")"
	}
	p.b.WriteString(text)
}

func reprOf(s string) string {
	r, _ := value.Repr(value.NewStr(s))
	return r
}

// sortedKeys gives the keys of a dict in order; keys that can't be compared are ordered by their type.
func sortedKeys(d *value.Dict) ([]value.Value, error) {
	keys := d.Keys()
	sort.SliceStable(keys, func(i, j int) bool {
		less, err := value.Order("<", keys[i], keys[j])
		if err != nil {
			return keys[i].Type() < keys[j].Type()
		}
		return less
	})
	return keys, nil
}

// sortedRepr is repr with the keys of dicts sorted.
func sortedRepr(v value.Value, depth int) (string, error) {
	if depth > 200 {
		return "", value.Raise("RecursionError", "maximum recursion depth exceeded")
	}
	join := func(elems []value.Value) (string, error) {
		parts := make([]string, len(elems))
		for i, e := range elems {
			r, err := sortedRepr(e, depth+1)
			if err != nil {
				return "", err
			}
			parts[i] = r
		}
		return strings.Join(parts, ", "), nil
	}
	switch v := v.(type) {
	case *value.List:
		elems, err := v.Elems()
		if err != nil {
			return "", err
		}
		s, err := join(elems)
		return "[" + s + "]", err
	case value.Tuple:
		s, err := join(v.Elems())
		if v.Len() == 1 {
			s += ","
		}
		return "(" + s + ")", err
	case *value.Dict:
		keys, err := sortedKeys(v)
		if err != nil {
			return "", err
		}
		parts := make([]string, len(keys))
		for i, k := range keys {
			e, _, err := v.Get(k)
			if err != nil {
				return "", err
			}
			key, err := sortedRepr(k, depth+1)
			if err != nil {
				return "", err
			}
			val, err := sortedRepr(e, depth+1)
			if err != nil {
				return "", err
			}
			parts[i] = key + ": " + val
		}
		return "{" + strings.Join(parts, ", ") + "}", nil
	}
	return value.Repr(v)
}

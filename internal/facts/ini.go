package facts

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// noINI is the problem of a text that is not INI at all.
const noINI = "no ini"

// parseINI reads what Python's configparser reads with its defaults: sections with options, whose names become small
// letters, split at "=" or ":"; lines that are indented go on with the value; "%(name)s" stands for another option.
//
// Source: https://docs.python.org/3/library/configparser.html
func parseINI(text string) (*value.Dict, string) {
	p := &iniParser{sections: dict(), seen: map[string]bool{}}
	for l := range strings.Lines(text) {
		if !p.line(strings.TrimRight(l, "\r\n")) {
			return nil, noINI
		}
	}
	return p.finish()
}

type iniParser struct {
	sections *value.Dict
	defaults *value.Dict
	section  *value.Dict
	name     string
	option   string
	indent   int
	lines    map[string][]string // section and option -> the lines of the value
	seen     map[string]bool
}

func (p *iniParser) line(l string) bool {
	text := strings.TrimSpace(l)
	if strings.HasPrefix(text, "#") || strings.HasPrefix(text, ";") {
		return true
	}
	indent := len(l) - len(strings.TrimLeft(l, " \t"))
	if text == "" {
		if p.option != "" && p.section != nil {
			p.lines[p.key()] = append(p.lines[p.key()], "")
		}
		return true
	}
	if p.section != nil && p.option != "" && indent > p.indent {
		p.lines[p.key()] = append(p.lines[p.key()], text)
		return true
	}
	p.indent = indent
	if text[0] == '[' {
		if end := strings.LastIndexByte(text, ']'); end > 0 {
			return p.header(text[1:end])
		}
	}
	return p.optionLine(text)
}

func (p *iniParser) key() string { return p.name + "\x00" + p.option }

func (p *iniParser) header(name string) bool {
	if p.lines == nil {
		p.lines = map[string][]string{}
	}
	p.name, p.option = name, ""
	if name == "DEFAULT" {
		if p.defaults == nil {
			p.defaults = dict()
		}
		p.section = p.defaults
		return true
	}
	if p.sections.Has(name) {
		return false
	}
	p.section = dict()
	p.sections.SetStr(name, p.section)
	return true
}

func (p *iniParser) optionLine(text string) bool {
	at := strings.IndexAny(text, "=:")
	if p.section == nil || at < 0 {
		return false
	}
	p.option = strings.ToLower(strings.TrimSpace(text[:at]))
	if p.option == "" || p.seen[p.key()] {
		return false
	}
	p.seen[p.key()] = true
	p.section.SetStr(p.option, value.None) // keeps the order
	p.lines[p.key()] = []string{strings.TrimSpace(text[at+1:])}
	return true
}

// finish joins the lines of the values and puts in what they refer to.
func (p *iniParser) finish() (*value.Dict, string) {
	for it := p.sections.Iterate(); it.Next(); {
		name := it.Key().(value.Str).String()
		section := it.Stored().(*value.Dict)
		if p.defaults != nil {
			for d := p.defaults.Iterate(); d.Next(); {
				option := d.Key().(value.Str).String()
				if !section.Has(option) {
					section.SetStr(option, value.None)
					p.lines[name+"\x00"+option] = p.lines["DEFAULT\x00"+option]
				}
			}
		}
		for _, k := range section.Keys() {
			option := k.(value.Str).String()
			v, problem := p.interpolate(name, option, 0)
			if problem != "" {
				return nil, problem
			}
			section.SetStr(option, value.Of(v))
		}
	}
	return p.sections, ""
}

func (p *iniParser) raw(section, option string) (string, bool) {
	l, ok := p.lines[section+"\x00"+option]
	return strings.TrimRight(strings.Join(l, "\n"), "\n"), ok
}

const maxINIDepth = 10

func (p *iniParser) interpolate(section, option string, depth int) (string, string) {
	raw, _ := p.raw(section, option)
	if !strings.Contains(raw, "%") {
		return raw, ""
	}
	if depth > maxINIDepth {
		return "", fmt.Sprintf("Recursion limit exceeded in value substitution: option '%s' in section '%s' contains an interpolation key which cannot be substituted in %d steps. Raw value: '%s'", option, section, maxINIDepth, raw)
	}
	var b strings.Builder
	for rest := raw; ; {
		before, after, ok := strings.Cut(rest, "%")
		b.WriteString(before)
		if !ok {
			return b.String(), ""
		}
		name, tail, closed := strings.Cut(strings.TrimPrefix(after, "("), ")s")
		switch {
		case strings.HasPrefix(after, "%"):
			b.WriteByte('%')
			rest = after[1:]
		case strings.HasPrefix(after, "(") && closed:
			name = strings.ToLower(name)
			if _, known := p.raw(section, name); !known {
				return "", fmt.Sprintf("Bad value substitution: option '%s' in section '%s' contains an interpolation key '%s' which is not a valid option name. Raw value: '%s'", option, section, name, raw)
			}
			v, problem := p.interpolate(section, name, depth+1)
			if problem != "" {
				return "", problem
			}
			b.WriteString(v)
			rest = tail
		default:
			return "", fmt.Sprintf("'%%' must be followed by '%%' or '(', found: '%%%s'", after)
		}
	}
}

package lookups

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// iniFile is what Python's configparser makes of an INI file.
// Source: https://docs.python.org/3/library/configparser.html
type iniFile struct {
	o        iniOptions
	sections map[string]*iniSection
	defaults *iniSection
}

type iniOptions struct {
	caseSensitive bool
	noValue       bool
}

type iniSection struct {
	order  []string
	values map[string]*string // nil: the key stands without a value
}

// duplicateError is a key or section that is there twice.
type duplicateError struct{ msg string }

func (e *duplicateError) Error() string { return e.msg }

// key is the form in which a key is kept.
func (f *iniFile) key(k string) string {
	if f.o.caseSensitive {
		return k
	}
	return strings.ToLower(k)
}

func (f *iniFile) raw(section, key string) (*string, bool) {
	if v, ok := f.sections[section].values[key]; ok {
		return v, true
	}
	v, ok := f.defaults.values[key]
	return v, ok
}

type iniParser struct {
	f       *iniFile
	section *iniSection
	name    string
	key     string   // of the value that may go on in the next line
	lines   []string // of that value
	indent  int
	bad     []string
}

func parseIni(text string, o iniOptions) (*iniFile, error) {
	f := &iniFile{o: o, sections: map[string]*iniSection{}, defaults: &iniSection{values: map[string]*string{}}}
	p := &iniParser{f: f}
	for n, line := range splitLines(text) {
		if err := p.line(n+1, line); err != nil {
			return nil, err
		}
	}
	p.end()
	if len(p.bad) > 0 {
		return nil, fmt.Errorf("Source contains parsing errors: '<???>'%s", strings.Join(p.bad, "")) //nolint:staticcheck // Python's words
	}
	return f, nil
}

func (p *iniParser) line(n int, line string) error {
	text := strings.TrimSpace(line)
	if text != "" && (text[0] == '#' || text[0] == ';') {
		if p.key != "" && p.lines != nil {
			p.lines = append(p.lines, "")
		}
		return nil
	}
	if text == "" {
		if p.key != "" && p.lines != nil {
			p.lines = append(p.lines, "")
		}
		return nil
	}
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	if p.section != nil && p.key != "" && p.lines != nil && indent > p.indent {
		p.lines = append(p.lines, text)
		return nil
	}
	p.end()
	p.indent = indent
	if text[0] == '[' {
		if end := strings.IndexByte(text, ']'); end > 1 {
			return p.begin(n, text[1:end])
		}
	}
	if p.section == nil {
		r, _ := value.Repr(value.NewStr(line + "\n"))
		return fmt.Errorf("File contains no section headers.\nfile: '<???>', line: %d\n%s", n, r) //nolint:staticcheck // Python's words
	}
	return p.pair(n, line, text)
}

func (p *iniParser) begin(n int, name string) error {
	p.name = name
	if name == "DEFAULT" {
		p.section = p.f.defaults
		return nil
	}
	if p.f.sections[name] != nil {
		return &duplicateError{fmt.Sprintf("While reading from '<???>' [line %2d]: section '%s' already exists", n, name)}
	}
	p.section = &iniSection{values: map[string]*string{}}
	p.f.sections[name] = p.section
	return nil
}

func (p *iniParser) pair(n int, line, text string) error {
	at := strings.IndexAny(text, "=:")
	if at < 0 && !p.f.o.noValue || at == 0 {
		r, _ := value.Repr(value.NewStr(line + "\n"))
		p.bad = append(p.bad, fmt.Sprintf("\n\t[line %2d]: %s", n, r))
		return nil
	}
	key := text
	if at >= 0 {
		key = text[:at]
	}
	key = p.f.key(strings.TrimRight(key, " \t"))
	if _, ok := p.section.values[key]; ok {
		return &duplicateError{fmt.Sprintf("While reading from '<???>' [line %2d]: option '%s' in section '%s' already exists", n, key, p.name)}
	}
	p.section.order = append(p.section.order, key)
	p.section.values[key] = nil
	if at >= 0 {
		p.key, p.lines = key, []string{strings.TrimSpace(text[at+1:])}
	}
	return nil
}

// end keeps the value that was being read.
func (p *iniParser) end() {
	if p.key == "" || p.lines == nil {
		return
	}
	v := strings.TrimRight(strings.Join(p.lines, "\n"), " \t\n")
	p.section.values[p.key] = &v
	p.key, p.lines = "", nil
}

// interpolate replaces %(name)s by the value of name.
func (f *iniFile) interpolate(section, key, raw string, depth int) (string, error) {
	if depth > 10 {
		return "", fmt.Errorf("Recursion limit exceeded in value substitution: option '%s' in section '%s' contains an interpolation key which cannot be substituted in 10 steps. Raw value: '%s'", key, section, raw) //nolint:staticcheck // Python's words
	}
	var b strings.Builder
	rest := raw
	for {
		before, after, ok := strings.Cut(rest, "%")
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		switch {
		case strings.HasPrefix(after, "%"):
			b.WriteByte('%')
			rest = after[1:]
			continue
		case !strings.HasPrefix(after, "("):
			r, _ := value.Repr(value.NewStr("%" + after))
			return "", fmt.Errorf("'%%' must be followed by '%%' or '(', found: %s", r)
		}
		end := strings.Index(after, ")s")
		if end < 0 {
			r, _ := value.Repr(value.NewStr("%" + after))
			return "", fmt.Errorf("bad interpolation variable reference %s", r)
		}
		name := f.key(after[1:end])
		v, ok := f.raw(section, name)
		if !ok || v == nil {
			return "", fmt.Errorf("Bad value substitution: option '%s' in section '%s' contains an interpolation key '%s' which is not a valid option name. Raw value: '%s'", key, section, name, raw) //nolint:staticcheck // Python's words
		}
		inner, err := f.interpolate(section, name, *v, depth+1)
		if err != nil {
			return "", err
		}
		b.WriteString(inner)
		rest = after[end+2:]
	}
}

package lookups

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "ini", Run: runIni, Options: []Option{
	{Name: "type", Type: Str, Default: value.NewStr("ini"), Choices: []string{"ini", "properties"}, Help: "The type of the file."},
	{Name: "file", Type: Str, Default: value.NewStr("ansible.ini"), Help: "The file."},
	{Name: "section", Type: Str, Default: value.NewStr("global"), Help: "The section in which the key is looked up."},
	{Name: "re", Type: Bool, Default: value.False, Help: "The key is a regular expression."},
	{Name: "encoding", Type: Str, Default: value.NewStr("utf-8"), Help: "The encoding of the file."},
	{Name: "default", Default: value.NewStr(""), Help: "What is given when the key is not in the file."},
	{Name: "case_sensitive", Type: Bool, Default: value.False, Help: "Keys that differ in case are different."},
	{Name: "allow_no_value", Type: Bool, Default: value.False, Aliases: []string{"allow_none"}, Help: "A key may stand without a value."},
	{Name: "interpolation", Type: Bool, Default: value.True, Help: "%(name)s within a value is replaced."},
}})

// runIni gives values of an INI or a Java properties file.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/ini_lookup.html
func runIni(_ context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	for _, t := range c.Terms {
		term, ok := t.(value.Str)
		if !ok {
			if !isList(t) {
				return nil, value.Raise("TypeError", "argument of type '%s' is not iterable", t.Type())
			}
			return nil, missingAttribute(t, "split")
		}
		one := *c
		one.options = map[string]value.Value{}
		one.given = map[string]bool{}
		for k, v := range c.options {
			one.options[k] = v
		}
		key, err := one.iniTerm(term.String())
		if err != nil {
			return nil, err
		}
		found, err := one.iniLookup(key)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// iniTerm reads a term: a key, or a key followed by option=value pairs.
func (c *Call) iniTerm(term string) (string, error) {
	if !strings.Contains(term, "=") {
		return term, nil
	}
	words := strings.Split(term, " ")
	var key []string
	name := ""
	for _, w := range words {
		before, after, ok := strings.Cut(w, "=")
		switch {
		case ok && c.options[before] != nil:
			name = before
			if err := c.setNamed(name, value.NewStr(after)); err != nil {
				return "", err
			}
		case ok:
			return "", fmt.Errorf("'%s' is not a valid option.", strings.Join(append(key, before), " ")) //nolint:staticcheck // Ansible's words
		case name != "":
			if err := c.setNamed(name, value.NewStr(c.str(name)+" "+w)); err != nil {
				return "", err
			}
		default:
			key = append(key, w)
		}
	}
	return strings.Join(key, " "), nil
}

func (c *Call) iniLookup(key string) ([]value.Value, error) {
	path := c.file("files", c.str("file"))
	if path == "" {
		return nil, fmt.Errorf("Invalid filename None.") //nolint:staticcheck // Ansible's words
	}
	content, secret, err := c.Read(path)
	if err != nil {
		return nil, err
	}
	decoded, err := value.Decode(string(content), c.str("encoding"), "strict")
	if err != nil {
		return nil, err
	}
	section := c.str("section")
	if c.str("type") == "properties" {
		decoded, section = "[java_properties]\n"+decoded, "java_properties"
	}
	ini, err := parseIni(decoded, iniOptions{caseSensitive: c.bool("case_sensitive"), noValue: c.bool("allow_no_value")})
	if err != nil {
		if d, ok := err.(*duplicateError); ok {
			return nil, fmt.Errorf("Duplicate option in '%s': %w", c.str("file"), d) //nolint:staticcheck // Ansible's words
		}
		return nil, err
	}
	s := ini.sections[section]
	if s == nil {
		return nil, fmt.Errorf("No section '%s' in '%s'.", section, c.str("file")) //nolint:staticcheck // Ansible's words
	}
	names := []string{ini.key(key)}
	if c.bool("re") {
		if names, err = matching(s.order, key, ini.o.caseSensitive); err != nil {
			return nil, err
		}
	}
	var out []value.Value
	for _, n := range names {
		raw, ok := ini.raw(section, n)
		if !ok {
			out = append(out, c.option("default"))
			continue
		}
		if raw == nil {
			continue
		}
		v := *raw
		if c.bool("interpolation") {
			if v, err = ini.interpolate(section, n, v, 0); err != nil {
				return nil, err
			}
		}
		out = append(out, made(value.NewStr(v), secret))
	}
	return out, nil
}

func matching(names []string, pattern string, caseSensitive bool) ([]string, error) {
	var flags pyregex.Flags
	if !caseSensitive {
		flags = pyregex.IgnoreCase
	}
	re, err := pyregex.Compile(pattern, flags)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, n := range names {
		m, err := re.MatchStart(n)
		if err != nil {
			return nil, err
		}
		if m != nil {
			out = append(out, n)
		}
	}
	return out, nil
}

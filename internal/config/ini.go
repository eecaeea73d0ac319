package config

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// ini is a file as Python's configparser reads it with ansible-core's choices: strict, without interpolation, ";"
// begins a comment within a line when a blank stands before it, keys in lower case, [DEFAULT] counts for all sections.
type ini map[string]map[string]iniValue

type iniValue struct {
	text string
	pos  source.Pos
}

// get returns the value of "section.key".
func (f ini) get(name string) (iniValue, bool) {
	section, key, _ := strings.Cut(name, ".")
	sec, ok := f[section]
	if !ok {
		return iniValue{}, false
	}
	if v, ok := sec[key]; ok {
		return v, true
	}
	v, ok := f["DEFAULT"][key]
	return v, ok
}

// iniReader is the state between lines.
type iniReader struct {
	file    *source.File
	out     ini
	section map[string]iniValue
	name    string // of the section
	key     string // that a continuation line belongs to, "" when none can
	lines   []string
	pos     source.Pos
	indent  int
	bad     diag.List
}

// parseIni reads the file; what is wrong is a *diag.Error or a diag.List.
func parseIni(file *source.File) (ini, error) {
	r := &iniReader{file: file, out: ini{}}
	for n := 1; n <= file.Lines(); n++ {
		if err := r.line(n, file.Line(n)); err != nil {
			return nil, err
		}
	}
	r.flush()
	return r.out, r.bad.Err()
}

func (r *iniReader) line(n int, line string) error {
	line, wasComment := stripComment(line)
	text := strings.TrimSpace(line)
	if text == "" {
		if !wasComment && r.key != "" {
			r.lines = append(r.lines, "") // an empty line within a value belongs to it
		}
		return nil
	}
	indent := len(line) - len(strings.TrimLeft(line, " \t\v\f"))
	if r.key != "" && indent > r.indent {
		r.lines = append(r.lines, text)
		return nil
	}
	r.indent = indent
	pos := source.At(r.file, n, indent+1)
	if end := strings.LastIndexByte(text, ']'); text[0] == '[' && end > 1 {
		return r.header(text[1:end], pos)
	}
	if r.section == nil {
		return diag.Errorf(pos, "Error reading config file (%s): File contains no section headers", r.file.Name()).
			Hint("a file of settings begins with [defaults]")
	}
	r.option(text, pos)
	return nil
}

func (r *iniReader) header(name string, pos source.Pos) error {
	r.flush()
	if _, ok := r.out[name]; ok && name != "DEFAULT" {
		return diag.Errorf(pos, "Error reading config file (%s): section '%s' already exists", r.file.Name(), name)
	}
	if r.out[name] == nil {
		r.out[name] = map[string]iniValue{}
	}
	r.name, r.section = name, r.out[name]
	return nil
}

func (r *iniReader) option(text string, pos source.Pos) {
	r.flush()
	at := strings.IndexAny(text, "=:")
	if at <= 0 || strings.TrimSpace(text[:at]) == "" {
		r.bad.Add(diag.Errorf(pos, "Error reading config file (%s): Source contains parsing errors", r.file.Name()).
			Hint("a setting is written as name = value"))
		return
	}
	key := strings.ToLower(strings.TrimSpace(text[:at]))
	if _, ok := r.section[key]; ok {
		r.bad.Add(diag.Errorf(pos, "Error reading config file (%s): option '%s' in section '%s' already exists", r.file.Name(), key, r.name))
		return
	}
	r.key, r.pos, r.lines = key, pos, []string{strings.TrimSpace(text[at+1:])}
	r.section[key] = iniValue{}
}

// flush ends the value of the last key; empty lines at its end do not belong to it.
func (r *iniReader) flush() {
	if r.key == "" {
		return
	}
	r.section[r.key] = iniValue{text: strings.TrimRight(strings.Join(r.lines, "\n"), " \t\n"), pos: r.pos}
	r.key = ""
}

// stripComment takes a comment away: a whole line that begins with "#" or ";", or a ";" after a blank.
func stripComment(line string) (rest string, was bool) {
	if t := strings.TrimSpace(line); strings.HasPrefix(t, "#") || strings.HasPrefix(t, ";") {
		return "", true
	}
	for i := 1; i < len(line); i++ {
		if line[i] == ';' && (line[i-1] == ' ' || line[i-1] == '\t') {
			return line[:i], false
		}
	}
	return line, false
}

// unquote takes one pair of quotes away, as ansible-core does for values from a file.
func unquote(s string) string {
	if n := len(s); n >= 2 && s[0] == s[n-1] && (s[0] == '"' || s[0] == '\'') && (n < 3 || s[n-2] != '\\') {
		return s[1 : n-1]
	}
	return s
}

// Unknown returns a finding for each section and setting in ansible.cfg that this program does not know, with the
// nearest name as a hint. Sections of plugins that are not known are told as a whole.
func (s *Settings) Unknown() []*diag.Error {
	sections := map[string][]string{}
	for _, table := range [][]Def{core, plugins} {
		for i := range table {
			for name := range strings.FieldsSeq(table[i].Ini) {
				section, key, _ := strings.Cut(name, ".")
				sections[section] = append(sections[section], key)
			}
		}
	}
	var names []string
	for n := range sections {
		names = append(names, n)
	}
	var list diag.List
	for section, values := range s.ini {
		known, ok := sections[section]
		if section == "DEFAULT" {
			known, ok = sections["defaults"], true
		}
		if strings.HasPrefix(section, "galaxy_server.") {
			continue // one for each name in galaxy.server_list
		}
		var first *iniValue
		for key, v := range values {
			if !ok && (first == nil || v.pos.Less(first.pos)) {
				first = &v
			}
			if ok && !contains(known, key) {
				list = append(list, hintNear(diag.Errorf(v.pos, "no setting %q is known in [%s]", key, section), key, known, "%q"))
			}
		}
		if first != nil {
			list = append(list, hintNear(diag.Errorf(first.pos, "no section [%s] is known", section), section, names, "[%s]"))
		}
	}
	_ = list.Err() // sorts
	return list
}

func hintNear(e *diag.Error, name string, names []string, format string) *diag.Error {
	if near := diag.Nearest(name, names); near != "" {
		return e.Hint("did you mean "+format+"?", near)
	}
	return e.Hint("it has no effect; known are the settings of ansible-core and of its built-in plugins")
}

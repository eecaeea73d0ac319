package config

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
)

// The methods below give a setting by name and type; a name that does not exist, or a setting of another type, is a
// mistake of the caller and panics. None of them can fail otherwise: Load and Override have checked the texts.

// Origin returns where the setting comes from.
func (s *Settings) Origin(name string) Origin {
	_, o := s.raw(lookup(name))
	return o
}

// IsSet reports whether the setting has a value: its default is not None, or somebody set it.
func (s *Settings) IsSet(name string) bool {
	text, _ := s.raw(lookup(name))
	return text != None
}

// Known reports whether there is a setting of that name.
func Known(name string) bool { return find(name) != nil }

// Text returns a setting of any type as it is written, "" when it is not set.
func (s *Settings) Text(name string) string {
	text, _ := s.raw(lookup(name))
	if text == None {
		return ""
	}
	return s.home0(text)
}

// String returns a setting of type String, "" when it is not set.
func (s *Settings) String(name string) string {
	text, _ := s.raw(typed(name, String))
	if text == None {
		return ""
	}
	return s.home0(text)
}

// Bool returns a setting of type Bool.
func (s *Settings) Bool(name string) bool {
	text, _ := s.raw(typed(name, Bool))
	return truth(text)
}

// Int returns a setting of type Int, 0 when it is not set.
func (s *Settings) Int(name string) int {
	text, _ := s.raw(typed(name, Int))
	n, _ := parseInt(text)
	return n
}

// Float returns a setting of type Float, 0 when it is not set.
func (s *Settings) Float(name string) float64 {
	text, _ := s.raw(typed(name, Float))
	return s.floatOf(text)
}

func (s *Settings) floatOf(text string) float64 {
	f, _ := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return f
}

// List returns a setting of type List, its elements without blanks around them.
func (s *Settings) List(name string) []string {
	text, _ := s.raw(typed(name, List))
	return listOf(text)
}

func listOf(text string) []string {
	if text == None || text == "" {
		return nil
	}
	parts := strings.Split(text, ",")
	for i, p := range parts {
		parts[i] = unquote(strings.TrimSpace(p))
	}
	return parts
}

// Path returns a setting of type Path, absolute, "" when it is not set.
func (s *Settings) Path(name string) string {
	text, o := s.raw(typed(name, Path))
	if text == None || text == "" {
		return ""
	}
	return s.abs(text, o)
}

// Paths returns a setting of type PathSpec or PathList, each path absolute.
func (s *Settings) Paths(name string) []string {
	d := lookup(name)
	if d.Type != PathList {
		typed(name, PathSpec)
	}
	text, o := s.raw(d)
	return s.pathsOf(d, text, o)
}

func (s *Settings) pathsOf(d *Def, text string, o Origin) []string {
	if text == None {
		return nil
	}
	sep := ":"
	if d.Type == PathList {
		sep = ","
	}
	parts := strings.Split(text, sep)
	for i, p := range parts {
		parts[i] = s.abs(strings.TrimSpace(p), o)
	}
	return parts
}

func typed(name string, t Type) *Def {
	d := lookup(name)
	if d.Type != t {
		panic("config: setting " + name + " is of another type")
	}
	return d
}

// abs makes a path absolute: relative to the file that it stands in, else to the working directory.
func (s *Settings) abs(path string, o Origin) string {
	path = strings.ReplaceAll(path, "{{CWD}}", s.dir)
	path = s.Expand(s.home0(path))
	base := s.dir
	if o.Kind == "file" {
		base = filepath.Dir(s.file.Name())
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(base, path)
	}
	return filepath.Clean(path)
}

// Expand replaces a leading "~" and the environment variables of a path ($NAME, ${NAME}; one that is not set stays as
// it is, as Python's expandvars leaves it).
func (s *Settings) Expand(path string) string {
	if s.home != "" && (path == "~" || strings.HasPrefix(path, "~/")) {
		path = s.home + path[1:]
	}
	if !strings.Contains(path, "$") {
		return path
	}
	return os.Expand(path, func(name string) string {
		if v, ok := s.env[name]; ok {
			return v
		}
		return "$" + name
	})
}

// home0 replaces the one other setting that defaults refer to.
func (s *Settings) home0(text string) string {
	const mark = "{{ANSIBLE_HOME}}"
	if !strings.Contains(text, mark) {
		return text
	}
	return strings.ReplaceAll(text, mark, s.Path("ANSIBLE_HOME"))
}

// check says whether the text fits the setting, in ansible-core's words.
func (s *Settings) check(d *Def, text string, o Origin) error {
	ok, kind := true, ""
	switch d.Type {
	case Int:
		_, ok = parseInt(text)
		kind = "integer"
	case Float:
		_, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		ok, kind = err == nil, "float"
	}
	if !ok {
		return diag.Errorf(o.Pos, "Config '%s' from '%s' has an invalid value: Invalid value provided for '%s': '%s'", d.Name, o, kind, text).
			Hint("write a number")
	}
	if d.Choices == "" {
		return nil
	}
	texts := []string{text}
	if d.Type == List {
		texts = strings.Split(text, ",")
	}
	for _, t := range texts {
		if !contains(strings.Fields(d.Choices), strings.TrimSpace(t)) {
			return diag.Errorf(o.Pos, "Invalid value '%s' for config '%s'. Valid values are: %s", text, d.Name, strings.ReplaceAll(d.Choices, " ", ", "))
		}
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

// truth reads a boolean as Ansible's settings have it: what is none of these words is false.
func truth(text string) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "y", "yes", "on", "1", "true", "t", "1.0":
		return true
	}
	return false
}

// parseInt reads an integer as Python's int() or a number without a fraction does ("1_0" is 10, "1e3" is 1000).
func parseInt(text string) (int, bool) {
	text = strings.TrimSpace(text)
	if digits := strings.ReplaceAll(text, "_", ""); !strings.HasPrefix(text, "_") && !strings.HasSuffix(text, "_") && !strings.Contains(text, "__") {
		if n, err := strconv.Atoi(digits); err == nil {
			return n, true
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 || strings.ContainsAny(text, "xX") {
		return 0, false
	}
	return int(f), true
}

// GalaxyServer gives what the section [galaxy_server.NAME] and the variables ANSIBLE_GALAXY_SERVER_NAME_… say of a server.
func (s *Settings) GalaxyServer(name string) map[string]string {
	found := map[string]string{}
	for _, key := range []string{"url", "token", "username", "password", "auth_url", "client_id"} {
		if v, ok := s.ini["galaxy_server."+name][key]; ok {
			found[key] = unquote(v.text)
		}
		if v := s.env["ANSIBLE_GALAXY_SERVER_"+strings.ToUpper(name)+"_"+strings.ToUpper(key)]; v != "" {
			found[key] = v
		}
	}
	return found
}

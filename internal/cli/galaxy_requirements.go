package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// wantedRole is a role that is to be installed.
type wantedRole struct{ src, name, version, scm string }

// wantedCollection is a collection that is to be installed.
type wantedCollection struct{ name, version, source, kind string }

// requirements are what a requirements file asks for.
type requirements struct {
	roles       []wantedRole
	collections []wantedCollection
}

// readRequirements reads a requirements file: a list of roles, or a mapping with roles and collections.
// Source: https://docs.ansible.com/ansible/latest/galaxy/user_guide.html#installing-multiple-roles-from-a-file
func (g *galaxyCommand) readRequirements(path string) (requirements, error) {
	return g.readNested(path, 0)
}

// maxNested bounds files that include others.
const maxNested = 20

func (g *galaxyCommand) readNested(path string, depth int) (requirements, error) {
	var r requirements
	if depth > maxNested {
		return r, withCode(ExitError, fmt.Errorf("the requirements file %s includes itself", path))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return r, withCode(ExitError, fmt.Errorf("The requirements file '%s' does not exist.", path))
	}
	v, err := yaml.Load(source.NewFile(path, string(text)), yaml.Options{})
	if err != nil {
		return r, withCode(ExitError, fmt.Errorf("Failed to parse the requirements yml at '%s' with the following error:\n%w", path, err))
	}
	roles := v
	switch d := v.(type) {
	case value.NoneType:
		return r, withCode(ExitError, fmt.Errorf("No requirements found in file '%s'", path))
	case *value.Dict:
		for it := d.Iterate(); it.Next(); {
			if key, _ := value.Text(it.Key()); key != "roles" && key != "collections" {
				return r, withCode(ExitError, fmt.Errorf("Expecting only 'roles' and/or 'collections' as base keys in the requirements file. Found: %s", key))
			}
		}
		roles = d.Stored("roles")
		if err := r.addCollections(d.Stored("collections")); err != nil {
			return r, err
		}
	}
	l, _ := roles.(*value.List)
	if l == nil {
		return r, nil
	}
	for _, e := range l.Stored() {
		if d, ok := e.(*value.Dict); ok && d.Has("include") {
			more, err := g.readNested(filepath.Join(filepath.Dir(path), textOf(d, "include")), depth+1)
			if err != nil {
				return r, err
			}
			r.roles = append(r.roles, more.roles...)
			continue
		}
		role, err := roleOf(e)
		if err != nil {
			return r, err
		}
		r.roles = append(r.roles, role)
	}
	return r, nil
}

func textOf(d *value.Dict, key string) string {
	v := d.Stored(key)
	if v == nil || v == value.None {
		return ""
	}
	s, _ := value.Text(v)
	return s
}

// roleOf reads one role: a text "src,version,name", or a mapping.
func roleOf(v value.Value) (wantedRole, error) {
	switch v := v.(type) {
	case value.Str:
		return roleSpec(v.String())
	case *value.Dict:
		src := textOf(v, "src")
		if src == "" {
			src = textOf(v, "role")
		}
		if src == "" {
			src = textOf(v, "name")
		}
		w, err := roleSpec(src)
		if n := textOf(v, "name"); n != "" && v.Has("src") {
			w.name = n
		}
		if n := textOf(v, "version"); n != "" {
			w.version = n
		}
		if n := textOf(v, "scm"); n != "" {
			w.scm = n
		}
		return w, err
	}
	return wantedRole{}, withCode(ExitError, diag.Errorf(value.OriginOf(v), "Must specify name or src for role"))
}

// roleSpec reads [scm+]src[,version[,name]].
func roleSpec(text string) (wantedRole, error) {
	parts := strings.Split(text, ",")
	if len(parts) > 3 {
		return wantedRole{}, withCode(ExitError, fmt.Errorf("Invalid role line (%s). Proper format is 'role_name[,version[,name]]'", text))
	}
	w := wantedRole{src: strings.TrimSpace(parts[0])}
	if len(parts) > 1 {
		w.version = strings.TrimSpace(parts[1])
	}
	if len(parts) > 2 {
		w.name = strings.TrimSpace(parts[2])
	}
	if scm, rest, ok := strings.Cut(w.src, "+"); ok && (scm == "git" || scm == "hg") {
		w.scm, w.src = scm, rest
	}
	if w.name == "" {
		w.name = roleName(w.src)
	}
	return w, nil
}

// roleName is the name of a role by where it comes from: the end of an address without its ending.
func roleName(src string) string {
	if !strings.Contains(src, "://") && !strings.Contains(src, "@") {
		return src
	}
	name := src[strings.LastIndexByte(src, '/')+1:]
	for _, end := range []string{".git", ".tar.gz"} {
		name = strings.TrimSuffix(name, end)
	}
	name, _, _ = strings.Cut(name, ",")
	return name
}

func (r *requirements) addCollections(v value.Value) error {
	l, _ := v.(*value.List)
	if l == nil {
		return nil
	}
	for _, e := range l.Stored() {
		switch e := e.(type) {
		case value.Str:
			name, version, _ := strings.Cut(e.String(), ":")
			if !strings.Contains(e.String(), "/") {
				r.collections = append(r.collections, wantedCollection{name: name, version: version})
			} else {
				r.collections = append(r.collections, wantedCollection{name: e.String()})
			}
		case *value.Dict:
			if e.Has("signatures") {
				return withCode(ExitOptions, diag.Errorf(value.OriginOf(e), "signatures are not verified here").Hint("take the key signatures out"))
			}
			c := wantedCollection{name: textOf(e, "name"), version: textOf(e, "version"), source: textOf(e, "source"), kind: textOf(e, "type")}
			if c.name == "" {
				c.name = c.source
			}
			if c.name == "" {
				return withCode(ExitError, diag.Errorf(value.OriginOf(e), "Collections requirement entry should contain the key 'name' if it's requested from a Galaxy-like index server."))
			}
			r.collections = append(r.collections, c)
		default:
			return withCode(ExitError, diag.Errorf(value.OriginOf(e), "a collection is a text or a mapping"))
		}
	}
	return nil
}

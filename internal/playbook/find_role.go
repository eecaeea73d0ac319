package playbook

import (
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// findRole looks for a role's folder: in the collection that its name or the list of collections says, beside the
// playbook, in roles_path, beside the role that depends on it, then as a path.
func (ld *load) findRole(u roleUse) (path, fqcn string, ok bool) {
	base, name := ld.play.Dir, u.name
	for _, full := range ld.roleNames(u) {
		parts := strings.Split(full, ".")
		for _, root := range ld.collectionRoots(base) {
			p := filepath.Join(root, parts[0], parts[1], "roles", filepath.Join(parts[2:]...))
			if ld.isDir(p) {
				return p, strings.Join([]string{parts[0], parts[1], parts[len(parts)-1]}, "."), true
			}
		}
	}
	if filepath.IsAbs(name) {
		return filepath.Clean(name), name, ld.isDir(name)
	}
	for _, dir := range ld.roleDirs(u) {
		if p := filepath.Join(dir, name); ld.isDir(p) {
			return p, name, true
		}
	}
	if p, err := ld.abs(name); err == nil && ld.isDir(p) {
		return p, name, true
	}
	return "", name, false
}

// roleNames gives the full names under which a role may be found in collections.
func (ld *load) roleNames(u roleUse) []string {
	name := u.name
	if strings.ContainsAny(name, "/{") {
		return nil
	}
	if strings.Count(name, ".") >= 2 {
		return []string{name}
	}
	var names []string
	for _, c := range ld.roleCollections(u) {
		if strings.Count(c, ".") == 1 && c != "ansible.builtin" && c != "ansible.legacy" {
			names = append(names, c+"."+name)
		}
	}
	return names
}

// roleCollections are the collections in which a role's short name is looked for.
func (ld *load) roleCollections(u roleUse) []string {
	switch {
	case u.asking != nil:
		return u.asking.Collections
	case u.parent.Role != nil:
		return u.parent.Role.Collections
	}
	var names []string
	if own := collectionOf(ld.play.File); own != "" {
		names = append(names, own)
	}
	for _, v := range listOf(ld.play.Scope.Attrs.Get(Collections)) {
		if s, ok := v.(value.Str); ok {
			names = append(names, s.String())
		}
	}
	return names
}

// collectionOf is the collection whose folder playbooks a file stands in, "" for any other file.
func collectionOf(file string) string {
	_, rest, ok := strings.Cut(filepath.ToSlash(file), "/ansible_collections/")
	parts := strings.Split(rest, "/")
	if !ok || len(parts) < 4 || parts[2] != "playbooks" {
		return ""
	}
	return parts[0] + "." + parts[1]
}

// roleDirs are the folders that hold roles, in the order in which they are searched.
func (ld *load) roleDirs(u roleUse) []string {
	base := ld.play.Dir
	dirs := append([]string{filepath.Join(base, "roles")}, ld.RolesPath...)
	if u.asking != nil {
		dirs = append(dirs, filepath.Dir(u.asking.Path))
	}
	return append(dirs, base)
}

// roleMissing is the finding for a role that is nowhere.
func (ld *load) roleMissing(u roleUse) *diag.Error {
	dirs, name := ld.roleDirs(u), u.name
	searched := dirs
	if cs := ld.roleCollections(u); len(cs) > 0 || u.asking != nil {
		if !slices.Contains(cs, "ansible.legacy") {
			cs = append(slices.Clone(cs), "ansible.legacy")
		}
		searched = append(cs, dirs...)
	}
	e := exitsWith(exitError, refuse(u.pos, "the role '"+name+"' was not found in "+strings.Join(searched, ":"), "no role named %q", name))
	var there []string
	for _, d := range dirs[:len(dirs)-1] {
		entries, err := ld.files().ReadDir(d)
		if err != nil {
			continue
		}
		for _, en := range entries {
			if en.IsDir() {
				there = append(there, en.Name())
			}
		}
	}
	if near := diag.Nearest(name, there); near != "" {
		return e.Hint("did you mean %q?", near)
	}
	return e.Hint("looked in %s", strings.Join(dirs, ", "))
}

var yamlExtensions = []string{".yml", ".yaml", ".json", ""}

// roleFile finds one of a role's files: main, or the one named from. given says that from was asked for.
func (ld *load) roleFile(role, sub, from string) (path string, ok, outside bool) {
	dir := filepath.Join(role, sub)
	exts := yamlExtensions
	if from != "" {
		exts = []string{"", ".yml", ".yaml", ".json"}
	} else {
		from = "main"
	}
	for _, ext := range exts {
		p := filepath.Join(dir, from+ext)
		if ld.isFile(p) {
			if rel, err := filepath.Rel(dir, p); err != nil || strings.HasPrefix(rel, "..") {
				return dir + "/" + from + ext, false, true
			}
			return p, true, false
		}
	}
	return filepath.Join(dir, from), false, false
}

// roleVarsFiles finds the files of a role's defaults or vars: one file, or all in the folder of that name.
func (ld *load) roleVarsFiles(role, sub, from string) []string {
	if p, ok, _ := ld.roleFile(role, sub, from); ok {
		return []string{p}
	}
	if from == "" {
		from = "main"
	}
	return ld.varsDir(filepath.Join(role, sub, from))
}

// varsDir lists the files with variables below a folder in the order of their names, none that are hidden or backups.
func (ld *load) varsDir(dir string) []string {
	entries, err := ld.files().ReadDir(dir)
	if err != nil {
		return nil
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	var files []string
	for _, e := range entries {
		name := e.Name()
		p := filepath.Join(dir, name)
		switch {
		case strings.HasPrefix(name, "."), strings.HasSuffix(name, "~"):
		case ld.isDir(p):
			files = append(files, ld.varsDir(p)...)
		case slices.Contains(yamlExtensions, filepath.Ext(name)):
			files = append(files, p)
		}
	}
	return files
}

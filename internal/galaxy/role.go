package galaxy

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// installInfo is the file in which a role keeps what was installed.
const installInfo = "meta/.galaxy_install_info"

// Role is a role that is installed.
type Role struct{ Name, Version, Path string } // Version is "" where none is known

// InstalledRoles gives the roles in a folder, sorted.
func InstalledRoles(dir string) ([]Role, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var roles []Role
	for _, e := range entries {
		if r, ok := InstalledRole(dir, e.Name()); ok {
			roles = append(roles, r)
		}
	}
	sort.Slice(roles, func(i, j int) bool { return roles[i].Name < roles[j].Name })
	return roles, nil
}

// InstalledRole gives a role in a folder, and whether there is one: it has a file meta/main.yml or was installed by galaxy.
func InstalledRole(dir, name string) (Role, bool) {
	p := filepath.Join(dir, name)
	r := Role{Name: name, Path: p}
	if d := readYAML(filepath.Join(p, installInfo)); d != nil {
		r.Version = text0(d, "version")
		return r, true
	}
	for _, main := range []string{"meta/main.yml", "meta/main.yaml"} {
		if info, err := os.Stat(filepath.Join(p, main)); err == nil && info.Mode().IsRegular() {
			return r, true
		}
	}
	return r, false
}

func readYAML(file string) *value.Dict {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	v, err := yaml.Load(source.NewFile(file, string(text)), yaml.Options{})
	if d, ok := v.(*value.Dict); err == nil && ok {
		return d
	}
	return nil
}

// RoleRoot gives the folder of an archive in which the role lies: where its meta folder is.
func RoleRoot(archive string) (root string, err error) {
	found := false
	err = eachEntry(archive, func(e entry) error {
		if e.name == "meta/main.yml" || strings.HasSuffix(e.name, "/meta/main.yml") || strings.HasSuffix(e.name, "/meta/main.yaml") {
			dir := strings.TrimSuffix(path.Dir(path.Dir(e.name)), ".")
			if !found || len(dir) < len(root) {
				root, found = dir, true
			}
		}
		return nil
	})
	if err == nil && !found {
		err = errors.New("this role does not appear to have a meta/main.yml file.")
	}
	return root, err
}

// InstallRoleArchive unpacks what lies in the folder root of an archive into the folder dest, in one step. version is kept with it.
func InstallRoleArchive(archive, root, dest, version string, now time.Time) error {
	return place(dest, func(in *os.Root) error {
		err := eachEntry(archive, func(e entry) error {
			name := e.name
			if root != "" {
				rest, ok := strings.CutPrefix(name, root+"/")
				if !ok {
					return nil
				}
				name = rest
			}
			if name == "." || name == installInfo {
				return nil
			}
			return e.unpack(in, name)
		})
		if err != nil {
			return err
		}
		text := fmt.Sprintf("install_date: %s\nversion: %s\n", now.UTC().Format("Mon Jan  2 15:04:05 2006"), version)
		if version == "" {
			text = strings.Replace(text, "version: \n", "version: ''\n", 1)
		}
		return entry{read: io.Reader(strings.NewReader(text))}.unpack(in, installInfo)
	})
}

// RoleDependencies gives the dependencies of an installed role that name where they come from.
func RoleDependencies(dir string) []*value.Dict {
	d := readYAML(filepath.Join(dir, "meta", "main.yml"))
	if d == nil {
		return nil
	}
	var out []*value.Dict
	l, _ := d.Stored("dependencies").(*value.List)
	if l == nil {
		return nil
	}
	for _, e := range l.Stored() {
		switch e := e.(type) {
		case *value.Dict:
			out = append(out, e)
		case value.Str:
			out = append(out, value.DictOf("src", e))
		}
	}
	return out
}

// RoleInfo gives what the role in a folder tells of itself in its meta/main, with the keys install_date and installed_version where it
// was installed by galaxy; nothing, where it tells nothing.
func RoleInfo(dir string) *value.Dict {
	known := value.NewDict()
	for _, main := range []string{"meta/main.yml", "meta/main.yaml"} {
		if d := readYAML(filepath.Join(dir, main)); d != nil {
			known = d.Copy()
			break
		}
	}
	if d := readYAML(filepath.Join(dir, installInfo)); d != nil {
		known.SetStr("install_date", d.Stored("install_date"))
		known.SetStr("installed_version", d.Stored("version"))
	}
	return known
}

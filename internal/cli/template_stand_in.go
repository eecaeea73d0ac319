package cli

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
)

// standIn stands for the play and the task that a template is tried without: it has no variables of its own but those of
// the role whose template it is.
type standIn struct {
	dir  string // of the playbook
	role string // the role's folder, "" outside of roles

	defaults, roleVars *value.Dict
}

// standIn makes the stand-in for a template file, "" for none, and a role, "" for the one that the file is of.
func (r *run) standIn(file, role string) (*standIn, error) {
	at := &standIn{dir: r.playbookDir()}
	if role != "" {
		var err error
		if at.role, err = r.roleFolder(role); err != nil {
			return nil, err
		}
	} else if file != "" {
		at.role = roleAround(r.abs(file))
	}
	if at.role == "" {
		return at, nil
	}
	var err error
	if at.defaults, err = r.reader.ReadEntity(filepath.Join(at.role, "defaults"), "main", r.mergeHashes()); err != nil {
		return nil, err
	}
	at.roleVars, err = r.reader.ReadEntity(filepath.Join(at.role, "vars"), "main", r.mergeHashes())
	return at, err
}

// roleAround is the folder of the role whose template a file is, "" for none.
func roleAround(file string) string {
	for dir := filepath.Dir(file); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if filepath.Base(dir) == "templates" && filepath.Base(filepath.Dir(filepath.Dir(dir))) == "roles" {
			return filepath.Dir(dir)
		}
	}
	return ""
}

// roleFolder finds a role by its name, where playbooks find it, or by its path.
func (r *run) roleFolder(role string) (string, error) {
	if strings.ContainsRune(role, filepath.Separator) {
		if info, err := os.Stat(r.abs(role)); err == nil && info.IsDir() {
			return r.abs(role), nil
		}
		return "", diag.Errorf(noPos, "there is no role at %s", role)
	}
	folders := append([]string{filepath.Join(r.playbookDir(), "roles")}, r.settings.Paths("DEFAULT_ROLES_PATH")...)
	if r.req.kit.dir != "" {
		folders = append(folders, filepath.Join(r.req.kit.dir, "roles"))
	}
	var names []string
	for _, f := range folders {
		if info, err := os.Stat(filepath.Join(f, role)); err == nil && info.IsDir() {
			return filepath.Join(f, role), nil
		}
		entries, _ := os.ReadDir(f)
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	e := diag.Errorf(noPos, "no role %q in %s", role, strings.Join(folders, ", "))
	if near := diag.Nearest(role, names); near != "" {
		return "", e.Hint("did you mean %q?", near)
	}
	return "", e.Hint("--role takes a path too, such as ./roles/%s", role)
}

// search are the folders in which lookups look for files.
func (s *standIn) search() []string {
	if s.role != "" {
		return []string{s.role, s.dir}
	}
	return []string{s.dir}
}

// standInTask is the stand-in as the task: what the play has, it has not again.
type standInTask struct{ *standIn }

// EachVars visits the role's variables.
func (s *standIn) EachVars(visit func(level string, owner any, d *value.Dict)) {
	visit(vars.RoleDefaults.String(), s, s.defaults)
	visit(vars.RoleVars.String(), s, s.roleVars)
}

// RoleNames returns the role's name.
func (s *standIn) RoleNames() (own, dependencies []string) {
	if s.role == "" {
		return nil, nil
	}
	return []string{filepath.Base(s.role)}, nil
}

// Folder returns the folder of the playbook.
func (s *standIn) Folder() string { return s.dir }

// EachVars visits nothing.
func (standInTask) EachVars(func(level string, owner any, d *value.Dict)) {}

// RoleFacts returns what magic variables say of the role.
func (s standInTask) RoleFacts() (name, full, path, collection string, parents, parentPaths []string, ok bool) {
	name = filepath.Base(s.role)
	return name, name, s.role, "", nil, nil, s.role != ""
}

// VarScope returns the play.
func (s standInTask) VarScope() any { return s.standIn }

var (
	_ vars.Play = (*standIn)(nil)
	_ vars.Task = standInTask{}
)

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/galaxy"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// roleInstall installs roles, and with an implied "role" the collections of a requirements file too.
func (g *galaxyCommand) roleInstall(ctx context.Context) error {
	file := g.line.str("role-file")
	switch {
	case file == "" && len(g.line.args) == 0:
		return withCode(ExitOptions, errors.New("- you must specify a user/role name or a roles file"))
	case file != "" && len(g.line.args) > 0:
		return withCode(ExitOptions, errors.New("The positional role_name arg and --role-file are mutually exclusive."))
	}
	var roles []wantedRole
	collections := false
	if file != "" {
		path := g.abs(file)
		if ext := filepath.Ext(path); ext != ".yml" && ext != ".yaml" {
			return withCode(ExitError, errors.New("Invalid role requirements file, it must end with a .yml or .yaml extension"))
		}
		r, err := g.readRequirements(path)
		if err != nil {
			return err
		}
		roles, collections = r.roles, len(r.collections) > 0
		if collections && !g.both {
			collections = false
		}
		if collections && g.line.has("roles-path") {
			g.warn("The requirements file '%s' contains collections which will be ignored. To install these collections run "+
				"'ansible-galaxy collection install -r' or to install both at the same time run 'ansible-galaxy install -r' without a custom install path.", path)
			collections = false
		}
	}
	for _, a := range g.line.args {
		w, err := roleSpec(a)
		if err != nil {
			return err
		}
		roles = append(roles, w)
	}
	if len(roles) > 0 || !collections {
		g.say("Starting galaxy role install process")
		if err := g.installRoles(ctx, roles); err != nil {
			return err
		}
	}
	if collections {
		return g.collectionInstall(ctx, file)
	}
	return nil
}

func (g *galaxyCommand) installRoles(ctx context.Context, roles []wantedRole) error {
	paths := g.rolePaths()
	if len(paths) == 0 {
		return withCode(ExitOptions, errors.New("there is no folder for roles: give one with --roles-path"))
	}
	for i := 0; i < len(roles); i++ {
		w := roles[i]
		if have, ok := g.roleHere(paths, w.name); ok {
			switch {
			case g.line.has("force") || g.line.has("force-with-deps"):
				version := w.version
				if version == "" {
					version = "unspecified"
				}
				g.say("- changing role %s from %s to %s", w.name, have.Version, version)
			case w.version != "" && w.version != have.Version:
				g.warn("- %s (%s) is already installed - use --force to change version to %s", w.name, have.Version, w.version)
				continue
			case have.Version == "":
				g.say("- %s is already installed, skipping.", w.name)
				continue
			default:
				g.say("- %s (%s) is already installed, skipping.", w.name, have.Version)
				continue
			}
		}
		if err := g.installRole(ctx, &w, paths[0]); err != nil {
			g.warn("- %s was NOT installed successfully: %s", w.name, err)
			if !g.line.has("ignore-errors") {
				return withCode(ExitError, errors.New("- you can use --ignore-errors to skip failed roles and finish processing the list."))
			}
			continue
		}
		if !g.line.has("no-deps") {
			roles = append(roles, g.roleDependencies(paths, filepath.Join(paths[0], w.name), roles)...)
		}
	}
	return nil
}

func (g *galaxyCommand) roleHere(paths []string, name string) (galaxy.Role, bool) {
	for _, p := range paths {
		if r, ok := galaxy.InstalledRole(p, name); ok {
			return r, true
		}
	}
	return galaxy.Role{}, false
}

// roleDependencies are the dependencies of an installed role that are not there and are not asked for already.
func (g *galaxyCommand) roleDependencies(paths []string, dir string, roles []wantedRole) []wantedRole {
	var more []wantedRole
	for _, d := range galaxy.RoleDependencies(dir) {
		w, err := roleOf(value.Value(d))
		if err != nil || !strings.Contains(w.src, ".") && !strings.Contains(w.src, "/") {
			continue // a role of the project, which no server has
		}
		_, here := g.roleHere(paths, w.name)
		asked := slices.ContainsFunc(append(slices.Clone(roles), more...), func(o wantedRole) bool { return o.name == w.name })
		switch {
		case here && !g.line.has("force-with-deps"):
			g.say("- dependency %s is already installed, skipping.", w.name)
		case asked:
			g.say("- dependency %s already pending installation.", w.name)
		default:
			g.say("- adding dependency: %s", w.described())
			more = append(more, w)
		}
	}
	return more
}

func (w wantedRole) described() string {
	if w.version == "" {
		return w.name
	}
	return fmt.Sprintf("%s (%s)", w.name, w.version)
}

// installRole gets the archive of a role and unpacks it.
func (g *galaxyCommand) installRole(ctx context.Context, w *wantedRole, dir string) error {
	if w.name != filepath.Base(w.name) || w.name == "." || w.name == ".." {
		w.name = filepath.Base(w.name)
	}
	archive, err := g.roleArchive(ctx, w)
	if err != nil {
		return err
	}
	root, err := galaxy.RoleRoot(archive)
	if err != nil {
		return err
	}
	dest := filepath.Join(dir, w.name)
	g.say("- extracting %s to %s", w.name, dest)
	if err := galaxy.InstallRoleArchive(archive, root, dest, w.version, g.env.Now()); err != nil {
		return err
	}
	g.say("- %s was installed successfully", w.described())
	return nil
}

func (g *galaxyCommand) roleArchive(ctx context.Context, w *wantedRole) (string, error) {
	switch {
	case w.scm == "git" || strings.HasPrefix(w.src, "git@") || strings.HasSuffix(w.src, ".git"):
		dir, err := g.client.Git(ctx, w.src, w.version)
		if err != nil {
			return "", err
		}
		return g.client.GitArchive(ctx, dir, w.name)
	case w.scm != "":
		return "", fmt.Errorf("scm %s is not currently supported", w.scm)
	case galaxy.IsURL(w.src):
		g.say("- downloading role from %s", w.src)
		return g.client.Download(ctx, w.src, "")
	}
	if info, err := os.Stat(g.abs(w.src)); err == nil && info.Mode().IsRegular() {
		if w.name == w.src {
			w.name = filepath.Base(w.src)
		}
		return g.abs(w.src), nil
	}
	return g.roleFromServer(ctx, w)
}

// roleFromServer asks the servers for a role USER.NAME.
func (g *galaxyCommand) roleFromServer(ctx context.Context, w *wantedRole) (string, error) {
	servers, err := g.servers()
	if err != nil {
		return "", err
	}
	name := w.name
	g.say("- downloading role '%s', owned by %s", name[strings.IndexByte(name, '.')+1:], strings.SplitN(name, ".", 2)[0])
	var found *galaxy.ServerRole
	for _, s := range servers {
		if found, err = s.Role(ctx, w.src); found != nil {
			break
		}
	}
	if found == nil {
		if err == nil {
			err = fmt.Errorf("- sorry, %s was not found on %s.", w.src, servers[0].URL)
		}
		return "", err
	}
	if w.version == "" {
		w.version = newest(found.Versions, found.Branch)
	} else if len(found.Versions) > 0 && !slices.Contains(found.Versions, w.version) {
		return "", fmt.Errorf("- the specified version (%s) of %s was not found in the list of available versions (%v).", w.version, w.src, found.Versions)
	}
	address := found.URLs[w.version]
	if address == "" {
		address = fmt.Sprintf("https://github.com/%s/%s/archive/%s.tar.gz", found.User, found.Repository, w.version)
	}
	g.say("- downloading role from %s", address)
	return g.client.Download(ctx, address, "")
}

// newest is the newest of versions that may have a "v" before them, or the branch if there are none.
func newest(versions []string, branch string) string {
	best, chosen := galaxy.Version{}, ""
	for _, text := range versions {
		v, err := galaxy.ParseVersion(strings.TrimPrefix(text, "v"))
		if err == nil && (chosen == "" || v.Compare(best) > 0) {
			best, chosen = v, text
		}
	}
	switch {
	case chosen != "":
		return chosen
	case len(versions) > 0:
		return slices.Max(versions)
	case branch != "":
		return branch
	}
	return "master"
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/config"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/galaxy"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

const galaxyAbout = `Installs roles and collections from archives, folders, git and Galaxy servers, lists, removes and verifies them, makes new ones and
builds archives. The line is that of ansible-galaxy. What it does not do is refused: publishing, searching, and the verification of
signatures.

EXAMPLES
   kimai-ansible galaxy collection install -r requirements.yml -p ./collections
   kimai-ansible galaxy role install -p roles git+https://git.example.org/role.git,1.2.0,name
   kimai-ansible galaxy collection list`

// galaxyCommand is a call of ansible-galaxy.
type galaxyCommand struct {
	env      *Env
	line     *parsedLine
	settings *config.Settings
	client   *galaxy.Client
	both     bool // "install" without "role" or "collection": both
}

// runGalaxy is ansible-galaxy, and `kimai-ansible galaxy`: it gets roles and collections.
// Source: https://docs.ansible.com/ansible/latest/cli/ansible-galaxy.html
func runGalaxy(ctx context.Context, env *Env, args []string, dropIn bool) error {
	args, implicit := impliedRole(args)
	p, done, err := readDropIn(env, "ansible-galaxy", dropIn, args)
	if done || err != nil {
		return err
	}
	s, err := config.Load(config.Options{Environ: env.Environ, Dir: env.Dir})
	if err != nil {
		return tellError(env, dropIn, &settingsError{err})
	}
	g := &galaxyCommand{env: env, line: p, settings: s, both: implicit && p.has("role-file")}
	return tellError(env, dropIn, g.run(ctx))
}

// impliedRole puts "role" before an action that stands alone, as ansible-galaxy does.
func impliedRole(args []string) ([]string, bool) {
	for i, a := range args {
		switch {
		case a == "role" || a == "collection" || a == "-h" || a == "--help" || a == "--version":
			return args, false
		case !strings.HasPrefix(a, "-"):
			return slices.Insert(slices.Clone(args), i, "role"), true
		}
	}
	return args, false
}

// signatureOptions ask for what is not done here: they are refused, never passed over.
var signatureOptions = []string{"keyring", "signature", "required-valid-signature-count", "ignore-signature-status-code", "ignore-signature-status-codes"}

func (g *galaxyCommand) run(ctx context.Context) error {
	for _, o := range signatureOptions {
		if g.line.has(o) {
			return withCode(ExitOptions, (&diag.Error{Msg: "the option --" + o + " is not supported: signatures are not verified here"}).
				Hint("the checksums of archives always are"))
		}
	}
	temp, err := os.MkdirTemp("", "kimai-ansible-galaxy-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	timeout := g.settings.Int("GALAXY_SERVER_TIMEOUT")
	if n, err := strconv.Atoi(g.line.str("timeout")); err == nil && n > 0 {
		timeout = n
	}
	insecure := g.line.has("ignore-certs") || g.settings.IsSet("GALAXY_IGNORE_CERTS") && g.settings.Bool("GALAXY_IGNORE_CERTS")
	g.client = galaxy.NewClient(temp, time.Duration(timeout)*time.Second, insecure, g.env.Environ)
	switch strings.TrimPrefix(g.line.prog, "ansible-galaxy ") {
	case "collection install":
		return g.collectionInstall(ctx, g.line.str("requirements-file"))
	case "collection list":
		return g.collectionList()
	case "collection init":
		return g.collectionInit(ctx)
	case "collection build":
		return g.collectionBuild()
	case "collection verify":
		return g.collectionVerify()
	case "collection download":
		return g.collectionDownload(ctx)
	case "role init":
		return g.roleInit(ctx)
	case "role info":
		return g.roleInfo()
	case "role install":
		return g.roleInstall(ctx)
	case "role list":
		return g.roleList()
	case "role remove":
		return g.roleRemove()
	}
	e := &diag.Error{Msg: fmt.Sprintf("%s is not supported", strings.TrimPrefix(g.line.prog, "ansible-galaxy "))}
	return withCode(ExitOptions, e.Hint("there are: role install, init, info, list and remove; collection install, init, build, download, verify and list"))
}

func (g *galaxyCommand) say(format string, args ...any) {
	fmt.Fprintf(g.env.Stdout, format+"\n", args...)
}

func (g *galaxyCommand) warn(format string, args ...any) {
	fmt.Fprintf(g.env.Stderr, "[WARNING]: "+format+"\n", args...)
}

func (g *galaxyCommand) abs(path string) string {
	path = g.settings.Expand(path)
	if !filepath.IsAbs(path) {
		path = filepath.Join(g.env.Dir, path)
	}
	return filepath.Clean(path)
}

// servers are those to ask: of --server, else of the settings.
func (g *galaxyCommand) servers() ([]*galaxy.Server, error) {
	token := g.line.str("token")
	if s := g.line.str("server"); s != "" && galaxy.IsURL(s) {
		return []*galaxy.Server{g.client.NewServer("cmd_arg", s, token)}, nil
	}
	var list []*galaxy.Server
	for _, name := range g.settings.List("GALAXY_SERVER_LIST") {
		if name == "" {
			continue
		}
		def := g.settings.GalaxyServer(name)
		switch {
		case def["url"] == "":
			return nil, withCode(ExitOptions, fmt.Errorf("No setting was provided for required configuration setting: url of the galaxy server %s", name))
		case def["username"] != "" || def["password"] != "" || def["auth_url"] != "" || def["client_id"] != "":
			return nil, withCode(ExitOptions, fmt.Errorf("the galaxy server %s asks for a password or a login: only a token is supported", name))
		}
		t := def["token"]
		if token != "" {
			t = token
		}
		if s := g.line.str("server"); s == "" || s == name {
			list = append(list, g.client.NewServer(name, def["url"], t))
		}
	}
	if len(list) == 0 {
		list = append(list, g.client.NewServer("default", g.settings.String("GALAXY_SERVER"), token))
	}
	return list, nil
}

// collectionPaths are the folders that are searched for collections, that of -p first.
func (g *galaxyCommand) collectionPaths() []string {
	var paths []string
	for _, p := range g.line.list("collections-path") {
		for one := range strings.SplitSeq(p, ":") {
			paths = append(paths, collectionsIn(g.abs(one)))
		}
	}
	for _, p := range g.settings.Paths("COLLECTIONS_PATHS") {
		paths = append(paths, collectionsIn(p))
	}
	return paths
}

func collectionsIn(path string) string {
	if filepath.Base(path) == "ansible_collections" {
		return path
	}
	return filepath.Join(path, "ansible_collections")
}

// collectionList lists the collections of each path that has any.
func (g *galaxyCommand) collectionList() error {
	wanted := ""
	if len(g.line.args) > 0 {
		if wanted = g.line.args[0]; !galaxy.IsName(wanted) {
			return withCode(ExitError, fmt.Errorf("Invalid collection name '%s', name must be in the format <namespace>.<collection>. \n"+
				"Please make sure namespace and collection name contains characters from [a-zA-Z0-9_] only.", wanted))
		}
	}
	format := g.line.str("format")
	shown, all := false, value.NewDict()
	for _, path := range g.collectionPaths() {
		found := galaxy.Installed(path)
		var names []string
		name, version := len("Collection"), len("Version")
		for n, v := range found {
			if wanted == "" || n == wanted {
				names = append(names, n)
				name, version = max(name, len(n)), max(version, len(v))
			}
		}
		if len(names) == 0 {
			continue
		}
		shown = true
		slices.Sort(names)
		if format == "json" || format == "yaml" {
			list := value.NewDict()
			for _, n := range names {
				list.SetStr(n, value.DictOf("version", value.NewStr(found[n])))
			}
			all.SetStr(path, list)
			continue
		}
		g.say("\n# %s", path)
		g.say("%-*s %-*s", name, "Collection", version, "Version")
		g.say("%s %s", strings.Repeat("-", name), strings.Repeat("-", version))
		for _, n := range names {
			g.say("%-*s %-*s", name, n, version, found[n])
		}
	}
	if wanted != "" && !shown {
		return withCode(ExitError, fmt.Errorf("unable to find %s in collection paths", wanted))
	}
	switch format {
	case "json":
		text, err := value.JSON(all, value.JSONOptions{})
		g.say("%s", text)
		return err
	case "yaml":
		text, err := yaml.Dump(all, yaml.DumpOptions{Flow: yaml.Block})
		fmt.Fprint(g.env.Stdout, text)
		return err
	}
	return nil
}

// rolePaths are the folders of roles, that of -p first.
func (g *galaxyCommand) rolePaths() []string {
	var paths []string
	for _, p := range g.line.list("roles-path") {
		for one := range strings.SplitSeq(p, ":") {
			paths = append(paths, g.abs(one))
		}
	}
	return append(paths, g.settings.Paths("DEFAULT_ROLES_PATH")...)
}

func (g *galaxyCommand) roleList() error {
	found := false
	for _, path := range g.rolePaths() {
		roles, err := galaxy.InstalledRoles(path)
		if err != nil {
			g.warn("- the configured path %s does not exist.", path)
			continue
		}
		found = true
		if len(g.line.args) == 0 {
			g.say("# %s", path)
		}
		for _, r := range roles {
			if len(g.line.args) > 0 && !slices.Contains(g.line.args, r.Name) {
				continue
			}
			version := r.Version
			if version == "" {
				version = "(unknown version)"
			}
			g.say("- %s, %s", r.Name, version)
		}
	}
	if !found {
		return withCode(ExitOptions, errors.New("- None of the provided paths were usable. Please specify a valid path with --roles-path"))
	}
	return nil
}

func (g *galaxyCommand) roleRemove() error {
	for _, name := range g.line.args {
		removed := false
		for _, path := range g.rolePaths() {
			if name != filepath.Base(name) || name == ".." || name == "." {
				return withCode(ExitError, fmt.Errorf("%q is no name of a role", name))
			}
			r, ok := galaxy.InstalledRole(path, name)
			if !ok {
				continue
			}
			if err := os.RemoveAll(r.Path); err != nil {
				return withCode(ExitError, err)
			}
			removed = true
			break
		}
		if removed {
			g.say("- successfully removed %s", name)
		} else {
			g.say("- %s is not installed, skipping.", name)
		}
	}
	return nil
}

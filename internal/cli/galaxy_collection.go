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
)

// collectionJob is one installation of collections.
type collectionJob struct {
	*galaxyCommand
	dest      string
	here      map[string]string          // installed in dest: name -> version
	archives  map[string]*galaxy.Archive // of the user's
	folders   map[string]string          // of the user's, with a galaxy.yml
	wanted    []galaxy.Wanted
	order     []string
	fixed     map[string]galaxy.Fixed
	renewDeps bool
}

// collectionInstall installs collections and what they depend on.
func (g *galaxyCommand) collectionInstall(ctx context.Context, file string) error {
	names := g.line.args
	if g.line.prog != "ansible-galaxy collection install" {
		names = nil // they are roles
	}
	list, err := g.wantedCollections(names, file)
	if err != nil {
		return withCode(ExitError, err)
	}
	j := g.newCollectionJob()
	j.dest = g.collectionPaths()[0]
	if p := g.line.str("collections-path"); p != "" && !slices.Contains(g.configured(), j.dest) {
		g.warn("The specified collections path '%s' is not part of the configured Ansible collections paths '%s'. The installed collection will "+
			"not be picked up in an Ansible run, unless within a playbook-adjacent collections directory.", g.abs(p), strings.Join(g.settings.Paths("COLLECTIONS_PATHS"), ":"))
	}
	return j.run(ctx, list)
}

// wantedCollections are those of the command line, or of a requirements file.
func (g *galaxyCommand) wantedCollections(names []string, file string) ([]wantedCollection, error) {
	switch {
	case file == "" && len(names) == 0:
		return nil, errors.New("You must specify a collection name or a requirements file.")
	case file != "" && len(names) > 0:
		return nil, errors.New("The positional collection_name arg and --requirements-file are mutually exclusive.")
	}
	var list []wantedCollection
	if file != "" {
		r, err := g.readRequirements(g.abs(file))
		if err != nil {
			return nil, err
		}
		list = r.collections
	}
	for _, n := range names {
		list = append(list, g.named(n))
	}
	return list, nil
}

func (g *galaxyCommand) newCollectionJob() *collectionJob {
	return &collectionJob{galaxyCommand: g, archives: map[string]*galaxy.Archive{}, folders: map[string]string{}, fixed: map[string]galaxy.Fixed{}}
}

func (g *galaxyCommand) configured() []string {
	var paths []string
	for _, p := range g.settings.Paths("COLLECTIONS_PATHS") {
		paths = append(paths, collectionsIn(p))
	}
	return paths
}

// named reads a collection of the command line: a file, an address, or NAME[:VERSIONS].
func (g *galaxyCommand) named(text string) wantedCollection {
	if _, err := os.Stat(g.abs(text)); err == nil || galaxy.IsURL(text) || strings.HasPrefix(text, "git+") || strings.HasPrefix(text, "git@") {
		return wantedCollection{name: text}
	}
	name, version, _ := strings.Cut(text, ":")
	return wantedCollection{name: name, version: version}
}

func (j *collectionJob) run(ctx context.Context, list []wantedCollection) error {
	j.say("Starting galaxy collection install process")
	j.here = galaxy.Installed(j.dest)
	j.renewDeps = j.line.has("force-with-deps")
	for _, w := range list {
		if err := j.add(ctx, w); err != nil {
			return withCode(ExitError, err)
		}
	}
	if j.nothingToDo() {
		j.say("Nothing to do. All requested collections are already installed. If you want to reinstall them, consider using `--force`.")
		return nil
	}
	j.say("Process install dependency map")
	chosen, err := j.resolve(ctx)
	if err != nil {
		return withCode(ExitError, err)
	}
	j.say("Starting collection install process")
	return j.install(ctx, chosen)
}

// add takes one requirement: an archive, a folder, git, or a name that a server is asked for.
func (j *collectionJob) add(ctx context.Context, w wantedCollection) error {
	kind, path := w.kind, j.abs(w.name)
	info, statErr := os.Stat(path)
	if kind == "" {
		switch {
		case strings.HasPrefix(w.name, "git+") || strings.HasPrefix(w.name, "git@"):
			kind = "git"
		case galaxy.IsURL(w.name):
			kind = "url"
		case statErr == nil && info.IsDir() && strings.ContainsAny(w.name, "/.") && !galaxy.IsName(w.name):
			kind = "dir"
		case statErr == nil && info.Mode().IsRegular():
			kind = "file"
		default:
			kind = "galaxy"
		}
	}
	switch kind {
	case "file":
		return j.addArchive(path, w)
	case "url":
		file, err := j.client.Download(ctx, w.name, "")
		if err != nil {
			return err
		}
		return j.addArchive(file, w)
	case "dir":
		return j.addFolder(path)
	case "git":
		address, version := strings.TrimPrefix(w.name, "git+"), w.version
		if a, v, ok := strings.Cut(address, ","); ok {
			address, version = a, v
		}
		address, below, _ := strings.Cut(address, "#")
		dir, err := j.client.Git(ctx, address, version)
		if err != nil {
			return err
		}
		return j.addFolder(filepath.Join(dir, filepath.Clean("/"+below)))
	case "galaxy":
		return j.addName(w)
	}
	return fmt.Errorf("The collection requirement entry key 'type' must be one of file, galaxy, git, dir, or url, not %s", kind)
}

func (j *collectionJob) want(name, versions string) error {
	if versions == "" {
		versions = "*"
	}
	r, err := galaxy.ParseRange(versions)
	if err != nil {
		return err
	}
	j.wanted = append(j.wanted, galaxy.Wanted{Name: name, Range: r, By: "user"})
	if !slices.Contains(j.order, name) {
		j.order = append(j.order, name)
	}
	return nil
}

func (j *collectionJob) addName(w wantedCollection) error {
	if !galaxy.IsName(w.name) {
		return notConcrete(w.name)
	}
	if w.source != "" && galaxy.IsURL(w.source) {
		return fmt.Errorf("a server for one collection (source: %s) is not supported: name it with --server or in the setting server_list", w.source)
	}
	return j.want(w.name, w.version)
}

func (j *collectionJob) addArchive(file string, w wantedCollection) error {
	a, err := galaxy.OpenArchive(file)
	if err != nil {
		return err
	}
	j.archives[a.Info.FullName()] = a
	j.fixed[a.Info.FullName()] = galaxy.Fixed{Version: a.Info.Version, Dependencies: a.Info.Dependencies}
	return j.want(a.Info.FullName(), a.Info.Version)
}

// addFolder takes the collection of a folder, or those that lie in it.
func (j *collectionJob) addFolder(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "galaxy.yml")); err != nil {
		below, _ := filepath.Glob(filepath.Join(dir, "*", "galaxy.yml"))
		if len(below) == 0 {
			return fmt.Errorf("the folder %s has no galaxy.yml", dir)
		}
		for _, b := range below {
			if err := j.addFolder(filepath.Dir(b)); err != nil {
				return err
			}
		}
		return nil
	}
	info, _, err := galaxy.ReadSource(dir)
	if err != nil {
		return err
	}
	j.folders[info.FullName()] = dir
	j.fixed[info.FullName()] = galaxy.Fixed{Version: info.Version, Dependencies: info.Dependencies}
	return j.want(info.FullName(), info.Version)
}

func (j *collectionJob) forced() bool { return j.line.has("force") || j.renewDeps }

// satisfied reports whether what is installed will do.
func (j *collectionJob) satisfied(w galaxy.Wanted) bool {
	version, ok := j.here[w.Name]
	if !ok {
		return false
	}
	v, err := galaxy.ParseVersion(version)
	return version == "*" || err == nil && w.Range.Has(v)
}

func (j *collectionJob) nothingToDo() bool {
	return !j.forced() && !j.line.has("upgrade") && !slices.ContainsFunc(j.wanted, func(w galaxy.Wanted) bool { return !j.satisfied(w) })
}

// resolve finds the releases to fetch.
func (j *collectionJob) resolve(ctx context.Context) (map[string]*galaxy.Release, error) {
	r := &galaxy.Resolver{Pre: j.line.has("pre"), NoDeps: j.line.has("no-deps"), Fixed: map[string]galaxy.Fixed{}}
	if !j.line.has("offline") {
		var err error
		if r.Servers, err = j.servers(); err != nil {
			return nil, err
		}
	}
	asked := map[string]bool{}
	for _, w := range j.wanted {
		asked[w.Name] = true
	}
	for name, version := range j.here { // what is there is kept, where it may be
		if !j.renewDeps && !j.line.has("upgrade") && !(j.line.has("force") && asked[name]) {
			r.Fixed[name] = galaxy.Fixed{Version: version}
		}
	}
	wanted := slices.Clone(j.wanted)
	for name, f := range j.fixed {
		r.Fixed[name] = f
		if !r.NoDeps {
			deps, err := galaxy.Dependencies(name, f.Dependencies)
			if err != nil {
				return nil, err
			}
			wanted = append(wanted, deps...)
		}
	}
	return r.Resolve(ctx, wanted)
}

// install fetches and installs: what was asked for in its order, then the rest.
func (j *collectionJob) install(ctx context.Context, chosen map[string]*galaxy.Release) error {
	names := slices.Clone(j.order)
	var deps []string
	for name := range chosen {
		if !slices.Contains(names, name) {
			deps = append(deps, name)
		}
	}
	slices.Sort(deps)
	for _, name := range append(names, deps...) {
		err := j.installOne(ctx, name, chosen[name])
		switch {
		case err == nil:
		case j.line.has("ignore-errors"):
			j.warn("Failed to install collection %s but skipping due to --ignore-errors being set. Error: %s", name, err)
		default:
			return withCode(ExitError, err)
		}
	}
	return nil
}

func (j *collectionJob) installOne(ctx context.Context, name string, release *galaxy.Release) error {
	ns, short, _ := strings.Cut(name, ".")
	dest := filepath.Join(j.dest, ns, short)
	archive, folder := j.archives[name], j.folders[name]
	version := j.fixed[name].Version
	if release != nil {
		version = release.Version
	}
	if archive == nil && folder == "" && release == nil || j.here[name] == version && !j.forced() {
		j.say("'%s:%s' is already installed, skipping.", name, j.here[name])
		return nil
	}
	if archive == nil && folder == "" {
		j.say("Downloading %s to %s", release.URL, j.client.Temp)
		file, err := release.Fetch(ctx)
		if err != nil {
			return err
		}
		if archive, err = galaxy.OpenArchive(file); err != nil {
			return err
		}
		if archive.Info.FullName() != name || archive.Info.Version != version {
			return fmt.Errorf("the archive of %s:%s is that of %s:%s", name, version, archive.Info.FullName(), archive.Info.Version)
		}
	}
	j.say("Installing '%s:%s' to '%s'", name, version, dest)
	if archive != nil {
		if err := archive.Install(j.dest); err != nil {
			return err
		}
	} else {
		if _, err := galaxy.InstallSource(folder, j.dest); err != nil {
			return err
		}
		j.say("Created collection for %s:%s at %s", name, version, dest)
	}
	j.say("%s:%s was installed successfully", name, version)
	return nil
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/galaxy"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// collectionBuild makes the archives of collections.
func (g *galaxyCommand) collectionBuild() error {
	dirs := g.line.args
	if len(dirs) == 0 {
		dirs = []string{"."}
	}
	into := g.env.Dir
	if o := g.line.str("output-path"); o != "" {
		into = g.abs(o)
	}
	for _, dir := range dirs {
		if err := g.build(g.abs(dir), into, g.line.has("force")); err != nil {
			return withCode(ExitError, err)
		}
	}
	return nil
}

// build makes the archive of the collection in a folder.
func (g *galaxyCommand) build(dir, into string, force bool) error {
	unknown, err := galaxy.CheckSource(dir)
	if err != nil {
		return err
	}
	if len(unknown) > 0 {
		g.warn("Found unknown keys in collection galaxy.yml at '%s': %s", filepath.Join(dir, "galaxy.yml"), strings.Join(unknown, ", "))
	}
	info, _, err := galaxy.ReadSource(dir)
	if err != nil {
		return err
	}
	file := filepath.Join(into, info.ArchiveName())
	if st, err := os.Stat(file); err == nil {
		switch {
		case st.IsDir():
			return fmt.Errorf("The output collection artifact '%s' already exists, but is a directory - aborting", file)
		case !force:
			return fmt.Errorf("The file '%s' already exists. You can use --force to re-create the collection artifact.", file)
		}
	}
	if _, file, err = galaxy.Build(dir, into, g.env.Now()); err != nil {
		return err
	}
	g.say("Created collection for %s at %s", info.FullName(), file)
	return nil
}

// collectionVerify holds installed collections against their own manifests.
func (g *galaxyCommand) collectionVerify() error {
	names, err := g.verifyNames()
	if err != nil {
		return withCode(ExitError, err)
	}
	if !g.line.has("offline") {
		return withCode(ExitOptions, (&diag.Error{Msg: "collection verify without --offline is not supported: no server is asked"}).
			Hint("add --offline: the files are held against the collection's own manifest"))
	}
	changed := false
	for _, n := range names {
		bad, err := g.verifyOne(n)
		changed = changed || bad
		switch {
		case err == nil:
		case g.line.has("ignore-errors"):
			g.warn("Failed to verify collection '%s:*' but skipping due to --ignore-errors being set. Error: %s", n, err)
		default:
			return withCode(ExitError, err)
		}
	}
	if changed {
		return &CodeError{Code: ExitError}
	}
	return nil
}

// verifyNames are the collections that are to be verified.
func (g *galaxyCommand) verifyNames() ([]string, error) {
	file := g.line.str("requirements-file")
	switch {
	case file == "" && len(g.line.args) == 0:
		return nil, errors.New("You must specify a collection name or a requirements file.")
	case file != "" && len(g.line.args) > 0:
		return nil, errors.New("The positional collection_name arg and --requirements-file are mutually exclusive.")
	}
	var names []string
	if file != "" {
		r, err := g.readRequirements(g.abs(file))
		if err != nil {
			return nil, err
		}
		for _, c := range r.collections {
			names = append(names, c.name)
		}
	}
	for _, a := range g.line.args {
		if info, err := os.Stat(g.abs(a)); err == nil && info.Mode().IsRegular() {
			return nil, errors.New("'file' type is not supported. The format namespace.name is expected.")
		}
		name, _, _ := strings.Cut(a, ":")
		if !galaxy.IsName(name) {
			return nil, notConcrete(name)
		}
		names = append(names, name)
	}
	return names, nil
}

// verifyOne verifies a collection; changed says that it is not as its manifest says.
func (g *galaxyCommand) verifyOne(name string) (changed bool, err error) {
	ns, short, _ := strings.Cut(name, ".")
	for _, path := range g.collectionPaths() {
		dir := filepath.Join(path, ns, short)
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			continue
		}
		v, err := galaxy.Verify(name, dir)
		if v.Hash != "" {
			g.say("Verifying '%s:%s'.", name, v.Info.Version)
			g.say("Installed collection found at '%s'", dir)
			g.say("MANIFEST.json hash: %s", v.Hash)
		}
		if err != nil {
			return false, err
		}
		if len(v.Modified) > 0 {
			g.say("Collection %s contains modified content in the following files:", name)
			for _, f := range v.Modified {
				g.say("    %s", f)
			}
			return true, nil
		}
		g.say("Successfully verified that checksums for '%s:%s' are internally consistent with its manifest.", name, v.Info.Version)
		return false, nil
	}
	return false, fmt.Errorf("Collection %s is not installed in any of the collection paths.", name)
}

// notConcrete is the error of a name that is none of a collection.
func notConcrete(name string) error {
	return fmt.Errorf("Neither the collection requirement entry key 'name', nor 'source' point to a concrete resolvable collection artifact. "+
		"Also 'name' is not an FQCN. A valid collection name must be in the format <namespace>.<collection>. Please make sure that the namespace "+
		"and the collection name contain characters from [a-zA-Z0-9_] only.\n\nCould not find %s.", name)
}

// collectionDownload puts the archives of collections, and of what they depend on, into a folder, with a requirements.yml for them.
func (g *galaxyCommand) collectionDownload(ctx context.Context) error {
	list, err := g.wantedCollections(g.line.args, g.line.str("requirements-file"))
	if err != nil {
		return withCode(ExitError, err)
	}
	into := g.line.str("download-path")
	if into == "" {
		into = "./collections"
	}
	into = g.abs(into)
	j := g.newCollectionJob()
	for _, w := range list {
		if err := j.add(ctx, w); err != nil {
			return withCode(ExitError, err)
		}
	}
	g.say("Process download dependency map")
	chosen, err := j.resolve(ctx)
	if err != nil {
		return withCode(ExitError, err)
	}
	g.say("Starting collection download process to '%s'", into)
	if err := os.MkdirAll(into, 0o755); err != nil {
		return withCode(ExitError, err)
	}
	names := slices.Clone(j.order)
	for name := range chosen {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	wanted := value.NewList()
	for _, name := range names {
		file, version, err := j.download(ctx, name, chosen[name], into)
		if err != nil {
			return withCode(ExitError, err)
		}
		wanted.Append(value.DictOf("name", value.NewStr(filepath.Base(file)), "version", value.NewStr(version)))
	}
	text, err := yaml.Dump(value.DictOf("collections", wanted), yaml.DumpOptions{Flow: yaml.Block})
	if err != nil {
		return err
	}
	file := filepath.Join(into, "requirements.yml")
	g.say("Writing requirements.yml file of downloaded collections to '%s'", file)
	return withCode(ExitError, os.WriteFile(file, []byte(text), 0o644))
}

// download puts one archive into a folder.
func (j *collectionJob) download(ctx context.Context, name string, release *galaxy.Release, into string) (file, version string, err error) {
	version = j.fixed[name].Version
	if release != nil {
		version = release.Version
	}
	j.say("Downloading collection '%s:%s' to '%s'", name, version, into)
	ns, short, _ := strings.Cut(name, ".")
	file = filepath.Join(into, galaxy.Info{Namespace: ns, Name: short, Version: version}.ArchiveName())
	switch from := j.archives[name]; {
	case from != nil:
		err = copyFile(from.Path, file)
	case j.folders[name] != "":
		err = j.build(j.folders[name], into, true)
	case release != nil:
		var fetched string
		if fetched, err = release.Fetch(ctx); err == nil {
			err = copyFile(fetched, file)
		}
	default:
		err = fmt.Errorf("nothing is known of %s", name)
	}
	if err == nil {
		j.say("Collection '%s:%s' was downloaded successfully", name, version)
	}
	return file, version, err
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}

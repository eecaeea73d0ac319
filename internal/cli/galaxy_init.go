package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/galaxy"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
)

// newThing is a role or collection that is to be made.
type newThing struct {
	kind     string // role or collection
	name     string // as it was asked for
	below    string // its folder, below that of --init-path
	skeleton string // the option's value, "" for ours
	ignore   []string
	vars     map[string]value.Value
}

// roleInit makes a new role.
func (g *galaxyCommand) roleInit(ctx context.Context) error {
	name := g.line.args[0]
	if kind := g.line.str("type"); kind != "" && kind != "default" {
		return withCode(ExitOptions, (&diag.Error{Msg: "role init --type " + kind + " is not supported"}).
			Hint("leave the option out, or name a skeleton of your own with --role-skeleton"))
	}
	t := newThing{
		kind: "role", name: name, below: name, skeleton: g.skeleton("role-skeleton", "GALAXY_ROLE_SKELETON"),
		ignore: g.settings.List("GALAXY_ROLE_SKELETON_IGNORE"),
	}
	t.vars = g.commonVars()
	t.vars["role_name"] = value.NewStr(name)
	t.vars["role_type"] = value.NewStr("default")
	t.vars["description"] = value.NewStr("your role description")
	t.vars["license"] = value.NewStr("license (GPL-2.0-or-later, MIT, etc)")
	t.vars["dependencies"] = value.NewList()
	return g.make(ctx, t)
}

// collectionInit makes a new collection.
func (g *galaxyCommand) collectionInit(ctx context.Context) error {
	full := g.line.args[0]
	if !galaxy.IsName(full) {
		return withCode(ExitError, fmt.Errorf("Invalid collection name '%s', name must be in the format <namespace>.<collection>. \n"+
			"Please make sure namespace and collection name contains characters from [a-zA-Z0-9_] only.", full))
	}
	ns, name, _ := strings.Cut(full, ".")
	t := newThing{
		kind: "collection", name: full, below: filepath.Join(ns, name), skeleton: g.skeleton("collection-skeleton", "GALAXY_COLLECTION_SKELETON"),
		ignore: g.settings.List("GALAXY_COLLECTION_SKELETON_IGNORE"),
	}
	t.vars = g.commonVars()
	for k, v := range map[string]string{
		"namespace": ns, "name": name, "collection_name": name, "version": "1.0.0", "readme": "README.md", "description": "your collection description",
		"license_file": "", "repository": "http://example.com/repository", "documentation": "http://docs.example.com", "homepage": "http://example.com",
		"issues": "http://example.com/issue/tracker",
	} {
		t.vars[k] = value.NewStr(v)
	}
	t.vars["authors"] = value.NewList(value.NewStr("your name <example@domain.com>"))
	t.vars["license"] = value.NewList(value.NewStr("GPL-2.0-or-later"))
	t.vars["tags"], t.vars["build_ignore"] = value.NewList(), value.NewList()
	t.vars["dependencies"] = value.NewDict()
	return g.make(ctx, t)
}

// commonVars are the variables that the templates of both kinds know.
func (g *galaxyCommand) commonVars() map[string]value.Value {
	known := map[string]value.Value{"min_ansible_version": value.NewFloat(2.1)}
	for k, v := range map[string]string{
		"author": "your name", "company": "your company (optional)", "issue_tracker_url": "http://example.com/issue/tracker",
		"repository_url": "http://example.com/repository", "documentation_url": "http://docs.example.com", "homepage_url": "http://example.com",
		"ansible_plugin_list_dir": "https://docs.ansible.com/ansible-core/2.19/plugins/plugins.html",
	} {
		known[k] = value.NewStr(v)
	}
	return known
}

func (g *galaxyCommand) skeleton(option, setting string) string {
	if s := g.line.str(option); s != "" {
		return s
	}
	return g.settings.Text(setting)
}

// make makes a role or collection of its skeleton.
func (g *galaxyCommand) make(ctx context.Context, t newThing) error {
	at := g.line.str("init-path")
	if at == "" {
		at = "."
	}
	shown := at + "/" + filepath.ToSlash(t.below)
	dest := filepath.Join(g.abs(at), t.below)
	if err := galaxy.CheckNew(shown, dest, g.line.has("force")); err != nil {
		return withCode(ExitError, err)
	}
	if err := g.initVars(t.vars); err != nil {
		return err
	}
	s := galaxy.Scaffold{From: galaxy.Skeleton(t.kind), Dest: dest}
	var patterns []*regexp.Regexp
	for _, p := range t.ignore {
		if t.skeleton == "" {
			p = `^.*/.git_keep$` // ours holds empty folders by it
		}
		re, err := regexp.Compile(p)
		if err != nil {
			return withCode(ExitError, fmt.Errorf("the pattern %q of what a skeleton leaves out: %w", p, err))
		}
		patterns = append(patterns, re)
	}
	s.Ignore = func(rel string) bool {
		for _, re := range patterns {
			if re.MatchString(rel) {
				return true
			}
		}
		return false
	}
	dir := ""
	if t.skeleton != "" {
		dir = g.abs(t.skeleton)
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return withCode(ExitError, fmt.Errorf("- the skeleton path '%s' does not exist, cannot init %s", t.skeleton, t.kind))
		}
		s.From = os.DirFS(dir)
	}
	title := strings.ToUpper(t.kind[:1]) + t.kind[1:] + " " + t.name
	s.Render = g.renderer(ctx, t, title, dir)
	if err := s.Make(); err != nil {
		return withCode(ExitError, err)
	}
	g.say("- %s was created successfully", title)
	return nil
}

// renderer evaluates the templates of a skeleton.
func (g *galaxyCommand) renderer(ctx context.Context, t newThing, title, dir string) func(string, []byte) ([]byte, error) {
	engine := templating.New(templating.Options{Dir: g.env.Dir, Getenv: g.env.LookupEnv, Now: g.env.Now})
	scope := engine.Scope(ctx, templating.Overlay{Inner: t.vars, Outer: nothingKnown{}}, nil)
	return func(rel string, text []byte) ([]byte, error) {
		name := rel
		if dir != "" {
			name = t.skeleton + "/" + rel
		}
		out, err := scope.RenderFile(source.NewFile(name, string(text)), templating.FileOptions{KeepTrailingNewline: true})
		if err != nil {
			return nil, fmt.Errorf("Failed to create %s. Templating %s failed with the error: %w", title, name, err)
		}
		return []byte(out), nil
	}
}

// nothingKnown has no variables.
type nothingKnown struct{}

// Lookup finds nothing.
func (nothingKnown) Lookup(string) (value.Value, bool) { return nil, false }

// Names names nothing.
func (nothingKnown) Names() []string { return nil }

// initVars adds the variables of -e.
func (g *galaxyCommand) initVars(known map[string]value.Value) error {
	r := &vars.Reader{Dir: g.env.Dir}
	extra, err := r.ParseExtra(g.line.list("extra-vars"), keyValues, false)
	if err != nil {
		return withCode(ExitError, err)
	}
	for it := extra.Iterate(); it.Next(); {
		if name, ok := it.Key().(value.Str); ok {
			known[name.String()] = it.Stored()
		}
	}
	return nil
}

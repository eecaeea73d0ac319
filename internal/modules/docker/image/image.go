// Package image holds the modules for images of containers: what an engine of Docker has of them, and the ways to get, name, send
// away, keep and remove them. docker_image_build drives the program docker; all others talk to the engine.
//
// Source: the documentation of the modules of community.docker 4.7, and what they did on recorded engines.
package image

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Set holds the modules of this family; each file adds its own.
var Set module.Set

func withEngine(own module.Args) module.Args { return slices.Concat(own, engine.Args) }

// rules are those of the arguments by which the engine is found.
var rules = module.Rules{RequiredTogether: engine.Together}

var (
	isID  = lazyregexp.New(`^sha256:[0-9a-fA-F]{64}$`)
	isTag = lazyregexp.New(`^[\w][\w.-]{0,127}$`)
)

// reference is what an image is called: an identifier, or a repository with a tag or a digest.
type reference struct {
	repository, tag string // of an identifier the repository alone
}

// parse reads a name; tag is for one that has none.
func parse(name, tag string) reference {
	if isID().MatchString(name) {
		return reference{repository: name}
	}
	if repo, digest, ok := strings.Cut(name, "@"); ok {
		return reference{repo, digest}
	}
	if i := strings.LastIndexByte(name, ':'); i >= 0 && !strings.Contains(name[i:], "/") {
		return reference{name[:i], name[i+1:]}
	}
	return reference{name, tag}
}

// id reports whether it is an identifier.
func (r reference) id() bool { return r.tag == "" }

// digest reports whether the tag is a digest.
func (r reference) digest() bool { return strings.Contains(r.tag, ":") }

// String is the name as the engine takes it.
func (r reference) String() string {
	switch {
	case r.id():
		return r.repository
	case r.digest():
		return r.repository + "@" + r.tag
	}
	return r.repository + ":" + r.tag
}

// told is the name as results tell it.
func (r reference) told() string {
	if r.id() {
		return r.repository
	}
	return r.repository + ":" + r.tag
}

// work is one call.
type work struct {
	c   *engine.Client
	sys target.System
	p   *module.Params
}

// start opens the engine and does the work of a call. An error that is a *programs.Failed is its result, one of the engine is told as
// Ansible's modules do.
func start(ctx context.Context, sys target.System, p *module.Params, do func(*work) (module.Result, error)) (module.Result, error) {
	c, failed, err := engine.Open(ctx, sys, p)
	if err != nil {
		return module.Result{}, err
	}
	if failed != nil {
		return *failed, nil
	}
	r, err := do(&work{c, sys, p})
	if _, ok := err.(*programs.Failed); err != nil && !ok { //nolint:errorlint // is not wrapped
		return engine.Failed(ctx, err)
	}
	return programs.Answer(r, err)
}

// find gives what the engine tells of an image, nil where it has none of that name.
func (w *work) find(ctx context.Context, r reference) (*value.Dict, error) {
	if r.repository == "" {
		return nil, nil
	}
	d, err := w.c.Find(ctx, engine.Request{Path: "/images/" + r.path() + "/json"})
	if engine.HasStatus(err, 400) { // what can't be a name is none
		return nil, nil
	}
	return d, err
}

// path is the name in a path of the API, in which its slashes stay.
func (r reference) path() string {
	parts := strings.Split(r.String(), "/")
	for i := range parts {
		parts[i] = engine.Escape(parts[i])
	}
	return strings.Join(parts, "/")
}

// shown is an image as a result has it: empty where there is none.
func shown(image *value.Dict) value.Value {
	if image == nil {
		return value.NewDict()
	}
	return image
}

// facts are what a diff says of an image.
func facts(image *value.Dict) *value.Dict {
	if image == nil {
		return value.DictOf("exists", value.False)
	}
	return value.DictOf("id", value.NewStr(engine.Str(image, "Id")))
}

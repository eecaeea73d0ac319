package galaxy

import (
	"context"
	"fmt"
	"slices"
	"sort"
)

// Wanted is a requirement: a collection and which of its versions will do.
type Wanted struct {
	Name  string
	Range Range
	By    string // who asks for it: "user" or another collection
}

// Resolver finds, for requirements and all that they depend on, one version of each collection: the newest that all agree with.
type Resolver struct {
	Servers []*Server
	Pre     bool // take pre-releases too
	NoDeps  bool
	// Fixed are collections that are here already (archives and folders of the user's, and what is installed), with their versions
	// and dependencies; none of them is looked for on a server, unless its version does not do.
	Fixed map[string]Fixed

	releases map[string]*Release
	versions map[string][]candidate
}

// Fixed is a collection that needs no server.
type Fixed struct {
	Version      string
	Dependencies map[string]string
}

type candidate struct {
	version Version
	server  *Server
}

// ConflictError says that no set of versions does. Its text lists who wants what.
type ConflictError struct {
	Name   string
	Wanted []Wanted
}

// Error gives the requirements of the collection that could not be met.
func (e *ConflictError) Error() string {
	text := "Failed to resolve the requested dependencies map. Could not satisfy the following requirements:"
	for _, w := range e.Wanted {
		text += fmt.Sprintf("\n* %s:%s (direct request)", w.Name, w.Range)
		if w.By != "user" {
			text = text[:len(text)-len("(direct request)")] + "(dependency of " + w.By + ")"
		}
	}
	return text
}

// Resolve gives the releases to fetch, by name. The error is a *ConflictError, or that of a server.
func (r *Resolver) Resolve(ctx context.Context, wanted []Wanted) (map[string]*Release, error) {
	r.releases, r.versions = map[string]*Release{}, map[string][]candidate{}
	chosen := map[string]*Release{}
	if err := r.step(ctx, wanted, chosen, 0); err != nil {
		return nil, err
	}
	return chosen, nil
}

// maxSteps bounds the search.
const maxSteps = 2000

// step meets the first requirement that nothing chosen meets yet, and tries the versions that do, the newest first.
func (r *Resolver) step(ctx context.Context, wanted []Wanted, chosen map[string]*Release, depth int) error {
	if depth > maxSteps {
		return fmt.Errorf("the dependencies of the collections go too deep")
	}
	for _, w := range wanted {
		if f, ok := r.Fixed[w.Name]; ok {
			if v, err := ParseVersion(f.Version); f.Version == "*" || err == nil && w.Range.Has(v) {
				continue
			}
			if w.By != "user" || chosen[w.Name] == nil && !r.onServer(ctx, w.Name) {
				return &ConflictError{w.Name, of(wanted, w.Name)}
			}
		}
		if c := chosen[w.Name]; c != nil {
			if v, _ := ParseVersion(c.Version); !w.Range.Has(v) {
				return &ConflictError{w.Name, of(wanted, w.Name)}
			}
			continue
		}
		return r.choose(ctx, w, wanted, chosen, depth)
	}
	return nil
}

func of(wanted []Wanted, name string) []Wanted {
	return slices.DeleteFunc(slices.Clone(wanted), func(w Wanted) bool { return w.Name != name })
}

func (r *Resolver) onServer(ctx context.Context, name string) bool {
	list, err := r.candidates(ctx, name)
	return err == nil && len(list) > 0
}

func (r *Resolver) choose(ctx context.Context, w Wanted, wanted []Wanted, chosen map[string]*Release, depth int) error {
	list, err := r.candidates(ctx, w.Name)
	if err != nil {
		return err
	}
	last := error(&ConflictError{w.Name, of(wanted, w.Name)})
	for _, c := range list {
		if c.version.Pre != nil && !r.Pre && !w.Range.Exact() {
			continue
		}
		if slices.ContainsFunc(of(wanted, w.Name), func(o Wanted) bool { return !o.Range.Has(c.version) }) {
			continue
		}
		release, err := r.release(ctx, c, w.Name)
		if err != nil {
			return err
		}
		more := slices.Clone(wanted)
		if !r.NoDeps {
			deps, err := Dependencies(release.Name, release.Dependencies)
			if err != nil {
				return err
			}
			more = append(more, deps...)
		}
		chosen[w.Name] = release
		if last = r.step(ctx, more, chosen, depth+1); last == nil {
			return nil
		}
		delete(chosen, w.Name)
	}
	return last
}

// Dependencies are the requirements of a collection, in the order of their names.
func Dependencies(by string, deps map[string]string) ([]Wanted, error) {
	var names []string
	for n := range deps {
		names = append(names, n)
	}
	sort.Strings(names)
	var list []Wanted
	for _, n := range names {
		rng, err := ParseRange(deps[n])
		if err != nil {
			return nil, fmt.Errorf("the dependency %s of %s: %w", n, by, err)
		}
		list = append(list, Wanted{n, rng, by})
	}
	return list, nil
}

func (r *Resolver) release(ctx context.Context, c candidate, name string) (*Release, error) {
	key := name + ":" + c.version.String()
	if have := r.releases[key]; have != nil {
		return have, nil
	}
	release, err := c.server.Release(ctx, name, c.version.String())
	if err == nil {
		r.releases[key] = release
	}
	return release, err
}

// candidates are the versions of a collection on the first server that has any, the newest first.
func (r *Resolver) candidates(ctx context.Context, name string) ([]candidate, error) {
	if list, ok := r.versions[name]; ok {
		return list, nil
	}
	var list []candidate
	for _, s := range r.Servers {
		versions, err := s.Versions(ctx, name)
		if err != nil {
			return nil, err
		}
		for _, v := range versions {
			list = append(list, candidate{v, s})
		}
		if len(list) > 0 {
			break
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].version.Compare(list[j].version) > 0 })
	r.versions[name] = list
	return list, nil
}

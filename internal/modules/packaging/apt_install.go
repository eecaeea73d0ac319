package packaging

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
)

// spec is a package as it is asked for: name, name=version, name>=version, the version with * in it.
type spec struct{ name, op, version string }

var specParts = lazyregexp.New(`^(.+?)(>?=)(.+)$`)

func parseSpec(s string) spec {
	if m := specParts().FindStringSubmatch(s); m != nil {
		return spec{m[1], m[2], m[3]}
	}
	return spec{name: s}
}

func (s spec) String() string { return s.name + s.op + s.version }

// specs are the packages that are asked for; a name with * stands for all that match it.
func (a *apt) specs(ctx context.Context, names []string) ([]spec, error) {
	var out []spec
	var known []string
	for _, n := range names {
		s := parseSpec(n)
		if !strings.ContainsAny(s.name, "*?[") {
			out = append(out, s)
			continue
		}
		if s.op != "" {
			return nil, programs.Fail("unable to filter by version when using a pattern: %s", n)
		}
		if known == nil {
			list, err := programs.Call(ctx, a.sys, "apt-cache", "pkgnames")
			if err != nil {
				return nil, err
			}
			known = strings.Fields(list.Stdout)
			slices.Sort(known)
		}
		some := false
		for _, k := range known {
			if ok, err := path.Match(s.name, k); ok && err == nil {
				out = append(out, spec{name: k})
				some = true
			}
		}
		if !some {
			return nil, programs.Fail("No package(s) matching '%s' available", s.name)
		}
	}
	return out, nil
}

// install installs what is not there, or not new enough.
func (a *apt) install(ctx context.Context, names []string) (module.Result, error) {
	state := a.p.Str("state")
	for _, n := range names {
		if state == "latest" && parseSpec(n).op != "" {
			return module.Fail("version number inconsistent with state=latest: %s", n), nil
		}
	}
	specs, err := a.specs(ctx, names)
	if err != nil {
		return module.Result{}, err
	}
	words, all, err := a.wanted(ctx, specs, state)
	if err != nil {
		return module.Result{}, err
	}
	var r module.Result
	if len(words) > 0 {
		c, err := a.installCommand(words, state)
		if err != nil {
			return r, err
		}
		out, err := a.call(ctx, c)
		if err != nil {
			return r, err
		}
		r = a.succeeded(out, true)
		if out.RC != 0 {
			r = failed(c, out)
		} else if strings.Contains(out.Stdout, nothingDone) && state == "build-dep" {
			r.Changed = false
		}
	}
	if state != "build-dep" && len(all) > 0 && !a.p.Check && programs.Has(a.sys, "apt-mark") {
		// what was installed for another package is wanted for itself now; not all packages can be marked
		if _, err := programs.Call(ctx, a.sys, append([]string{"apt-mark", "manual"}, all...)...); err != nil {
			return r, err
		}
	}
	return a.withCache(r), nil
}

// wanted gives the words for apt-get install, and the names of all packages that are asked for.
func (a *apt) wanted(ctx context.Context, specs []spec, state string) (words, all []string, err error) {
	var names []string
	for _, s := range specs {
		names = append(names, s.name)
	}
	if len(names) == 0 {
		return nil, nil, nil
	}
	if state == "build-dep" {
		return names, names, nil
	}
	m, err := a.installed(ctx, names)
	if err != nil {
		return nil, nil, err
	}
	var ask []string
	for _, s := range specs {
		if f := m[s.name]; f == nil || f.installed == "" || s.op != "" || state == "latest" {
			ask = append(ask, s.name)
		}
	}
	if len(ask) > 0 {
		if err := a.policy(ctx, ask, m); err != nil {
			return nil, nil, err
		}
	}
	for _, s := range specs {
		w, err := a.word(ctx, s, m[s.name], state)
		if err != nil {
			return nil, nil, err
		}
		if w != "" {
			words = append(words, w)
		}
		all = append(all, s.name)
	}
	return words, all, nil
}

// word is what apt-get is to install for a package, "" when it is there.
func (a *apt) word(ctx context.Context, s spec, f *found, state string) (string, error) {
	if f == nil || !f.known {
		return "", programs.Fail("No package matching '%s' is available", s.name)
	}
	if len(f.providers) > 0 {
		return a.virtualWord(ctx, s, f)
	}
	version := f.candidate
	switch s.op {
	case "=":
		if version = bestMatch(f, s.version); version == "" && f.installed != s.version {
			r := a.withCache(module.Fail("no available installation candidate for %s", s))
			return "", &programs.Failed{Result: r}
		}
	case ">=":
		newer, err := a.compare(ctx, f.candidate, "ge", s.version)
		if err != nil {
			return "", err
		}
		if !newer {
			r := a.withCache(module.Fail("no available installation candidate for %s", s))
			return "", &programs.Failed{Result: r}
		}
	}
	if f.installed == "" {
		if a.p.Bool("only_upgrade") {
			return "", nil
		}
		return a.shown(s, version), nil
	}
	switch {
	case s.op == "=":
		if ok, _ := path.Match(s.version, f.installed); ok && (version == f.installed || version == "") || f.installed == s.version {
			return "", nil
		}
	case s.op == ">=":
		enough, err := a.compare(ctx, f.installed, "ge", s.version)
		if err != nil || enough && state != "latest" {
			return "", err
		}
	case state != "latest":
		return "", nil
	}
	if s.op == "" && state == "latest" {
		newer, err := a.compare(ctx, version, "gt", f.installed)
		if err != nil || !newer {
			return "", err
		}
	}
	return a.shown(s, version), nil
}

// shown is the word for a version: a pattern stays one.
func (a *apt) shown(s spec, version string) string {
	if s.op == "=" {
		return s.name + "=" + s.version
	}
	if version == "" {
		return s.name
	}
	return s.name + "=" + version
}

// bestMatch is the first of the versions, which are in the order of preference, that matches a pattern.
func bestMatch(f *found, pattern string) string {
	for _, v := range f.versions {
		if ok, err := path.Match(pattern, v); v == pattern || ok && err == nil {
			return v
		}
	}
	return ""
}

// virtualWord is the name of a virtual package that no installed package provides.
func (a *apt) virtualWord(ctx context.Context, s spec, f *found) (string, error) {
	m, err := a.installed(ctx, f.providers)
	if err != nil {
		return "", err
	}
	for _, p := range f.providers {
		if m[p] != nil && m[p].installed != "" {
			return "", nil
		}
	}
	if a.p.Bool("only_upgrade") {
		return "", nil
	}
	return s.name, nil
}

func (a *apt) installCommand(words []string, state string) (command, error) {
	file, err := programs.Find(a.sys, "apt-get")
	if err != nil {
		return nil, err
	}
	c := append(command{file, "-y"}, a.options()...)
	if state != "build-dep" {
		c = c.flag(a.p.Bool("only_upgrade"), "--only-upgrade")
	}
	c = c.flag(state == "fixed", "--fix-broken").flag(a.p.Bool("force"), "--force-yes").
		flag(a.p.Bool("autoremove"), "--auto-remove").flag(a.p.Bool("fail_on_autoremove"), "--no-remove").flag(a.p.Check, "--simulate")
	if state == "build-dep" {
		c = append(c, "build-dep")
	} else {
		c = append(c, "install")
	}
	for _, w := range words {
		c = append(c, "'"+w+"'")
	}
	if r := a.p.Str("default_release"); r != "" {
		c = append(c, "-t", r)
	}
	if a.p.Has("install_recommends") {
		word := "no"
		if a.p.Bool("install_recommends") {
			word = "yes"
		}
		c = append(c, "-o", "APT::Install-Recommends="+word)
	}
	return a.allowed(c), nil
}

// allowed adds the options that allow what apt-get refuses otherwise.
func (a *apt) allowed(c command) command {
	for _, o := range []string{"allow_unauthenticated", "allow_downgrade", "allow_change_held_packages"} {
		if a.p.Bool(o) {
			c = append(c, map[string]string{
				"allow_unauthenticated": "--allow-unauthenticated", "allow_downgrade": "--allow-downgrades", "allow_change_held_packages": "--allow-change-held-packages",
			}[o])
		}
	}
	return c
}

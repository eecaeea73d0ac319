package packaging

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
)

// wish is a package that is to be installed: where it comes from, and its name.
type wish struct{ source, name string }

// available asks for the names in the lists, and for the members of groups.
func (pm *pacman) available(ctx context.Context) (names map[string]bool, groups map[string][]string, err error) {
	out, err := pm.must(ctx, "failed to list the packages of the repositories", "--sync", "--list")
	if err != nil {
		return nil, nil, err
	}
	names, groups = map[string]bool{}, map[string][]string{}
	for _, l := range strings.Split(out.Stdout, "\n") {
		if f := strings.Fields(l); len(f) >= 3 {
			names[f[1]] = true
		}
	}
	if out, err = pm.call(ctx, "--sync", "--groups", "--groups"); err != nil {
		return nil, nil, err
	}
	for _, l := range strings.Split(out.Stdout, "\n") {
		if f := strings.Fields(l); len(f) == 2 {
			groups[f[0]] = append(groups[f[0]], f[1])
		}
	}
	return names, groups, nil
}

// wishes tells packages, groups and files apart. What is in no list must be a file.
func (pm *pacman) wishes(ctx context.Context, names []string) ([]wish, error) {
	known, groups, err := pm.available(ctx)
	if err != nil {
		return nil, err
	}
	var out []wish
	for _, n := range names {
		switch {
		case known[n]:
			out = append(out, wish{n, n})
		case groups[n] != nil:
			for _, m := range groups[n] {
				out = append(out, wish{m, m})
			}
		case pm.installed[n] != "":
			out = append(out, wish{n, n})
		default:
			o, err := pm.call(ctx, "--upgrade", "--print-format", "%n", n)
			if err != nil {
				return nil, err
			}
			if o.RC != 0 {
				file, _ := programs.Find(pm.sys, pm.p.Str("executable")) // it was just run
				f := programs.Fail("Failed to list package %s", n)
				f.Result.Set("cmd", []string{file, "--upgrade", "--print-format", "%n", n}).Set("rc", o.RC).Set("stderr", o.Stderr)
				return nil, f
			}
			lines := strings.Fields(o.Stdout)
			if len(lines) == 0 {
				return nil, programs.Fail("Failed to list package %s", n)
			}
			out = append(out, wish{n, lines[len(lines)-1]})
		}
	}
	return out, nil
}

// install installs what is not there, or not the newest.
func (pm *pacman) install(ctx context.Context, names []string, latest bool) error {
	all, err := pm.wishes(ctx, names)
	if err != nil {
		return err
	}
	old := map[string]bool{}
	if latest {
		list, err := pm.upgrades(ctx)
		if err != nil {
			return err
		}
		for _, u := range list {
			old[u[0]] = true
		}
	}
	var fromLists, files, relabel []string
	for _, w := range all {
		missing := pm.installed[w.name] == "" || old[w.name]
		switch {
		case missing && w.source == w.name:
			fromLists = append(fromLists, w.name)
		case missing:
			files = append(files, w.source)
		}
		if reason := pm.p.Str("reason"); reason != "" && (missing && pm.installed[w.name] == "" || pm.p.Str("reason_for") == "all") && pm.reason[w.name] != reason {
			relabel = append(relabel, w.name)
		}
	}
	packages, err := pm.transact(ctx, fromLists, files, len(relabel) > 0)
	if err != nil {
		return err
	}
	for _, n := range relabel {
		if !slices.Contains(packages, n) {
			packages = append(packages, n)
		}
	}
	slices.Sort(packages)
	pm.r.Set("packages", append([]string{}, packages...))
	switch {
	case len(packages) == 0:
		pm.msgs = append(pm.msgs, "package(s) already installed")
		return nil
	case pm.p.Check:
		pm.r.Changed = true
		pm.msgs = append(pm.msgs, fmt.Sprintf("Would have installed %d packages", len(packages)))
		return nil
	}
	pm.r.Changed = true
	pm.msgs = append(pm.msgs, fmt.Sprintf("Installed %d package(s)", len(packages)))
	return pm.relabel(ctx, relabel)
}

// transact installs packages of the lists, and files, and gives the names of all that this changes. In check mode it only asks.
func (pm *pacman) transact(ctx context.Context, fromLists, files []string, relabelled bool) ([]string, error) {
	var names, before, after []string
	for _, part := range []struct {
		verb  string
		names []string
	}{{"--sync", fromLists}, {"--upgrade", files}} {
		if len(part.names) == 0 {
			continue
		}
		base := append([]string{part.verb, "--noconfirm", "--noprogressbar", "--needed"}, pm.extra["extra_args"]...)
		ask := append(append(slices.Clone(base), "--print-format", "%n %v"), part.names...)
		out, err := pm.must(ctx, "Failed to list package(s) to install", ask...)
		if err != nil {
			return nil, err
		}
		for name, version := range pairs(out.Stdout) {
			names = append(names, name)
			line := name + "-" + version
			if had := pm.installed[name]; had != "" {
				before = append(before, name+"-"+had+"-"+pm.reason[name])
				line += "-" + pm.reason[name]
			} else if r := pm.p.Str("reason"); r != "" {
				line += "-" + r
			}
			after = append(after, line)
		}
		if pm.p.Check {
			continue
		}
		if out, err = pm.must(ctx, "Failed to install package(s)", append(base, part.names...)...); err != nil {
			return nil, err
		}
		pm.stdout = append(pm.stdout, out.Stdout)
	}
	if len(names) > 0 || relabelled {
		pm.r.Diff = module.Diff{Before: sortedLines(before), After: sortedLines(after)}.Value()
	}
	return names, nil
}

func sortedLines(list []string) string {
	if len(list) == 0 {
		return ""
	}
	slices.Sort(list)
	return strings.Join(list, "\n") + "\n"
}

// relabel says why packages are installed.
func (pm *pacman) relabel(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	option := map[string]string{"dependency": "--asdeps", "explicit": "--asexplicit"}[pm.p.Str("reason")]
	out, err := pm.must(ctx, "Failed to set the reason of package(s)", append([]string{"--database", option}, names...)...)
	pm.stdout = append(pm.stdout, out.Stdout)
	return err
}

// remove removes what is there.
func (pm *pacman) remove(ctx context.Context, names []string) error {
	_, groups, err := pm.available(ctx)
	if err != nil {
		return err
	}
	var there []string
	for _, n := range names {
		for _, m := range append([]string{n}, groups[n]...) {
			if pm.installed[m] != "" {
				there = append(there, m)
			}
		}
	}
	pm.r.Set("packages", []string{})
	if len(there) == 0 {
		pm.msgs = append(pm.msgs, "package(s) already absent")
		return nil
	}
	base := append([]string{"--remove", "--noconfirm", "--noprogressbar"}, pm.extra["extra_args"]...)
	if pm.p.Bool("force") {
		base = append(base, "--nodeps", "--nodeps")
	}
	out, err := pm.must(ctx, "failed to list package(s) to remove", append(append(slices.Clone(base), "--print-format", "%n-%v"), there...)...)
	if err != nil {
		return err
	}
	gone := strings.Fields(out.Stdout)
	slices.Sort(gone)
	pm.r.Changed = true
	pm.r.Set("packages", gone)
	pm.r.Diff = module.Diff{Before: sortedLines(slices.Clone(gone)), After: ""}.Value()
	if pm.p.Check {
		pm.msgs = append(pm.msgs, fmt.Sprintf("Would have removed %d packages", len(gone)))
		return nil
	}
	if pm.p.Bool("remove_nosave") { // which can't be asked for together with the list
		base = append(base, "--nosave")
	}
	out, err = pm.must(ctx, "failed to remove package(s)", append(base, there...)...)
	pm.msgs = append(pm.msgs, fmt.Sprintf("Removed %d package(s)", len(gone)))
	pm.stdout = append(pm.stdout, out.Stdout)
	return err
}

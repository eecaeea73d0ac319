package packaging

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// What dnf5 and Ansible's module for it tell otherwise than those of dnf 4.

var (
	excludedLine = lazyregexp.New(`(?m)^Argument '.*' matches only excluded packages\.$`)
	openPGPLine  = lazyregexp.New(`(?m)^OpenPGP check for package .*$`)
)

// note adds a line to the results: with dnf 4 alone.
func (d *dnf) note(line string) {
	if !d.five {
		d.lines = append(d.lines, line)
	}
}

// failure is the failed result of a command about names.
func (d *dnf) failure(o dnfOutput, names []string) module.Result {
	r := o.failure(names, d.p.Strs("exclude"))
	if !d.five {
		return r
	}
	all := o.stdout + "\n" + o.problem
	switch excluded, unsigned := excludedLine().FindAllString(all, -1), openPGPLine().FindAllString(all, -1); {
	case len(excluded) > 0:
		r = module.Fail("Failed to install some of the specified packages").With("failures", excluded).With("rc", 1)
	case len(unsigned) > 0:
		r = module.Fail("Failed to validate GPG signatures: %s", strings.Join(unsigned, ", ")).With("failures", []string{}).With("rc", 1)
	case strings.HasPrefix(r.Msg, depsolveError+": "):
		r = module.Fail(depsolveError).With("failures", []string{strings.TrimPrefix(r.Msg, depsolveError+": ")}).With("rc", 1)
	case r.Values != nil:
		r.Values.DeleteStr("results")
	}
	return r
}

// depsolveError begins the message about packages that can't be had together.
const depsolveError = "Depsolve Error occurred"

// groupIDs puts the ids of groups and environments in the place of their names: dnf5's command line knows them by their ids
// alone, which have neither blanks nor capitals.
func (d *dnf) groupIDs(ctx context.Context, names []string) ([]string, error) {
	out := slices.Clone(names)
	for i, n := range out {
		name, isGroup := strings.CutPrefix(n, "@")
		if !d.five || !isGroup || name == strings.ToLower(name) && !strings.Contains(name, " ") {
			continue
		}
		for _, kind := range []string{"group", "environment"} {
			o, err := d.command(ctx, kind, "list")
			if err != nil {
				return nil, err
			}
			for l := range strings.Lines(o.stdout) {
				if f := groupColumns().Split(strings.TrimSpace(l), -1); len(f) == 3 && f[1] == name {
					out[i] = "@" + f[0]
				}
			}
		}
	}
	return out, nil
}

// groupColumns are between the id, the name, and whether a group is installed.
var groupColumns = lazyregexp.New(` {2,}`)

// providers are the installed packages that provide something: dnf5 removes packages by their names alone.
func (d *dnf) providers(ctx context.Context, spec string) ([]string, error) {
	argv := []string{"rpm", "-q", "--qf", "%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\\n", "--whatprovides", spec}
	if root := d.p.Str("installroot"); root != "/" {
		argv = append(argv, "--root", root)
	}
	out, err := programs.Run(ctx, d.sys, target.Command{Argv: argv, Env: programs.C})
	if err != nil || out.RC != 0 {
		return nil, err
	}
	return strings.Fields(out.Stdout), nil
}

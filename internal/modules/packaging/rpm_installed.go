package packaging

import (
	"context"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// rpmPackage is a package as rpm knows it.
type rpmPackage struct{ name, epoch, version, release, arch string }

const rpmFormat = `%{name}\t%{epochnum}\t%{version}\t%{release}\t%{arch}\n`

// evr is epoch, version and release, the epoch only where there is one.
func (p rpmPackage) evr() string {
	if p.epoch != "0" {
		return p.epoch + ":" + p.version + "-" + p.release
	}
	return p.version + "-" + p.release
}

// nevra is the full name, as dnf writes it.
func (p rpmPackage) nevra() string { return p.name + "-" + p.evr() + "." + p.arch }

// compare compares the versions of two packages.
func (p rpmPackage) compare(epoch, version, release string) int {
	if epoch == "" {
		epoch = "0"
	}
	if c := compareRPM(p.epoch, epoch); c != 0 {
		return c
	}
	if c := compareRPM(p.version, version); c != 0 || release == "" {
		return c
	}
	return compareRPM(p.release, release)
}

// forms are the ways in which a package can be asked for.
func (p rpmPackage) forms() []string {
	n, v, r, a := p.name, p.version, p.release, p.arch
	e := p.epoch + ":"
	return []string{
		n, n + "." + a, n + "-" + v, n + "-" + v + "-" + r, n + "-" + v + "-" + r + "." + a,
		n + "-" + e + v, n + "-" + e + v + "-" + r, n + "-" + e + v + "-" + r + "." + a, e + n + "-" + v + "-" + r + "." + a,
	}
}

// installedPackages asks rpm for all packages below a root.
func installedPackages(ctx context.Context, sys target.System, root string) ([]rpmPackage, error) {
	argv := []string{"rpm", "-qa", "--qf", rpmFormat}
	if root != "/" && root != "" {
		argv = append(argv, "--root", root)
		if _, err := sys.Stat(root); err != nil {
			return nil, nil //nolint:nilerr // a root that is still to be made has no packages
		}
	}
	out, err := programs.Run(ctx, sys, target.Command{Argv: argv, Env: programs.C})
	if err != nil {
		return nil, err
	}
	if out.RC != 0 {
		return nil, programs.Fail("%s", strings.TrimSpace(out.Stderr))
	}
	return parsePackages(out.Stdout), nil
}

func parsePackages(text string) []rpmPackage {
	var list []rpmPackage
	for _, l := range strings.Split(text, "\n") {
		if f := strings.Split(l, "\t"); len(f) == 5 && f[0] != "gpg-pubkey" {
			list = append(list, rpmPackage{f[0], f[1], f[2], f[3], f[4]})
		}
	}
	return list
}

// relation is "name >= version".
var relation = lazyregexp.New(`^(\S+)\s*(<=|>=|<|>|=)\s*(\S+)$`)

// namedBy gives the packages that a spec names.
func namedBy(list []rpmPackage, spec string) []rpmPackage {
	var out []rpmPackage
	rel := relation().FindStringSubmatch(spec)
	for _, p := range list {
		if rel != nil {
			if rel[1] == p.name && p.is(rel[2], rel[3]) {
				out = append(out, p)
			}
			continue
		}
		for _, f := range p.forms() {
			if ok, err := path.Match(spec, f); ok && err == nil || spec == f {
				out = append(out, p)
				break
			}
		}
	}
	return out
}

// splitEVR takes epoch:version-release apart.
func splitEVR(s string) (epoch, version, release string) {
	if e, rest, ok := strings.Cut(s, ":"); ok {
		epoch, s = e, rest
	}
	version, release, _ = strings.Cut(s, "-")
	return epoch, version, release
}

// is compares the package's version with one.
func (p rpmPackage) is(op, evr string) bool {
	c := p.compare(splitEVR(evr))
	switch op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	case ">=":
		return c >= 0
	}
	return c == 0
}

// newer tells a spec name-version that asks for an older version of a package than the one that is installed.
func newer(list []rpmPackage, spec string) bool {
	for _, p := range list {
		rest, ok := strings.CutPrefix(spec, p.name+"-")
		if !ok || rest == "" || !isDigit(rune(rest[0])) {
			continue
		}
		if p.compare(splitEVR(strings.TrimSuffix(rest, "."+p.arch))) > 0 {
			return true
		}
	}
	return false
}

package packaging

import (
	"path"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
)

// dnfOutput is what dnf tells: the table of the transaction, and why it failed.
type dnfOutput struct {
	rc          int
	stdout      string
	install     []rpmPackage // new, upgraded and downgraded
	remove      []rpmPackage
	notFound    []string // "No match for argument"
	filtered    []string // all matches were excluded
	noGroup     string
	unknownRepo string
	locked      bool
	unsigned    string // what is said of a package whose signature is wrong
	problem     string // what is said about a failure
}

// installing and removing are the headings of the table. dnf5 names replaced packages below the new ones.
var (
	installing = []string{"Installing", "Upgrading", "Downgrading", "Reinstalling", "Installing dependencies", "Installing weak dependencies", "Installing group/module packages", "Installing Groups", "Installing groups"}
	removing   = []string{"Removing", "Removing dependent packages", "Removing unused dependencies"}
)

var (
	notFoundLine = lazyregexp.New(`^(?:Error: )?(?:No match for argument|No package .* matched): (.+)$`)
	filteredLine = lazyregexp.New(`^(?:Error: )?(?:All matches were filtered out by exclude filtering for argument|Argument '(?:.*)' matches only excluded packages): ?(.+)$`)
	noGroupLine  = lazyregexp.New(`^(?:Module or Group '(.+)' is not available\.|No match for group: (.+))$`)
	unknownRepo  = lazyregexp.New(`(?:Unknown repo: '|No matching repositories for "?)([^'" ]+?)(?:['"]|\.(?: |\n|$))`)
	unsignedLine = lazyregexp.New(`(?m)^(Package (\S+)\.rpm is not signed|Public key for (\S+)\.rpm is not .*)$`)
)

// parseDnf reads what dnf wrote.
func parseDnf(out programs.Out) dnfOutput {
	o := dnfOutput{rc: out.RC, stdout: out.Stdout}
	o.table(out.Stdout)
	all := out.Stdout + "\n" + out.Stderr
	for _, l := range strings.Split(all, "\n") {
		if m := notFoundLine().FindStringSubmatch(l); m != nil && !slices.Contains(o.notFound, m[1]) {
			o.notFound = append(o.notFound, m[1])
		}
		if m := filteredLine().FindStringSubmatch(l); m != nil && !slices.Contains(o.filtered, m[1]) {
			o.filtered = append(o.filtered, m[1])
		}
		if m := noGroupLine().FindStringSubmatch(l); m != nil {
			o.noGroup = m[1] + m[2]
		}
	}
	if m := unknownRepo().FindStringSubmatch(out.Stderr); m != nil && out.RC != 0 {
		o.unknownRepo = m[1]
	}
	o.locked = strings.Contains(all, "is locked by ") || strings.Contains(all, "Failed to obtain the transaction lock")
	if m := unsignedLine().FindStringSubmatch(all); m != nil && out.RC != 0 {
		o.unsigned = "Failed to validate GPG signature for " + m[2] + m[3] + ": " + m[1]
	}
	if i := strings.Index(out.Stderr, "Error: "); i >= 0 {
		o.problem = out.Stderr[i+len("Error: "):]
	} else if _, text, ok := strings.Cut(out.Stderr, "Failed to resolve the transaction:\n"); ok {
		o.problem = text
	} else {
		o.problem = out.Stderr
	}
	return o
}

// table reads the table of the transaction: below each heading a line a package, with its name, architecture and version. A
// long name has a line of its own.
func (o *dnfOutput) table(text string) {
	var into *[]rpmPackage
	var fields []string
	flush := func() {
		if into != nil && len(fields) >= 3 {
			*into = append(*into, tablePackage(fields))
		}
		fields = nil
	}
	for _, l := range strings.Split(text, "\n") {
		bare := strings.TrimSpace(l)
		switch heading := strings.TrimSuffix(l, ":"); {
		case slices.Contains(installing, heading):
			flush()
			into = &o.install
		case slices.Contains(removing, heading):
			flush()
			into = &o.remove
		case bare == "" || !strings.HasPrefix(l, " "):
			flush()
			if into = nil; strings.HasPrefix(l, "Transaction Summary") {
				return
			}
		case into == nil:
		case strings.HasPrefix(bare, "replacing "):
			flush()
		case !strings.HasPrefix(l, "  "):
			flush()
			fields = strings.Fields(bare)
		default:
			fields = append(fields, strings.Fields(bare)...)
		}
	}
	flush()
}

func tablePackage(f []string) rpmPackage {
	p := rpmPackage{name: f[0], arch: f[1]}
	p.epoch, p.version, p.release = splitEVR(f[2])
	if p.epoch == "" {
		p.epoch = "0"
	}
	return p
}

// installOnly are packages of which several versions may be there: a new one replaces none.
var installOnly = []string{"kernel", "kernel-core", "kernel-modules", "kernel-modules-core", "kernel-modules-extra", "kernel-devel"}

// changes are the lines for the result: what was installed and what was removed, older versions too.
func (o *dnfOutput) changes(before []rpmPackage, five bool) []string {
	var out []string
	var gone []rpmPackage
	for _, p := range o.install {
		word := "Installed: "
		for _, old := range before {
			if old.name == p.name && old.arch == p.arch && !slices.Contains(installOnly, p.name) {
				gone = append(gone, old)
				if five && old.compare(p.epoch, p.version, p.release) > 0 {
					word = "Downgrade: "
				}
			}
		}
		out = append(out, word+p.nevra())
	}
	for _, p := range append(gone, o.remove...) {
		out = append(out, "Removed: "+p.nevra())
	}
	return out
}

// failed reports whether dnf failed. Answering its question with no is no failure.
func (o *dnfOutput) failed() bool {
	return o.rc != 0 && len(o.install)+len(o.remove) == 0 || o.rc != 0 && !strings.Contains(o.problem, "Operation aborted") && strings.TrimSpace(o.problem) != ""
}

// failure is the failed result of a command about names, of which some were excluded, in Ansible's words.
func (o *dnfOutput) failure(names, excluded []string) module.Result {
	failures := []string{}
	if strings.HasPrefix(o.problem, "There are no enabled repositories") {
		o.notFound = names
	}
	for _, n := range o.notFound {
		if slices.ContainsFunc(excluded, func(x string) bool { ok, _ := path.Match(x, n); return ok }) {
			if !slices.Contains(o.filtered, n) {
				o.filtered = append(o.filtered, n)
			}
			continue
		}
		failures = append(failures, "No package "+n+" available.")
	}
	for _, n := range o.filtered {
		failures = append(failures, n+" All matches were filtered out by exclude filtering for argument: "+n)
	}
	switch {
	case o.locked:
		return module.Fail("dnf lockfile is held by another process")
	case o.noGroup != "":
		return module.Fail("No group %s available.", o.noGroup).With("results", []string{})
	case len(failures) > 0:
		return module.Fail("Failed to install some of the specified packages").With("failures", failures).With("rc", 1).With("results", []string{})
	case o.unsigned != "":
		return module.Fail("%s", o.unsigned)
	}
	text := o.problem
	if i := strings.LastIndex(text, "(try to add "); i >= 0 {
		text = text[:i]
	}
	if i := strings.Index(text, "\nYou can try to add to command line:"); i >= 0 {
		text = text[:i]
	}
	text = strings.TrimRight(text, "\n ")
	if strings.Contains(text, "Problem") {
		return module.Fail("%s: %s", depsolveError, text).With("failures", failures).With("rc", 1).With("results", []string{})
	}
	return module.Fail("%s", text).With("failures", failures).With("rc", 1).With("results", []string{})
}

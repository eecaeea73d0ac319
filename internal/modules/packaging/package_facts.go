package packaging

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.package_facts", Check: module.Full, Run: runPackageFacts,
	Args: module.Args{
		{Name: "manager", Type: module.List, Elements: module.Str, Default: []string{"auto"}, Help: "The package managers to ask; auto is all that are there. Here: apt, rpm (also as dnf, dnf5, yum, zypper), apk, pacman."},
		{Name: "strategy", Default: "first", Choices: []string{"first", "all"}, Help: "Stop at the first that answers, or ask all."},
	},
	Doc: module.Doc{
		Short: "The installed packages of a machine, as facts.",
		Notes: []string{
			"Asks dpkg-query, rpm, apk and pacman; their Python libraries are not needed.",
			"Other managers of Ansible's module are refused.",
		},
		Examples: "- ansible.builtin.package_facts:\n    manager: auto\n",
		Returns:  []module.Return{{Name: "ansible_facts", Type: "dict", When: "success", Help: "packages: a list of versions for each name."}},
	},
})

// listers list the installed packages, in the order in which auto asks them, by their program.
var listers = []struct {
	names   []string
	program string
	list    func(ctx context.Context, sys target.System) ([]*value.Dict, error)
}{
	{[]string{"apk"}, "apk", apkPackages},
	{[]string{"apt"}, "dpkg-query", aptPackages},
	{[]string{"pacman"}, "pacman", pacmanPackages},
	{[]string{"rpm", "dnf", "dnf5", "yum", "zypper"}, "rpm", rpmPackages},
}

// managers are the names that Ansible's module knows.
var managers = []string{"apk", "apt", "pacman", "pkg", "pkg_info", "portage", "rpm", "dnf", "dnf5", "yum", "zypper", "pkg5", "pkgng", "openbsd_pkg"}

func runPackageFacts(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	wanted := p.Strs("manager")
	var unknown []string
	for i, m := range wanted {
		wanted[i] = strings.ToLower(m)
		if m != "auto" && !slices.Contains(managers, wanted[i]) {
			unknown = append(unknown, m)
		}
	}
	if unknown != nil {
		return module.Fail("Unsupported package managers requested: %s", strings.Join(unknown, ", ")), nil
	}
	auto := slices.Contains(wanted, "auto")
	if auto {
		wanted = managers
	}
	packages, asked := value.NewDict(), 0
	for _, l := range listers {
		if !slices.ContainsFunc(l.names, func(n string) bool { return slices.Contains(wanted, n) }) || p.Str("strategy") == "first" && asked > 0 {
			continue
		}
		if _, err := programs.Find(sys, l.program); err != nil {
			if !auto {
				p.Warn(fmt.Sprintf("Requested package manager %s was not usable by this module: %v", l.names[0], err))
			}
			continue
		}
		list, err := l.list(ctx, sys)
		if err != nil {
			return programs.Answer(module.Result{}, err)
		}
		asked++
		for _, d := range list {
			name, _ := d.Stored("name").(value.Str)
			if old, ok := packages.Stored(name.String()).(*value.List); ok {
				old.Append(d)
			} else {
				packages.SetStr(name.String(), value.NewList(d))
			}
		}
	}
	if asked == 0 {
		quoted := make([]string, len(wanted))
		for i, w := range wanted {
			quoted[i] = "'" + w + "'"
		}
		return module.Fail("Could not detect a supported package manager from the following list: [%s], or the required Python library is not installed. Check warnings for details.", strings.Join(quoted, ", ")), nil
	}
	return module.Result{}.With("ansible_facts", value.DictOf("packages", packages)), nil
}

// table asks a program for a line of fields a package.
func table(ctx context.Context, sys target.System, keys []string, source string, argv ...string) ([]*value.Dict, error) {
	out, err := programs.Call(ctx, sys, argv...)
	if err != nil {
		return nil, err
	}
	if out.RC != 0 {
		return nil, programs.Fail("Failed to retrieve packages with %s: %s", source, strings.TrimSpace(out.Stderr))
	}
	var list []*value.Dict
	for line := range strings.Lines(out.Stdout) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != len(keys) {
			continue
		}
		d := value.NewDict()
		for i, k := range keys {
			if k != "" {
				d.SetStr(k, value.NewStr(f[i]))
			}
		}
		d.SetStr("source", value.NewStr(source))
		list = append(list, d)
	}
	return list, nil
}

// aptPackages asks dpkg-query. Ansible's origin is that of the archive from which a package came, which apt-cache policy
// tells: it is asked once for all.
func aptPackages(ctx context.Context, sys target.System) ([]*value.Dict, error) {
	all, err := table(ctx, sys, []string{"status", "name", "version", "arch", "category"}, "apt",
		"dpkg-query", "-W", "-f", "${db:Status-Abbrev}\t${Package}\t${Version}\t${Architecture}\t${Section}\n")
	if err != nil {
		return nil, err
	}
	var list []*value.Dict
	for _, d := range all {
		status, _ := d.Stored("status").(value.Str)
		if s := status.String(); len(s) > 1 && s[1] == 'i' {
			d.DeleteStr("status")
			list = append(list, d)
		}
	}
	return list, addOrigins(ctx, sys, list)
}

// addOrigins adds the origins of the archives.
func addOrigins(ctx context.Context, sys target.System, list []*value.Dict) error {
	origins := map[string]string{} // package and version -> the file of the archive
	argv := []string{"apt-cache", "policy"}
	for _, d := range list {
		name, _ := d.Stored("name").(value.Str)
		arch, _ := d.Stored("arch").(value.Str)
		if arch.String() == "all" {
			argv = append(argv, name.String())
		} else {
			argv = append(argv, name.String()+":"+arch.String())
		}
	}
	if len(argv) == 2 || !programs.Has(sys, "apt-cache") {
		return nil
	}
	files, err := archiveOrigins(ctx, sys)
	if err != nil {
		return err
	}
	out, err := programs.Call(ctx, sys, argv...)
	if err != nil {
		return err
	}
	name, current := "", false
	for line := range strings.Lines(out.Stdout) {
		line = strings.TrimRight(line, "\n")
		switch {
		case !strings.HasPrefix(line, " "):
			name, _, _ = strings.Cut(strings.TrimSuffix(line, ":"), ":")
			current = false
		case strings.HasPrefix(line, " *** "):
			current = true
		case strings.HasPrefix(line, "     ") && !strings.HasPrefix(line, "      "):
			current = false
		case current && origins[name] == "":
			if f := strings.Fields(line); len(f) > 2 {
				origins[name] = files[strings.Join(f[1:], " ")]
			}
		}
	}
	for _, d := range list {
		n, _ := d.Stored("name").(value.Str)
		d.SetStr("origin", value.NewStr(origins[n.String()]))
	}
	return nil
}

// archiveOrigins maps the archives, as apt-cache shows them in a table of versions, to their origins.
func archiveOrigins(ctx context.Context, sys target.System) (map[string]string, error) {
	out, err := programs.Call(ctx, sys, "apt-cache", "policy")
	if err != nil {
		return nil, err
	}
	files, last := map[string]string{}, ""
	for line := range strings.Lines(out.Stdout) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "release "); ok {
			for _, kv := range strings.Split(rest, ",") {
				if o, ok := strings.CutPrefix(kv, "o="); ok {
					files[last] = o
				}
			}
			continue
		}
		if f[0][0] == '-' || f[0][0] >= '0' && f[0][0] <= '9' {
			last = strings.Join(f[1:], " ")
		}
	}
	return files, nil
}

func rpmPackages(ctx context.Context, sys target.System) ([]*value.Dict, error) {
	list, err := table(ctx, sys, []string{"name", "version", "release", "epoch", "arch"}, "rpm",
		"rpm", "-qa", "--qf", `%{NAME}\t%{VERSION}\t%{RELEASE}\t%{EPOCH}\t%{ARCH}\n`)
	for _, d := range list {
		epoch, _ := d.Stored("epoch").(value.Str)
		n, ok := number(epoch.String())
		if !ok {
			d.SetStr("epoch", value.None)
			continue
		}
		d.SetStr("epoch", value.NewInt(n))
	}
	return list, err
}

func number(s string) (int64, bool) {
	var n int64
	_, err := fmt.Sscanf(s, "%d", &n)
	return n, err == nil
}

func apkPackages(ctx context.Context, sys target.System) ([]*value.Dict, error) {
	out, err := programs.Call(ctx, sys, "apk", "info", "-v")
	if err != nil {
		return nil, err
	}
	var list []*value.Dict
	for line := range strings.Lines(out.Stdout) {
		f := strings.Split(strings.TrimSpace(line), "-")
		if n := len(f); n > 2 {
			list = append(list, value.DictOf("name", value.NewStr(strings.Join(f[:n-2], "-")), "version", value.NewStr(strings.Join(f[n-2:], "-")), "source", value.NewStr("apk")))
		}
	}
	return list, nil
}

func pacmanPackages(ctx context.Context, sys target.System) ([]*value.Dict, error) {
	out, err := programs.Run(ctx, sys, target.Command{Argv: []string{"pacman", "-Qi"}, Env: programs.C})
	if err != nil {
		return nil, err
	}
	var list []*value.Dict
	for _, block := range strings.Split(out.Stdout, "\n\n") {
		f := map[string]string{}
		for line := range strings.Lines(block) {
			if k, v, ok := strings.Cut(line, ":"); ok {
				f[strings.TrimSpace(k)] = strings.TrimSpace(v)
			}
		}
		if f["Name"] != "" {
			list = append(list, value.DictOf("name", value.NewStr(f["Name"]), "version", value.NewStr(f["Version"]), "arch", value.NewStr(f["Architecture"]), "source", value.NewStr("pacman")))
		}
	}
	return list, nil
}

package actions

import (
	"context"
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.package", Run: runPackage, Async: true, Page: &module.Def{
	Args: module.Args{
		{Name: "name", Required: true, Help: "The packages, as the package manager names them."},
		{Name: "state", Required: true, Help: "present, absent, or another one that the module knows."},
		{Name: "use", Default: "auto", Help: "The module to use; auto asks the fact pkg_mgr."},
	},
	Doc: module.Doc{
		Short:    "Install and remove packages with the module for the host's package manager.",
		Notes:    []string{"All other arguments go to that module."},
		Examples: "- ansible.builtin.package:\n    name: ntpdate\n    state: present\n",
	},
}})

// packageManagers are the values of the fact pkg_mgr that are names of modules.
var packageManagers = []string{
	"apk", "apt", "dnf", "dnf5", "homebrew", "installp", "macports", "openbsd_pkg", "opkg", "pacman", "pkgng", "pkgin", "pkg5",
	"portage", "slackpkg", "sorcery", "svr4pkg", "swupd", "urpmi", "xbps", "zypper",
}

// runPackage has the module run that fits the host's package manager: that of the argument use, else that of the variable
// ansible_package_use, else that of the fact pkg_mgr.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/package_module.html
func runPackage(ctx context.Context, c *Call) (*result.Result, error) {
	name, err := c.packageManager(ctx)
	if err != nil {
		return nil, err
	}
	if name == "" || name == "auto" {
		return nil, c.errorf(`Could not detect which package manager to use. Try gathering facts or setting the "use" option.`)
	}
	if !c.HasModule(name) || name == "yum" { // a name that ansible-core has for old plays alone
		return nil, c.errorf(`Could not find a matching action for the "%s" package manager.`, name)
	}
	args := c.proxied(name, "use")
	if slices.Contains(packageManagers, name) {
		name = "ansible.legacy." + name
	}
	return c.Module(ctx, name, args, nil)
}

// packageManager is the name of the module, "" when nothing tells it.
func (c *Call) packageManager(ctx context.Context) (string, error) {
	if use := c.Args.Stored("use"); use != nil {
		if name := text(c.Args, "use"); name != "auto" {
			return name, nil
		}
	}
	if v, ok, err := c.Scope.Lookup("ansible_package_use"); err != nil {
		return "", err
	} else if ok && v != value.None {
		if v, err = c.Scope.Finalize(v); err != nil {
			return "", err
		}
		name, err := value.Text(v)
		if err != nil || name != "auto" {
			return name, err
		}
	}
	return c.factNow(ctx, "pkg_mgr")
}

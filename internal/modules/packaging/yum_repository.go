package packaging

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.yum_repository", Check: module.Full, Diff: module.Full, FileArgs: true, Run: runYumRepository,
	Args: append(module.Args{
		{Name: "name", Required: true, Help: "The repository's id, which is the name of its section."},
		{Name: "file", Help: "The file below reposdir, without .repo; the name otherwise."},
		{Name: "reposdir", Type: module.Path, Default: "/etc/yum.repos.d", Help: "Where the files are."},
		{Name: "state", Default: "present", Choices: []string{"present", "absent"}, Help: "Whether the repository is to be there."},
	}, yumSettings...),
	Rules: module.Rules{RequiredIf: []module.RequiredIf{
		{Name: "state", Is: "present", Then: []string{"baseurl", "mirrorlist", "metalink"}, AnyOf: true},
		{Name: "state", Is: "present", Then: []string{"description"}},
	}},
	Doc: module.Doc{
		Short: "Repositories of packages for dnf and yum.",
		Notes: []string{"Comments of a file that is changed are not kept.", "A file without a repository is removed."},
		Examples: "- ansible.builtin.yum_repository:\n    name: epel\n    description: EPEL\n" +
			"    baseurl: https://download.fedoraproject.org/pub/epel/$releasever/$basearch/\n    gpgcheck: true\n",
		Returns: []module.Return{
			{Name: "repo", Type: "str", When: "success", Help: "The name."},
			{Name: "state", Type: "str", When: "success", Help: "The state."},
		},
	},
})

// yumSettings are the arguments that are settings in the file.
//
// Source: the documentation of ansible.builtin.yum_repository, dnf.conf(5).
var yumSettings = module.Args{
	{Name: "async", Type: module.Bool, Help: "Fetch in parallel; no longer used."},
	{Name: "bandwidth", Help: "Bytes per second that may be used."},
	{Name: "baseurl", Type: module.List, Elements: module.Str, Help: "Addresses of the folder that holds repodata."},
	{Name: "cost", Help: "What access costs, compared with others."},
	{Name: "countme", Type: module.Bool, Help: "Let this machine be counted."},
	{Name: "deltarpm_metadata_percentage", Help: "From which size on no metadata of deltas is fetched; no longer used."},
	{Name: "deltarpm_percentage", Help: "From which size on no delta is fetched."},
	{Name: "description", Help: "What is shown for it: the setting name."},
	{Name: "enabled", Type: module.Bool, Help: "Whether it is used."},
	{Name: "enablegroups", Type: module.Bool, Help: "Whether its groups of packages are used."},
	{Name: "exclude", Aliases: []string{"excludepkgs"}, Type: module.List, Elements: module.Str, Help: "Packages that are not taken from it."},
	{Name: "failovermethod", Choices: []string{"roundrobin", "priority"}, Help: "In which order addresses are tried."},
	{Name: "gpgcakey", Help: "Address of the key of an authority; no longer used."},
	{Name: "gpgcheck", Type: module.Bool, Help: "Check the signatures of packages."},
	{Name: "gpgkey", Type: module.List, Elements: module.Str, ShowLog: true, Help: "Addresses of the keys."},
	{Name: "http_caching", Choices: []string{"all", "packages", "none"}, Help: "What caches on the way may keep; no longer used."},
	{Name: "include", Help: "A further file of settings."},
	{Name: "includepkgs", Type: module.List, Elements: module.Str, Help: "The packages that are taken from it, no others."},
	{Name: "ip_resolve", Choices: []string{"4", "6", "IPv4", "IPv6", "whatever"}, Help: "Which addresses names are resolved to."},
	{Name: "keepalive", Type: module.Bool, Help: "Keep connections open; no longer used."},
	{Name: "keepcache", Choices: []string{"0", "1"}, Help: "Keep packages that were fetched; not a setting of a repository."},
	{Name: "metadata_expire", Help: "How long metadata are good, in seconds or as 6h."},
	{Name: "metadata_expire_filter", Choices: []string{"never", "read-only:past", "read-only:present", "read-only:future"}, Help: "When old metadata will do; no longer used."},
	{Name: "metalink", Help: "Address of a metalink."},
	{Name: "mirrorlist", Help: "Address of a list of mirrors."},
	{Name: "mirrorlist_expire", Help: "How long that list is good; no longer used."},
	{Name: "module_hotfixes", Type: module.Bool, Help: "Take packages that belong to modules, too."},
	{Name: "password", NoLog: true, Help: "The password of username."},
	{Name: "priority", Help: "1 is tried first, 99 last."},
	{Name: "protect", Type: module.Bool, Help: "Let no other repository update its packages; no longer used."},
	{Name: "proxy", Help: "Address of a proxy, _none_ for none."},
	{Name: "proxy_password", NoLog: true, Help: "The password of proxy_username."},
	{Name: "proxy_username", Help: "The user at the proxy."},
	{Name: "repo_gpgcheck", Type: module.Bool, Help: "Check the signature of the metadata."},
	{Name: "retries", Help: "How often something is fetched again."},
	{Name: "s3_enabled", Type: module.Bool, Help: "For the plugin of S3."},
	{Name: "skip_if_unavailable", Type: module.Bool, Help: "Go on without it when it can't be reached."},
	{Name: "ssl_check_cert_permissions", Type: module.Bool, Help: "Check that certificates can be read; no longer used."},
	{Name: "sslcacert", Aliases: []string{"ca_cert"}, Help: "Authorities that are trusted."},
	{Name: "sslclientcert", Aliases: []string{"client_cert"}, Help: "The own certificate."},
	{Name: "sslclientkey", Aliases: []string{"client_key"}, ShowLog: true, Help: "The key of the own certificate: its path."},
	{Name: "sslverify", Aliases: []string{"validate_certs"}, Type: module.Bool, Help: "Check the server's certificate."},
	{Name: "throttle", Help: "Bytes per second, or a share of bandwidth."},
	{Name: "timeout", Help: "Seconds to wait for a connection."},
	{Name: "ui_repoid_vars", Help: "Variables that are shown behind the id; no longer used."},
	{Name: "username", Help: "The user at the repository."},
}

// yumNoLonger are the settings that dnf does not know, and why.
var yumNoLonger = map[string]string{
	"async":     "it has been removed on systems supported by ansible-core",
	"keepcache": "it is only valid in the main configuration.",
}

var yumUnknown = []string{
	"deltarpm_metadata_percentage", "gpgcakey", "http_caching", "keepalive", "metadata_expire_filter", "mirrorlist_expire", "protect",
	"ssl_check_cert_permissions", "ui_repoid_vars",
}

func runYumRepository(_ context.Context, sys target.System, p *module.Params) (module.Result, error) {
	name, file := p.Str("name"), p.Str("file")
	if file == "" {
		file = name
	}
	dest := path.Join(p.Str("reposdir"), file+".repo")
	if info, err := sys.Stat(p.Str("reposdir")); err != nil || !info.IsDir() {
		return module.Fail("Repo directory '%s' does not exist.", p.Str("reposdir")), nil
	}
	warnYumSettings(p)
	old, err := target.ReadFile(sys, dest)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return yumFileFailed(dest, err), nil
	}
	f, problem := parseRepoFile(dest, string(old))
	if problem != "" {
		return module.Raise(problem), nil
	}
	d := module.Diff{Before: f.sorted(), BeforeHeader: dest, AfterHeader: dest}
	if p.Str("state") == "present" {
		putYumSection(f, p)
	} else {
		f.remove(name)
	}
	d.After = f.sorted()
	r := module.Result{Changed: d.Before != d.After}.With("repo", name).With("state", p.Str("state"))
	r.Diff = d.Value()
	if r.Changed && !p.Check {
		if err := saveRepoFile(sys, f, dest, err == nil); err != nil {
			return yumFileFailed(dest, err), nil
		}
	}
	if _, err := sys.Stat(dest); err != nil {
		return r, nil //nolint:nilerr // a file that is gone, or not there yet in check mode, has no attributes
	}
	changed, err := fileattr.Of(p).Apply(sys, dest, p.Check, nil)
	if r, failed := fileattr.ResultOf(sys, err); failed {
		return r, nil
	}
	r.Changed = r.Changed || changed
	return r, nil
}

func yumFileFailed(dest string, err error) module.Result {
	return module.Fail("Problems handling file '%s'.", dest).With("details", strings.Replace(fileattr.PyError(err, dest), ": b'", ": '", 1))
}

// warnYumSettings tells of settings that no longer do anything.
func warnYumSettings(p *module.Params) {
	for _, a := range yumSettings {
		why := yumNoLonger[a.Name]
		if slices.Contains(yumUnknown, a.Name) {
			why = "it has no effect with dnf as an underlying package manager."
		}
		if why != "" && p.Has(a.Name) {
			p.Deprecate(module.Deprecation{Msg: fmt.Sprintf("'%s' parameter is deprecated as %s", a.Name, why), Collection: "ansible.builtin"})
		}
	}
}

// putYumSection makes the section anew of what is given.
func putYumSection(f *repoFile, p *module.Params) {
	s := newRepoSection(p.Str("name"))
	vals := map[string]string{}
	for _, a := range yumSettings {
		if !p.Has(a.Name) {
			continue
		}
		key, text := a.Name, p.Str(a.Name)
		switch a.Type {
		case module.Bool:
			text = map[bool]string{true: "1", false: "0"}[p.Bool(a.Name)]
		case module.List:
			sep := " "
			if a.Name == "baseurl" || a.Name == "gpgkey" {
				sep = "\n"
			}
			text = strings.Join(p.Strs(a.Name), sep)
		}
		if key == "description" {
			key = "name"
		}
		vals[key] = text
	}
	for _, k := range slices.Sorted(maps.Keys(vals)) {
		s.set(k, vals[k])
	}
	f.remove(s.name)
	f.sections = append(f.sections, s)
}

// saveRepoFile writes the file, or removes one that has nothing left.
func saveRepoFile(sys target.System, f *repoFile, dest string, was bool) error {
	if len(f.sections) == 0 {
		return sys.Remove(dest)
	}
	keep := fileattr.KeepDest
	if !was {
		keep = fileattr.KeepNothing
	}
	tmp, err := fileattr.NewTemp(sys, dest, strings.NewReader(f.text()))
	if err == nil {
		err = tmp.Replace(keep, false)
	}
	return err
}

package packaging

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/download"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.general.zypper_repository", Redirects: []string{"ansible.builtin.zypper_repository"}, Run: runZypperRepository,
	Args: module.Args{
		{Name: "name", Help: "The alias of the repository; not for a .repo file."},
		{Name: "repo", More: isRepoAddress, Help: "Its address, the path or address of a .repo file, or * with runrefresh for all."},
		{Name: "state", Default: "present", Choices: []string{"present", "absent"}, Help: "Whether it is there."},
		{Name: "runrefresh", Type: module.Bool, Default: false, Help: "Fetch its list of packages."},
		{Name: "description", Help: "What it is called."},
		{Name: "disable_gpg_check", Type: module.Bool, Default: false, Help: "Take packages without signatures."},
		{Name: "autorefresh", Aliases: []string{"refresh"}, Type: module.Bool, Default: true, Help: "Fetch its list of packages when zypper runs."},
		{Name: "priority", Type: module.Int, Help: "Its priority; the smallest number goes first."},
		{Name: "enabled", Type: module.Bool, Default: true, Help: "Whether it is enabled."},
		{Name: "overwrite_multiple", Type: module.Bool, Default: false, Help: "Replace several that have the name or the address."},
		{Name: "auto_import_keys", Type: module.Bool, Default: false, Help: "Take the keys that a new or changed one is signed with, whatever they are; fetches its list of packages."},
	},
	Doc: module.Doc{
		Short:    "Repositories of zypper.",
		Notes:    []string{"What the address of a repository that is there is, zypper tells; one with variables is looked for in /etc/zypp/repos.d."},
		Examples: "- community.general.zypper_repository:\n    name: nginx\n    repo: https://nginx.org/packages/sles/15\n    auto_import_keys: true\n",
		Returns:  []module.Return{{Name: "repodata", Type: "dict", When: "one repository is meant", Help: "What was asked for."}},
	},
})

// zypperRepo is a repository, as it is or as it is wanted.
type zypperRepo struct{ alias, name, priority, enabled, autorefresh, gpgCheck, url string }

// zypperRepos is one call.
type zypperRepos struct {
	sys  target.System
	p    *module.Params
	want zypperRepo
}

func runZypperRepository(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	z := &zypperRepos{sys: sys, p: p}
	r, err := z.run(ctx)
	return programs.Answer(r, err)
}

func (z *zypperRepos) run(ctx context.Context) (module.Result, error) {
	p := z.p
	repo, absent := p.Str("repo"), p.Str("state") == "absent"
	switch {
	case repo == "*" && !p.Bool("runrefresh"):
		return module.Fail("repo=* can only be used with the runrefresh option."), nil
	case repo == "*":
		r := module.Result{}
		return *r.Set("runrefresh", true), z.refresh(ctx, "")
	case !absent && !p.Has("repo"):
		return module.Fail("Module option state=present requires repo"), nil
	case absent && !p.Has("repo") && !p.Has("name"):
		return module.Fail("Alias or repo parameter required when state=absent"), nil
	}
	if err := z.wanted(ctx); err != nil {
		return module.Result{}, err
	}
	old, err := z.matching(ctx)
	if err != nil {
		return module.Result{}, err
	}
	r := module.Result{}
	r.Set("repodata", z.shown()).Set("state", p.Str("state"))
	switch {
	case absent:
		r.Changed = len(old) > 0
		return r, z.remove(ctx, old)
	case len(old) == 1 && z.same(old[0]):
		if !p.Bool("runrefresh") {
			return r, nil
		}
		return r, z.refresh(ctx, z.want.alias)
	}
	return z.put(ctx, r, old)
}

// wanted fills in what is asked for.
func (z *zypperRepos) wanted(ctx context.Context) error {
	p := z.p
	bit := func(b bool) string {
		if b {
			return "1"
		}
		return "0"
	}
	z.want = zypperRepo{
		alias: p.Str("name"), name: p.Str("description"), url: p.Str("repo"),
		enabled: bit(p.Bool("enabled")), autorefresh: bit(p.Bool("autorefresh")), gpgCheck: bit(!p.Bool("disable_gpg_check")),
	}
	if p.Has("priority") {
		z.want.priority = strconv.FormatInt(p.Int("priority"), 10)
	}
	if strings.HasSuffix(p.Str("repo"), ".repo") {
		return z.fromFile(ctx)
	}
	if !p.Has("name") && p.Str("state") == "present" {
		return programs.Fail("Name required when adding non-repo files.")
	}
	return nil
}

// isRepoAddress reports whether a repository is told by the address of a .repo file, which is fetched.
func isRepoAddress(v value.Value) bool {
	text, err := value.Text(v)
	return err == nil && strings.HasSuffix(text, ".repo") && download.IsAddress(v)
}

// fromFile takes what a .repo file says.
func (z *zypperRepos) fromFile(ctx context.Context) error {
	repo := z.p.Str("repo")
	if z.p.Has("name") {
		return programs.Fail("Incompatible option: 'name'. Do not use name when adding .repo files")
	}
	var text []byte
	var err error
	if strings.Contains(repo, "://") {
		if text, err = download.Get(ctx, z.sys, repo, false); err != nil {
			return programs.Fail("Error downloading .repo file from provided URL")
		}
	} else if text, err = target.ReadFile(z.sys, repo); err != nil {
		return programs.Fail("Error opening .repo file from provided path")
	}
	f, problem := parseRepoFile(repo, string(text))
	switch {
	case problem != "":
		return programs.Fail("Invalid format, .repo file could not be parsed")
	case len(f.sections) != 1:
		return programs.Fail("Invalid format, .repo file contains %d repositories, expected 1", len(f.sections))
	}
	s := f.sections[0]
	if z.want.alias, z.want.url = s.name, s.vals["baseurl"]; z.want.url == "" {
		return programs.Fail("No baseurl found in .repo file")
	}
	for key, field := range map[string]*string{
		"name": &z.want.name, "enabled": &z.want.enabled, "autorefresh": &z.want.autorefresh, "gpgcheck": &z.want.gpgCheck, "priority": &z.want.priority,
	} {
		if v, ok := s.vals[key]; ok {
			*field = v
		}
	}
	return nil
}

// call runs zypper.
func (z *zypperRepos) call(ctx context.Context, args ...string) (programs.Out, error) {
	argv := append([]string{"zypper", "--quiet", "--non-interactive"}, args...)
	return programs.Run(ctx, z.sys, target.Command{Argv: argv, Env: programs.C})
}

// must is call for what has to succeed.
func (z *zypperRepos) must(ctx context.Context, args ...string) error {
	out, err := z.call(ctx, args...)
	if err != nil || out.RC == 0 {
		return err
	}
	file, err := programs.Find(z.sys, "zypper")
	if err != nil {
		return err
	}
	r := module.Fail("%s", strings.TrimRight(out.Stderr, "\r\n\t "))
	cmd := []string{file, "--quiet", "--non-interactive"}
	for _, a := range args {
		cmd = append(cmd, shellwords.Quote(a))
	}
	r.Set("cmd", strings.Join(cmd, " ")).Set("rc", out.RC).Set("stdout", out.Stdout).Set("stderr", out.Stderr)
	return &programs.Failed{Result: r}
}

// noRepos is zypper's exit code where there are none.
const noRepos = 6

// matching gives the repositories with the alias or the address.
func (z *zypperRepos) matching(ctx context.Context) ([]zypperRepo, error) {
	out, err := z.call(ctx, "--xmlout", "repos")
	if err != nil {
		return nil, err
	}
	if out.RC != 0 && out.RC != noRepos {
		return nil, programs.Fail("Failed to execute \"zypper --quiet --non-interactive --xmlout repos\": %s", out.Stderr)
	}
	var found []zypperRepo
	var names []string
	for _, r := range readZypperRepos(out.Stdout) {
		if strings.Contains(z.want.url, "$") {
			r.url = z.raw(r)
		}
		if r.alias == z.want.alias || r.url == z.want.url && z.want.url != "" {
			found = append(found, r)
			names = append(names, r.alias)
		}
	}
	if len(found) > 1 && !z.p.Bool("overwrite_multiple") && z.p.Str("state") == "present" {
		return nil, programs.Fail("More than one repo matched \"%s\": \"%s\". Use overwrite_multiple to allow more than one repo to be overwritten", z.want.alias, names)
	}
	return found, nil
}

// readZypperRepos reads the list of repositories.
func readZypperRepos(answer string) (out []zypperRepo) {
	for _, t := range zypperTags(answer) {
		switch {
		case t.end:
		case t.name == "repo":
			a := t.attrs
			out = append(out, zypperRepo{a["alias"], a["name"], a["priority"], a["enabled"], a["autorefresh"], a["gpgcheck"], ""})
		case t.name == "url" && len(out) > 0:
			out[len(out)-1].url = strings.TrimSpace(t.text)
		}
	}
	return out
}

// raw is the address of a repository with its variables, which zypper puts values in place of.
func (z *zypperRepos) raw(r zypperRepo) string {
	const dir = "/etc/zypp/repos.d"
	names, _ := z.sys.ReadDir(dir) // without files there is nothing to find
	for _, n := range names {
		text, err := target.ReadFile(z.sys, dir+"/"+n)
		if err != nil || !strings.HasSuffix(n, ".repo") {
			continue
		}
		if f, problem := parseRepoFile(n, string(text)); problem == "" && f.section(r.alias) != nil {
			return f.section(r.alias).vals["baseurl"]
		}
	}
	return r.url
}

// same reports whether a repository is as it is wanted. A description and a priority count when they are asked for.
func (z *zypperRepos) same(r zypperRepo) bool {
	w := z.want
	return r.alias == w.alias && strings.TrimRight(r.url, "/") == strings.TrimRight(w.url, "/") &&
		r.enabled == w.enabled && r.autorefresh == w.autorefresh && r.gpgCheck == w.gpgCheck &&
		(w.name == "" || r.name == w.name) && (w.priority == "" || r.priority == w.priority)
}

// shown is what the result tells of the repository.
func (z *zypperRepos) shown() value.Value {
	d := value.NewDict()
	set := func(key, s string) {
		if d.SetStr(key, value.None); s != "" {
			d.SetStr(key, value.NewStr(s))
		}
	}
	set("alias", z.want.alias)
	set("url", z.want.url)
	set("name", z.want.name)
	set("enabled", z.want.enabled)
	set("autorefresh", z.want.autorefresh)
	set("gpgcheck", z.want.gpgCheck)
	set("priority", z.want.priority)
	if n, err := strconv.ParseInt(z.want.priority, 10, 64); err == nil && z.p.Has("priority") {
		d.SetStr("priority", module.V(n))
	}
	return d
}

func (z *zypperRepos) remove(ctx context.Context, repos []zypperRepo) error {
	for _, r := range repos {
		if err := z.must(ctx, "removerepo", r.alias); err != nil {
			return err
		}
	}
	return nil
}

// put adds the repository, in the place of those that are there.
func (z *zypperRepos) put(ctx context.Context, r module.Result, old []zypperRepo) (module.Result, error) {
	if err := z.remove(ctx, old); err != nil {
		return r, err
	}
	w := z.want
	args := []string{"addrepo", "--check"}
	if w.priority != "" {
		args = append(args, "--priority", w.priority)
	}
	if w.name != "" {
		args = append(args, "--name", w.name)
	}
	if w.enabled == "0" {
		args = append(args, "--disable")
	}
	if w.gpgCheck == "1" {
		args = append(args, "--gpgcheck")
	} else {
		args = append(args, "--no-gpgcheck")
	}
	if w.autorefresh == "1" {
		args = append(args, "--refresh")
	}
	out, err := z.call(ctx, append(args, w.url, w.alias)...)
	if err != nil {
		return r, err
	}
	if out.RC != 0 {
		r.Failed, r.HasMsg, r.Msg = true, true, fmt.Sprintf("Zypper failed with rc %d", out.RC)
		r.Set("rc", out.RC).Set("stdout", out.Stdout).Set("stderr", out.Stderr)
		return r, nil
	}
	r.Changed = true
	if z.p.Bool("runrefresh") || z.p.Bool("auto_import_keys") {
		return r, z.refresh(ctx, w.alias)
	}
	return r, nil
}

// refresh fetches the lists of packages of a repository, or of all.
func (z *zypperRepos) refresh(ctx context.Context, alias string) error {
	var args []string
	if z.p.Bool("auto_import_keys") {
		args = append(args, "--gpg-auto-import-keys")
	}
	args = append(args, "refresh", "--force")
	if alias != "" {
		args = append(args, "-r", alias)
	}
	return z.must(ctx, args...)
}

package sourcecontrol

import (
	"context"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.subversion", Check: module.Full, Run: runSubversion,
	Args: module.Args{
		{Name: "dest", Type: module.Path, Help: "The working copy."},
		{Name: "repo", Aliases: []string{"name", "repository"}, Required: true, Help: "The address of the repository."},
		{Name: "revision", Aliases: []string{"rev", "version"}, Default: "HEAD", Help: "The revision."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Throw away local changes."},
		{Name: "username", Help: "The user of the repository."},
		{Name: "password", NoLog: true, Help: "The user's password."},
		{Name: "executable", Type: module.Path, Help: "The svn to use."},
		{Name: "export", Type: module.Bool, Default: false, Help: "The files alone, without a working copy."},
		{Name: "checkout", Type: module.Bool, Default: true, Help: "Check out if it is not there."},
		{Name: "update", Type: module.Bool, Default: true, Help: "Fetch what is new."},
		{Name: "switch", Type: module.Bool, Default: true, Help: "Switch to the repository's address first."},
		{Name: "in_place", Type: module.Bool, Default: false, Help: "Check out over a folder that is there."},
		{Name: "validate_certs", Type: module.Bool, Default: false, Help: "Check the certificate of the server."},
	},
	Doc: module.Doc{
		Short:    "Keep a working copy of a Subversion repository.",
		Notes:    []string{"The target's svn does the work. A password is handed over on its input, which needs svn 1.10; an older one is refused."},
		Examples: "- ansible.builtin.subversion:\n    repo: https://svn.example.org/project/trunk\n    dest: /opt/project\n    validate_certs: true\n",
		Returns: []module.Return{
			{Name: "before", Type: "list", When: "it was there", Help: "Revision and address as they were."},
			{Name: "after", Type: "list", When: "success", Help: "Revision and address as they are."},
		},
	},
})

// svnRun is one call.
type svnRun struct {
	sys        target.System
	p          *module.Params
	svn        string
	dest, repo string
	revision   string
	stdin      *string // the password
}

func runSubversion(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	s := &svnRun{sys: sys.In("", programs.C), p: p, dest: p.Str("dest"), repo: p.Str("repo"), revision: p.Str("revision")}
	r, err := s.run(ctx)
	if failed, ok := fileattr.ResultOf(sys, err); ok {
		return failed, nil
	}
	return programs.Answer(r, err)
}

func (s *svnRun) run(ctx context.Context) (module.Result, error) {
	if s.svn = s.p.Str("executable"); s.svn == "" {
		file, err := programs.Find(s.sys, "svn")
		if err != nil {
			return module.Result{}, err
		}
		s.svn = file
	}
	checkout, update, export := s.p.Bool("checkout"), s.p.Bool("update"), s.p.Bool("export")
	if s.dest == "" && (checkout || update || export) {
		return module.Fail("the destination directory must be specified unless checkout=no, update=no, and export=no"), nil
	}
	if err := s.password(ctx); err != nil {
		return module.Result{}, err
	}
	if !checkout && !update && !export {
		after, err := s.remoteRevision(ctx)
		r := module.Result{}
		return *r.Set("after", after), err
	}
	_, err := s.sys.Stat(s.dest)
	there := err == nil
	if export || !there {
		return s.fresh(ctx)
	}
	isCopy, err := s.isCopy(ctx)
	switch {
	case err != nil:
		return module.Result{}, err
	case isCopy && !update:
		return module.Result{}, nil
	case isCopy && s.p.Check:
		return s.preview(ctx)
	case isCopy:
		return s.bringUp(ctx)
	case s.p.Bool("in_place"):
		return s.over(ctx)
	}
	return module.Fail("ERROR: %s folder already exists, but its not a subversion repository.", s.dest), nil
}

// password prepares what svn gets on its input.
func (s *svnRun) password(ctx context.Context) error {
	if !s.p.Has("password") {
		return nil
	}
	exit, err := s.start(ctx, "--version", "--quiet")
	if err != nil {
		return err
	}
	parts := strings.SplitN(strings.TrimSpace(string(exit.Stdout)), ".", 3)
	if len(parts) < 2 {
		return programs.Fail("svn does not tell its version")
	}
	major, _ := strconv.Atoi(parts[0]) // no number is too old
	minor, _ := strconv.Atoi(parts[1])
	if major < 1 || major == 1 && minor < 10 {
		return programs.Fail("svn %s takes a password as an argument alone, which every user could read: svn 1.10 or later is needed", strings.TrimSpace(string(exit.Stdout)))
	}
	text := s.p.Str("password")
	s.stdin = &text
	return nil
}

// start runs svn.
func (s *svnRun) start(ctx context.Context, args ...string) (target.Exit, error) {
	c := target.Command{Argv: append([]string{s.svn}, args...)}
	if s.stdin != nil {
		c.Stdin = strings.NewReader(*s.stdin + "\n")
	}
	exit, err := s.sys.Run(ctx, c)
	if ctx.Err() != nil {
		return exit, ctx.Err()
	}
	if err != nil {
		return exit, fileattr.CommandError(strings.Join(c.Argv, " "), err)
	}
	return exit, nil
}

// options are those of all commands.
func (s *svnRun) options() []string {
	all := []string{"--non-interactive", "--no-auth-cache"}
	if !s.p.Bool("validate_certs") {
		all = append(all, "--trust-server-cert")
	}
	if u := s.p.Str("username"); u != "" {
		all = append(all, "--username", u)
	}
	if s.stdin != nil {
		all = append(all, "--password-from-stdin")
	}
	return all
}

// call runs svn with the options of all commands.
func (s *svnRun) call(ctx context.Context, args ...string) (target.Exit, error) {
	return s.start(ctx, append(s.options(), args...)...)
}

// must is call for what has to succeed; it gives the lines of the output.
func (s *svnRun) must(ctx context.Context, args ...string) ([]string, error) {
	exit, err := s.call(ctx, args...)
	if err != nil {
		return nil, err
	}
	if exit.Code != 0 {
		r := module.Fail("%s", strings.TrimRight(string(exit.Stderr), "\r\n\t "))
		r.Set("rc", exit.Code).Set("stdout", string(exit.Stdout)).Set("stderr", string(exit.Stderr))
		cmd := []string{s.svn}
		for _, a := range append(s.options(), args...) {
			cmd = append(cmd, shellwords.Quote(a))
		}
		return nil, &programs.Failed{Result: *r.Set("cmd", strings.Join(cmd, " "))}
	}
	return strings.Split(strings.TrimRight(string(exit.Stdout), "\n"), "\n"), nil
}

var (
	revisionLine = lazyregexp.New(`^\w+\s?:\s+\d+$`)
	urlLine      = lazyregexp.New(`^URL\s?:.*$`)
)

// info gives revision and address as svn info tells them, each a line of it.
func (s *svnRun) info(ctx context.Context, args ...string) (revision, url string, err error) {
	lines, err := s.must(ctx, append([]string{"info"}, args...)...)
	if err != nil {
		return "", "", err
	}
	revision, url = "Unable to get revision", "Unable to get URL"
	for i := len(lines) - 1; i >= 0; i-- {
		if revisionLine().MatchString(lines[i]) {
			revision = lines[i]
		}
		if urlLine().MatchString(lines[i]) {
			url = lines[i]
		}
	}
	return revision, url, nil
}

// remoteRevision is the revision that the repository is at.
func (s *svnRun) remoteRevision(ctx context.Context) (string, error) {
	revision, _, err := s.info(ctx, s.repo)
	return revision, err
}

// fresh checks out or exports where nothing is, or over what was exported before.
func (s *svnRun) fresh(ctx context.Context) (module.Result, error) {
	r := module.Result{Changed: true}
	switch {
	case s.p.Check:
		return r, nil
	case s.p.Bool("export"):
		args := []string{"export"}
		if s.p.Bool("force") {
			args = append(args, "--force")
		}
		_, err := s.must(ctx, append(args, "-r", s.revision, s.repo, s.dest)...)
		return r, err
	case !s.p.Bool("checkout"):
		r.Changed = false
		return r, nil
	}
	if _, err := s.must(ctx, "checkout", "-r", s.revision, s.repo, s.dest); err != nil {
		return module.Result{}, err
	}
	return s.told(ctx, r, nil)
}

// told adds what the working copy was and is at. That no file has changed is no change, whatever the revision.
func (s *svnRun) told(ctx context.Context, r module.Result, before []string) (module.Result, error) {
	revision, url, err := s.info(ctx, s.dest)
	if err != nil {
		return module.Result{}, err
	}
	r.Set("before", nil)
	if before != nil {
		r.Set("before", before)
	}
	return *r.Set("after", []string{revision, url}), nil
}

// isCopy reports whether dest is a working copy.
func (s *svnRun) isCopy(ctx context.Context) (bool, error) {
	exit, err := s.call(ctx, "info", s.dest)
	return exit.Code == 0, err
}

// modified reports whether the working copy has local changes; externals and what svn does not know do not count.
func (s *svnRun) modified(ctx context.Context) (bool, error) {
	lines, err := s.must(ctx, "status", "--quiet", "--ignore-externals", s.dest)
	for _, l := range lines {
		if l != "" && l[0] != 'X' && l[0] != ' ' && !strings.HasPrefix(l, "---") {
			return true, err
		}
	}
	return false, err
}

// preview tells what an update would do.
func (s *svnRun) preview(ctx context.Context) (module.Result, error) {
	modified, err := s.modified(ctx)
	if err != nil {
		return module.Result{}, err
	}
	if modified && !s.p.Bool("force") {
		return s.refused(), nil
	}
	before, _, err := s.info(ctx, s.dest)
	if err != nil {
		return module.Result{}, err
	}
	after, _, err := s.info(ctx, "-r", s.revision, s.dest)
	r := module.Result{Changed: number(before) < number(after)}
	return *r.Set("before", before).Set("after", after), err
}

// number is the number of a line that tells a revision.
func number(line string) int {
	_, text, _ := strings.Cut(line, ":")
	n, _ := strconv.Atoi(strings.TrimSpace(text)) // none is 0
	return n
}

// refused is the failure over local changes that are not to be thrown away.
func (s *svnRun) refused() module.Result {
	return module.Fail("ERROR: modified files exist in the repository.")
}

// bringUp updates the working copy.
func (s *svnRun) bringUp(ctx context.Context) (module.Result, error) {
	revision, url, err := s.info(ctx, s.dest)
	if err != nil {
		return module.Result{}, err
	}
	modified, err := s.modified(ctx)
	if err != nil {
		return module.Result{}, err
	}
	r := module.Result{}
	if s.p.Bool("switch") {
		lines, err := s.must(ctx, "switch", "--revision", s.revision, s.repo, s.dest)
		if err != nil {
			return module.Result{}, err
		}
		r.Changed = anyChange(lines)
	}
	if modified {
		if !s.p.Bool("force") {
			return s.refused(), nil
		}
		if err := s.revert(ctx, &r); err != nil {
			return module.Result{}, err
		}
	}
	lines, err := s.must(ctx, "update", "-r", s.revision, s.dest)
	if err != nil {
		return module.Result{}, err
	}
	r.Changed = r.Changed || anyChange(lines)
	return s.told(ctx, r, []string{revision, url})
}

// over checks out over a folder.
func (s *svnRun) over(ctx context.Context) (module.Result, error) {
	r := module.Result{Changed: true}
	if s.p.Check {
		return r, nil
	}
	if _, err := s.must(ctx, "checkout", "--force", "-r", s.revision, s.repo, s.dest); err != nil {
		return module.Result{}, err
	}
	modified, err := s.modified(ctx)
	if err != nil {
		return module.Result{}, err
	}
	if modified && s.p.Bool("force") {
		if err := s.revert(ctx, &r); err != nil {
			return module.Result{}, err
		}
	}
	return s.told(ctx, r, nil)
}

func (s *svnRun) revert(ctx context.Context, r *module.Result) error {
	lines, err := s.must(ctx, "revert", "-R", s.dest)
	for _, l := range lines {
		r.Changed = r.Changed || strings.HasPrefix(l, "Reverted ")
	}
	return err
}

// changeLine is a line of svn about a file that it has changed.
var changeLine = lazyregexp.New(`^[ABDUCGE]`)

func anyChange(lines []string) bool {
	for _, l := range lines {
		if len(l) > 5 && changeLine().MatchString(l) && strings.TrimLeft(l[1:5], " ABDUCGE") == "" {
			return true
		}
	}
	return false
}

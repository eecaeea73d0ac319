package sourcecontrol

import (
	"context"
	"path"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.git", Check: module.Full, Diff: module.Full, Run: runGit,
	Args: module.Args{
		{Name: "repo", Aliases: []string{"name"}, Required: true, Help: "The repository."},
		{Name: "dest", Type: module.Path, Help: "The working copy."},
		{Name: "version", Default: "HEAD", Help: "A branch, tag or commit."},
		{Name: "remote", Default: "origin", Help: "What the remote is called."},
		{Name: "refspec", Help: "A further refspec to fetch."},
		{Name: "reference", Help: "A repository whose objects are borrowed."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Throw away local changes."},
		{Name: "depth", Type: module.Int, Help: "How many commits of history are fetched."},
		{Name: "clone", Type: module.Bool, Default: true, Help: "Clone if it is not there."},
		{Name: "update", Type: module.Bool, Default: true, Help: "Fetch what is new."},
		{Name: "verify_commit", Type: module.Bool, Default: false, Help: "The commit or tag must be signed."},
		{
			Name: "gpg_allowlist", Aliases: []string{"gpg_whitelist"}, Type: module.List, Default: []string{}, NoLog: false, Help: "The fingerprints of the keys that may sign.",
			DeprecatedAliases: []module.Deprecated{{Name: "gpg_whitelist", Version: "2.21", Collection: "ansible.builtin"}},
		},
		{Name: "accept_hostkey", Type: module.Bool, Default: false, Help: "Take any key of an SSH server."},
		{Name: "accept_newhostkey", Type: module.Bool, Default: false, Help: "Take the key of an SSH server that is not known yet."},
		{Name: "key_file", Type: module.Path, Help: "The private key for SSH."},
		{Name: "ssh_opts", Help: "Further options for ssh."},
		{Name: "executable", Type: module.Path, Help: "The git to use."},
		{Name: "bare", Type: module.Bool, Default: false, Help: "No working copy, the repository alone."},
		{Name: "recursive", Type: module.Bool, Default: true, Help: "With submodules."},
		{Name: "single_branch", Type: module.Bool, Default: false, Help: "Clone one branch alone."},
		{Name: "track_submodules", Type: module.Bool, Default: false, Help: "Submodules follow their branches."},
		{Name: "umask", Type: module.Raw, Help: "The umask for git, an octal text."},
		{Name: "archive", Type: module.Path, Help: "An archive of the version to make: tar, tar.gz, tgz, zip."},
		{Name: "archive_prefix", Help: "What names in the archive begin with."},
		{Name: "separate_git_dir", Type: module.Path, Help: "The place of the repository, apart from the working copy."},
	},
	Rules: module.Rules{
		MutuallyExclusive: [][]string{{"separate_git_dir", "bare"}, {"accept_hostkey", "accept_newhostkey"}},
		RequiredBy:        []module.RequiredBy{{Name: "archive_prefix", Needs: []string{"archive"}}},
	},
	Doc: module.Doc{
		Short:    "Keep a working copy of a git repository.",
		Notes:    []string{"The target's git does the work. It is never asked for a password."},
		Examples: "- ansible.builtin.git:\n    repo: https://github.com/kimai/kimai.git\n    dest: /opt/kimai\n    version: \"2.20.0\"\n    depth: 1\n",
		Returns: []module.Return{
			{Name: "before", Type: "str", When: "success", Help: "The commit as it was."},
			{Name: "after", Type: "str", When: "success", Help: "The commit as it is."},
			{Name: "remote_url_changed", Type: "bool", When: "it was there", Help: "Whether the remote has another address now."},
		},
	},
})

// gitRun is one call.
type gitRun struct {
	sys     target.System
	p       *module.Params
	git     string
	env     []string
	umask   *uint32
	repo    string
	dest    string
	version string
	remote  string
	bare    bool
	result  module.Result
}

func runGit(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	g := &gitRun{sys: sys, p: p, repo: p.Str("repo"), dest: p.Str("dest"), version: p.Str("version"), remote: p.Str("remote"), bare: p.Bool("bare")}
	r, err := g.run(ctx)
	if failed, ok := fileattr.ResultOf(sys, err); ok {
		return failed, nil
	}
	return programs.Answer(r, err)
}

// prepare reads the arguments that say how git is run.
func (g *gitRun) prepare(ctx context.Context) error {
	if g.p.Has("umask") {
		text, ok := g.p.Value("umask").(value.Str)
		if !ok {
			return programs.Fail("umask must be defined as a quoted octal integer")
		}
		n, err := strconv.ParseUint(text.String(), 8, 12)
		if err != nil {
			return &programs.Failed{Result: module.Fail("umask must be an octal integer").With("details", "invalid literal for int() with base 8: '"+text.String()+"'")}
		}
		mask := uint32(n)
		g.umask = &mask
	}
	if g.dest == "" && g.p.Bool("clone") {
		return programs.Fail("the destination directory must be specified unless clone=no")
	}
	if strings.HasPrefix(g.repo, "/") {
		g.repo = "file://" + g.repo
	}
	if g.p.Bool("accept_hostkey") {
		if _, _, ok := strings.Cut(g.p.Str("ssh_opts"), "StrictHostKeyChecking=no"); ok {
			g.p.Warn("accept_hostkey is used with StrictHostKeyChecking=no in ssh_opts: one of them is enough")
		}
	}
	g.env = append([]string{"GIT_TERMINAL_PROMPT=0", "GIT_SSH_COMMAND=" + g.ssh()}, programs.C...)
	g.git = g.p.Str("executable")
	if g.git != "" {
		_, err := g.must(ctx, "", "--version")
		return err
	}
	file, err := programs.Find(g.sys, "git")
	g.git = file
	return err
}

// ssh is the command that git runs for SSH.
func (g *gitRun) ssh() string {
	argv := []string{"ssh", "-o", "BatchMode=yes"}
	switch {
	case g.p.Bool("accept_hostkey"):
		argv = append(argv, "-o", "StrictHostKeyChecking=no")
	case g.p.Bool("accept_newhostkey"):
		argv = append(argv, "-o", "StrictHostKeyChecking=accept-new")
	}
	if key := g.p.Str("key_file"); key != "" {
		argv = append(argv, "-i", shellQuote(key), "-o", "IdentitiesOnly=yes")
	}
	if opts := g.p.Str("ssh_opts"); opts != "" {
		argv = append(argv, opts)
	}
	return strings.Join(argv, " ")
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// call runs git in the folder dir, "" is that of the task.
func (g *gitRun) call(ctx context.Context, dir string, args ...string) (target.Exit, error) {
	exit, err := g.sys.Run(ctx, target.Command{Argv: append([]string{g.git}, args...), Dir: dir, Env: g.env, Umask: g.umask})
	if ctx.Err() != nil {
		return exit, ctx.Err()
	}
	if err != nil {
		return exit, fileattr.CommandError(strings.Join(append([]string{g.git}, args...), " "), err)
	}
	return exit, nil
}

// must is call for what has to succeed; it gives the output.
func (g *gitRun) must(ctx context.Context, dir string, args ...string) (string, error) {
	exit, err := g.call(ctx, dir, args...)
	if err != nil {
		return "", err
	}
	if exit.Code != 0 {
		return "", g.failed(strings.TrimRight(string(exit.Stderr), "\r\n"), exit, args)
	}
	return string(exit.Stdout), nil
}

// failed is the failure of a command.
func (g *gitRun) failed(msg string, exit target.Exit, args []string) error {
	r := module.Fail("%s", msg)
	r.Set("rc", exit.Code).Set("stdout", string(exit.Stdout)).Set("stderr", string(exit.Stderr))
	if args != nil {
		r.Set("cmd", strings.Join(append([]string{g.git}, args...), " "))
	}
	return &programs.Failed{Result: r}
}

// dir is the folder of the repository itself: that of the working copy, what its file .git says, or dest of a bare one.
func (g *gitRun) dir() string {
	if g.bare {
		return g.dest
	}
	inside := path.Join(g.dest, ".git")
	if info, err := g.sys.Lstat(inside); err == nil && info.IsRegular() {
		if b, err := target.ReadFile(g.sys, inside); err == nil {
			if to, ok := strings.CutPrefix(strings.TrimSpace(string(b)), "gitdir:"); ok {
				if to = strings.TrimSpace(to); !path.IsAbs(to) {
					to = path.Join(g.dest, to)
				}
				return to
			}
		}
	}
	return inside
}

func (g *gitRun) run(ctx context.Context) (module.Result, error) {
	if err := g.prepare(ctx); err != nil {
		return g.result, err
	}
	format, err := g.archiveFormat()
	if err != nil {
		return g.result, err
	}
	g.result.Set("before", nil)
	_, missing := g.sys.Stat(path.Join(g.dir(), "config"))
	switch {
	case g.dest == "" || missing != nil:
		if done, err := g.fresh(ctx); done || err != nil {
			return g.result, err
		}
	default:
		if done, err := g.existing(ctx); done || err != nil {
			return g.result, err
		}
	}
	if format != "" {
		return g.result, g.archive(ctx, format)
	}
	return g.result, nil
}

// fresh clones; done is when there is nothing to clone into.
func (g *gitRun) fresh(ctx context.Context) (done bool, err error) {
	g.result.Changed = true
	after := ""
	if done = g.p.Check || !g.p.Bool("clone"); done {
		after, err = g.remoteHead(ctx, g.repo)
	} else if err = g.clone(ctx); err == nil {
		after, err = g.head(ctx)
	}
	if err != nil {
		return done, err
	}
	g.result.Set("after", after)
	if g.p.Diff {
		g.result.Diff = module.Diff{Prepared: ">> Newly checked out " + after}.Value()
	}
	return done, nil
}

// existing brings what is there up to date; done is when nothing is to be made of it afterwards.
func (g *gitRun) existing(ctx context.Context) (done bool, err error) {
	before, err := g.head(ctx)
	if err != nil {
		return true, err
	}
	g.result.Set("before", before)
	if !g.p.Bool("update") {
		g.result.Set("after", before)
		return g.p.Check, nil
	}
	moved, err := g.separate()
	if err != nil {
		return true, err
	}
	local, err := g.localChanges(ctx)
	if err != nil {
		return true, err
	}
	if local {
		text := "Local modifications exist in the destination: " + g.dest
		if !g.p.Bool("force") {
			return true, &programs.Failed{Result: module.Fail("%s (force=no).", text).With("before", before)}
		}
		if !g.p.Check {
			g.result.Msg, g.result.HasMsg = text, true
			if _, err := g.must(ctx, g.dest, "reset", "--hard", "HEAD", "--"); err != nil {
				return true, err
			}
		}
	}
	other, err := g.setURL(ctx)
	if err != nil {
		return true, err
	}
	g.result.Set("remote_url_changed", other)
	after, updated, err := g.bring(ctx)
	if err != nil {
		return true, err
	}
	g.result.Set("after", after)
	g.result.Changed = before != after || local || other || updated || moved
	if g.p.Diff && before != after {
		return g.p.Check, g.diff(ctx, before, after)
	}
	return g.p.Check, nil
}

// bring fetches and checks out; in check mode it asks the remote alone. It gives the commit, and whether submodules changed.
func (g *gitRun) bring(ctx context.Context) (after string, updated bool, err error) {
	if g.p.Check {
		after, err = g.remoteHead(ctx, g.repo)
		if err == nil && g.p.Diff {
			err = g.fetch(ctx)
		}
		return after, false, err
	}
	if err := g.fetch(ctx); err != nil {
		return "", false, err
	}
	if !g.bare {
		if err := g.checkout(ctx); err != nil {
			return "", false, err
		}
		if updated, err = g.submodules(ctx); err != nil {
			return "", false, err
		}
	}
	if g.bare && g.p.Bool("verify_commit") {
		if err := g.verify(ctx); err != nil {
			return "", false, err
		}
	}
	after, err = g.head(ctx)
	return after, updated, err
}

// diff sets the difference between two commits.
func (g *gitRun) diff(ctx context.Context, before, after string) error {
	exit, err := g.call(ctx, g.dest, "diff", before, after)
	if err != nil {
		return err
	}
	text := string(exit.Stdout)
	if exit.Code != 0 {
		text = ">> No visual differences between " + before + " and " + after
	}
	g.result.Diff = module.Diff{Prepared: text}.Value()
	return nil
}

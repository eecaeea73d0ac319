package sourcecontrol

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
)

// head is the commit that is checked out.
func (g *gitRun) head(ctx context.Context) (string, error) {
	exit, err := g.call(ctx, g.dest, "rev-parse", "HEAD")
	return strings.TrimSpace(string(exit.Stdout)), err
}

// lsRemote gives the lines "COMMIT REF" of a remote for a kind of refs (-h or -t) and a pattern; "" is any kind.
func (g *gitRun) lsRemote(ctx context.Context, remote, kind, pattern string) ([][2]string, error) {
	args := []string{"ls-remote", remote}
	if kind != "" {
		args = append(args, kind)
	}
	out, err := g.must(ctx, g.there(), append(args, pattern)...)
	var lines [][2]string
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) == 2 {
			lines = append(lines, [2]string{f[0], f[1]})
		}
	}
	return lines, err
}

// there is the folder to run git in: that of the working copy if there is one.
func (g *gitRun) there() string {
	if info, err := g.sys.Stat(g.dest); g.dest != "" && err == nil && info.IsDir() {
		return g.dest
	}
	return ""
}

func (g *gitRun) isBranch(ctx context.Context, remote string) (bool, error) {
	l, err := g.lsRemote(ctx, remote, "-h", "refs/heads/"+g.version)
	return len(l) > 0, err
}

func (g *gitRun) isTag(ctx context.Context, remote string) (bool, error) {
	l, err := g.lsRemote(ctx, remote, "-t", "refs/tags/"+g.version)
	return len(l) > 0, err
}

// remoteHead is the commit that the version means at a remote. What is no branch and no tag there is a commit itself.
func (g *gitRun) remoteHead(ctx context.Context, remote string) (string, error) {
	if g.version == "HEAD" {
		pattern, kind := "HEAD", ""
		if b, err := g.headBranch(ctx); err == nil && b != "" {
			pattern, kind = "refs/heads/"+b, "-h"
		}
		l, err := g.lsRemote(ctx, remote, kind, pattern)
		if err != nil || len(l) == 0 {
			return "", err
		}
		return l[0][0], nil
	}
	l, err := g.lsRemote(ctx, remote, "-h", "refs/heads/"+g.version)
	if err != nil {
		return "", err
	}
	if len(l) > 0 {
		return l[0][0], nil
	}
	if l, err = g.lsRemote(ctx, remote, "-t", "refs/tags/"+g.version+"*"); err != nil {
		return "", err
	}
	found := g.version
	for _, x := range l { // the commit of an annotated tag comes after the tag
		if x[1] == "refs/tags/"+g.version || x[1] == "refs/tags/"+g.version+"^{}" {
			found = x[0]
		}
	}
	return found, nil
}

// headBranch is the branch that HEAD means: the one that is checked out, or the remote's.
func (g *gitRun) headBranch(ctx context.Context) (string, error) {
	if g.there() == "" {
		return "", nil
	}
	for ref, prefix := range map[string]string{"HEAD": "refs/heads/"} {
		exit, err := g.call(ctx, g.dest, "symbolic-ref", "-q", ref)
		if err != nil {
			return "", err
		}
		if b, ok := strings.CutPrefix(strings.TrimSpace(string(exit.Stdout)), prefix); ok && exit.Code == 0 {
			return b, nil
		}
	}
	exit, err := g.call(ctx, g.dest, "symbolic-ref", "-q", "refs/remotes/"+g.remote+"/HEAD")
	return strings.TrimPrefix(strings.TrimSpace(string(exit.Stdout)), "refs/remotes/"+g.remote+"/"), err
}

// clone makes the copy and checks out.
func (g *gitRun) clone(ctx context.Context) error {
	branch, err := g.isBranch(ctx, g.repo)
	if err != nil {
		return err
	}
	tag, err := g.isTag(ctx, g.repo)
	if err != nil {
		return err
	}
	args := []string{"clone"}
	if g.bare {
		args = append(args, "--bare")
	} else {
		args = append(args, "--origin", g.remote)
	}
	if g.p.Int("depth") != 0 {
		switch {
		case g.version == "HEAD", g.p.Str("refspec") != "":
			args = append(args, "--depth", fmt.Sprint(g.p.Int("depth")))
		case branch, tag:
			args = append(args, "--depth", fmt.Sprint(g.p.Int("depth")), "--branch", g.version)
		default:
			g.p.Warn("Ignoring depth argument. Shallow clones are only available for HEAD, branches, tags or in combination with refspec.")
		}
	}
	if r := g.p.Str("reference"); r != "" {
		args = append(args, "--reference", r)
	}
	if g.p.Bool("single_branch") {
		args = append(args, "--single-branch")
		if branch && g.p.Int("depth") == 0 {
			args = append(args, "--branch", g.version)
		}
	}
	if d := g.p.Str("separate_git_dir"); d != "" {
		args = append(args, "--separate-git-dir="+d)
	}
	if err := g.makeParent(); err != nil {
		return err
	}
	if _, err := g.must(ctx, "", append(args, g.repo, g.dest)...); err != nil {
		return err
	}
	if g.bare && g.remote != "origin" {
		if _, err := g.must(ctx, g.dest, "remote", "add", g.remote, g.repo); err != nil {
			return err
		}
	}
	if r := g.p.Str("refspec"); r != "" {
		args := []string{"fetch"}
		if g.p.Int("depth") != 0 {
			args = append(args, "--depth", fmt.Sprint(g.p.Int("depth")))
		}
		if _, err := g.must(ctx, g.dest, append(args, g.remote, r)...); err != nil {
			return err
		}
	}
	if g.bare {
		if g.p.Bool("verify_commit") {
			return g.verify(ctx)
		}
		return nil
	}
	if err := g.checkout(ctx); err != nil {
		return err
	}
	_, err = g.submodules(ctx)
	return err
}

// makeParent makes the folder that the copy is put in.
func (g *gitRun) makeParent() error {
	var missing []string
	for dir := path.Dir(g.dest); dir != "/" && dir != "."; dir = path.Dir(dir) {
		if _, err := g.sys.Stat(dir); err == nil {
			break
		}
		missing = append(missing, dir)
	}
	for i := len(missing) - 1; i >= 0; i-- {
		if err := g.sys.Mkdir(missing[i], 0o777); err != nil {
			return programs.Fail("%s", fileattr.PyError(err, missing[i]))
		}
	}
	return nil
}

// setURL gives the remote its address, and reports whether that was another one. In check mode it only reports.
func (g *gitRun) setURL(ctx context.Context) (bool, error) {
	exit, err := g.call(ctx, g.dest, "ls-remote", "--get-url", g.remote)
	if err != nil {
		return false, err
	}
	old := strings.TrimSpace(string(exit.Stdout))
	if exit.Code != 0 || old == g.remote { // there is no such remote
		old = ""
	}
	if old == g.repo {
		return false, nil
	}
	if g.p.Check {
		return old != "", nil
	}
	args := []string{"remote", "set-url", g.remote, g.repo}
	if old == "" {
		args = []string{"remote", "add", g.remote, g.repo}
	}
	exit, err = g.call(ctx, g.dest, args...)
	if err == nil && exit.Code != 0 {
		err = programs.Fail("Failed to set a new url %s for %s: %s %s", g.repo, g.remote, exit.Stdout, exit.Stderr)
	}
	return old != "", err
}

// fetch gets what is new: with depth, no more than the version needs.
func (g *gitRun) fetch(ctx context.Context) error {
	args := []string{"fetch"}
	var refs []string
	if g.p.Int("depth") != 0 {
		var err error
		if refs, err = g.shallow(ctx); err != nil {
			return err
		}
		if len(refs) > 0 {
			args = append(args, "--depth", fmt.Sprint(g.p.Int("depth")))
		}
	}
	if len(refs) == 0 {
		heads := "+refs/heads/*:refs/remotes/" + g.remote + "/*"
		if g.bare {
			heads = "+refs/heads/*:refs/heads/*"
		}
		refs = []string{heads, "+refs/tags/*:refs/tags/*"}
		if r := g.p.Str("refspec"); r != "" {
			refs = append(refs, r)
		}
	}
	if g.p.Bool("force") {
		args = append(args, "--force")
	}
	args = append(append(args, g.remote), refs...)
	if g.p.Check { // the address may be another one, which is not set
		args[len(args)-len(refs)-1] = g.repo
	}
	exit, err := g.call(ctx, g.dest, args...)
	if err == nil && exit.Code != 0 {
		err = g.failed(fmt.Sprintf("Failed to download remote objects and refs: %s %s", exit.Stdout, exit.Stderr), exit, args)
	}
	return err
}

// shallow gives the refs that a fetch of limited depth needs; none for a commit.
func (g *gitRun) shallow(ctx context.Context) ([]string, error) {
	if r := g.p.Str("refspec"); r != "" {
		return []string{r}, nil
	}
	head, err := g.headBranch(ctx)
	if err != nil {
		return nil, err
	}
	if g.version == "HEAD" {
		if head == "" {
			return nil, nil
		}
		return []string{"+refs/heads/" + head + ":refs/remotes/" + g.remote + "/" + head}, nil
	}
	if is, err := g.isBranch(ctx, g.repo); err != nil {
		return nil, err
	} else if is {
		return []string{"+refs/heads/" + g.version + ":refs/remotes/" + g.remote + "/" + g.version}, nil
	}
	if is, err := g.isTag(ctx, g.repo); err != nil || !is {
		return nil, err
	}
	return []string{"+refs/tags/" + g.version + ":refs/tags/" + g.version}, nil
}

// localChanges reports whether files that git knows are not as they were checked out.
func (g *gitRun) localChanges(ctx context.Context) (bool, error) {
	if g.bare {
		return false, nil
	}
	out, err := g.must(ctx, g.dest, "status", "--porcelain")
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "??") {
			return true, err
		}
	}
	return false, err
}

// separate moves the repository to where separate_git_dir wants it.
func (g *gitRun) separate() (bool, error) {
	want := g.p.Str("separate_git_dir")
	now := g.dir()
	if want == "" || g.sys.Realpath(want) == g.sys.Realpath(now) {
		return false, nil
	}
	g.result.Set("git_dir_before", now).Set("git_dir_now", want)
	if g.p.Check {
		return true, nil
	}
	if _, err := g.sys.Lstat(want); err == nil {
		return false, programs.Fail("Separate-git-dir path %s already exists.", want)
	}
	if err := g.sys.Rename(now, want); err != nil {
		return false, programs.Fail("Unable to move git dir. %s", fileattr.PyError(err, now, want))
	}
	tmp, err := fileattr.NewTemp(g.sys, path.Join(g.dest, ".git"), strings.NewReader("gitdir: "+want))
	if err == nil {
		err = tmp.Replace(fileattr.KeepNothing, false)
	}
	if err != nil {
		_ = g.sys.Rename(want, now) // as it was
		return false, programs.Fail("Unable to move git dir. %s", fileattr.PyError(err, now))
	}
	return true, nil
}

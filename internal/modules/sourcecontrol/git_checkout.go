package sourcecontrol

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// checkout brings the working copy to the version: a branch to where the remote has it.
func (g *gitRun) checkout(ctx context.Context) error {
	branch := g.version
	if g.version == "HEAD" {
		head, err := g.headBranch(ctx)
		if err != nil {
			return err
		}
		branch = head
	}
	if branch != "" && g.has(ctx, "refs/remotes/"+g.remote+"/"+branch) {
		return g.checkoutBranch(ctx, branch)
	}
	if g.version != "HEAD" {
		if err := g.checkoutStep(ctx, "Failed to checkout "+g.version, "checkout", "--force", g.version); err != nil {
			return err
		}
	}
	return g.verified(ctx)
}

func (g *gitRun) checkoutBranch(ctx context.Context, branch string) error {
	far := g.remote + "/" + branch
	if g.has(ctx, "refs/heads/"+branch) {
		if err := g.checkoutStep(ctx, "Failed to checkout branch "+branch, "checkout", "--force", branch, "--"); err != nil {
			return err
		}
		if err := g.checkoutStep(ctx, "Failed to checkout branch "+branch, "reset", "--hard", far, "--"); err != nil {
			return err
		}
	} else {
		track := "--track"
		if g.p.Int("depth") != 0 { // a shallow clone knows one branch alone, others can't be followed
			track = "--no-track"
		}
		if err := g.checkoutStep(ctx, "Failed to checkout branch "+branch, "checkout", track, "-b", branch, far); err != nil {
			return err
		}
	}
	return g.verified(ctx)
}

func (g *gitRun) verified(ctx context.Context) error {
	if g.p.Bool("verify_commit") {
		return g.verify(ctx)
	}
	return nil
}

func (g *gitRun) checkoutStep(ctx context.Context, msg string, args ...string) error {
	exit, err := g.call(ctx, g.dest, args...)
	if err == nil && exit.Code != 0 {
		err = g.failed(msg, exit, args)
	}
	return err
}

// has reports whether a ref is there.
func (g *gitRun) has(ctx context.Context, ref string) bool {
	exit, err := g.call(ctx, g.dest, "show-ref", "--verify", "--quiet", ref)
	return err == nil && exit.Code == 0
}

// verify wants the version to be signed, by a key of gpg_allowlist if there is one.
func (g *gitRun) verify(ctx context.Context) error {
	what := "verify-commit"
	exit, err := g.call(ctx, g.dest, "cat-file", "-t", g.version)
	if err != nil {
		return err
	}
	if strings.TrimSpace(string(exit.Stdout)) == "tag" {
		what = "verify-tag"
	}
	args := []string{what, g.version}
	allowed := g.p.Strs("gpg_allowlist")
	if len(allowed) > 0 {
		args = append(args, "--raw")
	}
	if exit, err = g.call(ctx, g.dest, args...); err != nil {
		return err
	}
	if exit.Code != 0 {
		return g.failed(fmt.Sprintf("Failed to verify GPG signature of commit/tag \"%s\"", g.version), exit, nil)
	}
	if len(allowed) == 0 {
		return nil
	}
	for line := range strings.Lines(string(exit.Stderr)) { // doc/DETAILS of GnuPG
		f := strings.Fields(line)
		if len(f) > 2 && f[1] == "VALIDSIG" && (slices.Contains(allowed, f[2]) || slices.Contains(allowed, f[len(f)-1])) {
			return nil
		}
	}
	r := module.Fail("The gpg_allowlist does not include the public key of the signature of commit/tag \"%s\"", g.version)
	return &programs.Failed{Result: r.With("stdout", string(exit.Stdout)).With("stderr", string(exit.Stderr))}
}

// submodules brings the submodules to what the commit says, or to the heads of their branches. It reports whether one changed.
func (g *gitRun) submodules(ctx context.Context) (bool, error) {
	if _, err := g.sys.Stat(path.Join(g.dest, ".gitmodules")); err != nil || !g.p.Bool("recursive") {
		return false, nil //nolint:nilerr // there are none
	}
	before, err := g.call(ctx, g.dest, "submodule", "status", "--recursive")
	if err != nil {
		return false, err
	}
	if exit, err := g.call(ctx, g.dest, "submodule", "sync"); err != nil {
		return false, err
	} else if exit.Code != 0 {
		return false, programs.Fail("Failed to sync submodules: %s%s", exit.Stdout, exit.Stderr)
	}
	args := []string{"submodule", "update", "--init", "--recursive"}
	if g.p.Bool("track_submodules") {
		args = append(args, "--remote")
	}
	if g.p.Bool("force") {
		args = append(args, "--force")
	}
	exit, err := g.call(ctx, g.dest, args...)
	if err != nil {
		return false, err
	}
	if exit.Code != 0 {
		return false, programs.Fail("Failed to init/update submodules: %s%s", exit.Stdout, exit.Stderr)
	}
	after, err := g.call(ctx, g.dest, "submodule", "status", "--recursive")
	changed := string(before.Stdout) != string(after.Stdout)
	if changed {
		g.result.Set("submodules_changed", true)
	}
	return changed, err
}

// archiveFormat is the format of the argument archive, by its end; "" when there is none.
func (g *gitRun) archiveFormat() (string, error) {
	file := g.p.Str("archive")
	if file == "" {
		return "", nil
	}
	for _, f := range []string{"tar.gz", "tgz", "tar", "zip"} {
		if strings.HasSuffix(file, "."+f) {
			return f, nil
		}
	}
	r := module.Fail("Unable to get file extension from archive file name : %s", file)
	return "", &programs.Failed{Result: r.With("details", "Please specify archive as filename with extension. File extension can be one of ['tar', 'tar.gz', 'zip', 'tgz']")}
}

// archive makes the archive anew, and puts it in place when it differs.
func (g *gitRun) archive(ctx context.Context, format string) error {
	file := g.p.Str("archive")
	tmp, err := fileattr.NewTemp(g.sys, file, strings.NewReader(""))
	if err != nil {
		return programs.Fail("Failed to make %s: %s", file, fileattr.PyError(err, file))
	}
	defer tmp.Discard()
	name, err := tmp.Expose() // git writes it
	if err != nil {
		return programs.Fail("Failed to make %s: %s", file, fileattr.PyError(err, file))
	}
	args := []string{"archive", "--format", format, "--output", name}
	if prefix := g.p.Str("archive_prefix"); prefix != "" {
		args = append(args, "--prefix", prefix)
	}
	args = append(args, g.version)
	exit, err := g.call(ctx, g.dest, args...)
	if err != nil {
		return err
	}
	if exit.Code != 0 {
		r := module.Fail("Failed to perform archive operation")
		return &programs.Failed{Result: r.With("details", "Git archive command failed to create archive "+file+" using "+g.dest+" directory.Error: "+string(exit.Stderr))}
	}
	fresh, err := target.ReadFile(g.sys, name)
	if err != nil {
		return err
	}
	if old, err := target.ReadFile(g.sys, file); err == nil && string(old) == string(fresh) {
		return nil
	}
	if err := tmp.Replace(fileattr.KeepDest, false); err != nil {
		return programs.Fail("Failed to move %s: %s", file, fileattr.PyError(err, file))
	}
	g.result.Changed = true
	return nil
}

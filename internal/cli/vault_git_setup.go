package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

const gitSetupHelp = `Sets up the git repository of the working directory:

   git diff and git log -p show secrets decrypted (textconv), to who has the passwords;
   git merge and git rebase merge plaintexts in memory, and encrypt anew only what has really changed (merge driver);
   git commit calls "kimai-ansible vault audit --staged" first (pre-commit hook).

The passwords are those of ansible.cfg and the ANSIBLE_VAULT_* variables, and of --vault-id and --vault-password-file as they are given
here: their places are noted in the repository's own configuration, not the passwords. Which files it is for is noted in
.gitattributes, to be committed; without the rest, for others, nothing changes by that. Calling it again brings all up to date.

No plaintext is written to a disk: git's cache for textconv, which would do that, stays off. Conflicting changes of an encrypted file
leave conflict markers in its plaintext, encrypted again; kimai-ansible vault edit shows them.`

func vaultGitSetupCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "git-setup", Usage: "have git diff, merge and check encrypted files",
		Description: gitSetupHelp,
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "no-hook", Usage: "leave the pre-commit hook alone"},
			&cli.BoolFlag{Name: "remove", Usage: "undo it"},
		}, vaultSecretFlags()...),
		Action: func(c *cli.Context) error {
			opts := gitSetupOptions{vaultOptions: vaultOptionsOf(c), noHook: c.Bool("no-hook"), remove: c.Bool("remove")}
			return runVault(c.Context, env, opts.vaultOptions, func(s *vaultSession, ctx context.Context) error {
				g := &gitSetup{vaultSession: s, opts: opts}
				return g.run(ctx)
			})
		},
	}
}

type gitSetupOptions struct {
	vaultOptions
	noHook, remove bool
}

// A gitSetup changes a repository's configuration.
type gitSetup struct {
	*vaultSession
	opts gitSetupOptions
	top  string // of the work tree
}

// gitDriver is the name of the drivers in git's configuration and in .gitattributes.
const gitDriver = "kimai-ansible-vault"

func (g *gitSetup) run(ctx context.Context) error {
	if len(g.vaultSession.opts.args) > 0 {
		return usageFailure("git-setup takes no arguments")
	}
	if g.vaultSession.opts.ask {
		return usageFailure("git calls for each file: a password that is asked for is of no use")
	}
	top, err := g.git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return plainFailure((&diag.Error{Msg: "this is no git work tree: " + err.Error()}).Hint("git init makes one"))
	}
	g.top = top
	if g.opts.remove {
		return g.remove(ctx)
	}
	if err := g.configure(ctx); err != nil {
		return err
	}
	if err := g.attributes(ctx); err != nil {
		return err
	}
	if g.opts.noHook {
		return nil
	}
	return g.hook(ctx)
}

// git runs git and gives its output without the last line end.
func (g *gitSetup) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Env = g.env.Dir, g.env.Environ
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if text := strings.TrimSpace(errs.String()); text != "" {
			return "", errors.New(text)
		}
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// configure notes the drivers in the repository's own configuration.
func (g *gitSetup) configure(ctx context.Context) error {
	call := shellQuote(g.program()) + " vault %s"
	secrets, err := g.secretArgs()
	if err != nil {
		return err
	}
	for _, kv := range [][2]string{
		{"diff." + gitDriver + ".textconv", fmt.Sprintf(call, "git-textconv") + secrets},
		{"diff." + gitDriver + ".cachetextconv", "false"}, // it would write plaintext to refs/notes
		{"merge." + gitDriver + ".name", "merge Ansible Vault secrets in memory"},
		{"merge." + gitDriver + ".driver", fmt.Sprintf(call, "git-merge") + secrets + " --marker-size %L --path %P %O %A %B"},
	} {
		if _, err := g.git(ctx, "config", "--local", kv[0], kv[1]); err != nil {
			return plainFailure(fmt.Errorf("setting %s: %w", kv[0], err))
		}
	}
	_, err = fmt.Fprintf(g.env.Stdout, "git diff and git merge: set up in %s\n", filepath.Join(g.top, ".git/config"))
	return err
}

// program gives what git calls: this program by its name where a shell finds it, so that an update counts, else by its
// place.
func (g *gitSetup) program() string {
	if _, err := exec.LookPath("kimai-ansible"); err == nil {
		return "kimai-ansible"
	}
	if self, err := os.Executable(); err == nil {
		return self
	}
	return "kimai-ansible"
}

// secretArgs gives the options that name passwords, as they were given, for a shell; paths are made absolute, since git
// calls from the top of the work tree.
func (g *gitSetup) secretArgs() (string, error) {
	var b strings.Builder
	for _, text := range g.opts.vaultIDs {
		spec := vault.ParseSpec(text, vault.DefaultID)
		if strings.HasPrefix(spec.Source, "fd:") || spec.Source == "prompt" {
			return "", usageFailure("git calls for each file: a password from %s is of no use", spec.Source)
		}
		if path, ok := g.loader.FilePath(spec); ok || exists(path) {
			spec.Source = path
		}
		b.WriteString(" --vault-id " + shellQuote(spec.Text()))
	}
	for _, path := range g.absAll(g.opts.passwordFiles) {
		b.WriteString(" --vault-password-file " + shellQuote(path))
	}
	return b.String(), nil
}

// shellQuote writes a word for a shell.
func shellQuote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@,+=") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// The lines of .gitattributes that are ours stand between these.
const (
	attributesBegin = "# kimai-ansible vault git-setup: begin"
	attributesEnd   = "# kimai-ansible vault git-setup: end"
)

// attributes notes in .gitattributes which files are for the drivers: YAML, and what is encrypted as a whole now.
func (g *gitSetup) attributes(ctx context.Context) error {
	found, err := tree.Find(ctx, tree.Options{Dir: g.top, Environ: g.env.Environ, IgnoreLinks: true})
	if err != nil {
		return err
	}
	patterns := []string{"*.yml", "*.yaml", "**/group_vars/**", "**/host_vars/**"}
	for _, f := range found.Files {
		switch filepath.Ext(f.Path) {
		case ".yml", ".yaml":
			continue
		}
		if isWholeFile(f.Path) {
			patterns = append(patterns, attributePattern("/"+filepath.ToSlash(f.Name)))
		}
	}
	sort.Strings(patterns[4:])
	var b strings.Builder
	b.WriteString(attributesBegin + "\n")
	for _, p := range patterns {
		fmt.Fprintf(&b, "%s diff=%s merge=%s\n", p, gitDriver, gitDriver)
	}
	b.WriteString(attributesEnd + "\n")
	path := filepath.Join(g.top, ".gitattributes")
	changed, err := g.section(path, b.String())
	if err == nil && changed {
		_, err = fmt.Fprintf(g.env.Stdout, "which files it is for: %s (commit it)\n", path)
	}
	return err
}

// isWholeFile reports whether a file is encrypted as a whole.
func isWholeFile(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(vaultfmt.Header))
	n, _ := f.Read(head)
	return string(head[:n]) == vaultfmt.Header
}

// attributePattern writes a path so that .gitattributes takes it literally.
func attributePattern(path string) string {
	path = strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`).Replace(path)
	if strings.ContainsAny(path, " \t\"\n") {
		return quoteYAML(path)
	}
	return path
}

// section puts our lines into a file, in the place of those that are there, and says whether that changed it.
func (g *gitSetup) section(path, lines string) (changed bool, err error) {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, readFailure(path, err)
	}
	text := string(old)
	before, rest, ok := strings.Cut(text, attributesBegin+"\n")
	if _, after, closed := strings.Cut(rest, attributesEnd+"\n"); ok && closed {
		text = before + lines + after
	} else if lines != "" {
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		text += lines
	}
	if text == string(old) {
		return false, nil
	}
	r := vault.Replacement{Path: path, Data: []byte(text), Mode: 0o644}
	if err := r.Write(orNil(old)); err != nil {
		return false, writeFailure(path, err)
	}
	return true, nil
}

// hookMark is how a hook of ours is known.
const hookMark = "# made by kimai-ansible vault git-setup"

// hook makes the pre-commit hook.
func (g *gitSetup) hook(ctx context.Context) error {
	path, err := g.hookPath(ctx)
	if err != nil {
		return err
	}
	line := shellQuote(g.program()) + " vault audit --staged"
	text := "#!/bin/sh\n" + hookMark + "\nexec " + line + "\n"
	old, err := os.ReadFile(path)
	switch {
	case err == nil && string(old) == text:
		return nil
	case err == nil && !bytes.Contains(old, []byte(hookMark)):
		d := diag.Errorf(source.At(source.NewFile(path, ""), 0, 0), "there is a pre-commit hook already")
		return plainFailure(d.Hint("add this line to it: %s || exit 1; and call git-setup --no-hook", line))
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return readFailure(path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return writeFailure(path, err)
	}
	if err := (vault.Replacement{Path: path, Data: []byte(text), Mode: 0o755}).Write(orNil(old)); err != nil {
		return writeFailure(path, err)
	}
	_, err = fmt.Fprintf(g.env.Stdout, "git commit checks first: %s\n", path)
	return err
}

func (g *gitSetup) hookPath(ctx context.Context) (string, error) {
	path, err := g.git(ctx, "rev-parse", "--git-path", "hooks/pre-commit")
	if err != nil {
		return "", plainFailure(err)
	}
	return g.abs(path), nil
}

// remove undoes what run has done, and nothing else.
func (g *gitSetup) remove(ctx context.Context) error {
	for _, section := range []string{"diff." + gitDriver, "merge." + gitDriver} {
		_, _ = g.git(ctx, "config", "--local", "--remove-section", section) // it need not be there
	}
	if _, err := g.section(filepath.Join(g.top, ".gitattributes"), ""); err != nil {
		return err
	}
	path, err := g.hookPath(ctx)
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(path); err == nil && bytes.Contains(old, []byte(hookMark)) {
		if err := os.Remove(path); err != nil {
			return writeFailure(path, err)
		}
	}
	_, err = fmt.Fprintln(g.env.Stdout, "git treats encrypted files as any others again")
	return err
}

package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// What may carry plaintext beside pipes: files in memory that `git merge-file` reads.
var mergeAllowed = regexp.MustCompile(plaintextAllowed.String() + `|^\d+ +write\(\d+</memfd:kimai-ansible-merge`)

// TestVaultGitCanary looks at everything that is written while a real git diffs and merges encrypted files, with conflicts and
// without.
func TestVaultGitCanary(t *testing.T) {
	needs.Program(t, "git", "the merges of a real git")
	bin := childProgram(t)
	setup := "export PATH=" + bin + `:$PATH; export GIT_CONFIG_NOSYSTEM=1; cd repo; `
	for name, line := range map[string]string{
		"diff":     setup + "git diff HEAD~1 HEAD | cat; git log -p | cat; git show | cat",
		"merge":    setup + "git merge -q -m m clean; git diff HEAD~1 HEAD | cat",
		"conflict": setup + "git merge clash; git diff | cat; git status; true",
		"rebase":   setup + "git rebase -q clean; git rebase clash; true",
	} {
		t.Run(name, func(t *testing.T) {
			if name == "diff" || name == "rebase" {
				needs.Long(t, "traces it for some seconds")
			}
			dir := gitCanaryDir(t, bin)
			if calls := traced(t, dir, line, mergeAllowed); len(calls) > 0 {
				t.Errorf("the secret leaves by\n%s", clipLines(calls))
			}
			seen := traced(t, dir, setup+"git diff main~1 main | cat", regexp.MustCompile(`^$`))
			if len(seen) == 0 {
				t.Error("nothing was decrypted at all")
			}
		})
	}
	t.Run("fires", func(t *testing.T) {
		dir := gitCanaryDir(t, bin)
		// with its cache on, git itself writes the plaintext: the check sees it
		line := setup + "git config diff.kimai-ansible-vault.cachetextconv true; git diff HEAD~1 HEAD | cat"
		var rest []string
		for _, c := range traced(t, dir, line, mergeAllowed) {
			if !strings.Contains(c, "<pipe:") {
				rest = append(rest, c)
			}
		}
		all := exec.Command("sh", "-c", "git cat-file --batch-all-objects --batch | grep -ac "+canary)
		all.Dir = filepath.Join(dir, "repo")
		if out, _ := all.Output(); len(rest) == 0 && strings.TrimSpace(string(out)) == "0" {
			t.Error("neither the check nor git has the plaintext that was cached")
		}
	})
}

// gitCanaryDir makes a repository whose branch clean merges into main, and whose branch clash does not.
func gitCanaryDir(t *testing.T, bin string) string {
	t.Helper()
	dir := canaryDir(t)
	script := `set -e
export GIT_CONFIG_NOSYSTEM=1
mkdir repo; cd repo; git init -q -b main .; git config user.name a; git config user.email a@b
kimai-ansible vault git-setup --no-hook --vault-password-file ../pw
put() { printf "$1" | kimai-ansible vault encrypt --vault-password-file ../pw --output whole.yml -; printf "$2" | kimai-ansible vault set --vault-password-file ../pw i.yml k; git add -A; git commit -qm "$3"; }
printf 'k: ""\nl: 1\n' > i.yml
put 'a\nb\nc\nd\ne\n' one base
git branch clash; git branch clean
put "a ` + canary + `\nb\nc\nd\ne\n" "` + canary + `" main
git checkout -q clean; put "a\nb\nc\nd\ne ` + canary + `2\n" one clean
git checkout -q clash; put "a ` + canary + `3\nb\nc\nd\ne\n" "` + canary + `3" clash
git checkout -q main
`
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = dir
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	cmd.Env = append(os.Environ(), "HOME="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

const canary = "CanaryWithTwentyFour&Chars"

// traced runs a shell line under strace -f and returns every system call in which one of the canary's forms appears,
// less the ones that are allowed.
func traced(t *testing.T, dir, line string, allowed *regexp.Regexp) []string {
	t.Helper()
	strace := needs.Program(t, "strace", "the traces that look for secrets")
	trace := filepath.Join(needs.Folder(t), "trace")
	cmd := exec.Command(strace, "-f", "-y", "-qq", "-v", "-xx", "-s", "1000000", "-e", "trace=write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,execve,execveat,rename,link,memfd_create,mmap",
		"-o", trace, "sh", "-c", line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+childProgram(t)+":"+os.Getenv("PATH"), "HOME="+dir, "TERM=dumb")
	if out, err := cmd.CombinedOutput(); err != nil {
		needs.That(t, !bytes.Contains(out, []byte("ptrace")) && !bytes.Contains(out, []byte("Operation not permitted")), "an strace that may trace")
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for call := range strings.Lines(string(text)) {
		plain := unescape(call)
		for _, form := range canaryForms() {
			if strings.Contains(plain, form) && (allowed == nil || !allowed.MatchString(plain)) {
				found = append(found, strings.TrimSpace(plain))
				break
			}
		}
	}
	return found
}

func canaryForms() []string {
	return []string{canary, base64.StdEncoding.EncodeToString([]byte(canary))[:24], hex.EncodeToString([]byte(canary)), "CanaryWithTwentyFour%26Chars", `CanaryWithTwentyFour\u0026Chars`}
}

var escaped = regexp.MustCompile(`\\x[0-9a-f]{2}`)

func unescape(s string) string {
	return escaped.ReplaceAllStringFunc(s, func(e string) string {
		n, _ := strconv.ParseUint(e[2:], 16, 8)
		return string([]byte{byte(n)})
	})
}

func canaryDir(t *testing.T) string {
	t.Helper()
	dir := vaultDir(t)
	cmd := exec.Command("sh", "-c", `ansible-vault encrypt --vault-password-file pw --output c < text && { echo "# x"; ansible-vault encrypt_string --vault-password-file pw --stdin-name k < text; } > i.yml`)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+childProgram(t)+":"+os.Getenv("PATH"))
	if err := os.WriteFile(filepath.Join(dir, "text"), []byte("k: "+canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ed.sh"), []byte("#!/bin/sh\nfor f; do :; done\nsed -i s/k:/key:/ \"$f\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Remove(filepath.Join(dir, "text")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// What may carry plaintext: a pipe but for stderr (stdout is one here, the pager reads one), the private folder in memory.
var plaintextAllowed = regexp.MustCompile(`^\d+ +(write|writev)\((([013-9]|\d\d+)<pipe:|\d+</dev/shm/kimai-ansible-vault-|\d+</run/user/\d+/kimai-ansible-vault-)`)

// The check must fire for each way on which a secret can leave.
func TestVaultCanaryFires(t *testing.T) {
	dir := canaryDir(t)
	for name, line := range map[string]string{
		"file":        "printf %s '" + canary + "' > out",
		"argument":    "true '" + canary + "'; env true '" + canary + "'",
		"environment": "SECRET='" + canary + "' env true",
		"base64":      "printf %s '" + base64.StdEncoding.EncodeToString([]byte("x" + canary)[1:]) + "' > out",
		"decrypt":     "kimai-ansible vault decrypt --vault-password-file pw c",
	} {
		t.Run(name, func(t *testing.T) {
			// the line itself is in the shell's arguments, which is the first call; it does not count
			calls := traced(t, dir, line, plaintextAllowed)
			var rest []string
			for _, c := range calls {
				if !strings.Contains(c, `"sh", "-c"`) {
					rest = append(rest, c)
				}
			}
			if len(rest) == 0 {
				t.Error("the check does not see it")
			}
		})
	}
}

func TestVaultCanary(t *testing.T) {
	for name, line := range map[string]string{
		"view":        "kimai-ansible vault view --vault-password-file pw c",
		"view inline": "kimai-ansible vault view --vault-password-file pw i.yml",
		"get":         "kimai-ansible vault get --vault-password-file pw i.yml k",
		"edit":        "EDITOR=./ed.sh kimai-ansible vault edit --vault-password-file pw c",
		"edit inline": "EDITOR=./ed.sh kimai-ansible vault edit --vault-password-file pw i.yml",
		"as before":   "EDITOR=./ed.sh ansible-vault edit --vault-password-file pw c",
		"rekey":       "kimai-ansible vault rekey --vault-password-file pw --new-vault-password-file pw2 c i.yml",
		"wrong":       "kimai-ansible vault view --vault-password-file pw2 c; EDITOR=nosuch kimai-ansible vault edit --vault-password-file pw c; true",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if calls := traced(t, canaryDir(t), line, plaintextAllowed); len(calls) > 0 {
				t.Errorf("the secret leaves by\n%s", clipLines(calls))
			}
		})
	}
}

// The canary with real editors: each is run without a terminal on a file whose HOME and working directory are watched.
func TestVaultCanaryEditors(t *testing.T) {
	for name, command := range map[string]string{
		"vim":   `vim -es -u HOME/.vimrc -c '%s/k:/key:/' -c wq`,
		"nvim":  `nvim --headless -es -c '%s/k:/key:/' -c wq`,
		"emacs": `emacs --batch --eval '(setq make-backup-files t)'`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(name); err != nil {
				needs.That(t, name != "vim", name)
				t.Skipf("skipped, %s is not installed", name) // CI has vim; the others where they happen to be
			}
			dir := canaryDir(t)
			// what a user of vim may have that leaves copies
			rc := "set backup writebackup undofile swapfile backupdir=" + dir + " undodir=" + dir + " directory=" + dir + " viminfo='100,h\n"
			if err := os.WriteFile(filepath.Join(dir, ".vimrc"), []byte(rc), 0o600); err != nil {
				t.Fatal(err)
			}
			line := "EDITOR=\"" + strings.ReplaceAll(command, "HOME", dir) + "\" kimai-ansible vault edit --vault-password-file pw c < /dev/null"
			if calls := traced(t, dir, line, plaintextAllowed); len(calls) > 0 {
				t.Errorf("the secret leaves by\n%s", clipLines(calls))
			}
			cmd := exec.Command(filepath.Join(childProgram(t), "kimai-ansible"), "vault", "view", "--vault-password-file", "pw", "c")
			cmd.Dir = dir
			if out, err := cmd.Output(); err != nil || string(out) != "key: "+canary+"\n" {
				t.Errorf("the editor left %q, %v", out, err)
			}
			if name != "vim" {
				return
			}
			// under another name, so that it is not known, the same editor does leave copies
			if err := os.WriteFile(filepath.Join(dir, "other"), []byte("#!/bin/sh\nexec vim -es -u .vimrc -c 's/key:/k:/' -c wq \"$1\"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			if calls := traced(t, dir, "EDITOR=./other kimai-ansible vault edit --vault-password-file pw c < /dev/null", plaintextAllowed); len(calls) == 0 {
				t.Error("the check does not see vim's copies")
			}
		})
	}
}

func clipLines(calls []string) string {
	var b strings.Builder
	for _, c := range calls {
		if len(c) > 300 {
			c = c[:300] + "…"
		}
		fmt.Fprintln(&b, c)
	}
	return b.String()
}

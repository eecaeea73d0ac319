package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestVaultLive lets the installed ansible-vault read what we write and the other way round.
func TestVaultLive(t *testing.T) {
	if testing.Short() {
		t.Skip("starts ansible-vault several times")
	}
	theirs, err := exec.LookPath("ansible-vault")
	if err != nil {
		missing(t, "ansible-vault is not installed")
	}
	dir := vaultDir(t)
	ours := filepath.Join(childProgram(t), "ansible-vault")
	run := func(stdin, program string, args ...string) string {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		cmd.Env = append(os.Environ(), "HOME="+dir)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s %q: %v\n%s", program, args, err, errs.String())
		}
		return out.String()
	}
	texts := map[string]string{"1.1": "a: 1\n", "empty": "", "16 bytes": "sixteen bytes ok", "unicode": "é€😀", "bytes": "a\xff\xfe\x00b"}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			if got := run(run(text, ours, "encrypt", "--vault-password-file", "pw"), theirs, "decrypt", "--vault-password-file", "pw"); got != text {
				t.Errorf("they read %q", got)
			}
			if got := run(run(text, theirs, "encrypt", "--vault-password-file", "pw"), ours, "decrypt", "--vault-password-file", "pw"); got != text {
				t.Errorf("we read %q", got)
			}
		})
	}
	t.Run("label", func(t *testing.T) {
		for _, pair := range [][2]string{{ours, theirs}, {theirs, ours}} {
			vault := run("x", pair[0], "encrypt", "--vault-id", "prod@pw")
			if !strings.HasPrefix(vault, "$ANSIBLE_VAULT;1.2;AES256;prod\n") {
				t.Errorf("header %q", vault[:40])
			}
			if got := run(vault, pair[1], "decrypt", "--vault-id", "dev@pw2", "--vault-id", "prod@pw"); got != "x" {
				t.Errorf("read %q", got)
			}
		}
	})
	t.Run("inline", func(t *testing.T) {
		for _, pair := range [][2]string{{ours, theirs}, {theirs, ours}} {
			value := run("", pair[0], "encrypt_string", "--vault-id", "prod@pw", "hunter2")
			var lines []string
			for _, l := range strings.Split(value, "\n")[1:] {
				lines = append(lines, strings.TrimLeft(l, " "))
			}
			if got := run(strings.Join(lines, "\n"), pair[1], "decrypt", "--vault-password-file", "pw"); got != "hunter2" {
				t.Errorf("read %q", got)
			}
		}
	})
}

package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// TestVaultLive lets the installed ansible-vault read what we write and the other way round.
func TestVaultLive(t *testing.T) {
	if testing.Short() {
		t.Skip("starts ansible-vault several times")
	}
	theirs := needs.Program(t, "ansible-vault", "the comparison with the real one")
	dir := vaultDir(t)
	ours := filepath.Join(childProgram(t), "ansible-vault")
	run := func(stdin, program string, args ...string) string {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8")
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s %q: %v\n%s", program, args, err, errs.String())
		}
		return out.String()
	}
	texts := map[string]string{"lines": "a: 1\n", "empty": "", "block": "sixteen bytes ok", "unicode": "é€😀", "bytes": "a\xff\xfe\x00b"}
	var names []string
	for name := range texts {
		names = append(names, name)
	}
	for _, pair := range [][2]string{{ours, theirs}, {theirs, ours}} { // all files in one call, theirs is slow to start
		for name, text := range texts {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		run("", pair[0], append([]string{"encrypt", "--vault-password-file", "pw"}, names...)...)
		run("", pair[1], append([]string{"decrypt", "--vault-password-file", "pw"}, names...)...)
		for name, text := range texts {
			if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
				t.Errorf("%s, written by %s: read %q, %v", name, pair[0], got, err)
			}
		}
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

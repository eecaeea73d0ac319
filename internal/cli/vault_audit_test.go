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

// TestVaultAuditCanary looks at everything that an audit writes, to files, pipes and children: no secret is in it, vaulted or plain.
func TestVaultAuditCanary(t *testing.T) {
	t.Parallel()
	dir := canaryDir(t)
	for name, text := range map[string]string{
		"again.yml": "db_password: " + canary + "\n", "hosts": "web ansible_become_pass=" + canary + "\n", "url.yml": "db: mysql://kimai:" + canary + "@db/kimai\n",
		"broken.yml": "db_password: " + canary + "\n  x: [\n", "torn.yml": "db_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  " + canary + "\n",
		"note.env": "API_KEY=" + canary + "7Qz\n", ".vault_pass": canary + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const audit = "kimai-ansible vault audit -v --max-age 1d --vault-id dev@pw --vault-id x@.vault_pass "
	found := filepath.Join(needs.Folder(t), "found")
	line := audit + "> " + found + "; " + audit + "--json | cat; " + audit + "--sarif | cat; true"
	if calls := traced(t, dir, line, nil); len(calls) > 0 {
		t.Errorf("the secret leaves by\n%s", clipLines(calls))
	}
	cmd := exec.Command("sh", "-c", "git init -q . && git add .")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// git itself hands over what is staged, through a pipe
	line = "kimai-ansible vault audit --staged > " + found + ".staged; true"
	if calls := traced(t, dir, line, regexp.MustCompile(`^\d+ +write\(1<pipe:`)); len(calls) > 0 {
		t.Errorf("--staged: the secret leaves by\n%s", clipLines(calls))
	}
	if text, err := os.ReadFile(found + ".staged"); err != nil || !strings.Contains(string(text), "again.yml:1: error") {
		t.Errorf("--staged: %s, %v", text, err)
	}
	text, err := os.ReadFile(found)
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []string{"again.yml:1: error", "hosts:1: error", "url.yml:1: error", "torn.yml:1: error", "note.env:1: error", "[exposed-password]"} {
		if !strings.Contains(string(text), rule) {
			t.Errorf("%s is missing in\n%s", rule, text)
		}
	}
}

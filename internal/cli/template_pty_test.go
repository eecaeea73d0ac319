package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// On a terminal what came out of a vault is masked; what can't be masked is refused; --show-secrets shows both.
func TestTemplateOnATerminal(t *testing.T) {
	dir := needs.Folder(t)
	for name, text := range map[string]string{
		"password": "right", "hosts.yml": "one: {hosts: {h: {}}}\n",
		"group_vars/all.yml": "password: canary-password\npin: \"4711\"\n", "app.j2": "user=kimai\npassword={{ password }}\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, code := talkTo(t, dir, "kimai-ansible vault encrypt --vault-password-file password group_vars/all.yml").end(); code != 0 {
		t.Fatal(got)
	}
	const render, eval = "template render app.j2", "template eval pin"
	for _, c := range []struct {
		name, args string
		code       int
		shows      string
		hides      string
	}{
		{"masked", render, 0, "user=kimai\npassword=********\n", "canary"},
		{"the mask is told", render, 0, "is masked; --show-secrets shows it", "canary"},
		{"shown", render + " --show-secrets", 0, "user=kimai\npassword=canary-password\n", "****"},
		{"too short to be masked", eval, 1, "can't be masked within it", "4711"},
		{"too short, shown", eval + " --show-secrets", 0, "4711\n", "****"},
		{"changed", "template eval 'password | hash(\"sha256\")'", 1, "can't be masked within it", "f761d683"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, code := talkTo(t, dir, "kimai-ansible "+c.args+" -i hosts.yml --vault-password-file password").end()
			if code != c.code || !strings.Contains(got, c.shows) || strings.Contains(got, c.hides) {
				t.Errorf("exit code %d, want %d; want %q in it and no %q:\n%s", code, c.code, c.shows, c.hides, got)
			}
		})
	}
}

package conformance_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/conformance/tracer"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// TestApplyLeaksNothing traces runs of the built program: the secrets of the demo, and the vault password of an inventory,
// are written to the two rendered files alone, are in no argument and in no environment of a program that is started.
// That the tracer finds each kind of leak is shown by its own tests.
func TestApplyLeaksNothing(t *testing.T) {
	program := binary(t)
	dir := kitDir(t, filepath.Join(testdata, "kit/start"))
	docker := "kimai_compose_docker=" + filepath.Join(dir, "bin/docker")
	t.Run("positive control", func(t *testing.T) { leakingCommandIsCaught(t, dir) })
	for _, c := range []struct {
		name    string
		args    []string
		renders bool // the files are written in this run
		code    int
	}{
		{"check and diff, most told", []string{"-vvv", "--diff", "--check"}, false, 0},
		{"run, most told", []string{"-vvv", "--diff", "-e", docker, "-e", "kimai_start=true"}, true, 0},
		{"a failing task", []string{"-vvv", "--diff", "-e", docker, "-e", "kimai_compose_image=kimai/kimai2:latest"}, false, 2},
		{"a changed file with secrets", []string{"-vvv", "--diff", "-e", "kimai_compose_mailer_from=time@example.com"}, true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			trace := tracer.Run(t, dir, environ(dir), append([]string{program, "apply", "-i", "demo"}, c.args...)...)
			if trace.Code != c.code {
				t.Fatalf("exit code %d\n%s\n%s", trace.Code, trace.Stdout, trace.Stderr)
			}
			found, written := trace.Find(demoSecrets, func(path string) bool {
				return path == filepath.Join(dir, ".demo/compose/kimai.env") || path == filepath.Join(dir, ".demo/compose/database.env")
			})
			for _, f := range found {
				t.Errorf("secret %d: %s", f.Secret, f.Where)
			}
			if c.renders && written == 0 {
				t.Error("the trace does not even show the rendered files: it proves nothing")
			}
			if !c.renders && written != 0 {
				t.Errorf("%d writes of secrets", written)
			}
		})
	}
}

// leakingCommandIsCaught shows that the check fires: the same secret, the same tracer, a command that writes it elsewhere
// and hands it to a program.
func leakingCommandIsCaught(t *testing.T, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "leak"), []byte(demoSecrets[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	trace := tracer.Run(t, dir, environ(dir), "sh", "-c", `read -r S < leak; printf %s "$S" > .demo-leak; export S; env printf "$S"; rm leak .demo-leak`)
	found, _ := trace.Find(demoSecrets, func(string) bool { return false })
	kinds := map[string]bool{}
	for _, f := range found {
		kind, _, _ := strings.Cut(f.Where, " ")
		kinds[kind] = true
	}
	for _, kind := range []string{"written", "argument", "environment"} {
		if !kinds[kind] {
			t.Errorf("a leak was not seen: %s; seen: %v", kind, found)
		}
	}
}

// A vault password that comes from the environment is not handed on to the programs that a run starts, and is written nowhere.
func TestVaultPasswordIsNotHandedOn(t *testing.T) {
	const password = "canary-vault-password-7Qx"
	program := binary(t)
	dir := kitDir(t, filepath.Join(testdata, "kit/start"))
	inventory := filepath.Join(dir, "inventories/mine")
	write(t, filepath.Join(inventory, "hosts.yml"), "kimai: {hosts: {one: {ansible_connection: local}}}\n")
	write(t, filepath.Join(inventory, "group_vars/kimai/vars.yml"), `kimai_root: "{{ '.demo' | realpath }}"
kimai_domain: localhost
kimai_url: https://localhost
kimai_start: true
kimai_compose_docker: "`+filepath.Join(dir, "bin/docker")+`"
`)
	write(t, filepath.Join(inventory, "group_vars/kimai/vault.yml"), seal(t, password, `kimai_app_secret: canary-app-secret-0123456789abcdef
kimai_db_password: canary-db-password
kimai_db_root_password: canary-root-password
`))
	secrets := []string{password, "canary-app-secret-0123456789abcdef", "canary-db-password", "canary-root-password"}
	trace := tracer.Run(t, dir, append(environ(dir), "VAULT_PASSWORD="+password),
		program, "apply", "-i", "mine", "--vault-id", "mine@env:VAULT_PASSWORD", "-vvv", "--diff")
	if trace.Code != 0 {
		t.Fatalf("exit code %d\n%s\n%s", trace.Code, trace.Stdout, trace.Stderr)
	}
	started := 0
	for _, c := range trace.Calls {
		if c.Name == "execve" && len(c.Args) > 0 && strings.HasSuffix(c.Args[0], "/docker") {
			started++
		}
	}
	if started == 0 {
		t.Error("no program was started: the test proves nothing")
	}
	found, written := trace.Find(secrets, func(path string) bool {
		return path == filepath.Join(dir, ".demo/compose/kimai.env") || path == filepath.Join(dir, ".demo/compose/database.env")
	})
	for _, f := range found {
		t.Errorf("secret %d: %s", f.Secret, f.Where)
	}
	if written == 0 {
		t.Error("the trace does not even show the rendered files: it proves nothing")
	}
}

// write makes a file and the folders above it.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// seal gives plaintext as a vault.
func seal(t *testing.T, password, plaintext string) string {
	t.Helper()
	e, err := vaultfmt.Encrypt([]byte(plaintext), []byte(password), "")
	if err != nil {
		t.Fatal(err)
	}
	text, err := e.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

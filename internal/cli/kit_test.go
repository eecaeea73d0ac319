package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

func kitEnv(t *testing.T) *Env {
	t.Helper()
	return &Env{Dir: needs.Folder(t), Environ: []string{"XDG_CACHE_HOME=" + needs.Folder(t)}}
}

func TestKitOfTheWorkingDirectory(t *testing.T) {
	env := kitEnv(t)
	if err := os.MkdirAll(filepath.Join(env.Dir, "playbooks"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(env.Dir, sitePlaybook), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	k, err := findKit(env)
	if err != nil || k.embedded || k.dir != env.Dir {
		t.Fatalf("findKit = %+v, %v; want the working directory", k, err)
	}
}

func TestEmbeddedKitIsVerifiedAtEachUse(t *testing.T) {
	env := kitEnv(t)
	k, err := findKit(env)
	if err != nil || !k.embedded {
		t.Fatalf("findKit = %+v, %v; want the embedded kit", k, err)
	}
	site := filepath.Join(k.dir, sitePlaybook)
	want, err := os.ReadFile(site)
	if err != nil {
		t.Fatal(err)
	}
	damage := map[string]func() error{
		"changed": func() error { return os.WriteFile(site, []byte("- hosts: all\n"), 0o600) },
		"missing": func() error { return os.Remove(site) },
		"added":   func() error { return os.WriteFile(filepath.Join(k.dir, "roles/evil.yml"), nil, 0o600) },
		"open":    func() error { return os.Chmod(k.dir, 0o755) },
		"link": func() error {
			_ = os.Remove(site)
			return os.Symlink("/dev/null", site)
		},
	}
	for name, do := range damage {
		t.Run(name, func(t *testing.T) {
			if err := do(); err != nil {
				t.Fatal(err)
			}
			files, _, err := kitFiles()
			if err != nil {
				t.Fatal(err)
			}
			if verifyKit(k.dir, files) == nil {
				t.Fatal("the damage is not seen")
			}
			again, err := findKit(env)
			if err != nil || again.dir != k.dir {
				t.Fatalf("findKit = %+v, %v", again, err)
			}
			got, err := os.ReadFile(site)
			if err != nil || string(got) != string(want) {
				t.Errorf("the playbook is %q, %v", got, err)
			}
			if err := verifyKit(k.dir, files); err != nil {
				t.Errorf("after unpacking again: %v", err)
			}
		})
	}
	if info, err := os.Stat(k.dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v, %v", info.Mode(), err)
	}
}

// The embedded kit must not carry plaintext of the demo's secrets: its vault files are ciphertext.
func TestEmbeddedKitIsCiphertext(t *testing.T) {
	files, _, err := kitFiles()
	if err != nil {
		t.Fatal(err)
	}
	vaults := 0
	for path, text := range files {
		if strings.HasSuffix(path, "/vault.yml") {
			vaults++
			if !strings.HasPrefix(string(text), "$ANSIBLE_VAULT;") {
				t.Errorf("%s is not encrypted", path)
			}
		}
	}
	if vaults == 0 {
		t.Error("the kit has no vault.yml: the test checks nothing")
	}
}

func TestInventoryNames(t *testing.T) {
	env := kitEnv(t)
	k, err := findKit(env)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := k.inventory(env, "demo"); err != nil || got != filepath.Join(k.dir, "inventories/demo") {
		t.Errorf("demo = %q, %v", got, err)
	}
	own := filepath.Join(env.Dir, "own.yml")
	if err := os.WriteFile(own, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := k.inventory(env, "own.yml"); err != nil || got != own {
		t.Errorf("own.yml = %q, %v", got, err)
	}
	if got, err := k.inventory(env, "a,b"); err != nil || got != "a,b" {
		t.Errorf("a,b = %q, %v", got, err)
	}
	_, err = k.inventory(env, "dmeo")
	if err == nil || !strings.Contains(err.Error(), `no inventory "dmeo"`) {
		t.Errorf("dmeo: %v", err)
	}
}

func TestOrderArgs(t *testing.T) {
	tests := []struct{ args, want string }{
		{"apply -i demo", "apply --inventory=demo"},
		{"apply -idemo -CD", "apply --inventory=demo --check --diff"},
		{"apply -vvv -i demo", "apply --verbose --verbose --verbose --inventory=demo"},
		{"apply -e a=b --extra-vars @f --limit=x", "apply --extra-vars=a=b --extra-vars=@f --limit=x"},
		{"apply --limit x extra -C", "apply --limit=x --check -- extra"},
		{"apply -- -C", "apply -- -C"},
		{"vault view -", "vault view -- -"},
		{"vault --help", "vault --help"},
	}
	env := kitEnv(t)
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			got, err := orderArgs(kimaiApp(env), strings.Fields(tt.args))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %q, want %q", strings.Join(got, " "), tt.want)
			}
		})
	}
	for _, bad := range []string{"apply --chekc", "apply -i", "apply --check=yes", "apply -Z"} {
		if _, err := orderArgs(kimaiApp(env), strings.Fields(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

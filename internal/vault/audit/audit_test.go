package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/audit"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

const (
	prod = "yT4mZ9qLr7XcW2vB8nKd5sJh"
	dev  = "Qw8rT2yU6iPp0aSd4fGh1jKl"
)

// A repo is a folder with files, and git in it.
type repo struct {
	t   *testing.T
	dir string
}

func newRepo(t *testing.T) *repo {
	t.Helper()
	needs.Program(t, "git", "the audit of repositories")
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := &repo{t, dir}
	r.git("init", "-q", ".")
	return r
}

func (r *repo) git(args ...string) {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-C", r.dir, "-c", "user.name=a", "-c", "user.email=a@b"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("git %q: %v: %s", args, err, out)
	}
}

func (r *repo) commit(date string) {
	r.t.Helper()
	r.t.Setenv("GIT_AUTHOR_DATE", date+"T00:00:00Z")
	r.git("add", "-A")
	r.git("commit", "-q", "--allow-empty", "-m", date)
}

func (r *repo) write(name, text string, mode os.FileMode) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		r.t.Fatal(err)
	}
}

func seal(t *testing.T, plaintext, password, label string) string {
	t.Helper()
	e, err := vaultfmt.Encrypt([]byte(plaintext), []byte(password), label)
	if err != nil {
		t.Fatal(err)
	}
	text, err := e.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// inline writes a value as !vault.
func inline(t *testing.T, key, plaintext, password, label string) string {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(seal(t, plaintext, password, label), "\n"), "\n")
	return key + ": !vault |\n  " + strings.Join(lines, "\n  ") + "\n"
}

func (r *repo) audit(change func(*audit.Options), secrets ...*vault.Secret) *audit.Report {
	r.t.Helper()
	found, err := tree.Find(context.Background(), tree.Options{Dir: r.dir, Environ: os.Environ(), IgnoreLinks: true})
	if err != nil {
		r.t.Fatal(err)
	}
	o := audit.Options{
		Root: found.Root, Files: audit.FromTree(found), Environ: os.Environ(), Git: true, Secrets: secrets, Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC),
	}
	if change != nil {
		change(&o)
	}
	report, err := audit.Run(context.Background(), o)
	if err != nil {
		r.t.Fatal(err)
	}
	return report
}

// TestPlanted plants a problem of each kind and wants each to be found, where it is and nothing else.
func TestPlanted(t *testing.T) {
	r := newRepo(t)
	r.write("group_vars/prod/vault.yml", seal(t, "vault_a: Canary1xQz77\nvault_b: Canary2xQz88\n", prod, "prod"), 0o644)
	r.write("group_vars/prod/old.yml", "x: 1\n"+inline(t, "old_password", "Canary3xQz99", prod, "prod"), 0o644)
	r.commit("2026-01-01")
	r.write("group_vars/prod/vars.yml", inline(t, "again", "Canary1xQz77", prod, "prod"), 0o644)
	r.write("group_vars/prod/lies.yml", inline(t, "lie", "Canary4xQz00", dev, "prod"), 0o644)
	r.write("group_vars/prod/lost.yml", inline(t, "lost", "Canary5xQz11", "a password that nobody has", "prod"), 0o644)
	r.write("group_vars/prod/torn.yml", "torn: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n", 0o644)
	r.write("group_vars/dev/vault.yml", "vault_user: CanaryUser\n", 0o644)
	r.write("group_vars/dev/vars.yml", "a: 1\nsmtp:\n  password: Canary6xQz22\n", 0o644)
	r.write("roles/x/files/key", "-----BEGIN RSA PRIVATE KEY-----\n"+strings.Repeat("MIIEpAIBAAKCAQEA7Canary7bbbbccccddddeeeeffff0123456789abcdefgh\n", 4)+"-----END RSA PRIVATE KEY-----\n", 0o644)
	r.write("roles/x/templates/a.j2", "token: ghp_"+"Canary8qX7mR2vK9pT4wL6zN1bH5cJ8sD3fG\n", 0o644)
	r.write("hosts", "[web]\nw1 ansible_become_pass=Canary9xQz33\n", 0o644)
	r.write(".vault_pass_old", "another-Canary10-password\n", 0o644)
	r.write("ci/deploy.sh", "#!/bin/sh\necho "+prod+" > pw\n", 0o755)
	r.write("weak.pw", "sommer2026\n", 0o640)
	r.commit("2026-05-01")
	r.write("untracked.yml", "api_key: Canary11xQz44\n", 0o600)
	policy, err := audit.ParsePolicy(source.NewFile("p", "rules:\n- {paths: 'group_vars/prod/**', vault_id: prod, max_age: 90d}\n- {paths: hosts, vault_id: x, keys: [a], encrypted: true}\n- {paths: group_vars/dev/vars.yml, keys: ['a']}\n"))
	if err != nil {
		t.Fatal(err)
	}
	r.write("other.yml", inline(t, "x", "Canary12xQz55", prod, "prod"), 0o644)
	policy.Rules = append(policy.Rules, audit.PolicyRule{Paths: []string{"other.yml"}, IDs: []string{"ops"}})
	report := r.audit(func(o *audit.Options) {
		o.Policy = policy
		o.Passwords = []audit.PasswordFile{{ID: "weak", Path: filepath.Join(r.dir, "weak.pw")}}
	}, vault.NewSecret("prod", "prompt", prod), vault.NewSecret("dev", "prompt", dev), vault.NewSecret("weak", "file "+filepath.Join(r.dir, "weak.pw"), "sommer2026"))

	want := []string{
		".vault_pass_old:0 committed-password-file", ".vault_pass_old:0 readable-password-file", "ci/deploy.sh:2 exposed-password",
		"group_vars/dev/vars.yml:1 policy-key a", "group_vars/dev/vars.yml:3 plain-secret smtp.password", "group_vars/dev/vault.yml:1 plain-vault-file",
		"group_vars/prod/lies.yml:1 wrong-label lie", "group_vars/prod/lost.yml:1 unreadable lost", "group_vars/prod/old.yml:2 too-old old_password",
		"group_vars/prod/torn.yml:1 broken-vault torn", "group_vars/prod/vars.yml:1 same-secret again", "group_vars/prod/vault.yml:1 too-old",
		"hosts:1 policy-encrypted", "hosts:2 plain-secret ansible_become_pass", "other.yml:1 policy-vault-id x",
		"roles/x/files/key:1 leak/private-key", "roles/x/templates/a.j2:1 leak/github-pat", "untracked.yml:1 plain-secret api_key",
		"weak.pw:1 committed-password-file", "weak.pw:1 readable-password-file", "weak.pw:1 weak-password",
	}
	var got []string
	for _, f := range report.Findings {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s:%d %s %s", f.File, f.Line, f.Rule, f.Key)))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	values := map[string]string{}
	for _, v := range report.Values {
		values[v.File+" "+v.Key] = fmt.Sprintf("%s %s %s", v.ID, v.OpenedBy, v.Changed.Format(time.DateOnly))
	}
	for at, want := range map[string]string{
		"group_vars/prod/vault.yml ": "prod prod 2026-01-01", "group_vars/prod/old.yml old_password": "prod prod 2026-01-01",
		"group_vars/prod/lies.yml lie": "prod dev 2026-05-01", "group_vars/prod/lost.yml lost": "prod  2026-05-01",
	} {
		if values[at] != want {
			t.Errorf("%s: %s, want %s", at, values[at], want)
		}
	}
	noSecret(t, report)
}

// noSecret looks for what was planted in everything that the report can become, and that SARIF is valid.
func noSecret(t *testing.T, report *audit.Report) {
	t.Helper()
	asJSON, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	asSARIF, err := json.Marshal(report.SARIF("1.0.0"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(asJSON), string(asSARIF), fmt.Sprintf("%+v", report.Findings)} {
		for _, secret := range []string{"Canary", prod, dev, "sommer2026", "nobody has"} {
			if strings.Contains(text, secret) {
				t.Errorf("%q is in %s", secret, text)
			}
		}
	}
	doc, err := sarif.FromBytes(asSARIF)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(); err != nil {
		t.Errorf("the SARIF is not valid: %v", err)
	}
	if n := len(doc.Runs[0].Results); n != len(report.Findings) {
		t.Errorf("%d results of %d findings", n, len(report.Findings))
	}
	strict := func(text []byte) error {
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		return d.Decode(new(sarif.Report))
	}
	if err := strict(asSARIF); err != nil {
		t.Errorf("SARIF does not know it: %v", err)
	}
	if strict(bytes.Replace(asSARIF, []byte(`"columnKind":`), []byte(`"columnKinds":`), 1)) == nil {
		t.Error("a property that SARIF does not know is not noticed")
	}
	broken := bytes.ReplaceAll(asSARIF, []byte(`"version":"2.1.0"`), []byte(`"version":"9"`))
	if doc, err = sarif.FromBytes(broken); err == nil && doc.Validate() == nil {
		t.Error("the validation does not notice a wrong version")
	}
}

// TestClean wants nothing of a repository that is in order.
func TestClean(t *testing.T) {
	r := newRepo(t)
	r.write(".gitignore", "*.pw\n", 0o644)
	r.write("prod.pw", prod+"\n", 0o600)
	r.write("group_vars/prod/vault.yml", seal(t, "vault_db_password: Xa91kk2-first\nvault_smtp_password: Xa91kk2-second\n", prod, "prod"), 0o644)
	r.write("group_vars/prod/vars.yml", "db_password: \"{{ vault_db_password }}\"\nuser: kimai\n"+inline(t, "api_token", "Xa91kk2-third", prod, "prod"), 0o644)
	r.write("group_vars/all/vars.yml", idioms, 0o644)
	r.write("roles/x/tasks/main.yml", idiomTasks, 0o644)
	r.write("roles/x/defaults/main.yml", idiomDefaults, 0o644)
	r.write("README.md", "Encrypt it so: `password: !vault |`, which gives\n\n    $ANSIBLE_VAULT;1.1;AES256\n    6162\n", 0o644)
	r.write("ansible.cfg", "[defaults]\nvault_password_file = prod.pw\n", 0o644)
	r.commit("2026-05-01")
	idiomVault := "group_vars/all/vars.yml" // its vault is shortened
	report := r.audit(func(o *audit.Options) {
		o.MaxAge = 90 * 24 * time.Hour
		o.Passwords = []audit.PasswordFile{{ID: "prod", Path: filepath.Join(r.dir, "prod.pw")}}
	}, vault.NewSecret("prod", "file "+filepath.Join(r.dir, "prod.pw"), prod))
	for _, f := range report.Findings {
		if f.File != idiomVault || f.Rule != audit.Broken {
			t.Errorf("%+v", f)
		}
	}
	if len(report.Values) != 3 {
		t.Errorf("%d values", len(report.Values))
	}
	noSecret(t, report)
}

// TestManyFiles looks at thousands of files, in seconds also on a slow machine.
func TestManyFiles(t *testing.T) {
	var files []audit.File
	for i := range 2000 {
		name, text := fmt.Sprintf("roles/r%d/tasks/main.yml", i), idiomTasks+fmt.Sprintf("# %d\n", i)
		files = append(files, audit.File{Name: name, Path: name, Read: func() ([]byte, error) { return []byte(text), nil }})
	}
	start := time.Now()
	report, err := audit.Run(t.Context(), audit.Options{Root: "/nowhere", Files: files, Now: start})
	if err != nil || len(report.Findings) > 0 {
		t.Fatalf("%v, %v", report.Findings, err)
	}
	t.Logf("%d files in %v", len(files), time.Since(start))
	if d := time.Since(start); d > 60*time.Second {
		t.Errorf("%d files took %v", len(files), d)
	}
}

func TestPolicyErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"version: 2", "version 2 is not known"},
		{"max_age: soon", `"soon" is no age`},
		{"min_bits: many", "is no number"},
		{"rules: x", "is no list"},
		{"rules: [x]", "is no mapping"},
		{"rules: [{keys: a}]", "has no paths"},
		{"rules: [{paths: 'a[', vault_id: x}]", "is no pattern"},
		{"rules: [{paths: a, encrypted: perhaps}]", "neither true nor false"},
		{"allow: [{paths: a}]", "needs a reason"},
		{"allwo: []", `did you mean "allow"`},
		{"[]", "is no mapping"},
		{"a: [", "invalid YAML"},
	} {
		_, err := audit.ParsePolicy(source.NewFile("p", c.text+"\n"))
		if err == nil || !strings.Contains(diag.Detail(err), c.want) {
			t.Errorf("%s: %v, want %s", c.text, err, c.want)
		}
	}
	p, err := audit.ParsePolicy(source.NewFile("p", "version: 1\nmax_age: 1y\nmin_bits: 80\nskip: []\nsecret_keys: '*_code'\nplain_keys: [public_token]\nrules: []\nallow: []\n"))
	if err != nil || p.MaxAge != 365*24*time.Hour || p.MinBits != 80 {
		t.Fatalf("%+v, %v", p, err)
	}
	if got := found(t, "tests/a.yml", "door_code: x91\npublic_token: 7f3b9ac2d1e84b60\n", p); strings.Join(got, ";") != "plain-secret door_code" {
		t.Errorf("got %q", got)
	}
}

// TestKit holds the kit of this repository, and what is around it, against the repository's own policy.
func TestKit(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, p := range []string{"playbooks", "roles", "templates", "inventories", ".ci", "docs", "ansible.cfg", "README.md"} {
		paths = append(paths, filepath.Join(root, p))
	}
	found, err := tree.Find(t.Context(), tree.Options{Dir: root, Paths: paths, Environ: os.Environ(), IgnoreLinks: true})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, audit.PolicyFile))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := audit.ParsePolicy(source.NewFile(audit.PolicyFile, string(text)))
	if err != nil {
		t.Fatal(err)
	}
	password, err := os.ReadFile(filepath.Join(root, "inventories/demo/vault-password.public.txt"))
	if err != nil {
		t.Fatal(err)
	}
	public := func(path string) bool { return strings.HasSuffix(path, ".public.txt") }
	report, err := audit.Run(t.Context(), audit.Options{
		Root: found.Root, Files: audit.FromTree(found), Now: time.Now(), Policy: policy, Public: public,
		Secrets: []*vault.Secret{vault.NewSecret("demo", "file x.public.txt", string(password))},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Errorf("%s:%d %s %s", f.File, f.Line, f.Rule, f.Message)
	}
	if len(report.Values) < 2 || report.Files < 50 {
		t.Errorf("%d values in %d files", len(report.Values), report.Files)
	}
}

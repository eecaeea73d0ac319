package cli

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/hcv/hcvtest"
)

// An hcvRun runs the program against a real HashiCorp Vault.
type hcvRun struct {
	srv  *hcvtest.Server
	bin  string
	addr string // of the server, or of what stands before it
}

// command gives a call of the program in a folder.
func (h *hcvRun) command(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(h.bin, args[0]), args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "VAULT_ADDR="+h.addr, "VAULT_CACERT="+h.srv.CACert, "VAULT_TOKEN="+hcvtest.Root)
	return cmd
}

// run gives all that a call prints, and whether it succeeded.
func (h *hcvRun) run(dir string, args ...string) (string, bool) {
	out, err := h.command(dir, args...).CombinedOutput()
	return string(out), err == nil
}

// tree makes a folder with a vaulted file and an inline value, encrypted with the password that is in HashiCorp Vault.
func (h *hcvRun) tree(t *testing.T, name string) (dir, source string) {
	t.Helper()
	dir = needs.Folder(t)
	h.srv.Put(t, name, map[string]any{"password": "the old password", "other": "x"})
	source = "prod@hcv:secret/data/" + name + "#password"
	write := func(file, text string) {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("whole.yml", "a: plain text\n")
	h.must(t, dir, "ansible-vault", "encrypt", "--vault-id", source, "whole.yml")
	cmd := h.command(dir, "kimai-ansible", "vault", "encrypt_string", "--vault-id", source, "--name", "b", "inline text")
	inline, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	write("vars.yml", string(inline)+"\nc: 1\n")
	return dir, source
}

func (h *hcvRun) must(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, ok := h.run(dir, args...)
	if !ok {
		t.Fatalf("%q: %s", args, out)
	}
	return out
}

// opens checks that both vaults open with the password that is in HashiCorp Vault.
func (h *hcvRun) opens(t *testing.T, dir, source string) {
	t.Helper()
	direct := &hcvRun{srv: h.srv, bin: h.bin, addr: h.srv.Addr}
	if out := direct.must(t, dir, "kimai-ansible", "vault", "view", "--vault-id", source, "whole.yml"); out != "a: plain text\n" {
		t.Errorf("got %q", out)
	}
	if out := direct.must(t, dir, "kimai-ansible", "vault", "get", "--vault-id", source, "vars.yml", "b"); strings.TrimSpace(out) != "inline text" {
		t.Errorf("got %q", out)
	}
}

func TestHashiCorpVault(t *testing.T) {
	srv := hcvtest.Start(t)
	h := &hcvRun{srv: srv, bin: childProgram(t), addr: srv.Addr}
	t.Run("source", func(t *testing.T) { testHCVSource(t, h) })
	t.Run("rotate", func(t *testing.T) { testHCVRotate(t, h) })
	t.Run("lookups", func(t *testing.T) { testHCVLookups(t, h) })
	t.Run("rotate killed", func(t *testing.T) { testHCVKilled(t, h) })
}

// testHCVLookups runs a playbook whose secrets come from lookups: none is shown, also not as a part of a text or in base64.
func testHCVLookups(t *testing.T, h *hcvRun) {
	dir := needs.Folder(t)
	h.srv.Put(t, "app", map[string]any{"password": "lookup-canary-1", "note": "{{ 1 + 1 }} lookup-canary-2"})
	play := `- hosts: localhost
  connection: local
  gather_facts: false
  vars:
    one: "{{ lookup('community.hashi_vault.vault_kv2_get', 'app').secret.password }}"
    all: "{{ lookup('community.hashi_vault.hashi_vault', 'secret/data/app') }}"
  tasks:
    - debug: {msg: "one is {{ one }}, in base64 {{ one | b64encode }}"}
    - debug: {var: all}
    - command: "echo {{ one }}"
    - assert: {that: [all.password == one, one | length == 15, all.note | length == 27]}
    - debug: {msg: "{{ query('community.hashi_vault.hashi_vault', 'secret/data/nothing') }}"}
      ignore_errors: true
`
	if err := os.Mkdir(filepath.Join(dir, "playbooks"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "playbooks/site.yml"), []byte(play), 0o600); err != nil {
		t.Fatal(err)
	}
	out := h.must(t, dir, "kimai-ansible", "apply", "--engine", "native", "-v", "-i", "localhost,")
	if strings.Contains(out, "canary") || strings.Contains(out, "bG9va3VwLWNhbmFye") {
		t.Errorf("a secret is shown:\n%s", out)
	}
	if !strings.Contains(out, "********") || !strings.Contains(out, "The secret 'secret/data/nothing' doesn't seem to exist.") {
		t.Error(out)
	}
	if out := h.must(t, dir, "ansible-playbook", "-i", "localhost,", "playbooks/site.yml"); !strings.Contains(out, "one is lookup-canary-1, in base64") {
		t.Errorf("as ansible-playbook nothing is masked:\n%s", out)
	}
}

func testHCVSource(t *testing.T, h *hcvRun) {
	dir, source := h.tree(t, "source")
	h.opens(t, dir, source)
	if out := h.must(t, dir, "ansible-vault", "view", "--vault-id", source, "whole.yml"); out != "a: plain text\n" {
		t.Errorf("ansible-vault: %q", out)
	}
	out, ok := h.run(dir, "kimai-ansible", "vault", "view", "--vault-id", "prod@hcv:secret/data/sorce#password", "whole.yml")
	if ok || !strings.Contains(out, "no secret at secret/data/sorce") {
		t.Error(out)
	}
	cfg := "[defaults]\nvault_identity_list = " + source + "\n"
	if err := os.WriteFile(filepath.Join(dir, "ansible.cfg"), []byte(cfg), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := h.must(t, dir, "kimai-ansible", "vault", "view", "whole.yml"); out != "a: plain text\n" {
		t.Errorf("by ansible.cfg: %q", out)
	}
	// a run, whose local programs do not see the token
	play := "- hosts: localhost\n  gather_facts: false\n  vars_files: [vars.yml]\n  tasks:\n" +
		"    - shell: 'env | grep -c VAULT_TOKEN; test \"$B\" = \"inline text\" && echo opened'\n      environment: {B: '{{ b }}'}\n      register: r\n    - debug: {var: r.stdout_lines}\n"
	if err := os.WriteFile(filepath.Join(dir, "p.yml"), []byte(play), 0o600); err != nil {
		t.Fatal(err)
	}
	out = h.must(t, dir, "ansible-playbook", "-c", "local", "-i", "localhost,", "p.yml")
	if !strings.Contains(out, `"opened"`) || !strings.Contains(out, `"0"`) {
		t.Error(out)
	}
}

func testHCVRotate(t *testing.T, h *hcvRun) {
	dir, source := h.tree(t, "rotate")
	out := h.must(t, dir, "kimai-ansible", "vault", "rotate", "--from-vault-id", source, "--generate", ".")
	if !strings.Contains(out, "has the new password in version 3, version 2 the old one") {
		t.Error(out)
	}
	h.opens(t, dir, source)
	old := strings.Replace(source, "#", "?version=1#", 1)
	if out, ok := h.run(dir, "kimai-ansible", "vault", "view", "--vault-id", old, "whole.yml"); ok {
		t.Errorf("the old password still opens the file: %s", out)
	}
	// from there to a file, and from a file to a new key
	h.must(t, dir, "kimai-ansible", "vault", "rotate", "--from-vault-id", source, "--to-vault-id", "prod@../pw-"+filepath.Base(dir), "--generate", ".")
	h.opens(t, dir, "prod@../pw-"+filepath.Base(dir))
	next := "prod@hcv:secret/data/rotated#next"
	h.must(t, dir, "kimai-ansible", "vault", "rotate", "--from-vault-id", "prod@../pw-"+filepath.Base(dir), "--to-vault-id", next, "--generate", ".")
	h.opens(t, dir, next)
	out, ok := h.run(dir, "kimai-ansible", "vault", "rotate", "--from-vault-id", next, "--to-vault-id", source, "--generate", ".")
	if ok || !strings.Contains(out, "is there already") {
		t.Error("a rotation writes over another password:", out)
	}
	h.opens(t, dir, next)
}

// testHCVKilled kills a rotation when it writes to the server, before and after the server gets it, and ends it both ways.
func testHCVKilled(t *testing.T, h *hcvRun) {
	for _, end := range []string{"--resume", "--abort"} {
		for write := int32(1); write <= 2; write++ { // the first stages the password, the second publishes it
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, write %d, received %v", end, write, after), func(t *testing.T) {
					killHCV(t, h, end, write, after)
				})
			}
		}
	}
}

func killHCV(t *testing.T, h *hcvRun, end string, write int32, after bool) {
	dir, source := h.tree(t, strings.NewReplacer("/", "-", " ", "", ",", "").Replace(t.Name()))
	var cmd *exec.Cmd
	running := make(chan struct{})
	var writes atomic.Int32
	proxy := h.srv.Proxy(t)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && writes.Add(1) == write {
			if after {
				proxy.ServeHTTP(httptest.NewRecorder(), r)
			}
			<-running
			_ = cmd.Process.Kill()
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	defer front.Close()
	before := &hcvRun{srv: h.srv, bin: h.bin, addr: front.URL}
	cmd = before.command(dir, "kimai-ansible", "vault", "rotate", "--from-vault-id", source, "--generate", ".")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	close(running)
	if err := cmd.Wait(); err == nil {
		t.Fatalf("it was not killed: %s", out.String())
	}
	text, ok := h.run(dir, "kimai-ansible", "vault", "rotate", "--from-vault-id", source, "--generate", ".")
	if ok || !strings.Contains(text, "a rotation was interrupted") {
		t.Fatalf("a second rotation is not refused: %s", text)
	}
	if text, ok = h.run(dir, "kimai-ansible", "vault", "rotate", end); ok || !strings.Contains(text, "VAULT_ADDR="+front.URL) {
		t.Errorf("the server of another address is asked: %s", text)
	}
	text, ok = before.run(dir, "kimai-ansible", "vault", "rotate", end)
	if !ok {
		// nothing was replaced, and no password made durable: there is nothing to resume
		if end != "--resume" || write != 1 || after || !strings.Contains(text, "--abort") {
			t.Fatalf("%s: %s", end, text)
		}
		before.must(t, dir, "kimai-ansible", "vault", "rotate", "--abort")
	}
	h.opens(t, dir, source)
	secret := h.srv.Call(t, "GET", strings.Split(strings.Split(source, ":")[1], "#")[0], nil)["data"].(map[string]any)["data"].(map[string]any)
	_, staged := secret["password.new"]
	if staged || secret["other"] != "x" || (secret["password"] == "the old password") != (end == "--abort" || write == 1 && !after) {
		t.Errorf("it ends with the keys %v, old password %v", secret, secret["password"] == "the old password")
	}
}

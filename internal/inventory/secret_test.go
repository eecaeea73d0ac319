package inventory_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// write makes files below a new folder.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const sealed = "$ANSIBLE_VAULT;1.1;AES256\n"

func TestVaultedFiles(t *testing.T) {
	dir := write(t, map[string]string{
		"h":                      "[g]\na\n",
		"group_vars/g/vars.yml":  "user: admin\n",
		"group_vars/g/vault.yml": sealed + "password: hunter2\nlist: [x, 1]\n",
		"host_vars/a.yml":        sealed + "pin: 1234\n",
		"vaulted.ini":            sealed + "[v]\nb secret=token\n",
	})
	opened := 0
	inv, err := inventory.Load(context.Background(), []string{"h", "vaulted.ini"}, inventory.Options{
		Dir: dir,
		Open: func(text []byte, where source.Pos) ([]byte, error) {
			opened++
			if !strings.HasPrefix(where.String(), dir) {
				t.Errorf("Open is told %q", where)
			}
			plain, ok := bytes.CutPrefix(text, []byte(sealed))
			if !ok {
				t.Errorf("Open got %q", text)
			}
			return plain, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		vars, err := (&inventory.Lister{Inventory: inv}).HostVars(inv.Host("a"))
		if err != nil {
			t.Fatal(err)
		}
		for name, secret := range map[string]bool{"user": false, "password": true, "list": true, "pin": true} {
			v := vars.Stored(name)
			if v == nil || value.IsSecret(v) != secret {
				t.Errorf("%s: %v, secret %v", name, v, !secret)
			}
		}
		if !value.IsTrusted(vars.Stored("password")) {
			t.Error("a text of a vaulted file is no template")
		}
	}
	if v := inv.Host("b").Vars().Stored("secret"); !value.IsSecret(v) {
		t.Error("a variable of a vaulted inventory is not secret")
	}
	if opened != 3 {
		t.Errorf("opened %d files, want each of 3 once", opened)
	}
}

func TestErrorsOfVarsFiles(t *testing.T) {
	noSecret := errors.New("no secret opens it")
	tests := []struct {
		name, file, text string
		open             func([]byte, source.Pos) ([]byte, error)
		want             string
	}{
		{"list", "group_vars/g.yml", "- a\n", nil, "group_vars/g.yml:1:1: a file of variables must hold a mapping, not a list"},
		{"broken", "host_vars/a.yml", "x: [\n", nil, "host_vars/a.yml:2:1: invalid YAML: while parsing a flow node, did not find expected node content"},
		{"no vault", "group_vars/all.yml", sealed, nil, "group_vars/all.yml:1:1: the file is encrypted, and there is no vault secret to open it"},
		{
			"wrong secret", "group_vars/all.yml", sealed, func([]byte, source.Pos) ([]byte, error) { return nil, noSecret },
			"group_vars/all.yml:1:1: no secret opens it",
		},
		{"broken secret", "group_vars/all.yml", sealed + "CANARY: CANARY: x\n", func(text []byte, _ source.Pos) ([]byte, error) {
			return bytes.TrimPrefix(text, []byte(sealed)), nil
		}, "group_vars/all.yml:1:15: invalid YAML: a second colon in one line"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, map[string]string{"h": "[g]\na\n", tt.file: tt.text})
			inv, err := inventory.Load(context.Background(), []string{"h"}, inventory.Options{Dir: dir, Open: tt.open})
			if err != nil {
				t.Fatal(err)
			}
			_, err = inv.Layers(inv.Host("a"), "")
			var d *diag.Error
			if !errors.As(err, &d) || strings.TrimPrefix(err.Error(), dir+"/") != tt.want {
				t.Fatalf("got %v, want %s", err, tt.want)
			}
			if strings.Contains(diag.Detail(err), "CANARY") {
				t.Errorf("the secret file is quoted: %s", diag.Detail(err))
			}
		})
	}
}

func TestCombineError(t *testing.T) {
	dir := write(t, map[string]string{"h": "[g]\na\n", "group_vars/g.yml": "- a\n"})
	inv, err := inventory.Load(context.Background(), []string{"h"}, inventory.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	_, err = inv.Layers(inv.Host("a"), "")
	var c *inventory.CombineError
	want := "Could not process '" + dir + "/group_vars/g.yml': failed to combine variables, expected dicts but got a 'dict' and a '_AnsibleTaggedList'."
	if !errors.As(err, &c) || c.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// TestFindings: behind "Unable to parse" stands where and what.
func TestFindings(t *testing.T) {
	tests := []struct{ name, file, text, want string }{
		{"ini", "h", "[web]\na\nb x\n", "h:3:1: Expected key=value host variable assignment, got: x"},
		{"undeclared", "h", "[a:children]\nb\n", "h:2:1: Section [a:children] includes undefined group 'b'."},
		{"yaml", "h.yml", "all:\n  hosts:\n    - a\n", `h.yml:3:5: "hosts" of the group "all" must be a mapping, not a list`},
		{"yaml syntax", "h.yml", "all:\n  hosts: {\n", "h.yml:3:1: invalid YAML: while parsing a flow node, did not find expected node content"},
		{"nothing", "other", "", "no inventory at "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, map[string]string{tt.file: tt.text})
			name := tt.file
			if tt.name == "nothing" {
				name = "nope"
			}
			var found string
			_, err := inventory.Load(context.Background(), []string{name}, inventory.Options{Dir: dir, Warn: func(w inventory.Warning) {
				if strings.HasPrefix(w.Text, "Unable to parse") && w.Err != nil {
					found = strings.TrimPrefix(w.Err.Error(), dir+"/")
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			if found != tt.want && !(tt.name == "nothing" && strings.HasPrefix(found, tt.want)) {
				t.Errorf("got %q, want %q", found, tt.want)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := inventory.Load(ctx, []string{"a,"}, inventory.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestImplicitLocalhost(t *testing.T) {
	inv, err := inventory.Load(context.Background(), []string{"a,"}, inventory.Options{LocalPython: "/usr/bin/python3"})
	if err != nil {
		t.Fatal(err)
	}
	h := inv.Host("localhost")
	if h == nil || !h.Implicit() || h != inv.Host("127.0.0.1") || len(h.Groups()) != 0 {
		t.Fatalf("implicit localhost: %+v", h)
	}
	if got := h.Vars().Stored("ansible_connection").(value.Str).String(); got != "local" {
		t.Errorf("ansible_connection is %q", got)
	}
	for _, other := range inv.Hosts() {
		if other == h {
			t.Error("the implicit localhost is among the hosts")
		}
	}
	if inv.Host("b") != nil {
		t.Error("a host that nobody names exists")
	}
}

// TestRunTime: what add_host and group_by need.
func TestRunTime(t *testing.T) {
	inv, _ := load(t, t.TempDir(), "a,")
	g, err := inv.AddGroup("os_debian")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inv.AddHost("new", g, 2222); err != nil {
		t.Fatal(err)
	}
	if _, err := inv.AddHost("a", g, 0); err != nil {
		t.Fatal(err)
	}
	inv.Reconcile()
	hosts, err := inv.Match(inventory.Limit{}, "os_debian")
	if err != nil || len(hosts) != 2 || hosts[0].Name() != "new" {
		t.Fatalf("got %v, %v", hosts, err)
	}
	if hosts, _ := inv.Match(inventory.Limit{}, "ungrouped"); len(hosts) != 0 {
		t.Errorf("ungrouped still has %d hosts", len(hosts))
	}
	if g.Depth() != 1 {
		t.Errorf("depth %d, want 1", g.Depth())
	}
	if err := inv.AddChild(g, inv.Group("all")); err == nil {
		t.Error("a loop is taken")
	}
}

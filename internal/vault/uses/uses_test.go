package uses_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/uses"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"inventories/prod/group_vars/all/vault.yml": "$ANSIBLE_VAULT;1.1;AES256\n00\n",
		"inventories/prod/group_vars/all/vars.yml":  "db_password: \"{{ vault_db_password }}\"\ndb:\n  user: x\n  password: '{{ vault_db_password }}'\n# vault_db_password\n",
		"inventories/test/group_vars/all/vars.yml":  "db_password: \"{{ vault_db_password }}\"\n",
		"roles/app/defaults/main.yml":               "app_url: \"mysql://x:{{ db_password | urlencode }}@h\"\n",
		"roles/app/tasks/main.yml":                  "- name: Say db_password\n  debug: {msg: x}\n- copy: {content: \"{{ app_url }}\", dest: /x}\n",
		"roles/other/tasks/main.yml":                "- debug:\n    msg: unrelated\n",
		"site.yml":                                  "- hosts: all\n  roles:\n    - app\n    - role: other\n",
		"late.yml":                                  "- hosts: all\n  tasks:\n    - include_role:\n        name: app\n    - debug: var=db_password\n      when: db_password | length > 3\n",
		"templates/x.j2":                            "password={{ db['password'] }}\nuser={{ db.user }}\n",
		"README.md":                                 "vault_db_password is the password\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := tree.Find(context.Background(), tree.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key  yaml.Path
		want string
	}{
		{yaml.Path{{Key: "vault_db_password", Index: -1}}, `
variable app_url roles/app/defaults/main.yml:1 db_password
variable db_password inventories/prod/group_vars/all/vars.yml:1
role app roles/app/defaults/main.yml:1 db_password
role app roles/app/tasks/main.yml:1 db_password
role app roles/app/tasks/main.yml:3 app_url
playbook inventories/prod/group_vars/all/vars.yml inventories/prod/group_vars/all/vars.yml:4
playbook late.yml late.yml:4 app
playbook late.yml late.yml:5 db_password
playbook late.yml late.yml:6 db_password
playbook site.yml site.yml:3 app
`},
		{yaml.Path{{Key: "db", Index: -1}, {Key: "password", Index: -1}}, `
template templates/x.j2 templates/x.j2:1
`},
		{yaml.Path{{Key: "nobody_knows", Index: -1}}, "\n"},
	} {
		var b strings.Builder
		b.WriteString("\n")
		for _, u := range uses.Find(found, c.key, "inventories/prod/group_vars/all/vault.yml") {
			fmt.Fprintln(&b, strings.TrimRight(fmt.Sprintf("%s %s %s:%d %s", u.Kind, u.Name, u.File, u.Line, u.Via), " "))
		}
		if b.String() != c.want {
			t.Errorf("%s: got%swant%s", c.key, b.String(), c.want)
		}
	}
}

func TestInventory(t *testing.T) {
	for path, want := range map[string]string{
		"inventories/prod/group_vars/all/vault.yml": "inventories/prod group all",
		"host_vars/web1.yml":                        ". host web1",
		"a/b/host_vars/db/x/y.yml":                  "a/b host db",
		"roles/x/vars/main.yml":                     "",
		"group_vars":                                "",
	} {
		got := ""
		if inventory, kind, name, ok := uses.Inventory(path); ok {
			got = inventory + " " + kind + " " + name
		}
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

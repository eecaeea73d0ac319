package users_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/users"
)

const edKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK0wmN/Cr3JXqmLW7u+g9pTh+wyqDHpSQEIQczXkVx9q"

func TestFaults(t *testing.T) {
	moduletest.RunFaults(t, &users.Set, modules.Find, []moduletest.Fault{
		{Name: "authorized_key", Module: "authorized_key", Args: `{"user": "root", "path": "@W@/k", "key": "` + edKey + ` a@b", "manage_dir": false}`, Files: map[string]string{"k": "# old\n"}, Root: true},
		{Name: "authorized_key, new", Module: "authorized_key", Args: `{"user": "root", "path": "@W@/s/k", "key": "` + edKey + `"}`, Root: true},
		{Name: "htpasswd", Module: "htpasswd", Args: `{"path": "@W@/h", "name": "joe", "password": "secret", "hash_scheme": "ldap_sha1", "mode": "0600"}`, Files: map[string]string{"h": "joe:old\nann:x\n"}},
		{Name: "htpasswd, new", Module: "htpasswd", Args: `{"path": "@W@/h", "name": "joe", "password": "secret", "hash_scheme": "ldap_sha1"}`},
	}, map[string]string{
		"getent": "it reads",
		"group":  "groupadd, groupmod and groupdel write",
	})
}

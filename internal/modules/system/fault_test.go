package system_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/system"
)

func TestFaults(t *testing.T) {
	moduletest.RunFaults(t, &system.Set, modules.Find, []moduletest.Fault{
		{Name: "cron", Module: "cron", Args: `{"name": "a", "job": "true", "user": "root", "cron_file": "@W@/tab"}`, Files: map[string]string{"tab": "# old\n"}},
		{Name: "cron, absent", Module: "cron", Args: `{"name": "a", "state": "absent", "user": "root", "cron_file": "@W@/tab"}`, Files: map[string]string{"tab": "#Ansible: a\n* * * * * root true\n0 0 * * * root other\n"}},
		{Name: "pam_limits", Module: "pam_limits", Args: `{"domain": "a", "limit_type": "-", "limit_item": "nofile", "value": "9", "dest": "@W@/l", "backup": true}`, Files: map[string]string{"l": "b hard core 1\n"}},
		{Name: "known_hosts", Module: "known_hosts", Args: `{"name": "h", "key": "h ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK0wmN/Cr3JXqmLW7u+g9pTh+wyqDHpSQEIQczXkVx9q", "path": "@W@/kh"}`, Files: map[string]string{"kh": "# old\n"}},
		{Name: "sysctl", Module: "sysctl", Args: `{"name": "a.b", "value": "2", "sysctl_file": "@W@/s", "reload": false}`, Files: map[string]string{"s": "a.b=1\n"}},
		{Name: "mount", Module: "mount", Args: `{"path": "/srv/x", "src": "s:/x", "fstype": "nfs", "state": "present", "fstab": "@W@/t", "backup": true}`, Files: map[string]string{"t": "# old\n"}},
	}, map[string]string{
		"async_status":  "it removes a file, or makes an empty one",
		"mount_facts":   "it reads",
		"service":       "the init system writes",
		"service_facts": "it reads",
		"setup":         "it reads",
		"systemd":       "systemctl writes",
		"sysvinit":      "update-rc.d and the like write",
		"alternatives":  "update-alternatives writes",
		"make":          "make writes",
		"supervisorctl": "supervisord writes",
	})
}

package firewall_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/firewall"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

func TestFaults(t *testing.T) {
	moduletest.RunFaults(t, &firewall.Set, modules.Find, nil, map[string]string{
		"iptables":  "iptables tells the kernel",
		"firewalld": "firewall-cmd writes",
		"ufw":       "ufw writes",
	})
}

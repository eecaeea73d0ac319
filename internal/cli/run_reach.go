package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/become"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
)

// othersConnections and othersMethods are the short names of the connections and become methods that Ansible has and this program lacks:
// what needs none of them (debug, set_fact) runs all the same. A name with dots is that of a collection, which may have anything.
// Source: https://docs.ansible.com/ansible/latest/collections/index_connection.html, …/index_become.html
var (
	othersConnections = []string{
		"aws_ssm", "buildah", "chroot", "funcd", "httpapi", "incus", "iocage", "jail", "libssh", "libvirt_lxc", "lxc", "lxd", "napalm", "netconf",
		"network_cli", "oc", "paramiko", "paramiko_ssh", "persistent", "psrp", "qubes", "saltstack", "smart", "vmware_tools", "winrm", "zone",
	}
	othersMethods = []string{"dzdo", "enable", "ksu", "machinectl", "pbrun", "pfexec", "pmrun", "run0", "runas", "sesu", "sudosu"}
)

// Plugins tells whether there are the plugins that a task wants to reach its host with: ansible-core looks for them whatever the action is.
func (c *connections) Plugins(ctx context.Context, to executor.Target) error {
	s := &settings{c: c, ctx: ctx, to: to}
	name, err := s.connectionName()
	if err != nil {
		return err
	}
	if _, ok := c.kinds.Find(name); !ok && !strings.Contains(name, ".") && !slices.Contains(othersConnections, name) {
		return noConnection(name)
	}
	if name, err = s.becomeMethod(); err != nil || name == "" {
		return err
	}
	if become.Set.Find(name) == nil && !strings.Contains(name, ".") && !slices.Contains(othersMethods, name) {
		return noBecome(name)
	}
	return nil
}

// connectionName is the name of the connection that a task wants.
func (s *settings) connectionName() (string, error) {
	name, err := s.first(said{vars: []string{"ansible_connection"}, keyword: playbook.Connection, option: s.c.r.req.options.connection, config: "DEFAULT_TRANSPORT"})
	if name == "smart" {
		name = "ssh"
	}
	return name, err
}

// noConnection says that there is no connection of a name, in the words of ansible-core 2.19.
func noConnection(name string) error {
	return fmt.Errorf("the connection plugin '%s' was not found", name)
}
